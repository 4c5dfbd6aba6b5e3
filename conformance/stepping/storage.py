"""A storage that stops before every call until it is told to go on, over any storage. It knows what calls touch and how databases lock.

Of two units that write one row, one unique value, or a row and what refers to it, the second waits for the end of the first, as on
PostgreSQL. So a point can go on only when nobody holds what it needs; the storage below never has to refuse it for that.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Self, TypeVar

from msgspec import Struct

from kingpost.adapters.memory import MemoryClock
from kingpost.kernel.errors import Unavailable
from kingpost.kernel.records import Record
from kingpost.kernel.store import Asked, Condition, Page, Scope, Session, Storage, Store, UnitOfWork, Value

from .catalogue import Fault
from .faults import suffer
from .points import (
    NOTHING,
    PROCESS,
    READS,
    Call,
    Locks,
    Place,
    Point,
    claimed_place,
    existence_place,
    key_of,
    looked_at_to_find,
    looked_at_to_remove,
    looked_at_to_write,
    owner_of,
    referred_places,
    row_place,
    seen_of,
    unique_places,
)

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Struct)
T = TypeVar("T")


class SteppedStorage:
    """Any storage, with a point before each call while ``watched`` is set; otherwise it is as the storage below."""

    def __init__(self, storage: Storage, clock: MemoryClock) -> None:
        """``clock`` is the one that the storage measures deadlines by."""
        self.storage = storage
        self.clock = clock
        self.past: Storage = storage
        """Where stale reads are answered from."""
        self.watched = False
        self.echoes = False
        """Stop behind commits, and behind reads outside units, too: others may run between what is found and what is remembered of it."""
        self.locks = Locks()
        self.calls = 0
        """How many points were passed."""
        self.durable: list[Session] = []
        """The sessions in the order in which their changes were seen by others."""

    def session(self, *, deadline: float | None = None) -> Session:
        """A session with points."""
        return SteppedSession(self, deadline)

    async def check(self) -> None:
        """As the storage below."""
        session = SteppedSession(self, None)
        await session.act(session.point("check"), self.storage.check)


class SteppedSession:
    """One request's calls. It remembers what its unit has written, so that the commit knows what others will see."""

    def __init__(self, storage: SteppedStorage, deadline: float | None) -> None:
        self.storage = storage
        self.clock = storage.clock
        self.inner = storage.storage.session(deadline=deadline)
        self.written: frozenset[Place] = NOTHING
        self.depth = 0
        """How many units are open, one inside the other."""
        self._deadline = deadline
        self._lost = False
        self._dead = False

    def store(self, scope: Scope) -> Store:
        """A store with points."""
        return SteppedStore(self, scope)

    def unit(self, scope: Scope) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work with points."""
        return SteppedUnit(self, scope)

    def in_unit(self) -> bool:
        """Whether a unit is open; costs no point, because nobody else can see it."""
        return self.inner.in_unit()

    async def close(self) -> None:
        """Give everything back, after a point."""
        await self.act(self.point("close"), self._close)

    async def _close(self) -> None:
        await self.inner.close()
        self.ended()

    def point(self, call: Call, *, changes: frozenset[Place] = NOTHING) -> Point:
        """The point before a call that is about no row."""
        return Point(session=self, call=call, changes=changes, in_unit=self.depth > 0)

    async def act(self, point: Point, perform: Callable[[], Awaitable[T]], past: Callable[[], Awaitable[T]] | None = None) -> T:
        """Stop, then make the call, or what a fault makes of it."""
        if not self.storage.watched:
            return await perform()
        fault = await point
        self.storage.calls += 1
        if (self._lost or self._dead) and point.call not in ("leave", "close"):
            raise Unavailable
        result = await self._made(point, fault, perform, past or perform)
        if self.storage.echoes and (point.call == "commit" or (point.call in READS and not point.in_unit)):
            await Point(session=self, call="answered", what=str(point), changes=PROCESS)
        return result

    async def _made(self, point: Point, fault: Fault | None, perform: Callable[[], Awaitable[T]], past: Callable[[], Awaitable[T]]) -> T:
        self.storage.locks.take(point)
        try:
            return await (perform() if fault is None else suffer(fault, point, self, perform, past))
        finally:
            if not self.depth:
                self.storage.locks.free(self)

    async def lose_unit(self) -> None:
        """Roll back what is open; what is called before the unit is left is refused."""
        await self.inner.close()
        self._lost = self.depth > 0
        if not self._lost:
            self.inner = self.storage.storage.session(deadline=self._deadline)

    async def die(self) -> None:
        """Roll back what is open, for good."""
        await self.inner.close()
        self.ended()
        self._dead = True

    def ended(self) -> None:
        """No unit is open any more."""
        self.depth = 0
        self.written = NOTHING
        self.storage.locks.free(self)
        if self._lost:
            self._lost = False
            self.inner = self.storage.storage.session(deadline=self._deadline)


class SteppedUnit:
    """A unit of work and the block around it."""

    def __init__(self, session: SteppedSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def __aenter__(self) -> Self:
        await self._session.act(self._session.point("unit"), self._enter)
        return self

    async def _enter(self) -> None:
        self._manager = self._session.inner.unit(self._scope)
        self._unit = await self._manager.__aenter__()
        self._session.depth += 1

    async def __aexit__(self, *fault: Any) -> None:  # noqa: PYI036  (handed on as it came)
        async def leave() -> None:
            await self._manager.__aexit__(*fault)
            self._session.depth = max(0, self._session.depth - 1)
            if not self._session.depth:
                self._session.ended()

        await self._session.act(self._session.point("leave"), leave)

    async def commit(self) -> None:
        """Hand the changes on, after a point. The outermost one shows them to everybody and gives back the locks."""
        session = self._session
        outermost = session.depth == 1

        async def publish() -> None:
            await self._unit.commit()
            if outermost and session.written:
                session.storage.durable.append(session)

        await session.act(session.point("commit", changes=session.written if outermost else NOTHING), publish)
        if outermost:
            session.written = NOTHING
            session.storage.locks.free(session)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """As the unit below."""
        self._unit.on_commit(callback)


class SteppedStore:
    """Rows of one scope, each call behind a point."""

    def __init__(self, session: SteppedSession, scope: Scope) -> None:
        self.scope = scope
        self._session = session

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        """The row, after a point; held from there on where ``lock`` is asked for."""
        place = frozenset((row_place(record, key),))
        point = self._point("get", _told(record, key), looks=place, exclusive=place if lock else NOTHING)
        return await self._session.act(point, lambda: self._inner.get(record, key, lock=lock), lambda: self._past.get(record, key))

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
        """Rows, after a point."""

        def found(store: Store) -> Awaitable[Page[R]]:
            return store.find(record, where=where, order=order, descending=descending, after=after, limit=limit)

        point = self._point("find", record.__name__, looks=looked_at_to_find(record, self.scope.tenant))
        return await self._session.act(point, lambda: found(self._inner), lambda: found(self._past))

    async def ask(self, asked: Asked[S], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[S]:
        """Rows of a query, after a point."""

        def answered(store: Store) -> Awaitable[Page[S]]:
            return store.ask(asked, after=after, limit=limit)

        looks = frozenset(place for record in asked.query.records for place in looked_at_to_find(record, self.scope.tenant))
        point = self._point("ask", asked.query.name, looks=looks)
        return await self._session.act(point, lambda: answered(self._inner), lambda: answered(self._past))

    async def insert(self, row: Record) -> None:
        """Add the row, after a point."""
        record, key = type(row), key_of(row)
        alone = unique_places(row) | {row_place(record, key), existence_place(record, key)}
        await self._write("insert", row, alone, lambda: self._inner.insert(row))

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        """Write the row, after a point."""
        alone = unique_places(row) | {row_place(type(row), key_of(row))}
        return await self._write("replace", row, alone, lambda: self._inner.replace(row, expected=expected))

    async def _write(self, call: Call, row: Record, alone: frozenset[Place], perform: Callable[[], Awaitable[T]]) -> T:
        record, key = type(row), key_of(row)
        seen = seen_of(record, key, owner_of(row))
        unique = next((f"unique:{record.facts.table}:{','.join(each.fields)}" for each in record.facts.unique), "")
        point = self._point(
            call,
            _told(record, key),
            looks=looked_at_to_write(row),
            shared=referred_places(row),
            exclusive=alone,
            seen=seen,
            claims=claimed_place(record),
            unique=unique,
        )
        return await self._change(point, seen, perform)

    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        """Delete the row, after a point."""
        alone = frozenset((row_place(record, key), existence_place(record, key)))
        seen = seen_of(record, key, self.scope.tenant)
        looks, claims = looked_at_to_remove(record, key), claimed_place(record)
        point = self._point("remove", _told(record, key), looks=looks, exclusive=alone, seen=seen, claims=claims)
        await self._change(point, seen, lambda: self._inner.remove(record, key, expected=expected))

    async def claim(self, record: type[R], *, seconds: float, limit: int) -> tuple[R, ...]:
        """Take rows, after a point; they are held from then on."""
        session, taken = self._session, list[R]()
        claims = claimed_place(record)
        looks = looked_at_to_find(record, self.scope.tenant) | claims

        async def take() -> tuple[R, ...]:
            taken[:] = await self._inner.claim(record, seconds=seconds, limit=limit)
            for row in taken:
                session.written |= seen_of(record, key_of(row), owner_of(row))
            return tuple(taken)

        claimed = await session.act(self._point("claim", record.__name__, looks=looks, claims=claims), take)
        held = frozenset(row_place(record, key_of(row)) for row in taken)
        session.storage.locks.take(self._point("claim", record.__name__, looks=looks, exclusive=held))
        return claimed

    async def _change(self, point: Point, seen: frozenset[Place], perform: Callable[[], Awaitable[T]]) -> T:
        session = self._session

        async def change() -> T:
            result = await perform()
            if session.depth:
                session.written |= seen
            else:
                session.storage.durable.append(session)
            return result

        return await session.act(point, change)

    def _point(
        self,
        call: Call,
        what: str,
        *,
        looks: frozenset[Place],
        shared: frozenset[Place] = NOTHING,
        exclusive: frozenset[Place] = NOTHING,
        seen: frozenset[Place] = NOTHING,
        claims: frozenset[Place] = NOTHING,
        unique: str = "",
    ) -> Point:
        """Outside a unit a change is seen at once."""
        in_unit = self._session.depth > 0
        return Point(
            session=self._session,
            call=call,
            what=what,
            looks=looks,
            shared=shared,
            exclusive=exclusive,
            changes=(NOTHING if in_unit else seen) | claims,
            in_unit=in_unit,
            unique=unique,
        )

    @property
    def _inner(self) -> Store:
        return self._session.inner.store(self.scope)

    @property
    def _past(self) -> Store:
        return self._session.storage.past.session().store(self.scope)


def _told(record: type[Record], key: str) -> str:
    return f"{record.__name__} {key[-6:]}"
