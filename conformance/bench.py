"""A kernel on a machine that stands still, over a storage with trapdoors: what makes two targets answer byte for byte. It knows ports, no adapter of the web.

Everything here is stable: an adapter of a third party may rely on it.
"""

import traceback
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Self, TypeVar, cast

import msgspec
import svcs

from kingpost.kernel.admission import LARGEST_PAGE
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.errors import Conflict
from kingpost.kernel.records import Record, column
from kingpost.kernel.store import PLATFORM, Asked, Condition, Page, Scope, Session, Storage, Store, UnitOfWork, Value
from kingpost.kernel.tenancy import AccessKey
from kingpost.kernel.tenancy.ports import KeyCutter, Memory

from .backend import Setup
from .machine import Machine

__all__ = ("Bench", "Machine", "Run", "Trapped", "all_rows", "bench_on")

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]


class Trapped:
    """A storage whose next call can be made to fail, whatever stands below."""

    def __init__(self, storage: Storage, *, migrated: bool = False) -> None:
        """``migrated`` says that the schema was made without a history, so that readiness is not asked of it."""
        self.storage = storage
        self.migrated = migrated
        self.faults: dict[str, list[BaseException]] = {}

    def session(self, *, deadline: float | None = None) -> Session:
        """A session with trapdoors."""
        return _TrappedSession(self.storage.session(deadline=deadline), self)

    async def check(self) -> None:
        """As the storage below, where it has a history."""
        if not self.migrated:
            await self.storage.check()

    def stumble(self, call: str) -> None:
        """Raise what was asked for, once."""
        if self.faults.get(call):
            raise self.faults[call].pop(0)


class _TrappedSession:
    def __init__(self, session: Session, trap: Trapped) -> None:
        self._session = session
        self._trap = trap

    def store(self, scope: Scope) -> Store:
        return _TrappedStore(self._session.store(scope), self._trap)

    def unit(self, scope: Scope) -> AbstractAsyncContextManager[UnitOfWork]:
        return _TrappedUnit(self._session.unit(scope), self._trap)

    def in_unit(self) -> bool:
        return self._session.in_unit()

    async def close(self) -> None:
        await self._session.close()


class _TrappedStore:
    def __init__(self, store: Store, trap: Trapped) -> None:
        self._store = store
        self._trap = trap

    @property
    def scope(self) -> Scope:
        return self._store.scope

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        self._trap.stumble("get")
        return await self._store.get(record, key, lock=lock)

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
        self._trap.stumble("find")
        return await self._store.find(record, where=where, order=order, descending=descending, after=after, limit=limit)

    async def ask(self, asked: Asked[S], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[S]:
        self._trap.stumble("ask")
        return await self._store.ask(asked, after=after, limit=limit)

    async def insert(self, row: Record) -> None:
        self._trap.stumble("insert")
        await self._store.insert(row)

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        self._trap.stumble("replace")
        return await self._store.replace(row, expected=expected)

    async def claim(self, record: type[R], *, seconds: float, limit: int) -> tuple[R, ...]:
        self._trap.stumble("claim")
        return await self._store.claim(record, seconds=seconds, limit=limit)

    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        self._trap.stumble("remove")
        await self._store.remove(record, key, expected=expected)


class _TrappedUnit:
    def __init__(self, manager: AbstractAsyncContextManager[UnitOfWork], trap: Trapped) -> None:
        self._manager = manager
        self._trap = trap

    async def __aenter__(self) -> Self:
        self._unit = await self._manager.__aenter__()
        return self

    async def __aexit__(self, *fault: Any) -> bool | None:  # noqa: PYI036  (handed on as it came)
        return await self._manager.__aexit__(*fault)

    async def commit(self) -> None:
        self._trap.stumble("commit")
        await self._unit.commit()

    def on_commit(self, callback: Callable[[], None]) -> None:
        self._unit.on_commit(callback)


class Bench:
    """One kernel on a machine that stands still: begin again, look into the rows, let time pass. ``run`` finishes its coroutines."""

    def __init__(self, kernel: Kernel, machine: Machine, trap: Trapped, run: Run[Any]) -> None:
        self.kernel = kernel
        self.machine = machine
        self._trap = trap
        self._run = run
        self._records = tuple(record for component in kernel.components for record in component.records)

    def reset(self, *, seed: int, now: datetime) -> str:
        """Empty the storage and begin again; a fresh platform credential."""
        self.machine.faults.clear()
        self._run(self._empty())
        self.machine.reset(seed, now)
        with svcs.Container(self.kernel.services) as services:
            services.get(Memory).forget()
        return str(self._run(self._platform_key()))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.machine.clock.advance(seconds)

    def fail_next(self, port_call: str, error: BaseException) -> None:
        """Spring a trapdoor."""
        self.machine.faults.setdefault(port_call, []).append(error)

    def rows(self, record: type[Record]) -> tuple[dict[str, object], ...]:
        """Every row in the order of its key."""
        found: Iterable[Record] = self._run(all_rows(self._trap.storage, record))
        return tuple(msgspec.to_builtins(row) for row in found)

    def told(self) -> str:
        """Every line of the log, with the traceback where there is one, and the metrics."""
        lines = (f"{line.name} {dict(line.fields)}{_trace(line.error)}" for line in self.machine.log.lines)
        return "\n".join((*lines, self.machine.render()[1].decode()))

    async def _platform_key(self) -> str:
        with svcs.Container(self.kernel.services) as services:
            credential, digest = services.get(KeyCutter).cut("p")
        made = AccessKey(
            id=self.machine.system.new_id("key"),
            key_id=credential.key_id,
            tenant_id=None,
            digest=digest,
            created_at=self.machine.clock.now(),
            expires_at=None,
        )
        session = self._trap.storage.session()
        try:
            await session.store(PLATFORM).insert(made)
        finally:
            await session.close()
        return credential.text

    async def _empty(self) -> None:
        """Remove every row; what is referred to stays until what refers to it has gone."""
        waiting = [row for record in reversed(self._records) for row in await all_rows(self._trap.storage, record)]
        session = self._trap.storage.session()
        store = session.store(PLATFORM)
        try:
            while waiting:
                left = [row for row in waiting if not await _removed(store, row)]
                if len(left) == len(waiting):
                    left = [await _unlinked(store, row) for row in left]
                if left == waiting:
                    message = f"{len(left)} rows refer to each other, and a reset cannot part them: {left}"
                    raise RuntimeError(message)
                waiting = left
        finally:
            await session.close()


async def all_rows(storage: Storage, record: type[R]) -> tuple[R, ...]:
    """Every row of the record, of all tenants, in the order of the keys."""
    session, found, after = storage.session(), list[R](), None
    try:
        while True:
            page = await session.store(PLATFORM).find(record, order=(record.facts.key,), after=after, limit=LARGEST_PAGE)
            found.extend(page.items)
            after = page.next
            if after is None:
                return tuple(found)
    finally:
        await session.close()


def _trace(error: BaseException | None) -> str:
    return "" if error is None else "\n" + "".join(traceback.format_exception(error))


async def _removed(store: Store, row: Record) -> bool:
    """Remove the row; False where another one refers to it."""
    try:
        await store.remove(type(row), str(getattr(row, row.facts.key)), expected=_version(row))
    except Conflict:
        return False
    return True


async def _unlinked(store: Store, row: R) -> R:
    """The row without what it refers to, where it may do without, so that rows that refer to each other in a ring can be removed."""
    links = {
        link.field: None for link in row.facts.references if column(type(row), link.field).nullable and getattr(row, link.field) is not None
    }
    return await store.replace(msgspec.structs.replace(row, **links), expected=_version(row)) if links else row


def _version(row: Record) -> int | None:
    return cast("int", getattr(row, "version")) if row.facts.versioned else None  # noqa: B009  (a versioned record has one; its base does not)


def bench_on(setup: Setup, machine: Machine, trap: Trapped, run: Run[Any]) -> Bench:
    """The kernel of the components over the storage, on its bench."""
    trap.faults = machine.faults
    kernel = assemble(ports=Ports(storage=trap, system=machine.system), components=setup.components, policy=setup.policy)
    return Bench(kernel, machine, trap, run)
