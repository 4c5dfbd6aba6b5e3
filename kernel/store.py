"""The ports of storage: Storage, Session, UnitOfWork, Store and Query. It knows scopes, conditions and keyset pages; it knows no SQL.

A Store is opened for one tenant or for the platform. On a record that a tenant owns, a tenant's store puts that tenant into every
statement, and an insert cannot name another. A tenant's store refuses platform records.

Everything raises ``Unavailable`` when the database cannot be reached or answers busy, ``Timeout`` when the deadline has passed, and
``ConfigurationError`` when the call itself is wrong (an unknown field, a filter without an index, a foreign scope): that is a bug.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from kingpost.kernel.records import Record

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Struct)
S_co = TypeVar("S_co", bound=Struct, covariant=True)

Value: TypeAlias = str | int | bool | bytes | datetime | None
"""A value in a condition or in a keyset position, in the record's own terms (ids are TypeIDs)."""


class Scope(Struct, frozen=True):
    """For whom a store is opened: one tenant's id (TypeID), or None for the platform."""

    tenant: str | None


PLATFORM = Scope(None)
"""The scope that sees every tenant's rows; only operations marked ``scope="platform"`` and the kernel's own stages get it."""


class Condition(Struct, frozen=True):
    """``field op value``. ``eq`` with None means IS NULL. Ranges are allowed on the first field of the order only."""

    field: str
    op: Literal["eq", "lt", "le", "gt", "ge"]
    value: Value


def equal(field: str, value: Value) -> Condition:
    """``field = value``, or IS NULL for None."""
    return Condition(field, "eq", value)


def at_least(field: str, value: Value) -> Condition:
    """``field >= value``."""
    return Condition(field, "ge", value)


def at_most(field: str, value: Value) -> Condition:
    """``field <= value``."""
    return Condition(field, "le", value)


class Page(Struct, Generic[S_co], frozen=True):
    """One page in a stable total order. ``next`` is the keyset position (the order's values of the last item) or None at the end."""

    items: tuple[S_co, ...]
    next: tuple[Value, ...] | None


class Query(Protocol):
    """A named query: what joins, counts and searches several records, where ``find`` walks one. Immutable, shared by threads and tasks.

    Whoever writes queries in a language of their own implements it and ``Asked`` (``kingpost.adapters.sql.queries`` does for SQL). A store that
    speaks the language runs them on its database; every other store hands its rows to ``Asked.over``.
    """

    @property
    def name(self) -> str:
        """``<component>.<noun>.<what>``, unique in a kernel."""
        ...

    @property
    def platform(self) -> bool:
        """Whether it looks across tenants: then only the platform's store answers it, and otherwise only a tenant's."""
        ...

    @property
    def records(self) -> tuple[type[Record], ...]:
        """Whose rows it reads."""
        ...

    def verify(self) -> None:
        """Return when every row that it can reach is of the asking scope; else ``ConfigurationError`` that shows what is not, and the mend."""
        ...


class Asked(Protocol[S_co]):
    """A query with the values of its parameters: what a store answers."""

    @property
    def query(self) -> Query:
        """What is asked."""
        ...

    def over(
        self,
        rows: Callable[[type[Record]], Iterable[Record]],
        *,
        scope: Scope,
        after: tuple[Value, ...] | None,
        limit: int,
    ) -> Page[S_co]:
        """The answer over rows in memory: ``rows(record)`` gives those that the scope sees. As ``Store.ask`` otherwise."""
        ...


class Store(Protocol):
    """Rows of one scope. Inside an open unit of work of its session every call runs in that unit; outside, each call is atomic by itself."""

    @property
    def scope(self) -> Scope:
        """For whom this store was opened."""
        ...

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        """The row with this key, or None (absent, malformed or another tenant's: no difference).

        ``lock`` holds the row against other writers until the unit ends; it is refused outside a unit.
        """
        ...

    async def find(
        self,
        record: type[R],
        *,
        where: tuple[Condition, ...] = (),
        order: tuple[str, ...] = (),
        descending: bool = False,
        after: tuple[Value, ...] | None = None,
        limit: int,
    ) -> Page[R]:
        """At most ``limit`` rows in ``order`` (the key is appended, so the order is total), strictly behind the position ``after``.

        A declared index must serve the equality fields followed by the order (``records.serves``); nulls sort last, ascending or
        descending; text sorts by code point on every store.
        """
        ...

    async def ask(self, asked: Asked[S], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[S]:
        """At most ``limit`` rows of a named query in its order, strictly behind the position ``after``; pages are as those of ``find``.

        A query is answered by the store of its own scope only. ``Invalid`` for a value that no column could hold.
        """
        ...

    async def insert(self, row: Record) -> None:
        """Add the row. ``Conflict`` with ``params.rule`` when a unique key or a reference is broken: ``unique:<table>:<fields>``."""
        ...

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        """Write all fields of the row with this key, in one guarded statement.

        Versioned records require ``expected``: the row is written with ``version = expected + 1`` and returned so, only if the stored
        version is still ``expected``; else ``StaleVersion``, or ``NotFound`` when there is no such row. ``Conflict`` as for insert.
        """
        ...

    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        """Delete the row, guarded by ``expected`` like ``replace``. ``NotFound`` when there is none; ``Conflict`` when it is referenced."""
        ...

    async def claim(self, record: type[R], *, seconds: float, limit: int) -> tuple[R, ...]:
        """At most ``limit`` rows that are due, taken for ``seconds`` (more than 0): of many workers at once, each row goes to one of them.

        The facts of the record declare a ``Lease``. Those that are due longest come first; a row that another unit holds is passed over, not
        waited for. One statement, by the database's clock, moves the due instant ``seconds`` ahead and counts the attempt and the version.
        A worker that dies, or takes longer, loses the row to the next one: then its ``replace`` with the claimed version is ``StaleVersion``.
        Refused outside a unit. Repeated calls give other rows; those of one call come in the order of their keys.
        """
        ...


class UnitOfWork(Protocol):
    """What is written inside becomes visible together at ``commit``, or not at all."""

    async def commit(self) -> None:
        """Make it durable. A unit left without commit, by return or by any BaseException, is rolled back."""
        ...

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` once the outermost transaction, a host's included, has committed; never after a rollback."""
        ...


class Session(Protocol):
    """The storage of one request: its stores, of any scope, share one unit of work."""

    def store(self, scope: Scope) -> Store:
        """A store for the scope; costs no I/O."""
        ...

    def unit(self, scope: Scope) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work for the scope; inside another one, or inside a host's transaction, it is a savepoint."""
        ...

    def in_unit(self) -> bool:
        """Whether a unit of work of this session is open; a host's transaction around it is none."""
        ...

    async def close(self) -> None:
        """Give back what the session holds, rolling back what is open; safe to call twice."""
        ...


class Storage(Protocol):
    """The door to one database."""

    def session(self, *, deadline: float | None = None) -> Session:
        """A session for one request; costs no I/O. ``deadline`` is in seconds of the monotonic clock and bounds every statement."""
        ...

    async def check(self) -> None:
        """Return when the database answers and its schema and secret are those of this process; else ``Unavailable`` saying what to do."""
        ...
