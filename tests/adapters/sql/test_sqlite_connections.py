"""How SQLite is opened, in a file and in memory. It knows the settings of connections and where rows live."""

import asyncio
from pathlib import Path

import pytest

from kingpost.conformance.laws.specimens import Guest, guest, open_house
from kingpost.kernel.store import Scope

from .hosting import opened


class TestDurability:
    """What is set on the connections."""

    @pytest.mark.parametrize(("durability", "level"), [("normal", 1), ("full", 2)])
    def test_the_journal_and_the_synchronous_level_are_as_configured(self, sqlite_path: Path, durability: str, level: int) -> None:
        """WAL always; NORMAL, or FULL where a loss of power must lose nothing."""

        async def scenario() -> None:
            async with opened(f"sqlite:///{sqlite_path}", durability=durability) as storage:
                executor = storage.session().executor
                assert await executor.fetch("PRAGMA journal_mode", ()) == [("wal",)]
                assert await executor.fetch("PRAGMA synchronous", ()) == [(level,)]
                assert await executor.fetch("PRAGMA foreign_keys", ()) == [(1,)]

        asyncio.run(scenario())


class TestMemory:
    """A database in memory."""

    def test_it_lives_in_its_storage(self) -> None:
        """One connection serves reads and writes, and rows are where they were put."""

        async def scenario() -> None:
            async with opened("sqlite://", create=False) as storage:
                await storage.create_all()
                scope = Scope(await open_house(storage))
                row = guest(scope.tenant or "")
                await storage.session().store(scope).insert(row)
                assert await storage.session().store(scope).get(Guest, row.id) == row

        asyncio.run(scenario())

    def test_its_reads_wait_for_the_open_unit(self) -> None:
        """A read outside never sees what a unit has not committed, although they share the connection."""

        async def scenario() -> None:
            async with opened("sqlite://", create=False) as storage:
                await storage.create_all()
                scope = Scope(await open_house(storage))
                row, session = guest(scope.tenant or ""), storage.session()
                async with session.unit(scope):
                    await session.store(scope).insert(row)
                    reading = asyncio.create_task(storage.session().store(scope).get(Guest, row.id))
                    await asyncio.sleep(0)
                    assert not reading.done()
                assert await reading is None

        asyncio.run(scenario())
