"""The places where a target can be broken: between transport and kernel, in the kernel's parts, in an operation, in the store. It knows no fault."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Self, TypeAlias, TypeVar

from msgspec import Struct, structs

from kingpost.conformance.backend import Backend, MemoryBackend, Setup
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Exchange, Reply
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.operations import Operation
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Asked, Condition, Page, Scope, Session, Storage, Store, UnitOfWork, Value
from kingpost.kernel.system import Clock

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Struct)
Make: TypeAlias = Callable[[Setup], KernelTarget]


class Answering(KernelTarget):
    """Changes replies on their way out."""

    def __init__(self, setup: Setup, change: Callable[[Exchange, Reply], Reply]) -> None:
        super().__init__(setup)
        self._change = change

    def send(self, exchange: Exchange) -> Reply:
        """The reply, changed."""
        return self._change(exchange, super().send(exchange))


class Asking(KernelTarget):
    """Changes requests on their way in."""

    def __init__(self, setup: Setup, change: Callable[[Exchange], Exchange]) -> None:
        super().__init__(setup)
        self._change = change

    def send(self, exchange: Exchange) -> Reply:
        """The reply to the changed request."""
        return super().send(self._change(exchange))


def answering(change: Callable[[Exchange, Reply], Reply]) -> Make:
    """A target whose replies are changed."""
    return lambda setup: Answering(setup, change)


def asking(change: Callable[[Exchange], Exchange]) -> Make:
    """A target whose requests are changed."""
    return lambda setup: Asking(setup, change)


def wiring(change: Callable[[Kernel], None]) -> Make:
    """A target with another part in its kernel."""

    def make(setup: Setup) -> KernelTarget:
        target = KernelTarget(setup)
        change(target.bench.kernel)
        return target

    return make


def ruling(change: Callable[[Policy], Policy]) -> Make:
    """A target with another policy."""
    return lambda setup: KernelTarget(structs.replace(setup, policy=change(setup.policy)))


def operating(id_: str, change: Callable[[Operation], Operation]) -> Make:
    """A target with another operation in place of the one with this id."""
    return lambda setup: KernelTarget(structs.replace(setup, components=with_operation(setup.components, id_, change)))


def with_operation(components: tuple[Component, ...], id_: str, change: Callable[[Operation], Operation]) -> tuple[Component, ...]:
    """The components with another operation in place of the one with this id."""
    return tuple(
        structs.replace(component, operations=tuple(change(each) if each.id == id_ else each for each in component.operations))
        for component in components
    )


class Faithful:
    """A store that does what the one below it does; a mutant overrides what it breaks."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._scope = scope
        self._store = session.store(scope)
        self._everything = session.store(PLATFORM)

    @property
    def scope(self) -> Scope:
        """For whom it was opened."""
        return self._scope

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        """As below."""
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
        """As below."""
        return await self._store.find(record, where=where, order=order, descending=descending, after=after, limit=limit)

    async def ask(self, asked: Asked[S], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[S]:
        """As below."""
        return await self._store.ask(asked, after=after, limit=limit)

    async def insert(self, row: Record) -> None:
        """As below."""
        await self._store.insert(row)

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        """As below."""
        return await self._store.replace(row, expected=expected)

    async def claim(self, record: type[R], *, seconds: float, limit: int) -> tuple[R, ...]:
        """As below."""
        return await self._store.claim(record, seconds=seconds, limit=limit)

    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        """As below."""
        await self._store.remove(record, key, expected=expected)


class FaithfulUnit:
    """A unit of work that does what the one below it does; a mutant overrides what it breaks."""

    def __init__(self, manager: AbstractAsyncContextManager[UnitOfWork]) -> None:
        self._manager = manager

    async def __aenter__(self) -> Self:
        self._unit = await self._manager.__aenter__()
        return self

    async def __aexit__(self, *fault: Any) -> bool | None:  # noqa: PYI036  (handed on as it came)
        return await self._manager.__aexit__(*fault)

    async def commit(self) -> None:
        """As below."""
        await self._unit.commit()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """As below."""
        self._unit.on_commit(callback)


class _BrokenSession:
    def __init__(self, session: Session, store: type[Faithful], unit: type[FaithfulUnit]) -> None:
        self._session = session
        self._broken_store = store
        self._broken_unit = unit

    def store(self, scope: Scope) -> Store:
        return self._broken_store(self._session, scope)

    def unit(self, scope: Scope) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._broken_unit(self._session.unit(scope))

    def in_unit(self) -> bool:
        return self._session.in_unit()

    async def close(self) -> None:
        await self._session.close()


class _BrokenStorage:
    def __init__(self, storage: Storage, store: type[Faithful], unit: type[FaithfulUnit]) -> None:
        self._storage = storage
        self._store = store
        self._unit = unit

    def session(self, *, deadline: float | None = None) -> Session:
        return _BrokenSession(self._storage.session(deadline=deadline), self._store, self._unit)

    async def check(self) -> None:
        await self._storage.check()


class _BrokenBackend(MemoryBackend):
    def __init__(self, backend: Backend, store: type[Faithful], unit: type[FaithfulUnit]) -> None:
        self._backend = backend
        self._store = store
        self._unit = unit

    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:
        return _BrokenStorage(await self._backend.open(url, records=records, clock=clock), self._store, self._unit)


def storing(store: type[Faithful] = Faithful, unit: type[FaithfulUnit] = FaithfulUnit) -> Make:
    """A target over a broken store or unit of work."""
    return lambda setup: KernelTarget(structs.replace(setup, backend=_BrokenBackend(setup.backend, store, unit)))


def over(store: type[Faithful]) -> Callable[[Storage], Storage]:
    """Puts the broken store over a storage."""
    return lambda storage: _BrokenStorage(storage, store, FaithfulUnit)
