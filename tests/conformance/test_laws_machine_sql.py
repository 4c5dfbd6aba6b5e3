"""Random programs on the SQL store, compared with the reference: SQLite driven and under asyncio, PostgreSQL. It knows how each is opened."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kingpost.adapters.memory import MemoryClock, MemoryStorage
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.conformance.laws import SPECIMENS, Bench
from kingpost.conformance.laws.law import Runs
from kingpost.conformance.laws.machine import judge
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage

PROGRAMS, STEPS = 40, 40


@contextmanager
def opened(url: str, run: Runs) -> Iterator[Bench[Storage]]:
    """A storage on a database that holds the tables of the specimens."""
    run(create_all(url, SPECIMENS))
    storage = run(sql_storage(url, records=SPECIMENS, clock=MemoryClock()))
    try:
        yield Bench(storage, run)
    finally:
        run(storage.close())


@pytest.fixture
def sqlite_driven(tmp_path: Path) -> Iterator[Bench[Storage]]:
    """SQLite without an event loop."""
    with opened(_sqlite(tmp_path), drive) as bench:
        yield bench


@pytest.fixture
def sqlite_under_asyncio(tmp_path: Path) -> Iterator[Bench[Storage]]:
    """SQLite in an event loop."""
    with asyncio.Runner() as runner, opened(_sqlite(tmp_path), runner.run) as bench:
        yield bench


@pytest.fixture
def postgres_under_asyncio(fresh_postgres_url: str) -> Iterator[Bench[Storage]]:
    """PostgreSQL in an event loop."""
    with asyncio.Runner() as runner, opened(fresh_postgres_url, runner.run) as bench:
        yield bench


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'laws.sqlite3'}"


@pytest.mark.parametrize("opened_as", ["sqlite_driven", "sqlite_under_asyncio", "postgres_under_asyncio"])
def test_random_programs_go_as_on_the_reference(opened_as: str, request: pytest.FixtureRequest) -> None:
    """Whatever is played on a database, every answer is that of the reference."""
    bench: Bench[Storage] = request.getfixturevalue(opened_as)
    judge(bench, Bench(MemoryStorage(records=SPECIMENS), drive), programs=PROGRAMS, steps=STEPS)
