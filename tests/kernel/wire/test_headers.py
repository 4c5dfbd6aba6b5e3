"""Request headers by their grammars; it knows nothing of operations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.kernel.errors import KernelError, MalformedHeader, UnsupportedMediaType
from kingpost.kernel.headers import WITHOUT_COMMA, EntityTag, Headers, accepts, check_json_media, parse_entity_tags
from tests.kernel.wire.outcomes import outcome

JSON = "application/json"


def headers(*pairs: tuple[str, str]) -> Headers:
    """Headers as an adapter hands them over."""
    return Headers(tuple((name.encode(), value.encode("latin-1")) for name, value in pairs))


def test_one_value_is_read_without_white_space_around_it() -> None:
    """A value is read without the optional white space, an absent header is None, an empty one is empty."""
    read = headers(("tenant", " \tten_1\t "), ("empty", ""))
    assert (read.one("tenant"), read.one("absent"), read.one("empty")) == ("ten_1", None, "")


@pytest.mark.parametrize("name", ["tenant", "authorization", "cookie", "content-type"])
def test_a_repeated_header_of_one_value_is_refused(name: str) -> None:
    """Nobody takes the first or the last of two values: the request is malformed, even where they are equal."""
    with pytest.raises(MalformedHeader):
        headers((name, "a"), ("other", "x"), (name, "a")).one(name)


@pytest.mark.parametrize("name", sorted(WITHOUT_COMMA))
def test_a_comma_is_refused_where_a_server_may_have_joined_two_headers(name: str) -> None:
    """WSGI servers join repeated headers with a comma, and the answer is the same as for the repeated header."""
    with pytest.raises(MalformedHeader):
        headers((name, "a,b")).one(name)


def test_names_with_an_underscore_do_not_exist() -> None:
    """X_Tenant is neither Tenant nor itself, alone or beside the real header."""
    read = headers(("ten_ant", "evil"), ("x_tenant", "evil"), ("x-tenant", "good"))
    assert (read.one("ten_ant"), read.one("x_tenant"), read.all("x_tenant"), read.joined("x_tenant")) == (None, None, (), None)
    assert read.one("x-tenant") == "good"


@pytest.mark.parametrize("value", ["a\x00b", "a\x7fb", "a\rb", "a\nb", "caf\xe9", "\xa0a", "a\x1fb"])
def test_values_outside_visible_ascii_are_refused(value: str) -> None:
    """Control characters and anything beyond ASCII are malformed in a header that is read."""
    with pytest.raises(MalformedHeader):
        headers(("x", value)).one("x")
    with pytest.raises(MalformedHeader):
        headers(("x", value)).all("x")


def test_a_header_that_nobody_reads_is_not_checked() -> None:
    """Only what is read is judged, so that a foreign header cannot fail a request."""
    assert headers(("x-foreign", "\xff"), ("tenant", "a")).one("tenant") == "a"


def test_tabs_inside_a_value_are_kept() -> None:
    """A tab is part of the grammar of field values."""
    assert headers(("x", "a\tb")).one("x") == "a\tb"


def test_lists_are_joined_in_order() -> None:
    """A header that is a list may come in several lines and is read as one."""
    read = headers(("accept", "a/b"), ("x", "y"), ("accept", "c/d"))
    assert (read.all("accept"), read.joined("accept"), read.joined("absent")) == (("a/b", "c/d"), "a/b, c/d", None)


@pytest.mark.parametrize(
    "value",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json ; charset="utf-8"',
        'application/json; CHARSET="utf\\-8"',
        "application/json;",
    ],
)
def test_json_in_utf8_is_read(value: str) -> None:
    """The media type and the charset are compared without case; the charset may be quoted."""
    check_json_media(headers(("content-type", value)))
    assert headers(("content-type", value)).one("content-type") == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "text/xml",
        "application/x-www-form-urlencoded",
        "application/msgpack",
        "application/problem+json",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-8",
        "application/json; v=1",
        "application/json; charset",
        "application/json; charset = utf-8",
        "application/json charset=utf-8",
        "application/jsonx",
        "application /json",
        "*/*",
    ],
)
def test_other_media_types_are_refused(value: str) -> None:
    """Everything that is not exactly JSON in UTF-8 is 415."""
    with pytest.raises(UnsupportedMediaType):
        check_json_media(headers(("content-type", value)))


def test_a_missing_content_type_is_refused_and_a_doubled_one_is_malformed() -> None:
    """No media type is 415; two are 400, whatever they say."""
    with pytest.raises(UnsupportedMediaType):
        check_json_media(headers())
    with pytest.raises(MalformedHeader):
        check_json_media(headers(("content-type", JSON), ("content-type", JSON)))


@pytest.mark.parametrize(("coding", "read"), [("identity", True), ("Identity", True), ("", True), ("gzip", False), ("identity, br", False)])
def test_a_coded_body_is_refused(coding: str, *, read: bool) -> None:
    """A content coding other than identity is 415."""
    given_headers = headers(("content-type", JSON), ("content-encoding", coding))
    if read:
        check_json_media(given_headers)
    else:
        with pytest.raises(UnsupportedMediaType):
            check_json_media(given_headers)
    assert given_headers.one("content-encoding") == coding


@pytest.mark.parametrize(
    ("accept", "admits"),
    [
        (None, True),
        ("", True),
        (" , ,", True),
        (JSON, True),
        ("APPLICATION/JSON", True),
        ("*/*", True),
        ("application/*", True),
        ("text/html", False),
        ("text/*", False),
        ("application/json;q=0", False),
        ("application/json;q=0.000", False),
        ("application/json;q=0.001", True),
        ("application/json;q=0, */*", False),
        ("*/*;q=0, application/json", True),
        ("application/*;q=0, */*", False),
        ("*/*, application/*;q=0", False),
        ("text/html, application/json;q=0.1", True),
        ("application/json; charset=utf-8", True),
        ("application/json; charset=utf-16", False),
        ("application/json;v=1", False),
        ("application/json;v=1, */*;q=0.1", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        (", application/json ,,", True),
        ('text/plain;x="a,b", application/json', True),
        ('text/plain;x="application/json"', False),
        ("*/*;Q=0", False),
        ("text/html" + ", text/plain" * 100, False),
    ],
)
def test_the_most_specific_range_decides(accept: str | None, *, admits: bool) -> None:
    """Accept is read as RFC 9110 says: the most specific range counts, and a weight of 0 refuses."""
    assert accepts(accept, JSON) is admits


@pytest.mark.parametrize(
    "accept",
    [
        "json",
        "*/json",
        "application/json;q=2",
        "application/json;q=0.1234",
        "application/json;q=",
        "a/b c/d",
        'a/b;x="',
        "application/",
        "a/b;q=1;q=0",
        ";",
    ],
)
def test_a_garbled_accept_is_malformed(accept: str) -> None:
    """A value outside the grammar is 400, not a guess; it is the second time too, when the cache could answer."""
    for _ in range(2):
        with pytest.raises(MalformedHeader):
            accepts(accept, JSON)


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ('"a"', (EntityTag(weak=False, opaque="a"),)),
        ('""', (EntityTag(weak=False, opaque=""),)),
        ('W/"a"', (EntityTag(weak=True, opaque="a"),)),
        ('"a,b" ,\t W/"c"', (EntityTag(weak=False, opaque="a,b"), EntityTag(weak=True, opaque="c"))),
        (',, "a",,', (EntityTag(weak=False, opaque="a"),)),
        ('"a\\"', (EntityTag(weak=False, opaque="a\\"),)),
    ],
)
def test_entity_tags_are_read(value: str, tags: tuple[EntityTag, ...]) -> None:
    """Tags are strong or weak, their text is opaque, and empty list elements are passed over."""
    assert parse_entity_tags(value) == tags


def test_the_star_is_itself() -> None:
    """A star stands for any representation."""
    assert parse_entity_tags("*") == "*"


@pytest.mark.parametrize("value", ["", ",", "a", '"a', 'a"', '"a" "b"', '"a", *', "*,*", 'w/"a"', 'W/ "a"', '"a b"', '"a""b"'])
def test_garbled_entity_tags_are_malformed(value: str) -> None:
    """A value outside the grammar is 400, not a tag that never matches."""
    with pytest.raises(MalformedHeader):
        parse_entity_tags(value)


@given(st.text(alphabet='abcW/*"\\,;=q01. \t', max_size=40))
def test_no_header_text_escapes_as_another_error(text: str) -> None:
    """Whatever a header says, reading it gives a value or a condition of ours."""
    for read in (lambda: accepts(text, JSON), lambda: parse_entity_tags(text), lambda: check_json_media(headers(("content-type", text)))):
        result = outcome(read)
        assert not isinstance(result, KernelError) or result.status in (400, 415)
