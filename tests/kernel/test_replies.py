"""How answers look: entity tags, preconditions, header lines and problem documents."""

from datetime import UTC, datetime

import msgspec
import pytest

from kingpost.kernel.errors import FieldError as Wrong
from kingpost.kernel.errors import Invalid, MalformedHeader, NotFound, PreconditionFailed, StaleVersion, WeakEtag
from kingpost.kernel.replies import IfMatch, entity_tag, header_lines, if_match, not_modified, problem_body, reply
from tests.kernel.workshop import Tool

SAW = Tool(
    id="tol_01h455vb4pex5vsknk084sn02q",
    tenant_id="ten_01h455vb4pex5vsknk084sn02q",
    name="saw",
    shelf=1,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    version=3,
)
TAG = '"01h455vb4pex5vsknk084sn02q-3"'


def test_the_tag_is_the_key_and_the_version() -> None:
    """Strong, quoted, different for every version of every row."""
    assert entity_tag(SAW) == TAG
    assert entity_tag(msgspec.structs.replace(SAW, version=4)) != TAG
    assert entity_tag(msgspec.structs.replace(SAW, id="tol_01h455vb4pex5vsknk084sn02r")) != TAG


def test_if_match_holds_while_one_of_its_tags_is_current() -> None:
    """One of several tags is enough; else ``StaleVersion`` carries the current tag."""
    if_match(f'"old", {TAG}', accept_weak=False).require(SAW)
    with pytest.raises(StaleVersion) as refused:
        IfMatch(frozenset({'"old"'})).require(SAW)
    assert refused.value.headers == (("etag", TAG),)


def test_a_star_would_be_a_blind_write() -> None:
    """``If-Match: *`` is refused with what to do instead."""
    with pytest.raises(PreconditionFailed, match="send the ETag that was loaded"):
        if_match("*", accept_weak=True)


def test_one_weak_tag_among_strong_ones_is_refused() -> None:
    """Comparison of If-Match is strong (RFC 9110 section 13.1.1), unless the deployment says otherwise."""
    with pytest.raises(WeakEtag):
        if_match(f"{TAG}, W/{TAG}", accept_weak=False)
    if_match(f"W/{TAG}", accept_weak=True).require(SAW)


@pytest.mark.parametrize(
    ("value", "expected"), [(TAG, True), (f"W/{TAG}", True), (f'"x", {TAG}', True), ("*", True), ('"x"', False), ('"x", "y"', False)]
)
def test_if_none_match_compares_weakly(value: str, expected: bool) -> None:
    """A weak tag of the same representation saves the body too (RFC 9110 section 13.1.2)."""
    assert not_modified(value, TAG) is expected


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x=1", "a\nb", "a\rb", "a\0b"])
def test_a_header_line_cannot_be_split(value: str) -> None:
    """CR, LF and NUL never go out."""
    with pytest.raises(MalformedHeader):
        header_lines([("location", value)])


def test_header_lines_are_latin_1() -> None:
    """Anything beyond Latin-1 becomes a question mark rather than an error of the server."""
    assert header_lines([("x", "caf\u00e9 \u20ac")]) == ((b"x", b"caf\xe9 ?"),)


def test_a_reply_with_content_says_its_type_and_length() -> None:
    """204 and 304 have no content, so they say neither."""
    assert reply(200, b"{}", "application/json", [(b"x", b"y")]).headers == (
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"x", b"y"),
    )
    assert reply(204, b"", None, ()).headers == ()


def test_a_problem_document_leaves_out_what_is_empty() -> None:
    """``params`` and ``errors`` are there where there is something to say."""
    bare = msgspec.json.decode(problem_body(NotFound(), request_id="r", mount="/api"))
    assert sorted(bare) == ["code", "detail", "request_id", "status", "title", "type"]
    assert bare["type"] == "/api/problems/not-found"
    error = Invalid(params={"count": 1, "all": True, "names": ("a",)}, errors=(Wrong(pointer="/a~1b", code="missing", detail="No."),))
    full = msgspec.json.decode(problem_body(error, request_id="r", mount=""))
    assert full["params"] == {"count": 1, "all": True, "names": ["a"]}
    assert full["errors"] == [{"pointer": "/a~1b", "code": "missing", "detail": "No.", "params": {}}]
