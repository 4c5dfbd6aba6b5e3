"""A Django project's accounts and sessions, asked live. It knows the tables as Django makes them, on both databases, and writes into them by SQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kingpost.adapters.memory import MemoryClock, MemoryStorage
from kingpost.adapters.sql import SqlStorage, sql_storage
from kingpost.adapters.sql.host_accounts import SqlHostAccounts
from kingpost.kernel.context import Standing
from kingpost.kernel.errors import ConfigurationError

KINDS = {
    "sqlite": {"number": "integer", "uuid": "char(32)", "text": "varchar(40)", "instant": "datetime"},
    "postgresql": {"number": "bigint", "uuid": "uuid", "text": "varchar(40)", "instant": "timestamp with time zone"},
}
KEYS = {"number": "5", "uuid": "0198c0deadbeef00000000000000cafe", "text": "nora"}
WORKER = SqlHostAccounts(table="Staff Member", key="Key", is_active="on", password="pass word", sessions="django_session")


class Tables:
    """The tables of a project, and a way to write into them."""

    def __init__(self, storage: SqlStorage, key: str) -> None:
        self.storage = storage
        self.dialect = storage.executors.dialect
        self.key = KEYS[key]
        self.kind = KINDS[self.dialect][key]

    async def run(self, sql: str, *values: Any) -> None:
        """A statement of anybody's."""
        session = self.storage.session()
        mark = "?" if self.dialect == "sqlite" else "%s"
        await session.executor.execute(sql.replace("?", mark), values)
        await session.close()

    async def made(self) -> None:
        """One account, logged in for a day."""
        kinds = KINDS[self.dialect]
        await self.run(f'CREATE TABLE "Staff Member" ("Key" {self.kind} PRIMARY KEY, "on" bool NOT NULL, "pass word" varchar(128))')
        await self.run(
            f"CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date {kinds['instant']})"
        )
        await self.run('INSERT INTO "Staff Member" VALUES (?, ?, ?)', self.key, True, "hash")
        await self.log_in(timedelta(days=1))

    async def log_in(self, left: timedelta) -> None:
        """A session that has so long to go, as Django writes it."""
        end: Any = datetime.now(UTC) + left  # the database's own clock is compared, which no test can move
        end = end.replace(tzinfo=None).isoformat(" ") if self.dialect == "sqlite" else end
        await self.run("DELETE FROM django_session")
        await self.run("INSERT INTO django_session VALUES (?, ?, ?)", "k" * 32, "", end)

    async def standing(self, accounts: SqlHostAccounts = WORKER, *, account: str | None = None, key: str = "k" * 32) -> Standing | None:
        """What is said of the account."""
        session = self.storage.session()
        try:
            return await accounts.standing(session=session, account=self.key if account is None else account, session_key=key)
        finally:
            await session.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn."""
    return f"sqlite:///{tmp_path}/host.sqlite3" if request.param == "sqlite" else str(request.getfixturevalue("fresh_postgres_url"))


@asynccontextmanager
async def tables(url: str, key: str = "number") -> AsyncIterator[Tables]:
    """The tables of a project whose accounts have keys of this kind."""
    storage = await sql_storage(url, records=(), clock=MemoryClock())
    try:
        made = Tables(storage, key)
        await made.made()
        yield made
    finally:
        await storage.close()


@pytest.mark.parametrize("key", KEYS)
def test_an_account_that_is_there_has_its_password_told(url: str, key: str) -> None:
    """Whether its key is a number, a UUID or a text: the parameter becomes what the column is."""

    async def told() -> tuple[Standing | None, Standing | None]:
        async with tables(url, key) as project:
            absent = {"number": "6", "uuid": KEYS["uuid"][:-1] + "f", "text": "mick"}[key]
            return await project.standing(), await project.standing(account=absent)

    assert asyncio.run(told()) == (Standing(password="hash"), None)


ENDS = {
    "deactivated": 'UPDATE "Staff Member" SET "on" = false',
    "deleted": 'DELETE FROM "Staff Member"',
    "logged out": "DELETE FROM django_session",
    "another session": "UPDATE django_session SET session_key = 'x'",
}


@pytest.mark.parametrize("end", ENDS)
def test_whoever_is_gone_is_refused_at_once(url: str, end: str) -> None:
    """By whatever statement of whomever."""

    async def told() -> Standing | None:
        async with tables(url) as project:
            assert await project.standing() is not None
            await project.run(ENDS[end])
            return await project.standing()

    assert asyncio.run(told()) is None


def test_a_session_ends_by_the_clock_of_the_database(url: str) -> None:
    """A second before is not yet too late, a second after is."""

    async def told() -> list[bool]:
        async with tables(url) as project:
            found = []
            for seconds in (60, -1, -7200):
                await project.log_in(timedelta(seconds=seconds))
                found.append(await project.standing() is not None)
            return found

    assert asyncio.run(told()) == [True, False, False]


def test_a_changed_password_is_told(url: str) -> None:
    """The column as it is, so that whoever knows the old one sees that it is another."""

    async def told() -> Standing | None:
        async with tables(url) as project:
            await project.run('UPDATE "Staff Member" SET "pass word" = ?', "new")
            return await project.standing()

    assert asyncio.run(told()) == Standing(password="new")


def test_sessions_may_be_kept_elsewhere_and_nobody_be_deactivated(url: str) -> None:
    """Then the account alone is asked, by the columns that there are."""
    alone = SqlHostAccounts(table="Staff Member", key="Key", is_active=None, password="pass word", sessions=None)

    async def told() -> tuple[Standing | None, Standing | None]:
        async with tables(url) as project:
            await project.run("DELETE FROM django_session")
            await project.run('UPDATE "Staff Member" SET "on" = false')
            there = await project.standing(alone)
            await project.run('DELETE FROM "Staff Member"')
            return there, await project.standing(alone)

    assert asyncio.run(told()) == (Standing(password="hash"), None)


@pytest.mark.parametrize("account", ["5' OR '1'='1", '5"; DROP TABLE django_session; --', "", "5 "])
def test_no_value_becomes_a_part_of_the_statement(url: str, account: str) -> None:
    """What is no key of the table finds nobody, as a text where the column is one."""

    async def told() -> tuple[Standing | None, Standing | None, Standing | None]:
        async with tables(url, "text") as project:
            gone = await project.standing(account=account), await project.standing(key=account)
            return *gone, await project.standing()

    assert asyncio.run(told()) == (None, None, Standing(password="hash"))


def test_both_are_asked_in_one_statement() -> None:
    """Every name is quoted, whatever stands in it, and no value is a part of the text."""
    hostile = SqlHostAccounts(table='staff"; --', schema="Office", is_active="on", password="pw", sessions="s")
    for dialect, mark in (("sqlite", "?"), ("postgresql", "%s")):
        statement = hostile._written(dialect, "qmark" if mark == "?" else "format")  # type: ignore[arg-type]
        assert '"Office"."staff""; --"."on"' in statement.sql
        assert (statement.sql.count(mark), statement.names) == (2, ("account", "session_key"))
        assert "CAST" not in statement.sql
        assert "::" not in statement.sql


def test_a_storage_without_sql_is_told() -> None:
    """A mistake of whoever wires the kernel."""
    session = MemoryStorage(records=(), clock=MemoryClock()).session()
    with pytest.raises(ConfigurationError, match=r"leave Ports\.accounts out"):
        asyncio.run(WORKER.standing(session=session, account="5", session_key="k"))
