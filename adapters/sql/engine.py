"""One transaction on a connection of its own, under the lock of migrations. It knows how each database locks; it runs no migration."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kingpost.kernel.errors import ConfigurationError, Unavailable

from .driver_errors import UNREACHABLE, from_postgresql, from_sqlite
from .executor import Dialect
from .urls import parse

LOCK: Final = 0x6B696E67706F7374
"""The key of the advisory lock: ``kingpost`` in ASCII, which fits in a signed 64-bit integer."""
WAITING: Final = "another process is migrating this database: waiting for it"
NOT_DONE: Final = "Another process has been migrating this database for too long: wait for it or end it, then try again."
CHECK_EVERY: Final = 0.2


@contextmanager
def transaction(url: str, *, wait: float, lock: bool = True, progress: Callable[[str], None] | None = None) -> Iterator[Connection]:
    """A transaction that is committed when the block is left without an exception. With ``lock``, no other migration runs meanwhile."""
    target = parse(url)
    if target.in_memory:
        message = "a database in memory has no history: call create_all() on its storage instead"
        raise ConfigurationError(message)
    engine = _sqlite(target.path, wait, lock=lock) if target.dialect == "sqlite" else _postgresql(target.for_sqlalchemy)
    try:
        with _translated(target.dialect), engine.begin() as connection:
            if lock and target.dialect == "postgresql":
                _lock_postgresql(connection, wait, progress)
            yield connection
            if target.dialect == "sqlite" and lock:
                _verify_references(connection)
    finally:
        engine.dispose()


def _sqlite(path: str, wait: float, *, lock: bool) -> Engine:
    """SQLite's lock is its one writer: the transaction begins as one."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": wait, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if lock else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    try:
        return create_engine(url, poolclass=NullPool, connect_args={"prepare_threshold": None})
    except ImportError:
        message = "PostgreSQL needs the extra 'postgres': pip install 'kingpost[postgres]'"
        raise ConfigurationError(message) from None


def _lock_postgresql(connection: Connection, wait: float, progress: Callable[[str], None] | None) -> None:
    """A lock of the transaction, so that it ends with it and works through any pooler; asked for until it is had, and said once."""
    until, told = time.monotonic() + wait, False
    while not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({LOCK})").scalar_one():
        if time.monotonic() >= until:
            raise Unavailable(NOT_DONE)
        if progress is not None and not told:
            progress(WAITING)
        told = True
        time.sleep(CHECK_EVERY)


def _verify_references(connection: Connection) -> None:
    """SQLite checks no reference while tables are rebuilt; so it is asked before the commit."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        message = f"the migration would leave broken references in {tables}; nothing was changed"
        raise ConfigurationError(message)


@contextmanager
def _translated(dialect: Dialect) -> Iterator[None]:
    """The conditions in which waiting or another database may help; a migration that is wrong shows the driver's error."""
    try:
        yield
    except DBAPIError as error:
        original = error.orig if isinstance(error.orig, Exception) else error
        meant = from_sqlite(original) if dialect == "sqlite" else from_postgresql(original, unknown=UNREACHABLE)
        if isinstance(meant, Unavailable):
            raise meant from error
        raise
