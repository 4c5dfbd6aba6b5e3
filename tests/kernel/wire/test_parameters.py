"""Paths and query strings: splitting, decoding and one grammar per scalar; it knows nothing of operations."""

from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType, field

from kingpost.kernel.errors import ConfigurationError, Invalid, KernelError, MalformedPath, MalformedQuery, NotFound
from kingpost.kernel.parameters import path_decoder, query_decoder, split_path
from kingpost.kernel.scalars import Int64, Money
from tests.kernel.wire.outcomes import outcome
from tests.kernel.wire.specimens import AN_ID, Card, Filter, Level, Place, State

read_query = query_decoder(Filter)
read_place = path_decoder(Place)


def problems(query: bytes) -> list[tuple[str, str]]:
    """Pointer and code of every error."""
    with pytest.raises(Invalid) as caught:
        read_query(query)
    return [(error.pointer, error.code) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        (b"/", ("",)),
        (b"/products", ("products",)),
        (b"/products/", ("products", "")),
        (b"//products", ("", "products")),
        (b"/a//b", ("a", "", "b")),
        (b"/a/./../b", ("a", ".", "..", "b")),
        (b"/A", ("A",)),
        (b"/a+b", ("a+b",)),
        (b"/%61", ("a",)),
        (b"/caf%C3%A9/%20", ("café", " ")),
        (b"/%2e%2e/x", ("..", "x")),
        (b"/%25%32%66", ("%2f",)),
        (b"/a;b=c", ("a;b=c",)),
    ],
)
def test_a_path_is_split_and_each_segment_decoded_once(path: bytes, segments: tuple[str, ...]) -> None:
    """Segments are decoded exactly once; empty ones stay and dots mean nothing, so that only the exact path matches."""
    assert split_path(path) == segments


@pytest.mark.parametrize(
    "path",
    [
        b"", b"a", b"*", b"http://x/", b"/%", b"/%2", b"/%zz", b"/%%20", b"/%\xff0", b"/%FF", b"/%C3", b"/%ED%A0%80", b"/%C0%AF", b"/%00", b"/%0A", b"/%0d",
        b"/%7F", b"/%C2%85", b"/\xff", b"/caf\xc3\xa9", b"/a b", b"/a\x00", b"/a\n", b"/a\x7f", b"/\xc2\xa0%20",
    ],
)  # fmt: skip
def test_malformed_paths_are_refused(path: bytes) -> None:
    """Bad UTF-8, control characters, broken escapes and what needs an escape are 400."""
    with pytest.raises(MalformedPath):
        split_path(path)


@pytest.mark.parametrize("path", [b"/a%2Fb", b"/a%2fb", b"/%2F"])
def test_an_encoded_slash_is_not_found(path: bytes) -> None:
    """No id holds a slash, so that a path with an encoded one matches nothing."""
    with pytest.raises(NotFound):
        split_path(path)


def test_malformed_outranks_not_found() -> None:
    """A path with an encoded slash and bad UTF-8 is malformed."""
    with pytest.raises(MalformedPath):
        split_path(b"/%2F/%FF")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), max_size=8), min_size=1, max_size=5))
def test_every_quoted_path_is_read_back(segments: list[str]) -> None:
    """Quoting segments and splitting the path gives the segments."""
    assert split_path("".join(f"/{quote(segment, safe='')}" for segment in segments).encode()) == tuple(segments)


@given(st.binary(max_size=30))
def test_no_path_or_query_escapes_as_another_error(raw: bytes) -> None:
    """Whatever is sent as a path or query, the answer is a value or a condition of ours."""
    attempts: tuple[Callable[[], object], ...] = (
        lambda: split_path(b"/" + raw),
        lambda: split_path(raw),
        lambda: read_query(raw),
        lambda: read_query(b"text=" + raw),
    )
    for attempt in attempts:
        result = outcome(attempt)
        assert not isinstance(result, KernelError) or result.status in (400, 404, 422)


def test_path_parameters_are_typed() -> None:
    """Path parameters follow the grammar of their type."""
    assert read_place({"id": AN_ID}) == Place(id=AN_ID)
    assert read_place({"id": AN_ID, "revision": "0"}).revision == 0


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"id": ""},
        {"id": AN_ID.upper()},
        {"id": AN_ID + "\n"},
        {"id": "ten" + AN_ID[3:]},
        {"id": "01890a5d-ac96-774b-bcce-b302099a8057"},
        {"id": AN_ID, "revision": "-1"},
        {"id": AN_ID, "revision": "01"},
        {"id": AN_ID, "revision": "+1"},
        {"id": AN_ID, "revision": " 1"},
        {"id": AN_ID, "revision": "1_0"},
        {"id": AN_ID, "revision": "٣"},
        {"id": AN_ID, "revision": "1" * 40},
        {"id": AN_ID, "other": "x"},
    ],
)
def test_a_malformed_path_parameter_is_not_found(values: dict[str, str]) -> None:
    """A value outside its grammar answers as an absent resource does, with the same words."""
    with pytest.raises(NotFound) as caught:
        read_place(values)
    assert (caught.value.detail, caught.value.errors, caught.value.params) == (NotFound.title, (), {})


def test_an_empty_query_is_one_instance() -> None:
    """Where every parameter has a default, all empty queries share one value."""
    assert read_query(b"") is read_query(b"")
    assert read_query(b"") == read_query(b"&&") == Filter()


def test_every_kind_of_parameter_is_read() -> None:
    """Texts, integers, booleans, choices, ids, times and lists are read from their one spelling."""
    query = f"limit=200&text=a%20b+c;d=e%2B&active=false&state=shut&product={AN_ID}&since=2026-01-31T09:30:00Z&levels=1&words=a&levels=2"
    assert read_query(query.encode()) == Filter(
        limit=200, text="a b c;d=e+", active=False, state=State.SHUT, product=AN_ID, since="2026-01-31T09:30:00Z", levels=(Level.LOW, Level.HIGH), words=("a",),
    )  # fmt: skip


@pytest.mark.parametrize("query", [b"text", b"text=", b"&text=&"])
def test_a_parameter_without_value_is_the_empty_text(query: bytes) -> None:
    """A name alone, with and without the equals sign, gives the empty text."""
    assert read_query(query).text == ""


@pytest.mark.parametrize("text", ["0", "-1", "201", "1000", "999999999", "9223372036854775808"])
def test_a_page_limit_out_of_range_is_invalid(text: str) -> None:
    """The limit is 1 to 200."""
    assert problems(f"limit={text}".encode()) == [("query:limit", "not-in-range")]


@pytest.mark.parametrize(
    "text", ["", "007", "+1", "-0", " 1", "1 ", "1_0", "1e3", "1.0", "0x1", "٣", "\uff11", "true", "null", "99999999999999999999"]
)
def test_integers_have_one_spelling(text: str) -> None:
    """An integer is written without sign, zero, space, separator or exponent, in ASCII digits, at most nineteen of them."""
    assert problems(urlencode({"limit": text}).encode()) == [("query:limit", "wrong-type")]


@pytest.mark.parametrize("text", ["", "1", "0", "True", "TRUE", "yes", "on", "null", "true ", "tru%65x"])
def test_booleans_have_one_spelling(text: str) -> None:
    """A boolean is true or false."""
    assert problems(urlencode({"active": text}).encode()) == [("query:active", "wrong-type")]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        (b"nope=1", [("query:nope", "unknown-parameter")]),
        (b"nope=1&nope=2", [("query:nope", "unknown-parameter")]),
        (b"=1", [("query:", "unknown-parameter")]),
        (b"Limit=5", [("query:Limit", "unknown-parameter")]),
        (b"limit[]=5", [("query:limit[]", "unknown-parameter")]),
        (b"a%2Fb~=1", [("query:a~1b~0", "unknown-parameter")]),
        (b"limit=1&limit=1", [("query:limit", "repeated-parameter")]),
        (b"limit=1&l%69mit=x", [("query:limit", "repeated-parameter")]),
        (b"levels=1&levels=3&levels=4", [("query:levels", "not-a-choice")]),
        (b"levels=x", [("query:levels", "wrong-type")]),
        (b"words=a&words=B", [("query:words", "pattern")]),
        (b"state=OPEN", [("query:state", "not-a-choice")]),
        (b"since=2026-02-30T00:00:00Z", [("query:since", "invalid-timestamp")]),
        (b"since=1769851800", [("query:since", "invalid-timestamp")]),
        (b"product=" + AN_ID.upper().encode(), [("query:product", "invalid-id")]),
        (
            b"zz=1&state=x&limit=0&active=1",
            [
                ("query:zz", "unknown-parameter"),
                ("query:state", "not-a-choice"),
                ("query:limit", "not-in-range"),
                ("query:active", "wrong-type"),
            ],
        ),
    ],
)
def test_each_violation_of_a_query_has_its_code(query: bytes, errors: list[tuple[str, str]]) -> None:
    """All errors come at once, in the order of the query, one for each parameter."""
    assert problems(query) == errors


@pytest.mark.parametrize(
    "query",
    [
        b"text=%00", b"text=%0A", b"text=%1f", b"text=%7F", b"text=%C2%80", b"%00=1", b"text=%", b"text=%2", b"text=%GG", b"%", b"text=%FF", b"text=%C3", b"text=%ED%A0%80",
        b"text=\xff", b"text=\xc3\xa9", b"text=a b", b"text=a\x00", b"te\nxt=1", b"&" * 100, b"a=1&" * 1001,
    ],
)  # fmt: skip
def test_malformed_queries_are_refused(query: bytes) -> None:
    """Control characters, bad UTF-8, broken escapes and more than a hundred parameters are 400."""
    with pytest.raises(MalformedQuery):
        read_query(query)


def test_a_hundred_parameters_are_read() -> None:
    """The hundredth parameter is still read."""
    assert len(read_query(b"&".join([b"words=a"] * 100)).words) == 100


class Needed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A query with required parameters and other names on the wire."""

    first_name: str
    last_name: Annotated[str, Meta(min_length=1)]
    kinds: list[Literal[1, 2]] = field(default_factory=list)


def test_missing_parameters_come_last_in_order_of_declaration() -> None:
    """What is required and absent is named by its name on the wire, after what is wrong."""
    with pytest.raises(Invalid) as caught:
        query_decoder(Needed)(b"kinds=3")
    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("query:kinds", "not-a-choice"), ("query:first-name", "missing"), ("query:last-name", "missing"),
    ]  # fmt: skip


def test_defaults_made_anew_are_not_shared() -> None:
    """A mutable default belongs to one request only."""

    class Lists(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        words: list[str] = field(default_factory=list)

    read = query_decoder(Lists)
    assert read(b"") is not read(b"")
    assert read(b"words=a&words=b").words == ["a", "b"]


@given(
    st.dictionaries(
        st.sampled_from(["limit", "text", "active", "state"]), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
    )
)
def test_a_text_is_read_as_it_was_quoted(values: dict[str, str]) -> None:
    """Plus and percent escapes stand for what they quote, whichever of the two was used for a space."""
    plus = outcome(lambda: read_query(urlencode(values).encode()))
    if isinstance(plus, Invalid):
        assert {wrong.pointer for wrong in plus.errors} <= {f"query:{name}" for name in values}
    else:
        assert isinstance(plus, Filter)
        assert plus.text == values.get("text", UNSET)
        assert plus == read_query(urlencode(values, quote_via=quote).encode())


class Nested(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No query can say this."""

    price: Money


class Either(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that could be a number or a word."""

    value: Int64 | str


class Mixed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Choices of two kinds."""

    value: Literal["a", 1]


class Deep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of lists."""

    value: tuple[tuple[str, ...], ...] | UnsetType = UNSET


@pytest.mark.parametrize("struct", [Nested, Either, Mixed, Deep, Card])
def test_structs_that_text_cannot_fill_are_refused_at_assembly(struct: type[Struct]) -> None:
    """A parameter whose text does not say its type is a mistake of the component, named with its field."""
    with pytest.raises(ConfigurationError, match=struct.__name__):
        query_decoder(struct)
    with pytest.raises(ConfigurationError, match=struct.__name__):
        path_decoder(struct)


def test_a_path_takes_no_lists() -> None:
    """A path parameter has one value."""
    with pytest.raises(ConfigurationError, match="Filter"):
        path_decoder(Filter)
