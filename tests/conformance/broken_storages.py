"""Storages that break one promise each: what stepping has to find out. They know the ports, no operation."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Self, TypeVar

from kingpost.kernel.records import Record
from kingpost.kernel.store import Scope, Session, Storage, Store, UnitOfWork

R = TypeVar("R", bound=Record)


class Broken:
    """A storage as the one below, but for what a subclass says."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def session(self, *, deadline: float | None = None) -> Session:
        """A session with the flaw."""
        return BrokenSession(self, self.storage.session(deadline=deadline))

    async def check(self) -> None:
        """As below."""
        await self.storage.check()

    def store(self, store: Store) -> Store:
        """The store with the flaw."""
        return store

    def unit(self, unit: AbstractAsyncContextManager[UnitOfWork]) -> AbstractAsyncContextManager[UnitOfWork]:
        """The unit with the flaw."""
        return unit


class BrokenSession:
    """Puts the flaw over stores and units."""

    def __init__(self, broken: Broken, session: Session) -> None:
        self._broken, self._session = broken, session

    def store(self, scope: Scope) -> Store:
        """See ``Broken.store``."""
        return self._broken.store(self._session.store(scope))

    def unit(self, scope: Scope) -> AbstractAsyncContextManager[UnitOfWork]:
        """See ``Broken.unit``."""
        return self._broken.unit(self._session.unit(scope))

    def in_unit(self) -> bool:
        """As below."""
        return self._session.in_unit()

    async def close(self) -> None:
        """As below."""
        await self._session.close()


class _Unit:
    def __init__(self, manager: AbstractAsyncContextManager[UnitOfWork]) -> None:
        self.manager = manager
        self.committed = False

    async def __aenter__(self) -> Self:
        self.unit = await self.manager.__aenter__()
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.manager.__aexit__(*fault)

    async def commit(self) -> None:
        self.committed = True
        await self.unit.commit()

    def on_commit(self, callback: Any) -> None:
        self.unit.on_commit(callback)


class CommitsOnError(Broken):
    """A unit that is left by an error is committed."""

    class Unit(_Unit):
        """Swallows the rollback."""

        async def __aexit__(self, *fault: object) -> None:
            if not self.committed:
                await self.unit.commit()
            await self.manager.__aexit__(*fault)

    def unit(self, unit: AbstractAsyncContextManager[UnitOfWork]) -> AbstractAsyncContextManager[UnitOfWork]:
        """The unit with the flaw."""
        return self.Unit(unit)


class ForgetsToCommit(Broken):
    """A commit is told and not done."""

    class Unit(_Unit):
        """Swallows the commit."""

        async def commit(self) -> None:
            """Done, it says."""

    def unit(self, unit: AbstractAsyncContextManager[UnitOfWork]) -> AbstractAsyncContextManager[UnitOfWork]:
        """The unit with the flaw."""
        return self.Unit(unit)


class StaysOpen(Broken):
    """A unit that is left by an error stays open."""

    class Unit(_Unit):
        """Leaves nothing."""

        async def __aexit__(self, *fault: object) -> None:
            if self.committed:
                await self.manager.__aexit__(*fault)

    class Session(BrokenSession):
        """Does not end what is open."""

        async def close(self) -> None:
            """Nothing."""

    def session(self, *, deadline: float | None = None) -> Session:
        """A session with the flaw."""
        return self.Session(self, self.storage.session(deadline=deadline))

    def unit(self, unit: AbstractAsyncContextManager[UnitOfWork]) -> AbstractAsyncContextManager[UnitOfWork]:
        """The unit with the flaw."""
        return self.Unit(unit)


class IgnoresVersions(Broken):
    """A row is written whatever its version is by now."""

    class Blind:
        """A store that looks the version up itself."""

        def __init__(self, store: Store) -> None:
            self._store = store

        def __getattr__(self, name: str) -> Any:
            return getattr(self._store, name)

        async def replace(self, row: R, *, expected: int | None = None) -> R:
            """Over whatever is there."""
            there = await self._store.get(type(row), str(getattr(row, row.facts.key)))
            return await self._store.replace(row, expected=expected if there is None else getattr(there, "version", None))

    def store(self, store: Store) -> Store:
        """The store with the flaw."""
        return self.Blind(store)  # type: ignore[return-value]  # the rest of the port is handed on
