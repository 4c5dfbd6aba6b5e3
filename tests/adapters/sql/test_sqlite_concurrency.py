"""SQLite under concurrency: tasks, cancellations and other processes. It knows what may never happen to an acknowledged row."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kingpost.adapters.sql import SqlStorage
from kingpost.conformance.laws.specimens import Guest, guest, open_house
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import StaleVersion, Timeout, Unavailable
from kingpost.kernel.store import Scope

from .hosting import opened


@asynccontextmanager
async def lodging(path: Path, **options: object) -> AsyncIterator[tuple[SqlStorage, Scope]]:
    """A storage with one house."""
    async with opened(f"sqlite:///{path}", **options) as storage:
        yield storage, Scope(await open_house(storage))


async def climb(storage: SqlStorage, scope: Scope, key: str) -> None:
    """Read the floor and write the next one, in one unit, giving way in between."""
    session = storage.session()
    store = session.store(scope)
    async with session.unit(scope) as unit:
        row = await store.get(Guest, key, lock=True)
        assert row is not None
        await asyncio.sleep(0)
        await store.replace(Guest(id=row.id, house_id=row.house_id, name=row.name, floor=row.floor + 1), expected=row.version)
        await unit.commit()


class TestTasks:
    """Many tasks of one process."""

    def test_fifty_concurrent_increments_give_fifty(self, sqlite_path: Path) -> None:
        """Units that read, give way and write lose no increment, without a single retry."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                row = guest(scope.tenant or "")
                await storage.session().store(scope).insert(row)
                await asyncio.gather(*(climb(storage, scope, row.id) for _ in range(50)))
                final = await storage.session().store(scope).get(Guest, row.id)
                assert final is not None
                assert (final.floor, final.version) == (50, 51)

        asyncio.run(scenario())

    def test_a_neighbours_rollback_never_loses_an_acknowledged_row(self, sqlite_path: Path) -> None:
        """A single insert that was acknowledged while another unit was open stays when that unit rolls back."""

        async def doomed(storage: SqlStorage, scope: Scope, entered: asyncio.Event) -> None:
            session = storage.session()
            async with session.unit(scope):
                await session.store(scope).insert(guest(scope.tenant or "", "doomed"))
                entered.set()
                for _ in range(20):
                    await asyncio.sleep(0)

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                entered = asyncio.Event()
                neighbour = asyncio.create_task(doomed(storage, scope, entered))
                await entered.wait()
                row = guest(scope.tenant or "", "kept")
                await storage.session().store(scope).insert(row)
                await neighbour
                page = await storage.session().store(scope).find(Guest, limit=10)
                assert [item.name for item in page.items] == ["kept"]

        asyncio.run(scenario())

    def test_a_unit_reads_what_it_wrote_and_others_do_not(self, sqlite_path: Path) -> None:
        """Inside a unit reads run on the writer; outside, on a reader that sees only what is committed."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                session, row = storage.session(), guest(scope.tenant or "")
                async with session.unit(scope) as unit:
                    await session.store(scope).insert(row)
                    assert await session.store(scope).get(Guest, row.id) == row
                    assert await storage.session().store(scope).get(Guest, row.id) is None
                    await unit.commit()
                assert await storage.session().store(scope).get(Guest, row.id) == row

        asyncio.run(scenario())

    def test_units_are_served_in_the_order_in_which_they_asked(self, sqlite_path: Path) -> None:
        """The lease is first in, first out."""

        async def scenario() -> None:
            served: list[int] = []

            async def ask(number: int) -> None:
                session = storage.session()
                async with session.unit(scope) as unit:
                    served.append(number)
                    await asyncio.sleep(0)
                    await unit.commit()

            async with lodging(sqlite_path) as (storage, scope):
                await asyncio.gather(*(ask(number) for number in range(10)))
            assert served == list(range(10))

        asyncio.run(scenario())

    def test_waiting_for_the_lease_ends_with_the_deadline(self, sqlite_path: Path) -> None:
        """Who cannot have the writer before the deadline gets Unavailable or Timeout, and the line moves on without them."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                holder = storage.session()
                async with holder.unit(scope):
                    late = storage.session(deadline=storage.monotonic() + 0.05)
                    with pytest.raises((Unavailable, Timeout)):
                        await late.store(scope).insert(guest(scope.tenant or "", "late"))
                await storage.session().store(scope).insert(guest(scope.tenant or "", "after"))

        asyncio.run(scenario())


async def _cancelled_after(steps: int, work: Callable[[], Awaitable[None]]) -> bool:
    """Start the work, let the loop turn so many times, cancel; whether it was cancelled in time."""
    task = asyncio.ensure_future(work())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


class TestCancellation:
    """A task that is cancelled at any await."""

    @pytest.mark.parametrize("steps", range(8))
    def test_a_cancelled_unit_is_whole_or_absent_and_gives_the_lease_back(self, sqlite_path: Path, steps: int) -> None:
        """Wherever the cancellation strikes, both rows are there or neither is, and the next writer can write."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):

                async def two_rows() -> None:
                    session = storage.session()
                    async with session.unit(scope) as unit:
                        await session.store(scope).insert(guest(scope.tenant or "", "one"))
                        await asyncio.sleep(0)
                        await session.store(scope).insert(guest(scope.tenant or "", "two"))
                        await asyncio.sleep(0)
                        await unit.commit()
                        await asyncio.sleep(0)

                await _cancelled_after(steps, two_rows)
                names = {row.name for row in (await storage.session().store(scope).find(Guest, limit=10)).items}
                assert names in (set(), {"one", "two"})
                await storage.session(deadline=storage.monotonic() + 1).store(scope).insert(guest(scope.tenant or "", "next"))

        asyncio.run(scenario())

    def test_who_is_cancelled_in_the_line_does_not_block_it(self, sqlite_path: Path) -> None:
        """The lease passes over a waiter that has gone."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                holder = storage.session()
                async with holder.unit(scope):
                    gone = asyncio.create_task(storage.session().store(scope).insert(guest(scope.tenant or "", "gone")))
                    stays = asyncio.create_task(storage.session().store(scope).insert(guest(scope.tenant or "", "stays")))
                    await asyncio.sleep(0)
                    gone.cancel()
                await stays
                names = [row.name for row in (await storage.session().store(scope).find(Guest, limit=10)).items]
                assert names == ["stays"]

        asyncio.run(scenario())

    def test_a_begin_that_is_cancelled_in_its_thread_leaves_nothing_open(self, sqlite_path: Path) -> None:
        """BEGIN waits in a thread for another process; cancelled there, it is finished, undone, and the lease is free."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                other = sqlite3.connect(sqlite_path, isolation_level=None)
                other.execute("BEGIN IMMEDIATE")

                async def wait_for_it() -> None:
                    session = storage.session()
                    async with session.unit(scope):
                        await session.store(scope).insert(guest(scope.tenant or "", "never"))

                task = asyncio.create_task(wait_for_it())
                await asyncio.sleep(0.05)  # a thread waits for a real lock meanwhile
                task.cancel()
                await asyncio.sleep(0.05)  # a thread waits for a real lock meanwhile
                other.execute("ROLLBACK")
                with pytest.raises(asyncio.CancelledError):
                    await task
                await storage.session().store(scope).insert(guest(scope.tenant or "", "next"))
                names = [row.name for row in (await storage.session().store(scope).find(Guest, limit=10)).items]
                assert names == ["next"]
                other.close()

        asyncio.run(scenario())

    def test_a_unit_whose_coroutine_is_closed_rolls_back(self, sqlite_path: Path) -> None:
        """GeneratorExit at an await inside a unit undoes it and gives the lease back."""

        class Pause:
            def __await__(self) -> object:
                yield None

        async def unfinished(storage: SqlStorage, scope: Scope) -> None:
            session = storage.session()
            async with session.unit(scope):
                await session.store(scope).insert(guest(scope.tenant or "", "never"))
                await Pause()  # type: ignore[misc]  # whatever stops here

        async def prepared() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                coroutine = unfinished(storage, scope)
                coroutine.send(None)
                coroutine.close()
                await storage.session().store(scope).insert(guest(scope.tenant or "", "next"))
                names = [row.name for row in (await storage.session().store(scope).find(Guest, limit=10)).items]
                assert names == ["next"]

        drive(prepared())


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


class TestOtherProcesses:
    """A second process that holds SQLite's lock."""

    def test_the_loop_goes_on_while_a_write_waits_for_another_process(self, sqlite_path: Path) -> None:
        """A write that finds the database locked waits in a thread; reads and other tasks go on, and it succeeds in the end."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                with subprocess.Popen(  # noqa: ASYNC220  (it only holds a lock; the test waits for its first line)
                    [sys.executable, "-c", HOLD, str(sqlite_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                ) as other:
                    assert other.stdout is not None
                    assert other.stdin is not None
                    assert other.stdout.readline() == "held\n"
                    row = guest(scope.tenant or "")
                    writing = asyncio.create_task(storage.session().store(scope).insert(row))
                    for _ in range(20):
                        await asyncio.sleep(0.005)  # another process holds a real lock meanwhile
                        assert await storage.session().store(scope).get(Guest, row.id) is None
                    assert not writing.done()
                    other.stdin.write("\n")
                    other.stdin.flush()
                    await writing
                assert await storage.session().store(scope).get(Guest, row.id) == row

        asyncio.run(scenario())

    @pytest.mark.parametrize("run", [asyncio.run, drive], ids=["under asyncio", "driven"])
    def test_a_database_that_stays_locked_is_unavailable(self, sqlite_path: Path, run: Callable[..., None]) -> None:
        """When the other process does not let go before the deadline, the write is refused as busy, and later writes work."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                other = sqlite3.connect(sqlite_path, isolation_level=None)
                other.execute("BEGIN IMMEDIATE")
                hurried = storage.session(deadline=storage.monotonic() + 0.1)
                with pytest.raises(Unavailable, match="busy"):
                    await hurried.store(scope).insert(guest(scope.tenant or "", "busy"))
                other.execute("ROLLBACK")
                other.close()
                await storage.session().store(scope).insert(guest(scope.tenant or "", "next"))

        run(scenario())

    def test_a_file_that_another_process_locks_wholly_does_not_stop_the_loop(self, sqlite_path: Path) -> None:
        """It cannot even be opened for reading: a thread waits for it, until the deadline and no longer, and other tasks go on."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                row = guest(scope.tenant or "")
                await storage.session().store(scope).insert(row)
                await storage.executors.stop()
                other = sqlite3.connect(sqlite_path, isolation_level=None, check_same_thread=False)
                other.execute("PRAGMA journal_mode = DELETE")
                other.execute("PRAGMA locking_mode = EXCLUSIVE")
                other.execute("BEGIN EXCLUSIVE")
                reading = asyncio.create_task(storage.session(deadline=storage.monotonic() + 0.2).store(scope).get(Guest, row.id))
                for _ in range(5):
                    await asyncio.sleep(0.005)  # another process holds a real lock meanwhile
                    assert not reading.done()
                with pytest.raises(Unavailable):
                    await reading
                other.close()
                assert await storage.session().store(scope).get(Guest, row.id) == row

        asyncio.run(scenario())


class TestSecondSession:
    """Two sessions driven in one thread."""

    def test_the_second_writer_of_a_thread_is_refused_at_once(self, sqlite_path: Path) -> None:
        """Waiting for a unit of the same thread could never end, so it is Unavailable without a wait."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope), storage.session().unit(scope):
                with pytest.raises(Unavailable, match="this thread"):
                    await storage.session().store(scope).insert(guest(scope.tenant or ""))

        drive(scenario())

    def test_a_stale_version_is_told_under_contention(self, sqlite_path: Path) -> None:
        """Of two writers with the same expectation one wins and the other is stale."""

        async def scenario() -> None:
            async with lodging(sqlite_path) as (storage, scope):
                row = guest(scope.tenant or "")
                store = storage.session().store(scope)
                await store.insert(row)
                results = await asyncio.gather(
                    *(storage.session().store(scope).replace(row, expected=1) for _ in range(5)), return_exceptions=True
                )
                assert sum(isinstance(result, Guest) for result in results) == 1
                assert sum(isinstance(result, StaleVersion) for result in results) == 4

        asyncio.run(scenario())
