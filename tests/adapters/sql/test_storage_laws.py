"""The laws of storage on SQLite and PostgreSQL, under an event loop and driven. It knows how each is opened; the laws are the kit's."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage, create_all, sql_storage
from kingpost.conformance.laws import SPECIMENS, Bench, StorageLaws
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage


async def _opened(url: str) -> SqlStorage:
    await create_all(url, SPECIMENS)
    return await sql_storage(url, records=SPECIMENS, clock=SystemClock())


def _in_a_loop(url: str) -> Iterator[Bench[Storage]]:
    with asyncio.Runner() as runner:
        storage = runner.run(_opened(url))
        yield Bench(storage, runner.run)
        runner.run(storage.close())


class TestSqliteUnderAsyncio(StorageLaws):
    """A file, in an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A storage in a loop of its own."""
        yield from _in_a_loop(f"sqlite:///{tmp_path_factory.mktemp('laws') / 'kingpost.db'}")


class TestSqliteDriven(StorageLaws):
    """A file, without an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A driven storage."""
        path: Path = tmp_path_factory.mktemp("laws") / "kingpost.db"
        storage = drive(_opened(f"sqlite:///{path}"))
        yield Bench(storage, drive)
        drive(storage.close())


class TestPostgresqlUnderAsyncio(StorageLaws):
    """A database of its own, in an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, postgres_url: str) -> Iterator[Bench[Storage]]:
        """A storage in a loop of its own."""
        yield from _in_a_loop(postgres_url)
