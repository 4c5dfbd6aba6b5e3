"""The state machine that compares storages, on the reference itself and on broken ones. It knows what it must find."""

import asyncio
from typing import TypeVar

import pytest

from kingpost.adapters.memory import MemorySession, MemoryStorage, MemoryStore
from kingpost.adapters.memory.work import Work
from kingpost.conformance.laws import SPECIMENS, Bench
from kingpost.conformance.laws.machine import judge
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import StaleVersion
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Scope, Storage

R = TypeVar("R", bound=Record)


def reference() -> Bench[Storage]:
    """A fresh storage over dictionaries, driven."""
    return Bench(MemoryStorage(records=SPECIMENS), drive)


class ForgetfulStore(MemoryStore):
    """A store that forgets its tenant when it gets a row."""

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        """Any tenant's row."""
        return await MemoryStore(self._work, PLATFORM).get(record, key, lock=lock)


class CarelessStore(MemoryStore):
    """A store that overwrites whatever version it finds."""

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        """Never stale."""
        try:
            return await super().replace(row, expected=expected)
        except StaleVersion:
            current = await super().get(type(row), row.id)  # type: ignore[attr-defined]  # every specimen with a version has an id
            return await super().replace(row, expected=current.version)  # type: ignore[union-attr]


class BrokenStorage(MemoryStorage):
    """A storage whose sessions hand out a broken store, or commit what was not committed."""

    def __init__(self, store: type[MemoryStore] = MemoryStore, *, commits_anyway: bool = False) -> None:
        super().__init__(records=SPECIMENS)
        self._store = store
        self._commits_anyway = commits_anyway

    def session(self, *, deadline: float | None = None) -> MemorySession:
        """A session with the fault."""
        work = (EagerWork if self._commits_anyway else Work)(self._ground, deadline)
        return BrokenSession(work, self._store)


class EagerWork(Work):
    """Commits where it should roll an inner unit back."""

    def leave(self, level: object) -> None:
        """Keep the changes of an inner level."""
        if len(self.levels) > 1 and level is self.levels[-1]:
            self.commit(self.levels[-1])
        else:
            super().leave(level)  # type: ignore[arg-type]  # a level, as always


class BrokenSession(MemorySession):
    """Hands out the broken store."""

    def __init__(self, work: Work, store: type[MemoryStore]) -> None:
        super().__init__(work)
        self._store = store

    def store(self, scope: Scope) -> MemoryStore:
        """The broken store."""
        return self._store(self._work, scope)


class TestMachine:
    """What the machine says."""

    def test_the_reference_is_like_itself(self) -> None:
        """Driven and under asyncio the reference gives the same answers."""
        with asyncio.Runner() as runner:
            judge(Bench(MemoryStorage(records=SPECIMENS), runner.run), reference(), programs=40, steps=40)

    @pytest.mark.parametrize(
        "broken",
        [BrokenStorage(ForgetfulStore), BrokenStorage(CarelessStore), BrokenStorage(commits_anyway=True)],
        ids=["forgets the tenant", "ignores the version", "keeps an inner rollback"],
    )
    def test_a_broken_storage_is_found(self, broken: BrokenStorage) -> None:
        """A storage that forgets its tenant, ignores versions or keeps what was rolled back does not pass."""
        with pytest.raises(AssertionError, match="the storage answers"):
            judge(Bench(broken, drive), reference(), programs=100, steps=40, shrink=False)
