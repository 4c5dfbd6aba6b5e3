"""The laws of storage over Django's connections, driven in the caller's thread. It knows how each database is opened; the laws are the kit's."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest
from django.db import connections

from kingpost.adapters.django_app.executor import DjangoExecutors
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage
from kingpost.conformance.laws import SPECIMENS, Bench, StorageLaws
from kingpost.conformance.laws.specimens import Guest, but, guest, open_store, owner
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Scope, Storage
from tests.adapters.django import project

T = TypeVar("T")


def _driven(alias: str, facts: dict[str, object]) -> Iterator[Bench[Storage]]:
    project.add_alias(alias, facts)
    storage = SqlStorage(DjangoExecutors(alias), records=SPECIMENS, clock=SystemClock())
    drive(storage.create_all())
    yield Bench(storage, drive)
    project.remove_alias(alias)


def in_another_thread(alias: str, ask: Callable[[], T]) -> T:
    """What ``ask`` finds over another thread's connection."""

    def asked() -> T:
        try:
            return ask()
        finally:
            connections[alias].close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asked).result()


class DjangoLaws(StorageLaws):
    """Django has one connection per thread, so sessions of one thread share it, and with it an open transaction. What others see is asked in a thread."""

    exempt: ClassVar = {
        "test_a_commit_shows_everything_together": "Sessions of one thread share its connection, so what is not committed is asked for in another thread.",
        "test_an_outer_rollback_takes_the_inner_commit_back": "Sessions of one thread share its connection, so what is not committed is asked for in another thread.",
    }

    def test_a_commit_shows_everything_together(self, bench: Bench[Storage]) -> None:
        """Nothing of a unit is seen by another thread before its commit, all of it after."""
        store = drive(open_store(bench.port))
        ada, bob = guest(owner(store), "Ada"), guest(owner(store), "Bob")
        drive(store.insert(ada))

        async def unit() -> None:
            session = bench.port.session()
            async with session.unit(store.scope) as unit:
                await session.store(store.scope).replace(but(ada, name="Eve"), expected=1)
                await session.store(store.scope).insert(bob)
                assert self._names_elsewhere(bench, store.scope) == ["Ada"]
                await unit.commit()
            await session.close()

        drive(unit())
        assert self._names_elsewhere(bench, store.scope) == ["Eve", "Bob"]

    def test_an_outer_rollback_takes_the_inner_commit_back(self, bench: Bench[Storage]) -> None:
        """An inner commit is only a part of the outer unit: another thread never sees it."""
        store = drive(open_store(bench.port))
        row = guest(owner(store))

        async def units() -> None:
            session = bench.port.session()
            inside = session.store(store.scope)
            async with session.unit(store.scope):
                async with session.unit(store.scope) as inner:
                    await inside.insert(row)
                    await inner.commit()
                assert await inside.get(Guest, row.id) == row
                assert self._names_elsewhere(bench, store.scope) == []
            await session.close()

        drive(units())
        assert drive(store.get(Guest, row.id)) is None

    def _names_elsewhere(self, bench: Bench[Storage], scope: Scope) -> list[str]:
        async def names() -> list[str]:
            session = bench.port.session()
            found = await session.store(scope).find(Guest, limit=5)
            await session.close()
            return [row.name for row in found.items]

        return in_another_thread(bench.port.executors.alias, lambda: drive(names()))  # type: ignore[attr-defined]


class TestDjangoOnSqlite(DjangoLaws):
    """A file."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A storage of its own."""
        path: Path = tmp_path_factory.mktemp("laws") / "laws.sqlite3"
        yield from _driven("laws_sqlite", {"ENGINE": "django.db.backends.sqlite3", "NAME": path})


class TestDjangoOnPostgresql(DjangoLaws):
    """A database of its own."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, empty_postgres_url: str) -> Iterator[Bench[Storage]]:
        """A storage of its own."""
        yield from _driven("laws_postgres", project.entry(empty_postgres_url))
