"""Writing JSON, and the raw request and reply; it knows nothing of operations."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from kingpost.kernel import strict_json, wire
from kingpost.kernel.wire import RawReply, RawRequest, encode
from tests.kernel.wire.specimens import Defaults, Product, Single


class Reading(Struct, frozen=True):
    """A value of the inside, which may hold a float."""

    note: None
    values: tuple[float, ...]


def test_json_is_compact_and_raw_utf8() -> None:
    """No spaces, no escapes beyond what JSON demands, members in the order of declaration, unset ones left out."""
    assert (
        encode(Product(sku="tea", name='Thé "vert" 😀', amount=-1, currency="EUR"))
        == '{"sku":"tea","name":"Thé \\"vert\\" 😀","amount":-1,"currency":"EUR"}'.encode()
    )
    assert encode(Defaults()) == b'{"size":7,"note":null,"marks":[],"state":"open"}'
    assert encode(Single()) == b"{}"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(number: float) -> None:
    """A number that is not finite raises wherever it hides, instead of becoming null."""
    for value in (number, [number], {"a": {"b": (1, number)}}, Reading(note=None, values=(1.0, number))):
        with pytest.raises(ValueError, match="NaN"):
            encode(value)


def test_null_is_written_where_it_is_meant() -> None:
    """None, and the text null, are no reason to refuse."""
    assert encode({"a": None, "b": [1.5, "null"]}) == b'{"a":null,"b":[1.5,"null"]}'
    assert encode(Reading(note=None, values=(0.5,))) == b'{"note":null,"values":[0.5]}'


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_what_is_written_is_strict_json(value: object) -> None:
    """Everything that is written is well-formed and reads back as itself, but for what a request may not say."""
    body = encode(value)
    assert body == body.decode().encode()
    if b"\\u0000" not in body:
        assert strict_json.parse(body) == value


def test_raw_values_are_immutable_and_have_their_defaults() -> None:
    """A request is what came in, and nothing behind the edge can change it."""
    request = RawRequest(method="GET", path=b"/", query=b"", headers=(), body=b"")
    reply = RawReply(status=200, headers=(), body=b"")
    assert (request.mount, request.scheme, request.peer, request.upgrade, reply.failure) == ("", "http", None, False, None)
    for value, name in ((request, "path"), (reply, "status")):
        with pytest.raises(AttributeError):
            setattr(value, name, None)


def test_the_door_is_complete() -> None:
    """Every public name of the wire is there and sorted."""
    assert list(wire.__all__) == sorted(wire.__all__)
    assert all(hasattr(wire, name) for name in wire.__all__)
