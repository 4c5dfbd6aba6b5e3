"""What a record may declare: the kinds of columns, the facts that are refused, the questions that an index answers, the names of indexes."""

import re
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal

import pytest
from msgspec import Meta, Struct, structs

from examples.storefront import COMPONENT as STOREFRONT
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import (
    CHOICE_LENGTH,
    Facts,
    Index,
    Kind,
    Lease,
    Record,
    Reference,
    Retention,
    Unique,
    check,
    column,
    columns,
    index_name,
    serves,
)
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import COMPONENT as TENANCY

FACTS = Facts(component="shed", name="spade", tenant=None, personal=(), retention=Retention("kept for the tests"))


class Size(Enum):
    """A choice."""

    SMALL = "s"
    LARGE = "l"


class Part(Struct, frozen=True):
    """A value inside a row."""

    weight: int


class Spade(Record, frozen=True, kw_only=True):
    """One column of every kind."""

    facts: ClassVar[Facts] = FACTS
    id: Annotated[str, id_of("spd")]
    owner: Annotated[str, id_of("own")] | None
    label: str
    short: Annotated[str, Meta(max_length=9)] | None
    count: int
    counted: Annotated[int, Meta(ge=0)]
    sharp: bool
    made: datetime
    digest: bytes
    size: Size
    state: Literal["new", "used"]
    part: Part
    parts: tuple[Part, ...]
    notes: dict[str, str] | None
    marks: list[int]


def spade(**changes: Any) -> type[Record]:
    """The record with other facts."""

    class Changed(Spade, frozen=True, kw_only=True):
        """A spade with other facts."""

        facts: ClassVar[Facts] = structs.replace(FACTS, **changes)

    return Changed


@pytest.mark.parametrize(
    ("name", "kind", "nullable", "length", "prefix"),
    [
        ("id", Kind.ID, False, None, "spd"),
        ("owner", Kind.ID, True, None, "own"),
        ("label", Kind.TEXT, False, None, None),
        ("short", Kind.TEXT, True, 9, None),
        ("count", Kind.INTEGER, False, None, None),
        ("counted", Kind.INTEGER, False, None, None),
        ("sharp", Kind.BOOLEAN, False, None, None),
        ("made", Kind.INSTANT, False, None, None),
        ("digest", Kind.BYTES, False, None, None),
        ("size", Kind.TEXT, False, CHOICE_LENGTH, None),
        ("state", Kind.TEXT, False, CHOICE_LENGTH, None),
        ("part", Kind.JSON, False, None, None),
        ("parts", Kind.JSON, False, None, None),
        ("notes", Kind.JSON, True, None, None),
        ("marks", Kind.JSON, False, None, None),
    ],
)
def test_a_field_becomes_a_column(name: str, kind: Kind, nullable: bool, length: int | None, prefix: str | None) -> None:
    """The annotation alone decides the kind, whether null is allowed, the length and the prefix."""
    found = column(Spade, name)
    assert (found.name, found.kind, found.nullable, found.max_length, found.prefix) == (name, kind, nullable, length, prefix)


def test_columns_stand_in_the_order_of_the_fields() -> None:
    """The order is the Struct's, so that rows and columns can be zipped."""
    assert tuple(each.name for each in columns(Spade)) == Spade.__struct_fields__


@pytest.mark.parametrize("annotation", [float, complex, object, str | int, str | int | None, set[int], Any, None])
def test_a_field_that_no_column_can_hold_is_refused(annotation: object) -> None:
    """The refusal names record and field and says what can be used."""

    class Odd(Record, frozen=True, kw_only=True):
        """A record with a field of a strange type."""

        facts: ClassVar[Facts] = FACTS
        id: Annotated[str, id_of("odd")]
        strange: annotation  # type: ignore[valid-type]

    with pytest.raises(ConfigurationError, match=r"Odd\.strange: no column can hold .*use str, int, bool"):
        columns(Odd)


def test_an_unknown_field_is_named_with_those_there_are() -> None:
    """A typing error in a field name is told with the names that exist."""
    with pytest.raises(ConfigurationError, match="Spade has no field 'lable'; it has id, owner, label"):
        column(Spade, "lable")


def test_the_table_is_named_after_component_and_record() -> None:
    """The name is the one Django gives to the model."""
    assert FACTS.table == "kingpost_shed_spade"


@pytest.mark.parametrize(
    "facts",
    [
        {"key": "nope"},
        {"personal": ("nope",)},
        {"tenant": "nope"},
        {"unique": (Unique(("label", "nope")),)},
        {"indexes": (Index(("nope",)),)},
        {"references": (Reference("nope", Spade),)},
        {"retention": Retention("a while", days=1, since="nope")},
        {"lease": Lease(due="nope", attempts="count")},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_facts_about_fields_that_are_not_there_are_refused(facts: dict[str, Any]) -> None:
    """Every fact that mentions a field is checked against the fields."""
    with pytest.raises(ConfigurationError, match="the facts mention 'nope', which is not a field; fields are count, counted"):
        check(spade(**facts))


def test_a_versioned_record_needs_a_version() -> None:
    """Compare-and-set needs something to compare."""
    with pytest.raises(ConfigurationError, match="is versioned and has no field 'version: int = 1'; add it"):
        check(spade(versioned=True))


class Errand(Record, frozen=True, kw_only=True):
    """Work that falls due; ``facts`` are set by each test."""

    facts: ClassVar[Facts]
    id: Annotated[str, id_of("err")]
    due_at: datetime | None
    made_at: datetime
    attempts: int = 0
    failures: int | None = None
    version: int = 1


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"lease": Lease(due="due_at", attempts="attempts")}, "Errand has a lease and no version: set versioned=True"),
        ({"versioned": True, "lease": Lease(due="made_at", attempts="attempts")}, "needs 'made_at: datetime | None' and 'attempts: int'"),
        ({"versioned": True, "lease": Lease(due="due_at", attempts="failures")}, "needs 'due_at: datetime | None' and 'failures: int'"),
        ({"versioned": True, "lease": Lease(due="due_at", attempts="id")}, "needs 'due_at: datetime | None' and 'id: int'"),
    ],
)
def test_a_lease_needs_a_version_an_instant_and_a_count(monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], complaint: str) -> None:
    """What a claim changes must be there, and the due instant may be absent: then there is nothing left to do."""
    rest: dict[str, Any] = {"component": "tests", "name": "errand", "tenant": None, "personal": (), "retention": Retention("a while")}
    monkeypatch.setattr(Errand, "facts", Facts(**rest, **facts), raising=False)
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        check(Errand)
    monkeypatch.setattr(Errand, "facts", Facts(**rest, versioned=True, lease=Lease(due="due_at", attempts="attempts")))
    check(Errand)


@pytest.mark.parametrize(
    "facts", [{"unique": (Unique(("owner", "label")),)}, {"indexes": (Index(("owner",)),)}], ids=lambda facts: next(iter(facts))
)
def test_the_tenant_is_left_out_of_keys_and_indexes(facts: dict[str, Any]) -> None:
    """It goes in front by itself, so naming it would put it there twice."""
    with pytest.raises(ConfigurationError, match=r"leave 'owner' out of .*; it is put in front by itself"):
        check(spade(tenant="owner", **facts))


@pytest.mark.parametrize("record", [*TENANCY.records, *STOREFRONT.records, Spade], ids=lambda record: record.__name__)
def test_the_shipped_records_are_sound(record: type[Record]) -> None:
    """Every record passes the check, and says what is personal and how long it is kept."""
    check(record)
    assert record.facts.retention.reason
    assert record.facts.personal is not None


SERVED = spade(unique=(Unique(("label",)),), indexes=(Index(("size", "made")), Index(("state", "id")), Index(("count",))), tenant="owner")


@pytest.mark.parametrize(
    ("equal", "order"),
    [
        ((), ()),
        ((), ("id",)),
        (("id",), ("made",)),
        (("label",), ()),
        (("label",), ("made",)),
        ((), ("label",)),
        ((), ("label", "id")),
        (("size",), ()),
        (("size",), ("made",)),
        (("size",), ("made", "id")),
        (("made", "size"), ("id",)),
        ((), ("size",)),
        ((), ("size", "made", "id")),
        (("state",), ("id",)),
        (("owner",), ("id",)),
        (("owner", "size"), ("made",)),
        (("count",), ("id",)),
    ],
)
def test_an_index_serves_its_beginnings(equal: tuple[str, ...], order: tuple[str, ...]) -> None:
    """Equality on the first fields, then the order; the key may end it, a unique row needs no order, the tenant is free."""
    assert serves(SERVED, frozenset(equal), order)


@pytest.mark.parametrize(
    ("equal", "order"),
    [
        (("made",), ()),
        (("size",), ("id",)),
        (("size",), ("label",)),
        ((), ("made",)),
        ((), ("id", "label")),
        (("sharp",), ()),
        (("size", "state"), ()),
        (("label", "sharp"), ()),
        ((), ("size", "id")),
        (("state",), ("id", "made")),
    ],
)
def test_no_index_serves_anything_else(equal: tuple[str, ...], order: tuple[str, ...]) -> None:
    """A filter or an order that would read the whole table is not served."""
    assert not serves(SERVED, frozenset(equal), order)


def test_index_names_are_short_stable_and_distinct() -> None:
    """At most 30 characters, equal in every process, different for other fields, tables and kinds."""
    long = spade(name="a_record_with_a_very_long_name")
    names = [
        index_name(record, fields, suffix)
        for record in (Spade, long)
        for fields in (("label",), ("label", "made"))
        for suffix in ("uq", "ix", "fk")
    ]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 30
    assert index_name(Spade, ("label",), "uq") == "kp_spade_0298699f_uq"
