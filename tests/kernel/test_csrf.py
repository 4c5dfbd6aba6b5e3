"""What proves that a change was meant: origins, fetch metadata, tokens; and the cookie that holds the secret. It knows headers only."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.kernel.cookies import cookie
from kingpost.kernel.csrf import Csrf, check, is_ours, same_secret
from kingpost.kernel.errors import CsrfFailed, MalformedHeader
from kingpost.kernel.headers import Headers

ALPHABET = ascii_letters + digits
SECRET = "Ab3" * 10 + "Zz"
OTHER = "Ab3" * 10 + "ZZ"
TOKEN = (("cookie", f"csrftoken={SECRET}"), ("x-csrftoken", SECRET))

secrets = st.text(ALPHABET, min_size=32, max_size=32)


def masked(secret: str, mask: str) -> str:
    """As Django's documentation of the algorithm says: the mask, then the secret shifted by it."""
    return mask + "".join(ALPHABET[(ALPHABET.index(a) + ALPHABET.index(b)) % 62] for a, b in zip(secret, mask, strict=True))


def verdict(
    *headers: tuple[str, str], method: str = "POST", scheme: str = "https", upgrade: bool = False, rules: Csrf | None = None
) -> str:
    """The proof that failed, or nothing where the request is let through."""
    lines = tuple((name.encode(), value.encode()) for name, value in (("host", "api.example"), *headers))
    try:
        check(Headers(lines), method=method, scheme=scheme, rules=rules or Csrf(), upgrade=upgrade)
    except CsrfFailed as error:
        return str(error.params["reason"])
    return ""


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_needs_no_proof(method: str) -> None:
    """A read from any page is let through: the browser keeps its answer from that page."""
    assert verdict(("origin", "https://evil.example"), method=method) == ""


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "get", "BREW"])
def test_every_other_method_needs_the_token(method: str) -> None:
    """Methods that nobody has heard of too."""
    assert verdict(method=method) == "token"
    assert verdict(*TOKEN, method=method) == ""


@pytest.mark.parametrize(
    ("origin", "scheme", "trusted", "ours"),
    [
        ("https://api.example", "https", (), True),
        ("https://API.example:443", "https", (), True),
        ("http://api.example:80", "http", (), True),
        ("http://api.example", "https", (), False),
        ("https://api.example", "http", (), False),
        ("https://api.example", "http", ("https://api.example",), True),
        ("https://api.example:8443", "https", (), False),
        ("https://api.example.evil.example", "https", (), False),
        ("https://app.example", "https", ("https://app.example",), True),
        ("https://app.example:444", "https", ("https://app.example",), False),
        ("https://a.b.example", "https", ("https://*.b.example",), True),
        ("https://b.example", "https", ("https://*.b.example",), True),
        ("https://evilb.example", "https", ("https://*.b.example",), False),
        ("http://a.b.example", "https", ("https://*.b.example",), False),
        ("https://evil.example#.b.example", "https", ("https://*.b.example",), False),
        ("https://evil.example/.b.example", "https", ("https://*.b.example",), False),
        ("null", "https", ("null",), False),
        ("", "https", (), False),
        ("https://", "https", (), False),
        ("https://api.example", "wss", (), True),
    ],
)
def test_an_origin_is_ours_or_trusted(origin: str, scheme: str, trusted: tuple[str, ...], *, ours: bool) -> None:
    """Scheme, host and port must agree; ``null``, which a sandboxed frame of any page has, is nobody's."""
    assert is_ours(origin, scheme=scheme, host="api.example", trusted=trusted) is ours


def test_a_foreign_origin_is_refused_though_the_token_is_right() -> None:
    """Whoever could plant a cookie knows the token; the browser still tells where the page is from."""
    assert verdict(*TOKEN, ("origin", "https://evil.example")) == "origin"
    assert verdict(*TOKEN, ("origin", "null")) == "origin"
    assert verdict(*TOKEN, ("origin", "https://api.example")) == ""
    assert verdict(*TOKEN, ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")) == "origin"


@pytest.mark.parametrize(
    ("site", "refused"),
    [("same-origin", ""), ("none", ""), ("same-site", "site"), ("cross-site", "site"), ("", "site"), ("SAME-ORIGIN", "site")],
)
def test_a_browser_without_origin_says_whose_page_it_was(site: str, refused: str) -> None:
    """Fetch metadata counts only where no origin is sent."""
    assert verdict(*TOKEN, ("sec-fetch-site", site)) == refused


def test_a_trusted_page_may_be_of_another_site() -> None:
    """The origin decides where it is sent, whatever the fetch metadata say."""
    rules = Csrf(trusted_origins=("https://app.example",))
    assert verdict(*TOKEN, ("origin", "https://app.example"), ("sec-fetch-site", "cross-site"), rules=rules) == ""
    assert verdict(("origin", "https://app.example"), rules=rules) == "token"


def test_the_handshake_of_a_web_socket_needs_the_origin_alone() -> None:
    """It is a GET that any page can cause and then talk through."""
    assert verdict(("origin", "https://evil.example"), method="GET", scheme="wss", upgrade=True) == "origin"
    assert verdict(("origin", "https://api.example"), method="GET", scheme="wss", upgrade=True) == ""


@pytest.mark.parametrize(
    ("cookies", "header"),
    [
        (f"csrftoken={SECRET}", ""),
        (f"csrftoken={SECRET}", OTHER),
        (f"csrftoken={SECRET}", SECRET[:-1]),
        (f"csrftoken={SECRET}", SECRET + "a"),
        (f"csrftoken={SECRET[:-1]}", SECRET[:-1]),
        ("csrftoken=", ""),
        ("other=1", SECRET),
        (f"CSRFTOKEN={SECRET}", SECRET),
        (f"csrftoken={SECRET[:-1]}-", SECRET[:-1] + "-"),
    ],
)
def test_a_token_that_does_not_repeat_the_cookie_is_refused(cookies: str, header: str) -> None:
    """Another one, a part of it, an empty one for an empty one."""
    assert verdict(("cookie", cookies), ("x-csrftoken", header)) == "token"


def test_names_are_those_of_the_rules() -> None:
    """A project that has renamed its cookie and its header is followed."""
    rules = Csrf(cookie="__Host-csrf", header="X-Proof")
    assert verdict(("cookie", f"__Host-csrf={SECRET}"), ("x-proof", SECRET), rules=rules) == ""
    assert verdict(*TOKEN, rules=rules) == "token"


@given(secret=secrets, other=secrets, first=secrets, second=secrets)
def test_a_secret_is_the_same_however_it_is_masked(secret: str, other: str, first: str, second: str) -> None:
    """Bare or masked, on either side; another secret is another one under every mask."""
    forms = (secret, masked(secret, first), masked(secret, second))
    assert all(same_secret(kept, sent) for kept in forms for sent in forms)
    assert all(same_secret(kept, masked(other, first)) is (other == secret) for kept in forms)


@given(kept=st.text(max_size=70), sent=st.text(max_size=70))
def test_garbage_is_no_token(kept: str, sent: str) -> None:
    """Whatever two texts are, they hold one secret only if both are tokens; nothing raises."""
    assert same_secret(kept, sent) is (kept == sent and len(kept) in (32, 64) and set(kept) <= set(ALPHABET))


# ---------------------------------------------------------------- cookies


def read(*lines: bytes) -> str | None:
    """The cookie ``sessionid`` of a request with these lines."""
    return cookie(Headers(tuple((b"cookie", line) for line in lines)), "sessionid")


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ((b"sessionid=abc",), "abc"),
        ((b"a=1; sessionid=abc; b=2",), "abc"),
        ((b"a=1;sessionid=abc",), "abc"),
        ((b'sessionid="abc"',), "abc"),
        ((b"a=1", b"sessionid=abc"), "abc"),
        ((b"sessionid=a=b",), "a=b"),
        ((b'junk; =; other="{\xff, \x01}"; sessionid=abc',), "abc"),
        ((b"sessionid=",), None),
        ((b"sessionid",), None),
        ((b"SESSIONID=abc",), None),
        ((b"xsessionid=abc",), None),
        ((b"a=sessionid=abc",), None),
        ((b"",), None),
        ((), None),
    ],
)
def test_one_cookie_is_found_among_all(lines: tuple[bytes, ...], value: str | None) -> None:
    """Others may be as broken as a host's scripts make them."""
    assert read(*lines) == value


@pytest.mark.parametrize(
    "lines",
    [
        (b"sessionid=a; sessionid=b",),
        (b"sessionid=a; sessionid=a",),
        (b"sessionid=; sessionid=a",),
        (b"sessionid=a", b"sessionid=b"),
        (b"sessionid=a,b=1",),
        (b"sessionid=a b",),
        (b'sessionid=a"b',),
        (b'sessionid="ab',),
        (b"sessionid=a\\b",),
        (b"sessionid=\xc3\xa4",),
        (b"sessionid=a\x00",),
        (b"sessionid=a\x7f",),
    ],
)
def test_a_cookie_that_is_planted_or_garbled_is_refused(lines: tuple[bytes, ...]) -> None:
    """Two of one name, as a neighbouring host can plant one, and values that no server sets; nobody guesses which was meant."""
    with pytest.raises(MalformedHeader) as refused:
        read(*lines)
    assert refused.value.params == {"header": "cookie"}


@given(st.binary(max_size=200))
def test_any_line_is_read_or_refused(line: bytes) -> None:
    """No other condition, whatever the bytes; what is read is visible ASCII."""
    try:
        value = read(line)
    except MalformedHeader:
        return
    assert value is None or (value.isascii() and value.isprintable() and not set(value) & set('";,\\ '))
