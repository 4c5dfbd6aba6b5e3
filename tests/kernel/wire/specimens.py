"""Wire types that show every kind of field, for the tests of this folder; it knows nothing of requests."""

from enum import Enum, IntEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from kingpost.kernel.scalars import Count, Identifier, Int64, Money, PageLimit, Timestamp, id_of

ProductId = Annotated[str, id_of("prd")]
Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*$", max_length=12)]
AN_ID = "prd_01h455vb4pex5vsknk084sn02q"


class State(Enum):
    """Choices that are texts."""

    OPEN = "open"
    SHUT = "shut"


class Level(IntEnum):
    """Choices that are numbers."""

    LOW = 1
    HIGH = 2


class Product(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flat body, as most are."""

    sku: Slug
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    amount: Int64
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    stock: Count | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Defaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flat body with defaults of other kinds."""

    size: Int64 = 7
    note: str | None = None
    marks: tuple[str, ...] = ()
    state: State = State.OPEN


class Single(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flat body with one optional field."""

    note: str | UnsetType = UNSET


class Card(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="card"):
    """One way to pay."""

    digits: Annotated[str, Meta(min_length=4, max_length=4)]


class Transfer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="transfer"):
    """Another way to pay."""

    days: Annotated[int, Meta(gt=0, lt=31, multiple_of=5)]


class Tree(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type that refers to itself."""

    leaf: Int64 | None = None
    kids: "tuple[Tree, ...]" = ()


class Everything(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Every kind of field at once."""

    product_id: ProductId
    at: Timestamp
    label: Identifier
    price: Money
    pay: Card | Transfer | None
    state: State
    level: Level = Level.LOW
    choice: Literal["a", "b", 3] | None = None
    either: Identifier | Int64 | bool | UnsetType | None = UNSET
    pair: tuple[bool, Slug] | UnsetType = UNSET
    some: Annotated[tuple[Identifier, ...], Meta(min_length=1, max_length=3)] | UnsetType = UNSET
    by_name: Annotated[dict[Slug, Count], Meta(max_length=2)] | UnsetType = UNSET
    tree: Tree | UnsetType = UNSET


class Filter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query with every kind of parameter."""

    limit: PageLimit = 50
    text: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    state: State | UnsetType = UNSET
    product: ProductId | UnsetType = UNSET
    since: Timestamp | None = None
    levels: tuple[Level, ...] = ()
    words: tuple[Slug, ...] = ()


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of a path."""

    id: ProductId
    revision: Count | UnsetType = UNSET
