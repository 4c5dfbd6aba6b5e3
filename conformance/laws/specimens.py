"""The records that the laws of storage are told with: every kind of column, owned by a tenant and not, versioned and not. They mean nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from typing import Annotated, ClassVar, Final, Literal, TypeAlias, TypeVar
from uuid import UUID

from msgspec import Meta, Struct, structs

from kingpost.kernel import typeid
from kingpost.kernel.records import Facts, Index, Lease, Record, Reference, Retention, Unique
from kingpost.kernel.scalars import id_of
from kingpost.kernel.store import PLATFORM, Scope, Storage, Store

S = TypeVar("S", bound=Struct)

HouseId: TypeAlias = Annotated[str, id_of("hou")]
GuestId: TypeAlias = Annotated[str, id_of("gst")]
StayId: TypeAlias = Annotated[str, id_of("sty")]
KnotId: TypeAlias = Annotated[str, id_of("knt")]
ChoreId: TypeAlias = Annotated[str, id_of("cho")]
MarkId: TypeAlias = Annotated[str, id_of("mrk")]

KEPT = Retention("as long as the test that made it")
EPOCH = datetime(2026, 1, 31, 9, 30, 0, 123456, UTC)


class House(Record, frozen=True, kw_only=True):
    """A tenant: it owns itself, and everything else that is owned belongs to one of it."""

    facts: ClassVar[Facts] = Facts(
        component="laws", name="house", tenant="id", versioned=True, personal=(), retention=KEPT, unique=(Unique(("slug",)),)
    )
    id: HouseId
    slug: Annotated[str, Meta(max_length=63)]
    version: int = 1


class Rate(Record, frozen=True, kw_only=True):
    """A platform record with a key of its own making, without a version."""

    facts: ClassVar[Facts] = Facts(
        component="laws", name="rate", key="code", tenant=None, personal=(), retention=KEPT, indexes=(Index(("family", "cents")),)
    )
    code: Annotated[str, Meta(max_length=20)]
    family: Annotated[str, Meta(max_length=40)]
    cents: int


class Guest(Record, frozen=True, kw_only=True):
    """Owned by a tenant, versioned, unique in one field and in two."""

    facts: ClassVar[Facts] = Facts(
        component="laws",
        name="guest",
        tenant="house_id",
        versioned=True,
        personal=("name",),
        retention=KEPT,
        unique=(Unique(("name",)), Unique(("badge", "floor"))),
        indexes=(Index(("floor", "name")),),
    )
    id: GuestId
    house_id: HouseId
    name: Annotated[str, Meta(max_length=40)]
    badge: Annotated[str, Meta(max_length=10)] | None = None
    floor: int = 0
    version: int = 1


class Stay(Record, frozen=True, kw_only=True):
    """Owned by a tenant, without a version; refers to a record of its tenant and to one of the platform."""

    facts: ClassVar[Facts] = Facts(
        component="laws",
        name="stay",
        tenant="house_id",
        personal=(),
        retention=KEPT,
        indexes=(Index(("guest_id", "id")),),
        references=(Reference("guest_id", Guest), Reference("rate_code", Rate)),
    )
    id: StayId
    house_id: HouseId
    guest_id: GuestId | None = None
    rate_code: Annotated[str, Meta(max_length=20)] | None = None
    nights: int = 1


class Knot(Record, frozen=True, kw_only=True):
    """Owned by a tenant; refers to another of its kind, or to itself."""

    facts: ClassVar[Facts]
    id: KnotId
    house_id: HouseId
    next_id: KnotId | None


Knot.facts = Facts(component="laws", name="knot", tenant="house_id", personal=(), retention=KEPT, references=(Reference("next_id", Knot),))


class Mood(Enum):
    """A choice written as an Enum."""

    CALM = "calm"
    LOUD = "loud"


class Detail(Struct, frozen=True, kw_only=True):
    """What a JSON column holds as a type of its own."""

    at: datetime
    sizes: tuple[int, ...] = ()
    ratio: float = 0.5
    more: dict[str, str] = {}


class Mark(Record, frozen=True, kw_only=True):
    """Every kind of column, plain and nullable, and an index on each that can be ordered."""

    facts: ClassVar[Facts] = Facts(
        component="laws",
        name="mark",
        tenant="house_id",
        personal=(),
        retention=KEPT,
        indexes=(
            Index(("text",)),
            Index(("number",)),
            Index(("flag",)),
            Index(("at",)),
            Index(("raw",)),
            Index(("other_id",)),
            Index(("choice",)),
            Index(("text_or_none",)),
            Index(("number_or_none",)),
            Index(("at_or_none",)),
            Index(("choice", "number_or_none", "text")),
        ),
    )
    id: MarkId
    house_id: HouseId
    other_id: Annotated[str, id_of("oth")] | None = None
    text: Annotated[str, Meta(max_length=60)] = ""
    essay: str = ""
    choice: Literal["red", "green"] = "red"
    mood: Mood = Mood.CALM
    number: int = 0
    flag: bool = False
    at: datetime = EPOCH
    raw: bytes = b""
    note: dict[str, str] = {}
    detail: Detail = Detail(at=EPOCH)
    tags: tuple[str, ...] = ()
    text_or_none: Annotated[str, Meta(max_length=60)] | None = None
    number_or_none: int | None = None
    at_or_none: datetime | None = None
    detail_or_none: Detail | None = None
    raw_or_none: bytes | None = None


class Chore(Record, frozen=True, kw_only=True):
    """Owned by a tenant; work that falls due."""

    facts: ClassVar[Facts] = Facts(
        component="laws",
        name="chore",
        tenant="house_id",
        versioned=True,
        personal=(),
        retention=KEPT,
        lease=Lease(due="due_at", attempts="attempts"),
    )
    id: ChoreId
    house_id: HouseId
    due_at: datetime | None
    attempts: int = 0
    version: int = 1


SPECIMENS: Final[tuple[type[Record], ...]] = (House, Rate, Guest, Stay, Knot, Mark, Chore)
"""What a storage must be opened for, so that the laws can be run on it."""

_numbers: Iterator[int] = count(1)


def fresh_id(prefix: str) -> str:
    """An id that no law has used in this process; later ones sort behind earlier ones."""
    return typeid.encode(prefix, UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + next(_numbers)))


def fresh_word(stem: str) -> str:
    """A short text that no law has used in this process."""
    return f"{stem}-{next(_numbers)}"


def guest(house: str, name: str = "Ada", *, badge: str | None = None, floor: int = 0) -> Guest:
    """A guest of the house with a fresh id."""
    return Guest(id=fresh_id("gst"), house_id=house, name=name, badge=badge, floor=floor)


def stay(house: str, *, guest_id: str | None = None, rate_code: str | None = None, nights: int = 1) -> Stay:
    """A stay in the house with a fresh id."""
    return Stay(id=fresh_id("sty"), house_id=house, guest_id=guest_id, rate_code=rate_code, nights=nights)


def mark(house: str) -> Mark:
    """A mark of the house with a fresh id and the plainest values; ``but`` changes them."""
    return Mark(id=fresh_id("mrk"), house_id=house)


def chore(house: str, *, due_at: datetime | None) -> Chore:
    """A chore of the house with a fresh id."""
    return Chore(id=fresh_id("cho"), house_id=house, due_at=due_at)


def but(row: S, **changes: object) -> S:
    """The row with other values, unchecked: some laws hand a store what no decoder would let through."""
    return structs.replace(row, **changes)


def minutes(number: int) -> datetime:
    """The instant so many minutes after the first one."""
    return EPOCH + timedelta(minutes=number)


async def open_house(storage: Storage) -> str:
    """Insert a fresh tenant and return its id."""
    house = House(id=fresh_id("hou"), slug=fresh_word("house"))
    await storage.session().store(PLATFORM).insert(house)
    return house.id


async def open_store(storage: Storage) -> Store:
    """A store of a fresh tenant, in a session of its own."""
    return storage.session().store(Scope(await open_house(storage)))


async def same_session(storage: Storage, store: Store) -> Store:
    """The same tenant's store in another session, which sees only what has been committed."""
    return storage.session().store(store.scope)


def owner(store: Store) -> str:
    """The tenant that the store was opened for."""
    assert store.scope.tenant is not None
    return store.scope.tenant
