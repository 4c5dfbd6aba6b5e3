"""The executor over the standard library's sqlite3, under asyncio and driven alike (RULES 6). It knows SQLite's locks; no record.

One writer connection per process, lent by a first-in-first-out lease from BEGIN IMMEDIATE to COMMIT or ROLLBACK; inside a unit of work every
statement, reads too, runs on it. Reads outside a unit use the thread's own reader connection. Statements run inline, without a wait; only one
that finds the database locked by another process moves to a thread. BEGIN, COMMIT and ROLLBACK are finished whatever is cancelled meanwhile, and
the lease is given back only when the connection is in no transaction.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final, Literal, TypeVar
from weakref import WeakSet

from kingpost.kernel.errors import Unavailable
from kingpost.kernel.store import Scope

from . import searching
from .driver_errors import BUSY, from_sqlite, sqlite_busy
from .executor import Dialect, Parameters, Paramstyle, Row
from .lease import Lease
from .urls import MEMORY
from .waiting import run_all, unhurried

T = TypeVar("T")

LONGEST_WAIT: Final = 5.0
"""Seconds that a statement or a unit waits for a lock, where no deadline ends it before."""

Durability = Literal["normal", "full"]
"""``normal`` survives the death of the process, ``full`` a loss of power too (one fsync per commit)."""


class SqliteConnection(sqlite3.Connection):
    """A connection that can be referred to weakly, so that a thread's end gives its reader back."""


class _RolledBack:
    """Stands for the connection of a unit that SQLite itself has rolled back (disk full, input or output error)."""

    in_transaction = False

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Always refused: it would run outside the unit."""
        message = "The database has rolled the unit of work back after an error; nothing was changed."
        raise Unavailable(message)


class SqliteExecutors:
    """The connections of this process to one SQLite database. ``monotonic`` measures deadlines."""

    dialect: Dialect = "sqlite"
    paramstyle: Paramstyle = "qmark"

    def __init__(self, path: str, *, durability: Durability = "normal", monotonic: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.in_memory = path == MEMORY
        self.lease = Lease()
        self.monotonic = monotonic
        self._synchronous = "FULL" if durability == "full" else "NORMAL"
        self._writer: SqliteConnection | None = None
        self.local = threading.local()
        """``reader``: this thread's connection for reads outside a unit, once it is open (a database in memory has none)."""
        self._opened: WeakSet[SqliteConnection] = WeakSet()

    def open(self, *, deadline: float | None) -> "SqliteExecutor":
        """An executor for one session."""
        return SqliteExecutor(self, deadline)

    async def start(self) -> None:
        """Open the writer connection; ``Unavailable`` when the file cannot be used."""
        await self.lease.acquire(seconds=LONGEST_WAIT)
        try:
            await self.writer(LONGEST_WAIT)
        finally:
            self.lease.release()

    async def stop(self) -> None:
        """Close every connection."""
        for connection in tuple(self._opened):
            connection.close()
        self._opened.clear()
        self._writer = None
        self.local = threading.local()

    async def writer(self, seconds: float) -> SqliteConnection:
        """The one connection that writes, opened within ``seconds``. For the holder of the lease."""
        if self._writer is None:
            self._writer = await unhurried(lambda: self._connect(seconds))
        return self._writer

    async def open_reader(self, seconds: float) -> SqliteConnection:
        """Open this thread's reader within ``seconds``."""
        opened = await unhurried(lambda: self._connect(seconds))
        reader: SqliteConnection | None = getattr(self.local, "reader", None)
        if reader is not None:  # another task of this thread was faster
            opened.close()
            return reader
        self.local.reader = opened
        return opened

    def read_elsewhere(self, sql: str, parameters: Parameters, seconds: float) -> list[Row]:
        """Run a read that found the database locked, on a connection of its own that may wait."""
        connection = self._connect(seconds)
        try:
            connection.execute(f"PRAGMA busy_timeout = {_milliseconds(seconds)}")
            return connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise from_sqlite(error) from error
        finally:
            connection.close()

    def discard_writer(self) -> None:
        """Close the writer, which rolls its transaction back; the next holder of the lease opens another."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _connect(self, seconds: float) -> SqliteConnection:
        try:
            connection = sqlite3.connect(
                self.path,
                timeout=seconds,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
                factory=SqliteConnection,
            )
        except sqlite3.Error as error:
            raise from_sqlite(error) from error
        searching.install(connection)
        try:
            if not self.in_memory and connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA busy_timeout = 0")
        except sqlite3.Error as error:
            connection.close()
            raise from_sqlite(error) from error
        self._opened.add(connection)
        return connection


class SqliteExecutor:
    """The connection of one session."""

    __slots__ = ("_callbacks", "_deadline", "_pool", "_unit")

    keeps_transaction = True

    def __init__(self, pool: SqliteExecutors, deadline: float | None) -> None:
        self._pool = pool
        self._deadline = deadline
        self._unit: SqliteConnection | _RolledBack | None = None
        """The writer connection, while this session holds the lease for its unit."""
        self._callbacks: list[Callable[[], None]] = []

    def in_transaction(self) -> bool:
        """Whether this session's unit is open."""
        return self._unit is not None

    async def fetch(self, sql: str, parameters: Parameters) -> list[Row]:
        """Read: in the unit, or on the thread's reader."""
        pool = self._pool
        if self._unit is not None or pool.in_memory:
            return await self._fetch_from_writer(sql, parameters)
        reader: SqliteConnection = getattr(pool.local, "reader", None) or await pool.open_reader(self._patience())
        try:
            return reader.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            if not sqlite_busy(error):
                raise from_sqlite(error) from error
        return await self._fetch_elsewhere(sql, parameters)

    async def execute(self, sql: str, parameters: Parameters) -> int:
        """Write: in the unit, or by itself under the lease."""
        if self._unit is not None:
            return await self._in_unit(lambda unit: unit.execute(sql, parameters).rowcount)
        return await self._alone(lambda writer: writer.execute(sql, parameters).rowcount)

    async def begin(self, scope: Scope) -> None:
        """Take the lease and start an IMMEDIATE transaction."""
        await self._pool.lease.acquire(seconds=self._patience())
        try:
            writer = await self._pool.writer(self._patience())
            await self._patiently(writer, lambda: writer.execute("BEGIN IMMEDIATE"))
        except BaseException:
            self._give_back()
            raise
        self._unit = writer

    async def commit(self) -> None:
        """Commit, give the lease back, run the callbacks."""
        unit, callbacks = self._unit, self._callbacks
        if unit is None:
            return
        self._callbacks = []
        try:
            await self._patiently(unit, lambda: unit.execute("COMMIT"))
        except asyncio.CancelledError:
            if not unit.in_transaction:  # it was cancelled while it was being done
                self._end()
                run_all(callbacks)
            raise
        finally:
            self._end()
        run_all(callbacks)

    async def rollback(self) -> None:
        """Roll back and give the lease back."""
        self._end()

    def abandon(self) -> None:
        """Roll back; SQLite never needs to wait for that."""
        self._end()

    async def savepoint(self, name: str) -> None:
        """SAVEPOINT."""
        await self._in_unit(lambda unit: unit.execute(f"SAVEPOINT {name}"))

    async def release(self, name: str) -> None:
        """RELEASE."""
        await self._in_unit(lambda unit: unit.execute(f"RELEASE {name}"))

    async def rollback_to(self, name: str) -> None:
        """ROLLBACK TO, then RELEASE."""
        await self._in_unit(lambda unit: unit.execute(f"ROLLBACK TO {name}"))
        await self._in_unit(lambda unit: unit.execute(f"RELEASE {name}"))

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run after COMMIT."""
        self._callbacks.append(callback)

    async def close(self) -> None:
        """Roll back what is open."""
        self._end()

    async def _fetch_from_writer(self, sql: str, parameters: Parameters) -> list[Row]:
        if self._unit is not None:
            return await self._in_unit(lambda unit: unit.execute(sql, parameters).fetchall())
        return await self._alone(lambda writer: writer.execute(sql, parameters).fetchall())

    async def _fetch_elsewhere(self, sql: str, parameters: Parameters) -> list[Row]:
        seconds = self._patience()
        return await unhurried(lambda: self._pool.read_elsewhere(sql, parameters, seconds))

    async def _in_unit(self, work: Callable[[SqliteConnection | _RolledBack], T]) -> T:
        """Run on the unit's connection; where SQLite has ended the transaction by itself, nothing more may run as if it were open."""
        unit = self._unit
        if unit is None:
            message = "The unit of work is over: it was rolled back."
            raise Unavailable(message)
        try:
            return work(unit)
        except sqlite3.Error as error:
            if not unit.in_transaction:
                self._unit = _RolledBack()
            raise from_sqlite(error) from error

    async def _alone(self, work: Callable[[SqliteConnection], T]) -> T:
        """Run one statement by itself under the lease."""
        await self._pool.lease.acquire(seconds=self._patience())
        try:
            writer = await self._pool.writer(self._patience())
            return await self._patiently(writer, lambda: work(writer))
        finally:
            self._give_back()

    async def _patiently(self, connection: SqliteConnection | _RolledBack, work: Callable[[], T]) -> T:
        """Run inline; where another process holds the lock, again in a thread that waits for it."""
        try:
            return work()
        except sqlite3.Error as error:
            if not sqlite_busy(error):
                raise from_sqlite(error) from error
        seconds = self._patience()

        def waiting() -> T:
            connection.execute(f"PRAGMA busy_timeout = {_milliseconds(seconds)}")
            try:
                return work()
            except sqlite3.Error as error:
                raise from_sqlite(error) from error
            finally:
                connection.execute("PRAGMA busy_timeout = 0")

        return await unhurried(waiting)

    def _patience(self) -> float:
        """Seconds that this session may still wait for a lock."""
        if self._deadline is None:
            return LONGEST_WAIT
        left = self._deadline - self._pool.monotonic()
        if left <= 0:
            raise Unavailable(BUSY)
        return min(left, LONGEST_WAIT)

    def _end(self) -> None:
        """End the unit: roll back what is not committed, give the lease back."""
        if self._unit is not None:
            self._unit = None
            self._callbacks = []
            self._give_back()

    def _give_back(self) -> None:
        """Make sure that the writer is in no transaction, then let the next one have it."""
        writer = self._pool._writer  # noqa: SLF001  (the pool's own executor)
        if writer is not None and writer.in_transaction:
            try:
                writer.execute("ROLLBACK")
            except sqlite3.Error:
                self._pool.discard_writer()
        self._pool.lease.release()


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)
