"""Kernel writes in a host's own SQLAlchemy transaction, on every driver (RULES 3 and 4). It knows what the host may expect."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from kingpost.adapters.sql.joined import join
from kingpost.conformance.laws.specimens import Guest, stay
from kingpost.kernel.errors import ConfigurationError, Conflict, Timeout

from .hosting import Host, Plays


class TestJoined:
    """One transaction, two owners."""

    def test_the_kernel_writes_first_and_the_host_rolls_back(self, plays: Plays) -> None:
        """Nothing of the kernel stays when the host rolls back, even where the kernel's write was the first of the transaction."""

        async def scenario(host: Host) -> None:
            async with host.engine.connect() as connection:
                await connection.begin()
                session = (await host.storage(connection)).session()
                async with session.unit(host.scope) as unit:
                    await session.store(host.scope).insert(host.guest("gone"))
                    await unit.commit()
                await session.store(host.scope).insert(host.guest("gone too"))
                await host.add(connection, "gone")
                await session.close()
                await connection.rollback()
            assert await host.kept() == ([], [])

        plays(scenario)

    def test_the_host_commits_both(self, plays: Plays) -> None:
        """The kernel's unit becomes visible with the host's commit, not before."""

        async def scenario(host: Host) -> None:
            async with AsyncSession(host.engine) as own:
                await host.add(own, "kept")
                session = (await host.storage(own)).session()
                row = host.guest("kept")
                async with session.unit(host.scope) as unit:
                    await session.store(host.scope).insert(row)
                    await unit.commit()
                assert await session.store(host.scope).get(Guest, row.id) == row
                await own.commit()
            assert await host.kept() == (["kept"], ["kept"])

        plays(scenario)

    def test_a_conflict_keeps_the_hosts_row(self, plays: Plays) -> None:
        """Host row, kernel Conflict, commit: the host's row is there (a single write lies in a savepoint too)."""

        async def scenario(host: Host) -> None:
            async with host.engine.connect() as connection:
                await connection.begin()
                await host.add(connection, "kept")
                store = (await host.storage(connection)).session().store(host.scope)
                await store.insert(host.guest("once"))
                with pytest.raises(Conflict) as caught:
                    await store.insert(host.guest("once"))
                assert caught.value.rule == "unique:kingpost_laws_guest:name"
                with pytest.raises(Conflict) as caught:
                    await store.insert(stay(host.scope.tenant or "", guest_id=host.guest("nobody").id))
                assert caught.value.rule == "reference:kingpost_laws_stay:guest_id"
                await connection.commit()
            assert await host.kept() == (["kept"], ["once"])

        plays(scenario)

    def test_a_unit_that_is_left_undoes_itself_only(self, plays: Plays) -> None:
        """The kernel rolls its unit back; what the host did before stays and is committed."""

        async def scenario(host: Host) -> None:
            async with host.engine.connect() as connection:
                await connection.begin()
                await host.add(connection, "kept")
                session = (await host.storage(connection)).session()
                async with session.unit(host.scope):
                    await session.store(host.scope).insert(host.guest("undone"))
                await connection.commit()
            assert await host.kept() == (["kept"], [])

        plays(scenario)

    def test_callbacks_wait_for_the_hosts_commit(self, plays: Plays) -> None:
        """They run when the host has committed, not when the kernel's unit has."""

        async def scenario(host: Host) -> None:
            told: list[str] = []
            async with AsyncSession(host.engine) as own:
                session = (await host.storage(own)).session()
                async with session.unit(host.scope) as unit:
                    unit.on_commit(lambda: told.append("committed"))
                    await session.store(host.scope).insert(host.guest("kept"))
                    await unit.commit()
                assert told == []
                await own.commit()
                assert told == ["committed"]
            assert await host.kept() == ([], ["kept"])

        plays(scenario)

    def test_callbacks_are_dropped_with_the_hosts_rollback(self, plays: Plays) -> None:
        """Neither a rollback of the host's transaction nor one of its savepoint lets them run."""

        async def scenario(host: Host) -> None:
            told: list[str] = []
            async with host.engine.connect() as connection:
                await connection.begin()
                session = (await host.storage(connection)).session()
                around = await connection.begin_nested()
                async with session.unit(host.scope) as unit:
                    unit.on_commit(lambda: told.append("never"))
                    await unit.commit()
                await around.rollback()
                await host.add(connection, "kept")
                await connection.commit()
                await connection.begin()
                async with session.unit(host.scope) as unit:
                    unit.on_commit(lambda: told.append("never"))
                    await unit.commit()
                await connection.rollback()
                await connection.begin()
                await connection.commit()
            assert told == []
            assert await host.kept() == (["kept"], [])

        plays(scenario)

    def test_without_a_hosts_transaction_the_kernel_has_its_own(self, plays: Plays) -> None:
        """On a connection at rest a unit begins and commits by itself, and so does a single write."""

        async def scenario(host: Host) -> None:
            async with host.engine.connect() as connection:
                storage = await host.storage(connection)
                await connection.rollback()
                told: list[str] = []
                session = storage.session()
                async with session.unit(host.scope) as unit:
                    unit.on_commit(lambda: told.append("committed"))
                    await session.store(host.scope).insert(host.guest("unit"))
                    await unit.commit()
                assert told == ["committed"]
                await session.store(host.scope).insert(host.guest("single"))
                assert not connection.in_transaction()
            assert await host.kept() == ([], ["single", "unit"])

        plays(scenario)

    def test_a_deadline_is_a_timeout(self, plays: Plays) -> None:
        """A session whose deadline has passed is refused before anything is sent, and the host goes on."""

        async def scenario(host: Host) -> None:
            async with host.engine.connect() as connection:
                await connection.begin()
                storage = await host.storage(connection)
                with pytest.raises(Timeout):
                    await storage.session(deadline=storage.monotonic() - 1).store(host.scope).insert(host.guest("late"))
                await host.add(connection, "kept")
                await connection.commit()
            assert await host.kept() == (["kept"], [])

        plays(scenario)


class TestRefusals:
    """Connections that cannot be joined."""

    def test_a_sqlite_engine_that_leaves_begin_to_the_driver_is_refused(self, tmp_path: Path) -> None:
        """There a savepoint would commit by itself; the message says how to mend the engine."""

        async def scenario() -> None:
            url = f"sqlite+aiosqlite:///{tmp_path / 'host.db'}"
            for arguments in ({}, {"isolation_level": None}):
                engine = create_async_engine(url, connect_args=arguments)
                async with engine.connect() as connection:
                    with pytest.raises(ConfigurationError, match="BEGIN IMMEDIATE"):
                        await join(connection)
                await engine.dispose()

        asyncio.run(scenario())

    def test_a_sqlite_engine_that_checks_no_references_is_refused(self, tmp_path: Path) -> None:
        """The kernel's references would not hold; the message says how to mend the engine."""

        async def scenario() -> None:
            engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'host.db'}", connect_args={"isolation_level": None})
            event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
            async with engine.connect() as connection:
                with pytest.raises(ConfigurationError, match="foreign_keys"):
                    await join(connection)
            await engine.dispose()

        asyncio.run(scenario())

    @pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
    def test_a_connection_in_autocommit_is_refused(self, postgres_url: str, driver: str) -> None:
        """Nothing on it could be rolled back."""
        pytest.importorskip(driver, reason=f"needs {driver}")

        async def scenario() -> None:
            engine = create_async_engine(postgres_url.replace("postgresql:", f"postgresql+{driver}:"), isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                with pytest.raises(ConfigurationError, match="AUTOCOMMIT"):
                    await join(connection)
            await engine.dispose()

        asyncio.run(scenario())
