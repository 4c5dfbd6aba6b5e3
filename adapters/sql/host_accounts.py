"""Accounts and sessions of a Django project, read live in its own tables on the same database. It knows their columns, and no model of Django."""

from functools import cache
from typing import Any, Final

from sqlalchemy import Column, DateTime, MetaData, Select, Table, bindparam, false, literal_column, select

from kingpost.kernel.context import Standing
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.store import Session

from .executor import Dialect, Paramstyle
from .statements import Statement, speech, written
from .storage import SqlSession

_NOW: Final = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
"""The database's own clock as Django writes instants: on SQLite as text, in UTC."""


class SqlHostAccounts:
    """The port ``HostAccounts`` as one statement, so that account and session are looked at in one instant."""

    def __init__(
        self, *, table: str, schema: str | None = None, key: str = "id", is_active: str | None, password: str, sessions: str | None
    ) -> None:
        """Names of tables and columns; ``is_active`` None where there is no such column, ``sessions`` None where sessions are kept elsewhere."""
        self._accounts = _table(table, (key, is_active, password), schema=schema)
        self._sessions = None if sessions is None else _table(sessions, ("session_key", "expire_date"))
        self._key, self._is_active, self._password = key, is_active, password
        self._statement = cache(self._written)

    async def standing(self, *, session: Session, account: str, session_key: str) -> Standing | None:
        """As the port says. What another program has written a moment ago counts, in whatever way it was written."""
        if not isinstance(session, SqlSession):
            message = f"a host's tables are asked over SQL, which {type(session).__name__} does not speak: leave Ports.accounts out"
            raise ConfigurationError(message)
        executors = session.executors
        statement = self._statement(executors.dialect, executors.paramstyle)
        given = {"account": account, "session_key": session_key}
        rows = await session.enter().fetch(statement.sql, tuple(given[name] for name in statement.names))
        return Standing(password=str(rows[0][1])) if rows and rows[0][0] else None

    async def check(self, *, session: SqlSession) -> None:
        """Return where the tables and columns are there; else what the driver raises."""
        for table in (self._accounts, self._sessions):
            if table is not None:
                asked = written(select(*table.c).where(false()), speech(session.executors.dialect, session.executors.paramstyle))
                await session.enter().fetch(asked.sql, ())

    def _written(self, dialect: Dialect, paramstyle: Paramstyle) -> Statement:
        """The parameters have no type of ours: the database takes them for what its columns are, number, UUID or text, and its indexes serve."""
        accounts = self._accounts.c
        active: Any = literal_column("1") if self._is_active is None else accounts[self._is_active]
        asked = select(active, accounts[self._password]).where(accounts[self._key] == bindparam("account"))
        if self._sessions is not None:
            session, now = self._sessions.c, literal_column(_NOW[dialect], type_=DateTime())
            alive: Select[Any] = select(literal_column("1")).where(
                session["session_key"] == bindparam("session_key"), session["expire_date"] > now
            )
            asked = asked.where(alive.exists())
        return written(asked, speech(dialect, paramstyle))


def _table(name: str, columns: tuple[str | None, ...], *, schema: str | None = None) -> Table:
    """A table of somebody else, of which these columns are known; every name is quoted, so that it means what it says."""
    known = dict.fromkeys(column for column in columns if column is not None)
    return Table(name, MetaData(), *(Column[Any](each, quote=True) for each in known), schema=schema, quote=True, quote_schema=True)
