"""The executor over psycopg 3 in a pool of our own. It knows transactions and round trips of PostgreSQL; no record.

A transaction costs no round trip of its own to begin: BEGIN goes out with the first statement, in one pipeline. Inside a transaction every write
lies in a savepoint that travels with it, so that a refused write leaves the transaction usable, as on every other store.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from kingpost.kernel.errors import Timeout, Unavailable
from kingpost.kernel.store import Scope

from .driver_errors import EXHAUSTED, LOST, OUTCOME_UNKNOWN, from_postgresql
from .executor import Dialect, Parameters, Paramstyle, Row
from .pool import LONGEST_WAIT, Pool, PooledConnection
from .waiting import run_all, to_its_end

T = TypeVar("T")

STATEMENT: Final = "kp_statement"
"""The savepoint around one write."""
LATE: Final = "The deadline passed during the write; whether it took effect is unknown: look before sending it again."


class PostgresqlExecutors:
    """The connections of this process to one PostgreSQL database. ``monotonic`` measures deadlines."""

    dialect: Dialect = "postgresql"
    paramstyle: Paramstyle = "format"

    def __init__(self, conninfo: str, *, size: int = 10, prepare: bool = True, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.pool = Pool(conninfo, size=size, prepare=prepare)
        self.monotonic = monotonic

    def open(self, *, deadline: float | None) -> "PostgresqlExecutor":
        """An executor for one session."""
        return PostgresqlExecutor(self.pool, self.monotonic, deadline)

    async def start(self) -> None:
        """Open one connection; ``Unavailable`` when the server cannot be reached."""
        self.pool.give(await self.pool.wait(LONGEST_WAIT))

    async def stop(self) -> None:
        """Close every connection."""
        self.pool.close()


class PostgresqlExecutor:
    """The connection of one session."""

    __slots__ = ("_begun", "_callbacks", "_deadline", "_monotonic", "_pool", "_unit")

    keeps_transaction = True

    def __init__(self, pool: Pool, monotonic: Callable[[], float], deadline: float | None) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._deadline = deadline
        self._unit: PooledConnection | None = None
        """The connection, while a transaction is open."""
        self._begun = False
        """Whether BEGIN has been sent."""
        self._callbacks: list[Callable[[], None]] = []

    def in_transaction(self) -> bool:
        """Whether this session's unit is open."""
        return self._unit is not None

    async def fetch(self, sql: str, parameters: Parameters) -> list[Row]:
        """Read: in the unit, or in autocommit."""
        unit = self._unit
        if unit is not None:
            cursor = await self._bounded(self._in_unit(unit, sql, parameters))
            return await cursor.fetchall()
        connection = self._pool.take() or await self._pool.wait(self._patience())
        try:
            cursor = await self._bounded(connection.execute(sql, parameters, binary=True))
            return await cursor.fetchall()
        except psycopg.Error as error:
            raise from_postgresql(error) from error
        finally:
            self._pool.give(connection)

    async def execute(self, sql: str, parameters: Parameters) -> int:
        """Write: in the unit, inside a savepoint of its own, or in autocommit."""
        unit = self._unit
        if unit is not None:
            return (await self._bounded(self._guarded(unit, sql, parameters))).rowcount
        connection = self._pool.take() or await self._pool.wait(self._patience())
        try:
            return (await self._bounded(connection.execute(sql, parameters), late=LATE)).rowcount
        except psycopg.Error as error:
            raise from_postgresql(error, unknown=OUTCOME_UNKNOWN) from error
        finally:
            self._pool.give(connection)

    async def begin(self, scope: Scope) -> None:
        """Take a connection; BEGIN goes out with the first statement."""
        self._unit = self._pool.take() or await self._pool.wait(self._patience())
        self._begun = False

    async def commit(self) -> None:
        """Commit, give the connection back, run the callbacks."""
        unit, callbacks = self._unit, self._callbacks
        if unit is None:
            return
        try:
            if self._begun:
                await to_its_end(asyncio.ensure_future(self._commit(unit)))
        except asyncio.CancelledError:
            if unit.pgconn.transaction_status == TransactionStatus.IDLE:  # it was cancelled while it was being done
                self._end()
                run_all(callbacks)
            raise
        finally:
            self._end()
        run_all(callbacks)

    async def rollback(self) -> None:
        """Roll back and give the connection back; one that does not answer is closed, which rolls back too."""
        unit = self._unit
        if unit is None:
            return
        try:
            if self._begun and unit.pgconn.transaction_status != TransactionStatus.IDLE:
                async with asyncio.timeout(LONGEST_WAIT):
                    await unit.execute("ROLLBACK", prepare=False)
        except (psycopg.Error, TimeoutError):
            pass  # giving it back closes it
        finally:
            self._end()

    def abandon(self) -> None:
        """Close the connection: the server rolls back."""
        unit, self._unit = self._unit, None
        self._callbacks = []
        if unit is not None:
            self._pool.drop(unit)

    async def savepoint(self, name: str) -> None:
        """SAVEPOINT, after BEGIN where that has not been sent."""
        await self._say([*self._preamble(), f"SAVEPOINT {name}"])

    async def release(self, name: str) -> None:
        """RELEASE."""
        await self._say([f"RELEASE SAVEPOINT {name}"])

    async def rollback_to(self, name: str) -> None:
        """ROLLBACK TO, then RELEASE."""
        await self._say([f"ROLLBACK TO SAVEPOINT {name}", f"RELEASE SAVEPOINT {name}"])

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run after COMMIT."""
        self._callbacks.append(callback)

    async def close(self) -> None:
        """Roll back what is open."""
        await self.rollback()

    async def _in_unit(self, unit: PooledConnection, sql: str, parameters: Parameters) -> "psycopg.AsyncCursor[Row]":
        """A read in the unit."""
        async with _translated():
            if self._begun:
                return await unit.execute(sql, parameters, binary=True)
            return await _pipelined(unit, self._preamble(), sql, parameters, ())

    async def _guarded(self, unit: PooledConnection, sql: str, parameters: Parameters) -> "psycopg.AsyncCursor[Row]":
        """A write in the unit. When it is refused, only the write is undone; the first of a unit needs no savepoint for that, it starts anew."""
        first = not self._begun
        before = self._preamble() if first else [f"SAVEPOINT {STATEMENT}"]
        after = () if first else (f"RELEASE SAVEPOINT {STATEMENT}",)
        undo = ["ROLLBACK", *before] if first else [f"ROLLBACK TO SAVEPOINT {STATEMENT}", f"RELEASE SAVEPOINT {STATEMENT}"]
        async with _translated():
            try:
                return await _pipelined(unit, before, sql, parameters, after)
            except psycopg.IntegrityError:
                await unit.execute("; ".join(undo), prepare=False)
                raise

    async def _say(self, statements: list[str]) -> None:
        """Statements without parameters, in one round trip."""
        unit = self._unit
        if unit is None:
            message = "The unit of work is over: it was rolled back."
            raise Unavailable(message)
        async with _translated():
            await self._bounded(unit.execute("; ".join(statements), prepare=False))

    async def _commit(self, unit: PooledConnection) -> None:
        async with _translated(unknown=OUTCOME_UNKNOWN):
            failed = unit.pgconn.transaction_status == TransactionStatus.INERROR
            await unit.execute("COMMIT", prepare=False)
        if failed:  # PostgreSQL answers COMMIT with ROLLBACK then, and calls it a success
            message = "The database has rolled the unit of work back after an error; nothing was changed."
            raise Unavailable(message)

    def _preamble(self) -> list[str]:
        """What opens the transaction, once; the time that is left becomes the server's own limit."""
        if self._begun:
            return []
        self._begun = True
        if self._deadline is None:
            return ["BEGIN"]
        return ["BEGIN", f"SET LOCAL statement_timeout = {max(int(self._left() * 1000), 1)}"]

    async def _bounded(self, work: Awaitable[T], *, late: str | None = None) -> T:
        """Wait for the work until the deadline; psycopg cancels the statement on the server when it passes."""
        if self._deadline is None:
            return await work
        try:
            async with asyncio.timeout(max(self._left(), 0)):
                return await work
        except TimeoutError as error:
            raise Timeout(late) from error

    def _left(self) -> float:
        return (self._deadline or 0.0) - self._monotonic()

    def _patience(self) -> float:
        """Seconds that this session may still wait for a connection."""
        if self._deadline is None:
            return LONGEST_WAIT
        left = self._left()
        if left <= 0:
            raise Unavailable(EXHAUSTED)
        return min(left, LONGEST_WAIT)

    def _end(self) -> None:
        """The unit is over, whatever became of it: the pool closes a connection that is not idle."""
        unit, self._unit = self._unit, None
        self._callbacks = []
        if unit is not None:
            self._pool.give(unit)


@asynccontextmanager
async def _translated(*, unknown: str = LOST) -> AsyncIterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise from_postgresql(error, unknown=unknown) from error


async def _pipelined(
    unit: PooledConnection, before: list[str], sql: str, parameters: Parameters, after: tuple[str, ...]
) -> "psycopg.AsyncCursor[Row]":
    """The statement with what goes around it, in one round trip."""
    async with unit.pipeline() as pipeline:
        try:
            for statement in before:
                await unit.execute(statement, prepare=False)
            cursor = await unit.execute(sql, parameters, binary=True)
            for statement in after:
                await unit.execute(statement, prepare=False)
        except psycopg.Error:
            with suppress(psycopg.errors.PipelineAborted):  # what followed the refused one; left to itself psycopg would log it
                await pipeline.sync()
            raise
    return cursor
