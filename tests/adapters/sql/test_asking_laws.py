"""The laws of queries on every storage that answers SQL: memory, SQLite, PostgreSQL, a host's session. It knows how each is opened."""

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from kingpost.adapters.memory import MemoryStorage
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage, create_all, sql_storage
from kingpost.adapters.sql.joined import join
from kingpost.conformance.laws import SPECIMENS, AskingLaws, Bench
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage

from .hosting import host_engine
from .questions import QUESTIONS


async def _opened(url: str) -> SqlStorage:
    await create_all(url, SPECIMENS)
    return await sql_storage(url, records=SPECIMENS, clock=SystemClock())


def _in_a_loop(url: str) -> Iterator[Bench[Storage]]:
    with asyncio.Runner() as runner:
        storage = runner.run(_opened(url))
        yield Bench(storage, runner.run)
        runner.run(storage.close())


def _joined(url: str, driver: str) -> Iterator[Bench[Storage]]:
    """Over a connection of a host that has begun; what the laws write stays in its transaction."""
    with asyncio.Runner() as runner:
        runner.run(create_all(url, SPECIMENS))
        engine = host_engine(url.replace("postgresql:", f"postgresql+{driver}:").replace("sqlite:", "sqlite+aiosqlite:"))
        connection: AsyncConnection = runner.run(_started(engine.connect()))
        yield Bench(SqlStorage(runner.run(join(connection)), records=SPECIMENS, clock=SystemClock()), runner.run)
        runner.run(connection.close())
        runner.run(engine.dispose())


async def _started(connection: Any) -> AsyncConnection:
    begun: AsyncConnection = await connection
    await begun.begin()
    return begun


class SqlAskingLaws(AskingLaws):
    """The laws with the queries in SQL."""

    questions: ClassVar = QUESTIONS


class TestMemory(SqlAskingLaws):
    """Over dictionaries."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Bench[Storage]:
        """A storage of its own."""
        return Bench(MemoryStorage(records=SPECIMENS), drive)


class TestSqliteUnderAsyncio(SqlAskingLaws):
    """A file, in an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A storage in a loop of its own."""
        yield from _in_a_loop(f"sqlite:///{tmp_path_factory.mktemp('laws') / 'kingpost.db'}")


class TestSqliteDriven(SqlAskingLaws):
    """A file, without an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A driven storage."""
        storage = drive(_opened(f"sqlite:///{tmp_path_factory.mktemp('laws') / 'kingpost.db'}"))
        yield Bench(storage, drive)
        drive(storage.close())


class TestPostgresqlUnderAsyncio(SqlAskingLaws):
    """A database of its own, in an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, class_postgres_url: str) -> Iterator[Bench[Storage]]:
        """A storage in a loop of its own."""
        yield from _in_a_loop(class_postgres_url)


class TestJoinedOnSqlite(SqlAskingLaws):
    """A host's connection over aiosqlite."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench[Storage]]:
        """A storage in the host's transaction."""
        pytest.importorskip("aiosqlite", reason="needs aiosqlite")
        yield from _joined(f"sqlite:///{tmp_path_factory.mktemp('laws') / 'host.db'}", "aiosqlite")


class TestJoinedOverPsycopg(SqlAskingLaws):
    """A host's connection over psycopg."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, class_postgres_url: str) -> Iterator[Bench[Storage]]:
        """A storage in the host's transaction."""
        yield from _joined(class_postgres_url, "psycopg")


class TestJoinedOverAsyncpg(SqlAskingLaws):
    """A host's connection over asyncpg."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, class_postgres_url: str) -> Iterator[Bench[Storage]]:
        """A storage in the host's transaction."""
        pytest.importorskip("asyncpg", reason="needs asyncpg")
        yield from _joined(class_postgres_url, "asyncpg")
