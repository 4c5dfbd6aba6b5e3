"""Which types may stand on the wire, and what the refusal says; it knows no value."""

import dataclasses
import datetime as dt
import decimal
import uuid
from enum import Enum, IntFlag
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from msgspec import Meta, Struct

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.scalars import Int64, Money
from kingpost.kernel.wire import assert_wire_type, body_decoder
from tests.kernel.wire.specimens import Card, Defaults, Everything, Filter, Level, Place, Product, Single, State, Transfer, Tree


class Flags(IntFlag):
    """Choices that combine."""

    A = 1
    B = 2


class Lenient(Enum):
    """Choices with more than one spelling."""

    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> "Lenient":
        return cls.A


class Huge(Enum):
    """A choice beyond 64 bits."""

    A = 2**64


@dataclasses.dataclass
class Data:
    """Not a Struct."""

    a: str


class Typed(TypedDict):
    """Not a Struct."""

    a: str


class Named(NamedTuple):
    """Not a Struct."""

    a: str


class Open(Struct, frozen=True, kw_only=True):
    """Has room for unknown fields."""

    a: str


class Mutable(Struct, kw_only=True, forbid_unknown_fields=True):
    """Can change after it was checked."""

    a: str


class Positional(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """An array on the wire."""

    a: str


class Clever(Struct, frozen=True, forbid_unknown_fields=True):
    """Has a rule of its own."""

    a: str

    def __post_init__(self) -> None:
        """Say nothing."""


def holding(annotation: object) -> type[Struct]:
    """A Struct ``Held`` whose field ``value`` has the type."""
    return msgspec.defstruct("Held", [("value", annotation)], frozen=True, kw_only=True, forbid_unknown_fields=True)


@pytest.mark.parametrize(
    "good",
    [
        Product, Defaults, Single, Everything, Filter, Place, Tree, Money, Card, State, Level, str, bool, type(None), dict[str, Int64], tuple[Money, ...],
        list[str], Literal["a", 1], Card | Transfer | None, Annotated[int, Meta(gt=0, lt=10)], Annotated[str, Meta(pattern=r"^[0-9]\.\\d$")],
    ],
)  # fmt: skip
def test_wire_types_pass(good: object) -> None:
    """Strings, bounded integers, booleans, choices, strict Structs and containers of them may stand on the wire."""
    assert_wire_type(good)
    assert_wire_type(holding(good))


@pytest.mark.parametrize(
    ("bad", "mend"),
    [
        (int, "Int64"),
        (Annotated[int, Meta(ge=0)], "Int64"),
        (Annotated[int, Meta(ge=0, le=2**63 - 1)] | None | float, "smaller unit"),
        (float, "smaller unit"),
        (decimal.Decimal, "Money"),
        (dt.datetime, "Timestamp"),
        (dt.date, "str"),
        (dt.time, "str"),
        (dt.timedelta, "seconds"),
        (uuid.UUID, "id_of"),
        (bytes, "str"),
        (Any, "name the types"),
        (msgspec.Raw, "name the types"),
        (object, "use str"),
        (set[str], "tuple"),
        (frozenset[str], "tuple"),
        (Data, "Struct"),
        (Typed, "Struct"),
        (Named, "Struct"),
        (Open, "forbid_unknown_fields=True"),
        (Mutable, "frozen=True"),
        (Positional, "array_like"),
        (Clever, "use case"),
        (Flags, "tuple of an Enum"),
        (Lenient, "list the values"),
        (Huge, "63"),
        (Literal[2**63], "63"),
        (Literal[True], "use bool"),
        (dict[Int64, str], r"dict\[str, X\]"),
        (Annotated[str, Meta(pattern=r"^\d+$")], r"\[0-9\]"),
        (Annotated[str, Meta(pattern=r"^a\\\w$")], r"\[0-9\]"),
        (Annotated[str, Meta(pattern=r"(?i)^a$")], "without them"),
        (str | State, "more than one str"),
        (Literal["a"] | str, "keep one"),  # noqa: PYI051 - the redundancy is the mistake
        (Money | dict[str, str], "keep one|not supported"),
        (list[float], "smaller unit"),
        (tuple[str, float], "smaller unit"),
        (dict[str, list[dt.date]], "str"),
    ],
)
def test_other_types_are_refused_with_place_and_mend(bad: object, mend: str) -> None:
    """A type that cannot be read strictly is refused at assembly; the message says where it stands and what to write instead."""
    with pytest.raises(ConfigurationError, match=mend):
        assert_wire_type(bad)
    with pytest.raises(ConfigurationError, match=r"Held|Positional|Open|Mutable|Clever") as caught:
        assert_wire_type(holding(bad))
    assert len(str(caught.value)) > 20


def test_the_message_names_struct_and_field() -> None:
    """The innermost Struct and field are named, with the way through its containers."""

    class Inner(Struct, frozen=True, forbid_unknown_fields=True):
        sizes: dict[str, tuple[int, ...]]

    class Outer(Struct, frozen=True, forbid_unknown_fields=True):
        inner: Inner

    with pytest.raises(ConfigurationError, match=r"Inner\.sizes\{\}\[\]: an int without bounds"):
        assert_wire_type(Outer)


def test_decoders_refuse_what_is_no_wire_type() -> None:
    """A decoder cannot be made for a type that has not passed."""
    with pytest.raises(ConfigurationError, match="Open"):
        body_decoder(Open)
