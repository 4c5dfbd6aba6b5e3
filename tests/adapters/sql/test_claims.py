"""Claims of many workers at once, over one SQLite file and one PostgreSQL database: each row goes to one of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kingpost.adapters.memory import MemoryClock
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage, create_all, sql_storage
from kingpost.conformance.laws import SPECIMENS
from kingpost.conformance.laws.specimens import Chore, but, chore, open_store
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.system import Clock

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
ROWS = 40


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with the tables of the laws."""
    made = f"sqlite:///{tmp_path / 'claims.sqlite3'}" if request.param == "sqlite" else request.getfixturevalue("fresh_postgres_url")
    asyncio.run(create_all(made, SPECIMENS))
    return str(made)


@asynccontextmanager
async def opened(url: str, clock: Clock | None = None) -> AsyncIterator[SqlStorage]:
    """A storage as each process has one."""
    storage = await sql_storage(url, records=SPECIMENS, clock=clock or SystemClock())
    try:
        yield storage
    finally:
        await storage.close()


async def work(storage: SqlStorage) -> list[str]:
    """A worker that claims three at a time until there is nothing left, and settles each."""
    done: list[str] = []
    while True:
        session = storage.session()
        async with session.unit(PLATFORM) as unit:
            taken = await session.store(PLATFORM).claim(Chore, seconds=60, limit=3)
            await unit.commit()
        for row in taken:
            await session.store(PLATFORM).replace(but(row, due_at=None), expected=row.version)
        await session.close()
        if not taken:
            return done
        done += [row.id for row in taken]


def test_many_workers_share_the_work_without_a_row_done_twice(url: str) -> None:
    """Six workers over two storages, as of two processes, do forty rows once each, and each row counts one attempt."""

    async def whole() -> None:
        async with opened(url) as one, opened(url) as two:
            store = await open_store(one)
            for _ in range(ROWS):
                await store.insert(chore(store.scope.tenant or "", due_at=LONG_AGO))
            shares = await asyncio.gather(*(work(storage) for storage in (one, two) * 3))
            done = Counter(key for share in shares for key in share)
            assert len(done) == ROWS
            assert set(done.values()) == {1}
            kept = (await store.find(Chore, limit=100)).items
            assert {(row.attempts, row.version, row.due_at) for row in kept} == {(1, 3, None)}

    asyncio.run(whole())


def test_a_row_that_another_unit_holds_is_passed_over(fresh_postgres_url: str) -> None:
    """PostgreSQL: an open unit that has claimed or changed rows keeps nobody waiting; the other worker gets the rest at once."""

    async def whole() -> None:
        await create_all(fresh_postgres_url, SPECIMENS)
        async with opened(fresh_postgres_url) as storage:
            store = await open_store(storage)
            rows = [chore(store.scope.tenant or "", due_at=LONG_AGO) for _ in range(3)]
            for row in rows:
                await store.insert(row)
            holding, working = storage.session(), storage.session()
            async with holding.unit(PLATFORM):
                held = await holding.store(PLATFORM).claim(Chore, seconds=60, limit=1)
                changed = await holding.store(PLATFORM).replace(but(rows[1], due_at=LONG_AGO), expected=1)
                async with working.unit(PLATFORM) as unit:
                    free = await working.store(PLATFORM).claim(Chore, seconds=60, limit=10)
                    await unit.commit()
            assert ({row.id for row in held}, changed.id, [row.id for row in free]) == ({rows[0].id}, rows[1].id, [rows[2].id])
            await holding.close()
            await working.close()

    asyncio.run(whole())


def test_the_database_s_clock_decides_and_not_the_process_s(url: str) -> None:
    """A process whose clock is an hour ahead neither sees work before its time nor keeps a claim for longer than it says."""

    class Ahead(SystemClock):
        """An hour ahead."""

        def now(self) -> datetime:
            return datetime.fromtimestamp(super().now().timestamp() + 3600, UTC)

    async def whole() -> None:
        async with opened(url, Ahead()) as storage:
            store = await open_store(storage)
            soon = datetime.fromtimestamp(SystemClock().now().timestamp() + 1800, UTC)
            await store.insert(chore(store.scope.tenant or "", due_at=soon))
            due = chore(store.scope.tenant or "", due_at=LONG_AGO)
            await store.insert(due)
            session = storage.session()
            async with session.unit(PLATFORM) as unit:
                (taken,) = await session.store(PLATFORM).claim(Chore, seconds=60, limit=10)
                await unit.commit()
            await session.close()
            assert taken.id == due.id
            assert taken.due_at is not None
            assert 0 < (taken.due_at - SystemClock().now()).total_seconds() <= 60

    asyncio.run(whole())


def test_a_test_that_holds_time_holds_the_database_s_too(url: str) -> None:
    """With a clock that stands still the instants are exact, so that rows are equal on every store."""

    async def whole() -> None:
        clock = MemoryClock(datetime(2030, 5, 4, 3, 2, 1, 123456, UTC))
        async with opened(url, clock) as storage:
            store = await open_store(storage)
            await store.insert(chore(store.scope.tenant or "", due_at=clock.now()))
            session = storage.session()
            async with session.unit(PLATFORM) as unit:
                (taken,) = await session.store(PLATFORM).claim(Chore, seconds=1.5, limit=10)
                await unit.commit()
            await session.close()
            assert taken.due_at == datetime(2030, 5, 4, 3, 2, 2, 623456, UTC)

    asyncio.run(whole())
