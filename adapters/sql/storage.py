"""Storage, Session and UnitOfWork over executors. It knows transactions, savepoints and callbacks; it knows no statement and no driver.

The outermost unit is a transaction; inside another one, or inside a host's transaction, a unit is a savepoint. A single call outside a unit
runs in autocommit, unless a transaction is open.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from types import TracebackType
from typing import Final, Self

from kingpost.kernel.errors import ConfigurationError, Timeout
from kingpost.kernel.records import Record
from kingpost.kernel.store import Scope
from kingpost.kernel.system import Clock

from .executor import Dialect, Executor, Executors, Parameters, Paramstyle
from .ledger import Known, Owner, verify
from .plans import Plans
from .store import SqlStore

WRITE: Final = "kp_write"
"""The savepoint around a single write, where the executor cannot keep the transaction otherwise."""


class SqlStorage:
    """One database, for these records.

    ``secret_fingerprint`` is what the ledger must hold (one of several while secrets are rotated); ``known`` are the revisions that this
    version of each component knows, of the history that ``owner`` names. They are compared by ``check`` only.
    """

    owner: Owner = "alembic"

    def __init__(
        self,
        executors: Executors,
        *,
        records: tuple[type[Record], ...],
        clock: Clock | None = None,
        secret_fingerprint: bytes | tuple[bytes, ...] | None = None,
        known: Known | None = None,
    ) -> None:
        self.executors = executors
        self.plans = _compiled(records, executors.dialect, executors.paramstyle)
        self.monotonic: Callable[[], float] = time.monotonic if clock is None else clock.monotonic
        self.held: Callable[[], datetime | None] = _runs if clock is None else clock.held
        self._fingerprints = (secret_fingerprint,) if isinstance(secret_fingerprint, bytes) else tuple(secret_fingerprint or ())
        self._known = dict(known or {})

    def known(self) -> Known:
        """Component -> the revisions that this version of it knows, oldest first."""
        return self._known

    def session(self, *, deadline: float | None = None) -> "SqlSession":
        """A session for one request; ``deadline`` is in seconds of the monotonic clock."""
        return SqlSession(self, self.executors.open(deadline=deadline), deadline)

    async def check(self) -> None:
        """Return when the database answers, its tables are those of this version, and its secret is ours; else ``Unavailable``."""
        session = self.session()
        try:
            await verify(session.executor, self.plans, owner=self.owner, known=self.known(), fingerprints=self._fingerprints)
        finally:
            await session.close()

    async def create_all(self) -> None:
        """Make all tables on an empty database, without a history: for tests and for a database in memory."""
        from .tables import create_statements, metadata

        session = self.session()
        made = metadata(tuple(self.plans.of))
        try:
            for statement in create_statements(made, self.executors.dialect):
                await session.executor.execute(statement, ())
        finally:
            await session.close()

    async def close(self) -> None:
        """Close every connection; safe to call twice."""
        await self.executors.stop()


def _runs() -> None:
    """Time is held by nobody."""


@lru_cache(maxsize=16)
def _compiled(records: tuple[type[Record], ...], dialect: Dialect, paramstyle: Paramstyle) -> Plans:
    """One set of statements for every storage of the same kind: over a host's connection there is a storage per request."""
    return Plans(records, dialect, paramstyle)


class Level:
    """One open unit of work: its savepoint, or None for the transaction itself, and what to call after the commit."""

    __slots__ = ("callbacks", "savepoint")

    def __init__(self, savepoint: str | None) -> None:
        self.savepoint = savepoint
        self.callbacks: list[Callable[[], None]] = []


class SqlSession:
    """One request's storage; its stores share one unit of work."""

    __slots__ = ("_deadline", "_storage", "closed", "executor", "levels", "plans")

    def __init__(self, storage: SqlStorage, executor: Executor, deadline: float | None) -> None:
        self._storage = storage
        self._deadline = deadline
        self.executor = executor
        self.plans = storage.plans
        self.levels: list[Level] = []
        self.closed = False

    @property
    def executors(self) -> Executors:
        """The connections that it belongs to."""
        return self._storage.executors

    def store(self, scope: Scope) -> SqlStore:
        """A store for the scope."""
        return SqlStore(self, scope)

    def unit(self, scope: Scope) -> "SqlUnit":
        """A unit of work; inside another one, or inside a host's transaction, it is a savepoint."""
        return SqlUnit(self, scope)

    def in_unit(self) -> bool:
        """Whether a unit is open."""
        return bool(self.levels)

    async def close(self) -> None:
        """Roll back what is open and give the connection back; every later call is refused."""
        self.closed = True
        if self.levels:
            await self.leave(self.levels[0])
        await self.executor.close()

    def enter(self) -> Executor:
        """What precedes every call: the session's end and the deadline."""
        if self.closed:
            message = "the session is closed: open another one with storage.session()"
            raise ConfigurationError(message)
        if self._deadline is not None and self._storage.monotonic() >= self._deadline:
            raise Timeout
        return self.executor

    def refuse_outside_a_unit(self, call: str) -> None:
        """``ConfigurationError`` where no unit is open that could keep what the call takes."""
        if not self.levels:
            message = f"{call} outside a unit of work would give back at once what it takes: open session.unit(scope) around it"
            raise ConfigurationError(message)

    def held(self) -> datetime | None:
        """The instant at which a test holds time; None where the database's clock counts."""
        return self._storage.held()

    async def write(self, sql: str, parameters: Parameters) -> int:
        """Run one write so that its failure leaves an open transaction as it was before (RULES 4)."""
        executor = self.executor
        if executor.keeps_transaction or not executor.in_transaction():
            return await executor.execute(sql, parameters)
        await executor.savepoint(WRITE)
        try:
            affected = await executor.execute(sql, parameters)
        except Exception:
            await executor.rollback_to(WRITE)
            raise
        await executor.release(WRITE)
        return affected

    async def begin(self, scope: Scope) -> Level:
        """Open a level: a transaction, or a savepoint where one is open."""
        executor = self.enter()
        if not self.levels and not executor.in_transaction():
            await executor.begin(scope)
            level = Level(None)
        else:
            level = Level(f"kp_unit_{len(self.levels)}")
            await executor.savepoint(level.savepoint or "")
        self.levels.append(level)
        return level

    async def commit(self, level: Level) -> None:
        """Hand a nested level's changes to what is around it, or make everything durable."""
        self.enter()
        if level is not self.levels[-1]:
            message = "an inner unit of work is still open: commit or leave it first"
            raise ConfigurationError(message)
        if level.savepoint is None:
            await self._commit_transaction(level)
            return
        await self.executor.release(level.savepoint)
        self.levels.pop()
        if self.levels:
            self.levels[-1].callbacks += level.callbacks
        else:
            self._hand_over(level)

    async def leave(self, level: Level) -> None:
        """Roll the level back, and those inside it; nothing happens where it has been committed."""
        if level not in self.levels:
            return
        del self.levels[self.levels.index(level) :]
        if level.savepoint is None:
            await self.executor.rollback()
        else:
            await self.executor.rollback_to(level.savepoint)

    def leave_now(self, level: Level) -> None:
        """The same without awaiting, for a coroutine that is being closed: where the rollback would wait, the connection is dropped."""
        leaving = self.leave(level)
        try:
            leaving.send(None)
        except StopIteration:
            return
        except BaseException:  # noqa: BLE001  (outside its loop a driver may raise anything; dropping the connection rolls back too)
            self.executor.abandon()
            return
        leaving.close()
        self.executor.abandon()

    async def _commit_transaction(self, level: Level) -> None:
        self._hand_over(level)
        self.levels.clear()
        await self.executor.commit()

    def _hand_over(self, level: Level) -> None:
        for callback in level.callbacks:
            self.executor.on_commit(callback)


class SqlUnit:
    """A unit of work and the block around it; left without commit, it is rolled back."""

    __slots__ = ("_level", "_session", "scope")

    def __init__(self, session: SqlSession, scope: Scope) -> None:
        self.scope = scope
        self._session = session
        self._level: Level | None = None

    async def __aenter__(self) -> Self:
        if self._level is not None:
            message = "a unit of work is entered once: open another one with session.unit(scope)"
            raise ConfigurationError(message)
        self._level = await self._session.begin(self.scope)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._level is None:
            return
        if isinstance(error, GeneratorExit):
            self._session.leave_now(self._level)
            return
        try:
            await self._session.leave(self._level)
        except Exception:
            if error is None:
                raise  # else what went wrong first is told: the rollback failed because of it

    async def commit(self) -> None:
        """Make it durable."""
        await self._session.commit(self._open())

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` when the outermost transaction has committed."""
        self._open().callbacks.append(callback)

    def _open(self) -> Level:
        if self._level is None or self._level not in self._session.levels:
            message = "the unit of work is over: it was committed, rolled back, or never entered"
            raise ConfigurationError(message)
        return self._level
