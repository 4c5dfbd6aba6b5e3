"""PostgreSQL's own ways to fail: pools, deadlines, deadlocks, lost connections. It knows what callers are told and what stays usable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kingpost.adapters.sql import SqlStorage
from kingpost.adapters.sql.postgresql import PostgresqlExecutors
from kingpost.conformance.laws.specimens import Guest, but, guest, open_house
from kingpost.kernel.errors import Conflict, Timeout, Unavailable
from kingpost.kernel.store import Scope

from .hosting import opened

pytest.importorskip("psycopg", reason="PostgreSQL tests need the extra postgres")


@asynccontextmanager
async def lodging(url: str, **options: object) -> AsyncIterator[tuple[SqlStorage, Scope]]:
    """A storage with one house."""
    async with opened(url, **options) as storage:
        yield storage, Scope(await open_house(storage))


async def backends(storage: SqlStorage) -> list[int]:
    """The server's processes for this database, without the one that asks."""
    rows = await storage.session().executor.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", ()
    )
    return [int(str(row[0])) for row in rows]


async def names(storage: SqlStorage, scope: Scope) -> list[str]:
    """Who is in the house, by key."""
    return [row.name for row in (await storage.session().store(scope).find(Guest, limit=50)).items]


def pool_of(storage: SqlStorage) -> "PostgresqlExecutors":
    """The connections beneath."""
    assert isinstance(storage.executors, PostgresqlExecutors)
    return storage.executors


class TestPool:
    """Few connections, many who want one."""

    def test_an_exhausted_pool_is_unavailable_after_the_deadline(self, fresh_postgres_url: str) -> None:
        """Who finds every connection lent waits, then is told so; the next one finds it free."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=1) as (storage, scope):
                holder = storage.session()
                async with holder.unit(scope):
                    await holder.store(scope).insert(guest(scope.tenant or "", "held"))
                    with pytest.raises(Unavailable, match="in use"):
                        await storage.session(deadline=storage.monotonic() + 0.1).store(scope).get(Guest, guest("").id)
                assert await names(storage, scope) == []

        asyncio.run(scenario())

    def test_connections_are_never_more_than_the_size(self, fresh_postgres_url: str) -> None:
        """Fifty tasks on three connections all succeed."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=3) as (storage, scope):
                await asyncio.gather(*(storage.session().store(scope).insert(guest(scope.tenant or "", f"g{n}")) for n in range(50)))
                assert len(await names(storage, scope)) == 50
                assert pool_of(storage).pool.count <= 3

        asyncio.run(scenario())

    def test_a_cancelled_waiter_loses_no_connection(self, fresh_postgres_url: str) -> None:
        """A connection that is handed to someone who has gone goes to the next in line."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=1) as (storage, scope):
                holder = storage.session()
                async with holder.unit(scope):
                    await holder.store(scope).get(Guest, guest("").id)
                    gone = asyncio.create_task(names(storage, scope))
                    stays = asyncio.create_task(names(storage, scope))
                    await asyncio.sleep(0)
                    gone.cancel()
                assert await stays == []
                assert pool_of(storage).pool.count == 1

        asyncio.run(scenario())

    def test_a_restart_of_the_server_is_survived(self, fresh_postgres_url: str) -> None:
        """Idle connections that the server has closed are found out before they are used, or told as Unavailable; then all is well."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=4) as (storage, scope):
                await asyncio.gather(*(names(storage, scope) for _ in range(4)))
                for pid in await backends(storage):
                    await storage.session().executor.fetch("SELECT pg_terminate_backend(%s::int)", (pid,))
                refused = 0
                for _ in range(12):
                    try:
                        await names(storage, scope)
                    except Unavailable:
                        refused += 1
                assert refused <= 4
                assert await names(storage, scope) == []

        asyncio.run(scenario())

    def test_a_server_that_cannot_be_reached_is_unavailable(self) -> None:
        """No server at the address: Unavailable, with what to look at."""

        async def scenario() -> None:
            with pytest.raises(Unavailable, match="cannot be reached"):
                async with opened("postgresql://nobody@127.0.0.1:1/none", create=False):
                    pass

        asyncio.run(scenario())

    def test_one_storage_serves_one_event_loop_after_the_other(self, fresh_postgres_url: str) -> None:
        """Connections of a loop that has ended are not used in the next one."""
        with asyncio.Runner() as first:
            manager = lodging(fresh_postgres_url)
            storage, scope = first.run(manager.__aenter__())
            first.run(names(storage, scope))
            assert asyncio.run(names(storage, scope)) == []
            first.run(manager.__aexit__(None, None, None))


class TestDeadlines:
    """Statements that take too long."""

    def test_a_slow_statement_is_a_timeout_and_is_cancelled_on_the_server(self, fresh_postgres_url: str) -> None:
        """The deadline ends the statement, in autocommit and in a unit; no server process goes on with it."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url) as (storage, scope):
                single = storage.session(deadline=storage.monotonic() + 0.2)
                with pytest.raises(Timeout):
                    await single.executor.fetch("SELECT pg_sleep(30)", ())
                inside = storage.session(deadline=storage.monotonic() + 0.2)
                async with inside.unit(scope):
                    with pytest.raises(Timeout):
                        await inside.executor.fetch("SELECT pg_sleep(30)", ())
                running = await storage.session().executor.fetch(
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s AND pid <> pg_backend_pid()",
                    ("%pg_sleep(30)%",),
                )
                assert running == [(0,)]

        asyncio.run(scenario())

    def test_the_server_knows_the_deadline_of_a_unit(self, fresh_postgres_url: str) -> None:
        """A unit with a deadline sets its statement timeout for the transaction alone."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=1) as (storage, scope):
                session = storage.session(deadline=storage.monotonic() + 30)
                async with session.unit(scope) as unit:
                    ((inside,),) = await session.executor.fetch("SHOW statement_timeout", ())
                    await unit.commit()
                ((outside,),) = await storage.session().executor.fetch("SHOW statement_timeout", ())
                assert (inside != "0", outside) == (True, "0")

        asyncio.run(scenario())

    def test_waiting_for_a_row_lock_ends_with_the_deadline(self, fresh_postgres_url: str) -> None:
        """A writer that another unit keeps waiting is told Timeout, and the other one commits."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url) as (storage, scope):
                row = guest(scope.tenant or "")
                await storage.session().store(scope).insert(row)
                holder = storage.session()
                async with holder.unit(scope) as unit:
                    await holder.store(scope).get(Guest, row.id, lock=True)
                    hurried = storage.session(deadline=storage.monotonic() + 0.2)
                    with pytest.raises(Timeout):
                        await hurried.store(scope).replace(but(row, name="late"), expected=1)
                    await holder.store(scope).replace(but(row, name="first"), expected=1)
                    await unit.commit()
                assert await names(storage, scope) == ["first"]

        asyncio.run(scenario())


class TestFailures:
    """The server says no."""

    def test_a_deadlock_is_unavailable_for_one_and_nothing_for_the_other(self, fresh_postgres_url: str) -> None:
        """Two units that wait for each other: the server ends one, whose caller may try again; the other commits."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url) as (storage, scope):
                rows = [guest(scope.tenant or "", name) for name in ("a", "b")]
                for row in rows:
                    await storage.session().store(scope).insert(row)
                both = asyncio.Barrier(2)

                async def cross(first: Guest, second: Guest) -> None:
                    session = storage.session()
                    async with session.unit(scope) as unit:
                        await session.store(scope).get(Guest, first.id, lock=True)
                        await both.wait()
                        await session.store(scope).get(Guest, second.id, lock=True)
                        await unit.commit()

                results = await asyncio.gather(cross(*rows), cross(*reversed(rows)), return_exceptions=True)
                assert sorted(type(result).__name__ for result in results) == ["NoneType", "Unavailable"]

        asyncio.run(scenario())

    def test_a_conflict_leaves_the_unit_usable(self, fresh_postgres_url: str) -> None:
        """A refused write, the first of the unit or a later one, undoes itself only."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url) as (storage, scope):
                taken = guest(scope.tenant or "", "taken")
                await storage.session().store(scope).insert(taken)
                session = storage.session()
                async with session.unit(scope) as unit:
                    for name in ("taken", "one", "taken", "two"):
                        try:
                            await session.store(scope).insert(guest(scope.tenant or "", name))
                        except Conflict:
                            assert name == "taken"
                    await unit.commit()
                assert sorted(await names(storage, scope)) == ["one", "taken", "two"]

        asyncio.run(scenario())

    def test_a_connection_lost_before_the_commit_tells_that_the_outcome_is_unknown(self, fresh_postgres_url: str) -> None:
        """The server goes between the last statement and COMMIT: Unavailable says that the outcome is unknown, and no callback runs."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url) as (storage, scope):
                told: list[str] = []
                session = storage.session()
                async with session.unit(scope) as unit:
                    unit.on_commit(lambda: told.append("committed"))
                    await session.store(scope).insert(guest(scope.tenant or "", "lost"))
                    ((pid,),) = await session.executor.fetch("SELECT pg_backend_pid()", ())
                    await storage.session().executor.fetch("SELECT pg_terminate_backend(%s::int)", (pid,))
                    with pytest.raises(Unavailable, match="unknown"):
                        await unit.commit()
                assert told == []
                assert await names(storage, scope) == []

        asyncio.run(scenario())

    def test_a_connection_lost_in_a_unit_rolls_back(self, fresh_postgres_url: str) -> None:
        """The server goes in the middle: the next statement is Unavailable, nothing stays, and the connection is not used again."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=2) as (storage, scope):
                session = storage.session()
                async with session.unit(scope):
                    await session.store(scope).insert(guest(scope.tenant or "", "lost"))
                    ((pid,),) = await session.executor.fetch("SELECT pg_backend_pid()", ())
                    await storage.session().executor.fetch("SELECT pg_terminate_backend(%s::int)", (pid,))
                    with pytest.raises(Unavailable, match="lost"):
                        await session.store(scope).insert(guest(scope.tenant or "", "lost too"))
                assert await names(storage, scope) == []

        asyncio.run(scenario())

    def test_missing_tables_say_what_to_run(self, fresh_postgres_url: str) -> None:
        """A database without tables is Unavailable, and the detail names the command."""

        async def scenario() -> None:
            async with opened(fresh_postgres_url, create=False) as storage:
                with pytest.raises(Unavailable, match="kingpost migrate"):
                    await storage.session().store(Scope("hou_00000000000000000000000000")).get(Guest, guest("").id)

        asyncio.run(scenario())


class TestCancellation:
    """A task that is cancelled at any await."""

    @pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 21])
    def test_a_cancelled_unit_is_whole_or_absent_and_loses_no_connection(self, fresh_postgres_url: str, steps: int) -> None:
        """Wherever the cancellation strikes, both rows are there or neither is, and the only connection can be used again."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=1) as (storage, scope):

                async def two_rows() -> None:
                    session = storage.session()
                    async with session.unit(scope) as unit:
                        await session.store(scope).insert(guest(scope.tenant or "", "one"))
                        await session.store(scope).insert(guest(scope.tenant or "", "two"))
                        await unit.commit()

                task = asyncio.create_task(two_rows())
                for _ in range(steps):
                    await asyncio.sleep(0.0005)  # the cancellation shall strike at some moment of a real round trip
                task.cancel()
                await asyncio.wait((task,))
                assert await names(storage, scope) in ([], ["one", "two"])
                assert pool_of(storage).pool.count == 1

        asyncio.run(scenario())

    def test_a_unit_whose_generator_is_closed_rolls_back(self, fresh_postgres_url: str) -> None:
        """GeneratorExit inside a unit cannot wait for ROLLBACK: the connection is dropped, which rolls back, and its place is free."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=1) as (storage, scope):

                async def rows() -> AsyncIterator[None]:
                    session = storage.session()
                    async with session.unit(scope):
                        await session.store(scope).insert(guest(scope.tenant or "", "never"))
                        yield

                generator = rows()
                await generator.__anext__()
                await generator.aclose()  # type: ignore[attr-defined]  # an async generator
                assert await names(storage, scope) == []

        asyncio.run(scenario())


class TestPoolers:
    """A transaction pooler between us and the server."""

    def test_nothing_of_a_session_stays_on_the_connection(self, fresh_postgres_url: str) -> None:
        """Without prepared statements a connection carries nothing from one transaction to the next."""

        async def scenario() -> None:
            async with lodging(fresh_postgres_url, pool_size=1, prepare=False) as (storage, scope):
                session = storage.session(deadline=storage.monotonic() + 30)
                async with session.unit(scope) as unit:
                    await session.store(scope).insert(guest(scope.tenant or "", "kept"))
                    await unit.commit()
                for _ in range(10):
                    await names(storage, scope)
                executor = storage.session().executor
                assert await executor.fetch("SELECT count(*) FROM pg_prepared_statements", ()) == [(0,)]
                assert await executor.fetch(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                    (),
                ) == [(0,)]
                assert await names(storage, scope) == ["kept"]

        asyncio.run(scenario())


def test_a_refused_write_is_silent(fresh_postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The first write of a unit and a later one, and writes outside: the driver has nothing to log about what is told as ``Conflict``."""

    async def scenario() -> None:
        async with lodging(fresh_postgres_url) as (storage, scope):
            house = scope.tenant or ""
            await storage.session().store(scope).insert(guest(house, "Ada"))
            for earlier in ((), ("Bob",)) * 100:  # the driver hears of the refusal sooner or later
                session = storage.session()
                async with session.unit(scope):
                    for name in earlier:
                        await session.store(scope).insert(guest(house, name))
                    with pytest.raises(Conflict):
                        await session.store(scope).insert(guest(house, "Ada"))
                    await session.store(scope).insert(guest(house, "Cyd"))
                await session.close()
            assert await names(storage, scope) == ["Ada"]

    asyncio.run(scenario())
    assert [record.getMessage() for record in caplog.records if record.name.startswith("psycopg")] == []
