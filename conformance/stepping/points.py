"""Where a task can be stopped: a Point stands before each call of the storage and says what the call touches. It knows places, no storage.

Two points are independent when neither changes what the other looks at or changes; then their order makes no difference.
"""

from collections.abc import Generator, Iterable
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kingpost.kernel.records import Record, Reference

from .catalogue import Fault

Call: TypeAlias = Literal[
    "check", "admitted", "answered", "unit", "get", "find", "ask", "insert", "replace", "remove", "claim", "commit", "leave", "close"
]
"""Two are no calls. ``admitted``: it is known who asks, and the work begins. ``answered``: a call is done, and its caller is about to go on."""
Place: TypeAlias = tuple[str, ...]
"""Something that calls meet at: a row, a table as one tenant sees it, a unique value, a lock."""

READS: Final[frozenset[Call]] = frozenset({"get", "find", "ask"})
WRITES: Final[frozenset[Call]] = frozenset({"insert", "replace", "remove", "claim"})
NOTHING: Final[frozenset[Place]] = frozenset()
PROCESS: Final[frozenset[Place]] = frozenset({("process",)})
"""What the tasks of a process share besides the storage: what it remembers."""
ANY: Final = "*"
"""In a place: some tenant, it is not known which."""


class Point(Struct, frozen=True, eq=False, kw_only=True):
    """One call that is about to happen. Awaiting it stops the task until the scheduler goes on, which may send a Fault along."""

    session: object
    call: Call
    what: str = ""
    """The record and the end of the key, or the name of the query."""
    shared: frozenset[Place] = NOTHING
    """Locks that others may hold too, as long as they share them."""
    exclusive: frozenset[Place] = NOTHING
    """Locks that nobody else may hold."""
    looks: frozenset[Place] = NOTHING
    """What is committed there decides what the call does."""
    changes: frozenset[Place] = NOTHING
    """What others can see differently afterwards."""
    in_unit: bool = False
    unique: str = ""
    """The first rule of uniqueness that the call could break."""

    def __await__(self) -> "Generator[Point, Fault | None, Fault | None]":
        return (yield self)

    @property
    def is_local(self) -> bool:
        """Whether nobody else can notice when it happens."""
        return not (self.shared or self.exclusive or self.looks or self.changes)

    @property
    def may_last(self) -> bool:
        """Whether what it does is not undone by a rollback."""
        return self.call == "commit" or (self.call in WRITES and not self.in_unit)

    def depends_on(self, other: "Point") -> bool:
        """Whether the order of the two makes a difference."""
        return not (
            self.changes.isdisjoint(other.changes)
            and self.changes.isdisjoint(other.looks)
            and self.looks.isdisjoint(other.changes)
            and self.exclusive.isdisjoint(other.exclusive)
            and self.exclusive.isdisjoint(other.shared)
            and self.shared.isdisjoint(other.exclusive)
        )

    def __str__(self) -> str:
        return f"{self.call} {self.what}".strip()


class Locks:
    """Who holds what until the end of its unit, as a database does it: the second writer of a row waits for the first."""

    def __init__(self) -> None:
        self._held: dict[Place, dict[object, bool]] = {}

    def blockers(self, point: Point) -> set[object]:
        """The sessions that must end before the point can go on."""
        found: set[object] = set()
        for place in point.exclusive:
            found |= self._held.get(place, {}).keys()
        for place in point.shared:
            found |= {holder for holder, alone in self._held.get(place, {}).items() if alone}
        return found - {point.session}

    def take(self, point: Point) -> None:
        """Hold what the point asks for; nobody else does."""
        for place in point.shared:
            self._held.setdefault(place, {}).setdefault(point.session, False)
        for place in point.exclusive:
            self._held.setdefault(place, {})[point.session] = True

    def free(self, session: object) -> None:
        """Give back everything."""
        for place in [place for place, holders in self._held.items() if holders.pop(session, None) is not None and not holders]:
            del self._held[place]

    @property
    def held(self) -> tuple[Place, ...]:
        """What is locked, by whomever."""
        return tuple(self._held)


def row_place(record: type[Record], key: str) -> Place:
    """The row that has the key."""
    return ("row", record.facts.table, key)


def existence_place(record: type[Record], key: str) -> Place:
    """That there is such a row: what refers to it shares this, what removes it has it alone."""
    return ("existence", record.facts.table, key)


def looked_at_to_find(record: type[Record], tenant: str | None) -> frozenset[Place]:
    """What decides which rows are found: all of the table, or those of one tenant."""
    table = record.facts.table
    whole = tenant is None or record.facts.tenant is None
    return frozenset((("table", table),)) if whole else frozenset((("table", table, tenant or ""), ("table", table, ANY)))


def claimed_place(record: type[Record]) -> frozenset[Place]:
    """What claims of the record meet at, and writes of it: a claim passes over what another unit has taken or changed, committed or not."""
    return frozenset((("claims", record.facts.table),)) if record.facts.lease else NOTHING


def unique_places(row: Record) -> frozenset[Place]:
    """The values of the row that no other may have."""
    facts = row.facts
    front = (owner_of(row) or "",) if facts.tenant != facts.key else ()
    values = ((each.fields, [getattr(row, field) for field in each.fields]) for each in facts.unique)
    return frozenset(("unique", facts.table, *fields, *front, *map(str, found)) for fields, found in values if None not in found)


def referred_places(row: Record) -> frozenset[Place]:
    """The rows that this one refers to, but for its tenant, which nobody removes."""
    found = ((reference, getattr(row, reference.field)) for reference in row.facts.references)
    return frozenset(existence_place(reference.target, key) for reference, key in found if key is not None)


def looked_at_to_write(row: Record) -> frozenset[Place]:
    """What decides whether the row may be written: itself, whether its unique values are taken, the rows that it refers to."""
    targets = (row_place(reference.target, str(getattr(row, reference.field))) for reference in row.facts.references)
    record = type(row)
    return frozenset((row_place(record, key_of(row)), *_taken(record, owner_of(row)), *_taken(record, None), *targets))


def looked_at_to_remove(record: type[Record], key: str) -> frozenset[Place]:
    """What decides whether a row may go: itself, and what refers to it."""
    return frozenset((row_place(record, key), ("referrers", record.facts.table)))


def seen_of(record: type[Record], key: str, tenant: str | None) -> frozenset[Place]:
    """What others can see differently once a change of the row is committed. ``tenant`` is None where its owner is not known."""
    table = record.facts.table
    referred: Iterable[Reference] = record.facts.references
    places = (row_place(record, key), ("table", table), ("table", table, tenant or ANY), *_taken(record, tenant))
    return frozenset((*places, *(("referrers", reference.target.facts.table) for reference in referred)))


def _taken(record: type[Record], tenant: str | None) -> tuple[Place, ...]:
    """The unique values that are taken within the tenant, or, where it is not known, within some."""
    return (("taken", record.facts.table, tenant or ANY),) if record.facts.unique else ()


def key_of(row: Record) -> str:
    """The value of the key."""
    return str(getattr(row, row.facts.key))


def owner_of(row: Record) -> str | None:
    """The tenant that owns the row; None for a row of the platform."""
    return None if row.facts.tenant is None else str(getattr(row, row.facts.tenant))
