"""How a transaction of two owners ends: the kernel writes first, between or last, and each side fails (RULES 3 and 4), on every driver. It knows both sides."""

from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any, Literal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from kingpost.conformance.laws.specimens import Guest
from kingpost.kernel.errors import ConfigurationError, Conflict, StaleVersion
from kingpost.kernel.store import Session

from .hosting import Host, Plays

Place = Literal["first", "between", "last"]
End = Literal["commit", "rollback", "exception", "failed commit", "closed"]
PLACES: tuple[Place, ...] = ("first", "between", "last")
ENDS: tuple[End, ...] = ("commit", "rollback", "exception", "failed commit", "closed")


class Told(list[str]):
    """What followed a commit."""


async def of_kernel(host: Host, session: Session, name: str, told: Told) -> None:
    """A unit of the kernel that commits, and says so after the commit."""
    async with session.unit(host.scope) as unit:
        await session.store(host.scope).insert(host.guest(name))
        unit.on_commit(lambda: told.append(name))
        await unit.commit()


async def unit_of(host: Host, session: Session, last: Callable[[], Awaitable[object]]) -> None:
    """A unit of the kernel with a row of its own before what it does last."""
    async with session.unit(host.scope) as unit:
        await session.store(host.scope).insert(host.guest("undone"))
        await last()
        await unit.commit()


async def transaction(host: Host, own: AsyncSession, place: Place, name: str, told: Told) -> None:
    """Two rows of the host and one of the kernel, in the order that ``place`` says."""
    session = (await host.storage(own)).session()
    for turn in PLACES:
        if turn == place:
            await of_kernel(host, session, name, told)
        else:
            await host.add(own, f"{name} {turn}")
    await session.close()


async def finish(host: Host, own: AsyncSession, end: End) -> None:
    """End the host's transaction."""
    match end:
        case "commit":
            await own.commit()
        case "rollback":
            await own.rollback()
        case "exception":
            await host.add(own, "twice")
            with pytest.raises(IntegrityError):
                await host.add(own, "twice")
            await own.rollback()
        case "failed commit":
            await host.add_orphan(own, "orphan")
            with pytest.raises(IntegrityError):
                await own.commit()
            await own.rollback()
        case "closed":
            await own.close()


def test_both_stay_or_neither(plays: Plays) -> None:
    """However the host ends it, and wherever the kernel wrote: all rows and the callback with the commit; else no row and no callback."""

    async def scenario(host: Host) -> None:
        told, kept = Told(), list[str]()
        for end, place in product(ENDS, PLACES):
            async with AsyncSession(host.engine) as own:
                name = f"{end} {place}"
                await transaction(host, own, place, name, told)
                assert name not in told
                await finish(host, own, end)
                kept += [name] if end == "commit" else []
            assert told == kept, name
        notes, guests = await host.kept()
        assert guests == sorted(kept)
        assert notes == sorted(f"{name} {turn}" for name in kept for turn in PLACES if turn != name.split()[-1])

    plays(scenario)


def test_a_commit_that_fails_is_sqlalchemys_own_error(plays: Plays) -> None:
    """What the host catches does not depend on whether something of the kernel waited for the commit."""

    async def scenario(host: Host) -> None:
        caught: list[type[BaseException]] = []
        for waits in (False, True):
            async with host.engine.connect() as connection:
                await connection.begin()
                session = (await host.storage(connection)).session()
                async with session.unit(host.scope) as unit:
                    if waits:
                        unit.on_commit(lambda: pytest.fail("nothing was committed"))
                    await unit.commit()
                await host.add_orphan(connection, "orphan")
                with pytest.raises(DBAPIError) as failed:
                    await connection.commit()
                caught.append(type(failed.value))
                await connection.rollback()
        assert caught == [IntegrityError, IntegrityError]
        assert await host.kept() == ([], [])

    plays(scenario)


def test_a_refusal_that_the_host_catches_costs_the_kernels_own_unit_only(plays: Plays) -> None:
    """Conflict and StaleVersion, before, between and behind the host's rows: the host commits and has all of its own."""

    async def refused(host: Host, session: Session, name: str) -> None:
        store, row = session.store(host.scope), host.guest(name)
        await store.insert(row)
        with pytest.raises(Conflict):
            await unit_of(host, session, lambda: store.insert(host.guest(name)))
        with pytest.raises(StaleVersion):
            await unit_of(host, session, lambda: store.replace(row, expected=row.version + 1))

    async def scenario(host: Host) -> None:
        for place in PLACES:
            async with AsyncSession(host.engine) as own:
                session = (await host.storage(own)).session()
                for turn in PLACES:
                    await (refused(host, session, place) if turn == place else host.add(own, f"{place} {turn}"))
                await own.commit()
        notes, guests = await host.kept()
        assert (len(notes), guests) == (6, sorted(PLACES))

    plays(scenario)


def test_a_hosts_savepoint_takes_the_kernels_unit_back(plays: Plays) -> None:
    """``begin_nested`` around the kernel: rolled back alone, the transaction around it commits the rest."""

    async def scenario(host: Host) -> None:
        told = Told()
        async with AsyncSession(host.engine) as own:
            await host.add(own, "kept")
            session = (await host.storage(own)).session()
            async with own.begin_nested() as inner:
                await of_kernel(host, session, "undone", told)
                await inner.rollback()
            async with own.begin_nested():
                await of_kernel(host, session, "kept", told)
            await own.commit()
        assert told == ["kept"]
        assert await host.kept() == (["kept"], ["kept"])

    plays(scenario)


def test_a_second_transaction_of_one_session_is_joined_anew(plays: Plays) -> None:
    """A host that commits and goes on asks again; what waited for the first commit is not told twice."""

    async def scenario(host: Host) -> None:
        told = Told()
        async with AsyncSession(host.engine) as own:
            for name in ("one", "two"):
                await of_kernel(host, (await host.storage(own)).session(), name, told)
                await own.commit()
            await of_kernel(host, (await host.storage(own)).session(), "three", told)
            await own.rollback()
        assert told == ["one", "two"]
        assert (await host.kept())[1] == ["one", "two"]

    plays(scenario)


def test_behind_a_failed_statement_of_the_host_postgresql_is_explained(plays: Plays) -> None:
    """PostgreSQL takes nothing after a failed statement: the kernel says so and what to do, whatever it was asked. SQLite goes on."""

    async def scenario(host: Host) -> None:
        async with host.engine.connect() as connection:
            session = (await host.storage(connection)).session()
            store = session.store(host.scope)
            attempts: list[Callable[[], Awaitable[object]]] = [
                lambda: store.insert(host.guest("single")),
                lambda: of_kernel(host, session, "unit", Told()),
                lambda: store.find(Guest, order=("name",), limit=1),
            ]
            for attempt in attempts:
                await connection.rollback()
                await host.add(connection, "a")
                with pytest.raises(IntegrityError):
                    await host.add(connection, "a")
                if connection.dialect.name == "sqlite":
                    await attempt()
                else:
                    with pytest.raises(ConfigurationError, match=r"a statement .* failed before.*begin_nested"):
                        await attempt()
                await connection.rollback()
                await attempt()
        assert await host.kept() == ([], ["single", "unit"])

    plays(scenario)


def test_the_hosts_flush_comes_with_its_own_rows_first(plays: Plays) -> None:
    """What the host's session has not flushed is not lost when the kernel writes: the session is asked for its connection, and flushes as ever."""

    async def scenario(host: Host) -> None:
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

        class Base(DeclarativeBase):
            """The host's models."""

        class Row(Base):
            """The host's table."""

            __tablename__ = "host_note"
            note: Mapped[str] = mapped_column(primary_key=True)

        async with AsyncSession(host.engine) as own:
            own.add(Row(note="pending"))
            await of_kernel(host, (await host.storage(own)).session(), "guest", Told())
            seen: Any = await own.execute(text("SELECT count(*) FROM host_note"))
            assert seen.scalar_one() == 1
            await own.commit()
        assert await host.kept() == (["pending"], ["guest"])

    plays(scenario)
