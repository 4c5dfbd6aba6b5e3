"""The grammar of URLs that may be called: one reading for each, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.kernel.outbound import UpstreamForbidden
from kingpost.kernel.urls import Origin, read_url


@pytest.mark.parametrize(
    ("text", "origin", "target", "authority"),
    [
        ("https://api.example.com", Origin("https", "api.example.com", 443), "/", "api.example.com"),
        ("HTTPS://API.Example.COM:443/A?b=C", Origin("https", "api.example.com", 443), "/A?b=C", "api.example.com"),
        ("http://billing:8080/", Origin("http", "billing", 8080), "/", "billing:8080"),
        ("https://x.example?q=1?2", Origin("https", "x.example", 443), "/?q=1?2", "x.example"),
        ("https://x.example/a%2Fb/%C3%A9;v=1@2:3", Origin("https", "x.example", 443), "/a%2Fb/%C3%A9;v=1@2:3", "x.example"),
        ("https://xn--bcher-kva.example/", Origin("https", "xn--bcher-kva.example", 443), "/", "xn--bcher-kva.example"),
        ("https://[2001:DB8:0::1]:8443/", Origin("https", "2001:db8::1", 8443), "/", "[2001:db8::1]:8443"),
        ("http://192.0.2.7/", Origin("http", "192.0.2.7", 80), "/", "192.0.2.7"),
    ],
)
def test_a_url_has_an_origin_and_a_target(text: str, origin: Origin, target: str, authority: str) -> None:
    """Scheme and host in lower case, the port even where it is the scheme's own, the rest as it was given."""
    url = read_url(text)
    assert (url.origin, url.target, url.origin.authority) == (origin, target, authority)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "api.example.com",
            "//api.example.com/",
            "ftp://api.example.com/",
            "file:///etc/passwd",
            "gopher://x.example/",
            "https:/x.example/",
        ),
        *("https://", "https:///x.example/", "https://:443/", "https://x.example:/", "https://x.example:0/", "https://x.example:65536/"),
        *("https://user@x.example/", "https://user:secret@x.example/", "https://127.0.0.1#@x.example/", "https://x.example/#a"),
        *(
            "https://x.example\\@127.0.0.1/",
            "https:\\\\x.example/",
            "https://x.example/a\\b",
            "https://x.example/a b",
            "https://x.example/\r\nX: y",
        ),
        *("https://x.example/%", "https://x.example/%zz", "https://x.example/é", "https://x.example/?q=é", "https://x.example/?a[b]=1"),
        *("https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.01/"),
        *(
            "https://1.2.3.4.5/",
            "https://256.1.1.1/",
            "https://127.0.0.1./",
            "https://x.example./",
            "https://.x.example/",
            "https://x..example/",
        ),
        *(
            "https://①②⑦.0.0.1/",
            "https://127。0。0。1/",
            "https://bücher.example/",
            "https://\uff45xample.com/",
            "https://x_y.example/",
            "https://-x.example/",
        ),
        *(
            "https://[::1/",
            "https://::1/",
            "https://[::1]x/",
            "https://[fe80::1%25eth0]/",
            "https://[::ffff:127.0.0.1%lo]/",
            "https://[1.2.3.4]/",
        ),
        *(
            "https://" + "a" * 64 + ".example/",
            "https://" + "a." * 127 + "aa/",
            "https://x.example/" + "a" * 8000,
            "\nhttps://x.example/",
            "https://x.example/\n",
        ),
    ],
)
def test_whatever_could_be_read_in_two_ways_is_refused(text: str) -> None:
    """User, fragment, backslash, other spellings of addresses, what is not ASCII, names that end in a dot."""
    with pytest.raises(UpstreamForbidden) as refused:
        read_url(text)
    assert refused.value.reason.startswith("malformed")


@given(text=st.text(st.sampled_from("htps:/\\@[].%#?0123456789abxf-_ éX"), max_size=40))
def test_what_is_read_reads_the_same_again(text: str) -> None:
    """The canonical spelling of what was accepted is accepted, with the same meaning; anything else is refused, never an error of another kind."""
    try:
        url = read_url(f"https://{text}")
    except UpstreamForbidden:
        return
    assert read_url(f"{url.origin}{url.target}") == url


def test_the_caller_is_not_told_why() -> None:
    """A condition that said more would map the inner network for whoever may name a URL."""
    assert str(UpstreamForbidden("10.0.0.7 is no public address")) == UpstreamForbidden.title
    assert UpstreamForbidden("x").params == {}
