"""A pool of PostgreSQL connections in autocommit. It knows when a connection may be used again; it runs no statement of the store.

A connection carries no state of a session from one user to the next: nothing but SET LOCAL is ever used, and whoever gives one back in a
transaction has it closed, which rolls back. So a transaction pooler may stand in between.
"""

import asyncio
import select
import time
from collections import deque
from typing import Final

import psycopg
from psycopg import adapt
from psycopg.pq import ConnStatus, Format, TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from kingpost.kernel.errors import Unavailable

from .driver_errors import EXHAUSTED, UNREACHABLE, from_postgresql

LONGEST_WAIT: Final = 5.0
"""Seconds that one waits for a connection, where no deadline ends it before."""
OLDEST: Final = 1800.0
"""Seconds after which a connection is not used again, so that a moved server is found."""
UNTOUCHED: Final = 1.0
"""Seconds of rest after which a connection is asked whether it is still there, before it is used."""
STATEMENTS_KEPT: Final = 500
"""Prepared statements per connection."""


class JsonText(adapt.Loader):
    """``jsonb`` as its bytes, which the codec decodes to the declared type; the first byte of the binary form is its version."""

    format = Format.BINARY

    def load(self, data: adapt.Buffer) -> bytes:
        """Without the version."""
        return bytes(data)[1:]


class PooledConnection(psycopg.AsyncConnection[tuple[object, ...]]):
    """A connection with its age."""

    born = 0.0
    rested = 0.0


class Pool:
    """At most ``size`` connections, made when they are needed, lent first come first served."""

    def __init__(self, conninfo: str, *, size: int, prepare: bool) -> None:
        self._conninfo = conninfo
        self._size = size
        self._prepare = prepare
        self._idle: list[PooledConnection] = []
        self._count = 0
        self._waiting: deque[asyncio.Future[PooledConnection | None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def count(self) -> int:
        """Connections that exist, lent or idle."""
        return self._count

    def take(self) -> PooledConnection | None:
        """An idle connection, at once, or None."""
        if self._idle and self._loop is asyncio.get_running_loop() and not self._waiting:
            return self._fit()
        return None

    async def wait(self, seconds: float) -> PooledConnection:
        """A connection: idle, new, or the next that is given back. ``Unavailable`` after ``seconds``, or where the server cannot be reached."""
        self._adopt(asyncio.get_running_loop())
        until = time.monotonic() + seconds
        while True:
            idle = None if self._waiting else self._fit()
            if idle is not None:
                return idle
            if self._count < self._size:
                return await self._connect(until - time.monotonic())
            given = await self._next(until - time.monotonic())
            if given is not None:
                return given

    def give(self, connection: PooledConnection) -> None:
        """Give back. One that is not idle and in no transaction, or has become too old, is closed instead."""
        now = time.monotonic()
        if connection.pgconn.status == ConnStatus.BAD:
            self._doubt()
        fit = connection.pgconn.transaction_status == TransactionStatus.IDLE and now - connection.born < OLDEST
        if not fit or self._loop is not asyncio.get_running_loop():
            self.drop(connection)
            return
        connection.rested = now
        if not self._wake(connection):
            self._idle.append(connection)

    def drop(self, connection: PooledConnection) -> None:
        """Close without waiting: the server rolls back what was open."""
        connection.pgconn.finish()
        self._count -= 1
        self._wake(None)

    def clear(self) -> None:
        """Close every idle connection; those that are lent are closed when they come back."""
        for connection in self._idle:
            connection.pgconn.finish()
        self._count -= len(self._idle)
        self._idle.clear()

    def close(self) -> None:
        """Close the idle ones, and the lent ones when they come back."""
        self.clear()
        self._loop = None

    def _doubt(self) -> None:
        """One connection was lost, perhaps with its server: the others are asked before they are used again."""
        for connection in self._idle:
            connection.rested -= UNTOUCHED

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connections belong to one event loop; those of a former one are closed."""
        if self._loop is not loop:
            self.clear()
            self._count = 0
            self._waiting.clear()
            self._loop = loop

    def _fit(self) -> PooledConnection | None:
        """The idle connection that was used last, if it is still there."""
        while self._idle:
            connection = self._idle.pop()
            if connection.pgconn.status == ConnStatus.OK and (time.monotonic() - connection.rested < UNTOUCHED or _is_alive(connection)):
                return connection
            connection.pgconn.finish()
            self._count -= 1
        return None

    async def _connect(self, seconds: float) -> PooledConnection:
        self._count += 1
        try:
            async with asyncio.timeout(max(seconds, 0)):
                connection = await PooledConnection.connect(self._conninfo, autocommit=True, prepare_threshold=0 if self._prepare else None)
        except BaseException as error:
            self._count -= 1
            self._wake(None)
            if isinstance(error, (TimeoutError, OSError)):
                raise Unavailable(UNREACHABLE) from error
            if isinstance(error, psycopg.Error):
                raise from_postgresql(error, unknown=UNREACHABLE) from error
            raise
        connection.prepared_max = STATEMENTS_KEPT
        connection.adapters.register_loader("jsonb", JsonText)
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        connection.born = connection.rested = time.monotonic()
        return connection

    async def _next(self, seconds: float) -> PooledConnection | None:
        """What the next one gives back; None when there is room for a new one instead."""
        turn: asyncio.Future[PooledConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(max(seconds, 0)):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._hand_on(turn.result())
            else:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Unavailable(EXHAUSTED) from None
            raise

    def _hand_on(self, connection: PooledConnection | None) -> None:
        """The one who waited has gone: what came for them goes to the next."""
        if connection is not None:
            self.give(connection)
        else:
            self._wake(None)

    def _wake(self, connection: PooledConnection | None) -> bool:
        """Tell the first in line that still waits; False when there is none."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False


def _is_alive(connection: PooledConnection) -> bool:
    """A connection at rest has nothing to say; if there is something to read, it is most often the end."""
    try:
        if select.select((connection.pgconn.socket,), (), (), 0)[0]:
            connection.pgconn.consume_input()
            return bool(connection.pgconn.status == ConnStatus.OK) and not select.select((connection.pgconn.socket,), (), (), 0)[0]
    except (OSError, ValueError, psycopg.Error):
        return False
    return True
