"""Bodies with objects in objects: the cheap proof that no key is doubled holds at every depth."""

import json
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from kingpost.kernel import strict_json
from kingpost.kernel.bodies import body_decoder
from kingpost.kernel.errors import Invalid, MalformedJson

Small = Annotated[int, Meta(ge=0, le=9)]


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item of an order."""

    sku: str
    count: Small | UnsetType = UNSET


class Address(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it goes."""

    city: str
    note: str | UnsetType | None = UNSET


class Order(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Objects in a field, in an optional field, in a list and in a map."""

    home: Address
    work: Address | UnsetType | None = UNSET
    lines: list[Line] | UnsetType = UNSET
    labels: dict[str, str] | UnsetType = UNSET
    places: dict[str, Address] | UnsetType = UNSET


read = body_decoder(Order)

texts = st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=4)
addresses = st.fixed_dictionaries({"city": texts}, optional={"note": texts | st.none()})
lines = st.fixed_dictionaries({"sku": texts}, optional={"count": st.integers(0, 9)})
orders = st.fixed_dictionaries(
    {"home": addresses},
    optional={
        "work": addresses | st.none(),
        "lines": st.lists(lines, max_size=3),
        "labels": st.dictionaries(texts, texts, max_size=3),
        "places": st.dictionaries(texts, addresses, max_size=2),
    },
)


def written(value: Any, doubled: list[int]) -> str:
    """``value`` as JSON, with the member doubled whose number comes up (counted over the whole document)."""
    if isinstance(value, dict):
        members = []
        for key, item in value.items():
            member = f"{json.dumps(key, ensure_ascii=False)}:{written(item, doubled)}"
            doubled[0] -= 1
            members += [member, member] if doubled[0] == 0 else [member]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(item, doubled) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def members_of(value: Any) -> int:
    """How many members all objects in ``value`` have."""
    if isinstance(value, dict):
        return len(value) + sum(map(members_of, value.values()))
    return sum(map(members_of, value)) if isinstance(value, list) else 0


@given(orders)
def test_a_nested_body_without_a_doubled_key_is_read(order: dict[str, Any]) -> None:
    """What is written comes back, whichever parts are there."""
    assert json.loads(msgspec.json.encode(read(written(order, [0]).encode()))) == order


@given(orders, st.data())
def test_a_doubled_key_is_malformed_at_every_depth(order: dict[str, Any], data: st.DataObject) -> None:
    """Whichever member of whichever object is written twice, the body is refused."""
    which = data.draw(st.integers(1, members_of(order)))
    with pytest.raises(MalformedJson):
        read(written(order, [which]).encode())


@given(orders)
def test_the_cheap_proof_suffices_where_no_text_holds_a_colon(order: dict[str, Any]) -> None:
    """A plain nested body never needs the slow reading."""
    before = strict_json.parse

    def never(body: bytes) -> object:
        pytest.fail(f"the slow path read {body!r}")

    strict_json.parse = never
    try:
        assert read(written(order, [0]).encode()).home.city == order["home"]["city"]
    finally:
        strict_json.parse = before


def test_an_error_inside_names_its_place() -> None:
    """The pointer of a nested error leads to it."""
    with pytest.raises(Invalid) as caught:
        read(b'{"home":{"city":"Ulm"},"lines":[{"sku":"a","count":10},{"count":1}]}')
    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("/lines/0/count", "not-in-range"),
        ("/lines/1/sku", "missing"),
    ]
