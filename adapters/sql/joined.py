"""The executor over a host's own SQLAlchemy connection: kernel writes join the host's transaction. It knows SQLAlchemy's events; no record.

Only ``AsyncConnection.exec_driver_sql`` is used, never the driver beneath: SQLAlchemy sends BEGIN lazily, and what goes around it would be
committed while the host rolls back (RULES 3). Inside the host's transaction every unit, and on PostgreSQL every single write, is a savepoint.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.elements import SavepointClause

from kingpost.kernel.errors import ConfigurationError, Timeout, Unavailable
from kingpost.kernel.store import Scope

from . import searching
from .driver_errors import EXHAUSTED, LOST, OUTCOME_UNKNOWN, from_postgresql, from_sqlite
from .executor import Dialect, Parameters, Paramstyle, Row
from .waiting import run_all, to_its_end

if TYPE_CHECKING:  # it needs greenlet, which whoever has such a connection has installed
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

_STYLES: Final[dict[str, Paramstyle]] = {"psycopg": "format", "asyncpg": "numeric_dollar", "aiosqlite": "qmark"}
_DIALECTS: Final[dict[str, Dialect]] = {"sqlite": "sqlite", "postgresql": "postgresql"}

NO_BEGIN: Final = (
    "this SQLite engine leaves BEGIN to the driver, so that a savepoint would commit by itself and the host's rollback would keep the kernel's rows: "
    'create the engine with connect_args={"isolation_level": None} and add '
    '@event.listens_for(engine.sync_engine, "begin") def begin(connection): connection.exec_driver_sql("BEGIN IMMEDIATE")'
)

NO_REFERENCES: Final = (
    "this SQLite engine does not check references: add "
    '@event.listens_for(engine.sync_engine, "connect") def connected(connection, _): connection.execute("PRAGMA foreign_keys = ON")'
)


class JoinedExecutors:
    """One connection of a host, for as long as the host lends it: an ``AsyncConnection``, or the one of an ``AsyncSession``.

    Make it with ``join``. A storage over it belongs to one request of the host.
    """

    def __init__(self, connection: "AsyncConnection", *, monotonic: Callable[[], float], session: "AsyncSession | None" = None) -> None:
        self.connection = connection
        self._nesting = Nesting(session)
        self.dialect: Dialect = _DIALECTS[connection.dialect.name]
        self.paramstyle: Paramstyle = _STYLES[connection.dialect.driver]
        self._monotonic = monotonic
        self._callbacks = AfterCommit(connection)

    def open(self, *, deadline: float | None) -> "JoinedExecutor":
        """An executor over the host's connection."""
        return JoinedExecutor(self.connection, self.dialect, self._callbacks, self._nesting, monotonic=self._monotonic, deadline=deadline)

    async def start(self) -> None:
        """Nothing: the host has connected."""

    async def stop(self) -> None:
        """Nothing: the connection is the host's."""


async def join(host: "AsyncSession | AsyncConnection", *, monotonic: Callable[[], float] = time.monotonic) -> JoinedExecutors:
    """Join the transaction of a host's session or connection (psycopg, asyncpg or aiosqlite).

    ``ConfigurationError`` for another driver, for a connection in AUTOCOMMIT, and for a SQLite engine that does not emit its own BEGIN.
    """
    from sqlalchemy.ext.asyncio import AsyncSession

    connection = await host.connection() if isinstance(host, AsyncSession) else host
    driver = connection.dialect.driver
    if driver not in _STYLES:
        message = f"Kingpost can join connections over {', '.join(_STYLES)}; this one is over {driver}"
        raise ConfigurationError(message)
    if driver == "aiosqlite":
        await _refuse_lazy_begin(connection)
        await _give_functions(connection)
    elif getattr((await connection.get_raw_connection()).dbapi_connection, "autocommit", False):
        message = "the connection to join is in AUTOCOMMIT, so that nothing could be rolled back: give one with a transaction"
        raise ConfigurationError(message)
    return JoinedExecutors(connection, monotonic=monotonic, session=host if isinstance(host, AsyncSession) else None)


async def _refuse_lazy_begin(connection: "AsyncConnection") -> None:
    """The driver must be in no mode that begins by itself, and the engine must have begun."""
    if not connection.in_transaction():
        await connection.begin()
    raw: Any = (await connection.get_raw_connection()).driver_connection
    if raw.isolation_level is not None or not raw.in_transaction:
        raise ConfigurationError(NO_BEGIN)
    if (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar_one() != 1:
        raise ConfigurationError(NO_REFERENCES)


class Nesting:
    """The savepoints of a host's session. It sends one only when it is asked for its connection, which the kernel has already."""

    def __init__(self, session: "AsyncSession | None") -> None:
        self._session = session
        self._seen: object = None

    async def catch_up(self) -> None:
        """Have the session send the savepoint that it owes, or its rollback would leave there what the kernel writes next."""
        if self._session is None:
            return
        innermost = self._session.sync_session.get_nested_transaction()
        if innermost is not None and innermost is not self._seen:
            await self._session.connection()
        self._seen = innermost


async def _give_functions(connection: "AsyncConnection") -> None:
    """What queries call, once for each connection of the host's pool."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    if not getattr(raw, "kingpost_knows", False):
        await raw.create_function(searching.FUNCTION, 1, searching.lowered, deterministic=True)
        raw.kingpost_knows = True


class AfterCommit:
    """What waits for the host's commit. Dropped by the host's rollback, also of a savepoint that lies around it.

    SQLAlchemy tells of a commit before it happens. The listener commits itself, so that callbacks run after the fact; the commit that
    SQLAlchemy sends then finds nothing to do.
    """

    def __init__(self, connection: "AsyncConnection") -> None:
        self._waiting: list[Callable[[], None]] = []
        self._marks: dict[str, int] = {}
        target = connection.sync_connection
        event.listen(target, "commit", self._committed)
        event.listen(target, "rollback", self._rolled_back)
        event.listen(target, "before_execute", self._marked)
        event.listen(target, "rollback_savepoint", self._undone)

    def add(self, callback: Callable[[], None]) -> None:
        """Run it after the host's commit."""
        self._waiting.append(callback)

    def take(self) -> list[Callable[[], None]]:
        """Everything that waits; nothing waits any more."""
        waiting, self._waiting, self._marks = self._waiting, [], {}
        return waiting

    def _committed(self, connection: Any) -> None:
        waiting = self.take()
        if not waiting:
            return
        try:
            connection.dialect.do_commit(connection.connection)
        except BaseException as error:  # noqa: BLE001  (raised again, as the error that SQLAlchemy makes of it where it commits itself)
            connection._handle_dbapi_exception(error, None, None, None, None)  # noqa: SLF001  (it has no public word for it)
        run_all(waiting)

    def _rolled_back(self, _: object) -> None:
        self.take()

    def _marked(self, _: object, statement: object, __: object, ___: object, ____: object) -> None:
        """A savepoint has its name in its statement only; the event ``savepoint`` comes before it is chosen."""
        if isinstance(statement, SavepointClause):
            self._marks[statement.ident] = len(self._waiting)

    def _undone(self, _: object, name: str, __: object) -> None:
        del self._waiting[self._marks.get(name, 0) :]


class JoinedExecutor:
    """The host's connection for one session."""

    def __init__(
        self,
        connection: "AsyncConnection",
        dialect: Dialect,
        callbacks: AfterCommit,
        nesting: Nesting,
        *,
        monotonic: Callable[[], float],
        deadline: float | None,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._callbacks = callbacks
        self._nesting = nesting
        self._monotonic = monotonic
        self._deadline = deadline
        self._own = False
        """Whether the open transaction is ours: the host had none."""
        self.keeps_transaction = dialect == "sqlite"

    def in_transaction(self) -> bool:
        """Whether a transaction is open, the host's or ours."""
        return self._connection.in_transaction()

    async def fetch(self, sql: str, parameters: Parameters) -> list[Row]:
        """Read, in the open transaction or in one of its own."""
        async with self._single(), self._bounded():
            result = await self._connection.exec_driver_sql(sql, tuple(parameters))
            return [tuple(row) for row in result.fetchall()]

    async def execute(self, sql: str, parameters: Parameters) -> int:
        """Write, in the open transaction or in one of its own."""
        async with self._single(), self._bounded():
            return (await self._connection.exec_driver_sql(sql, tuple(parameters))).rowcount

    async def begin(self, scope: Scope) -> None:
        """Begin on the host's connection, where the host has not."""
        async with self._bounded():
            await self._connection.begin()
        self._own = True

    async def commit(self) -> None:
        """Commit what ``begin`` started."""
        self._own = False
        async with self._bounded(unknown=OUTCOME_UNKNOWN):
            await to_its_end(asyncio.ensure_future(self._connection.commit()))

    async def rollback(self) -> None:
        """Roll back what ``begin`` started."""
        if not self._own:
            return
        self._own = False
        try:
            await self._connection.rollback()
        except DBAPIError:
            await self._connection.invalidate()

    def abandon(self) -> None:
        """Drop the connection: nothing of the host's transaction can be kept, for its savepoint cannot be undone without waiting."""
        self._own = False
        self._callbacks.take()
        raw = self._connection.sync_connection
        if raw is not None and not raw.closed and not raw.invalidated:
            raw.invalidate()

    async def savepoint(self, name: str) -> None:
        """SAVEPOINT."""
        await self._say(f"SAVEPOINT {name}")

    async def release(self, name: str) -> None:
        """RELEASE."""
        await self._say(f"RELEASE SAVEPOINT {name}")

    async def rollback_to(self, name: str) -> None:
        """ROLLBACK TO, then RELEASE."""
        await self._say(f"ROLLBACK TO SAVEPOINT {name}")
        await self._say(f"RELEASE SAVEPOINT {name}")

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run after the host's commit."""
        self._callbacks.add(callback)

    async def close(self) -> None:
        """Roll back what ``begin`` started; the host's transaction is left alone."""
        await self.rollback()

    async def _say(self, statement: str) -> None:
        async with self._bounded():
            await self._connection.exec_driver_sql(statement)

    @asynccontextmanager
    async def _single(self) -> AsyncIterator[None]:
        """Outside any transaction SQLAlchemy would begin one by itself and leave it open: begin and commit around the statement."""
        if self.in_transaction():
            yield
            return
        await self.begin(Scope(None))
        try:
            yield
        except BaseException:
            await self.rollback()
            raise
        await self.commit()

    @asynccontextmanager
    async def _bounded(self, *, unknown: str = LOST) -> AsyncIterator[None]:
        """Until the deadline, with the driver's errors translated."""
        left = None if self._deadline is None else max(self._deadline - self._monotonic(), 0)
        try:
            async with asyncio.timeout(left):
                await self._nesting.catch_up()
                yield
        except TimeoutError as error:
            raise Timeout from error
        except PoolTimeout as error:
            raise Unavailable(EXHAUSTED) from error
        except DBAPIError as error:
            raise self._meaning(error, unknown) from error

    def _meaning(self, error: DBAPIError, unknown: str) -> Exception:
        """SQLAlchemy wraps the driver's error, and for asyncpg wraps it twice."""
        original: BaseException = error.orig or error
        if self._dialect == "sqlite":
            return from_sqlite(original) if isinstance(original, Exception) else error
        inner = original.__cause__ if isinstance(original.__cause__, Exception) and not hasattr(original, "diag") else original
        return from_postgresql(inner, unknown=unknown) if isinstance(inner, Exception) else error
