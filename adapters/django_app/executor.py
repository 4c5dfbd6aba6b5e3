"""The executor over a Django connection: kernel statements run in the caller's thread and transaction. It knows SQL text, no record.

Everything is ``async def`` and never suspends. Transactions and savepoints are Django's own atomic blocks, so a host's ``on_commit``, rollback,
query log and test cases see the kernel's work as they see the host's.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils.connection import ConnectionDoesNotExist

from kingpost.adapters.sql import searching
from kingpost.adapters.sql.driver_errors import LOST, OUTCOME_UNKNOWN, from_postgresql, from_sqlite
from kingpost.adapters.sql.executor import Dialect, Executor, Parameters, Paramstyle, Row
from kingpost.kernel.errors import ConfigurationError, Timeout
from kingpost.kernel.scalars import INT64_MIN
from kingpost.kernel.store import Scope

_VENDORS: dict[str, Dialect] = {"sqlite": "sqlite", "postgresql": "postgresql"}


class _Undo(Exception):
    """Makes Django roll a block back; never raised, it tells the block how it ends."""


class DjangoExecutors:
    """The connections of one alias, one per thread, opened and closed by Django."""

    paramstyle: Paramstyle = "format"

    def __init__(self, alias: str = DEFAULT_DB_ALIAS, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` is the clock of the deadlines, in seconds."""
        self.alias = alias
        self._monotonic = monotonic

    @property
    def dialect(self) -> Dialect:
        """Whose SQL the alias speaks; ``ConfigurationError`` for an alias or a database that Kingpost cannot use."""
        try:
            vendor = connections[self.alias].vendor
        except (ConnectionDoesNotExist, ImproperlyConfigured) as error:
            message = f'KINGPOST["DATABASE"] is {self.alias!r}: {error}; name an alias of DATABASES'
            raise ConfigurationError(message) from error
        if vendor not in _VENDORS:
            message = f"Kingpost keeps its tables in SQLite or PostgreSQL; the alias {self.alias!r} is {vendor}: name another alias"
            raise ConfigurationError(message)
        return _VENDORS[vendor]

    def open(self, *, deadline: float | None) -> Executor:
        """An executor over this thread's connection."""
        connection = connections[self.alias]
        _give_functions(connection)
        return DjangoExecutor(connection, deadline=deadline, monotonic=self._monotonic)

    async def start(self) -> None:
        """Nothing: Django connects when it must."""

    async def stop(self) -> None:
        """Nothing: Django closes what it has opened."""


class DjangoExecutor:
    """This thread's connection for one session."""

    def __init__(self, connection: Any, *, deadline: float | None, monotonic: Callable[[], float]) -> None:
        self._connection = connection
        self._alias: str = connection.alias
        self._sqlite: bool = connection.vendor == "sqlite"
        self.keeps_transaction = self._sqlite
        self._deadline = deadline
        self._monotonic = monotonic
        self._outermost: Any = None
        self._savepoints: dict[str, Any] = {}

    def in_transaction(self) -> bool:
        """Whether an atomic block is open, a test case's too, or the host has switched autocommit off."""
        if self._connection.in_atomic_block:
            return True
        with self._translated():
            return not self._connection.get_autocommit()

    async def fetch(self, sql: str, parameters: Parameters) -> list[Row]:
        """All rows of a query."""
        try:
            with self._cursor() as cursor:
                cursor.execute(sql, self._bound(parameters))
                rows: list[Row] = cursor.fetchall()
                return rows
        except Error as error:
            self._explain(error, LOST)
            raise

    async def execute(self, sql: str, parameters: Parameters) -> int:
        """Run a statement; the rows it affected."""
        unknown = LOST if self._connection.in_atomic_block else OUTCOME_UNKNOWN
        with self._translated(unknown), self._cursor() as cursor:
            cursor.execute(sql, self._bound(parameters))
            return int(cursor.rowcount)

    async def begin(self, scope: Scope) -> None:
        """Open the outermost atomic block; on SQLite as a writer at once, so that no reader has to become one."""
        left = self._milliseconds_left()
        block = transaction.atomic(using=self._alias)
        with self._translated(), _immediate(self._connection):
            block.__enter__()
        self._outermost = block
        if left is not None and not self._sqlite:
            await self.execute("SET LOCAL statement_timeout = %s", (left,))

    async def commit(self) -> None:
        """Leave the block; Django then runs what waits for the commit."""
        block, self._outermost = self._outermost, None
        with self._translated(OUTCOME_UNKNOWN):
            block.__exit__(None, None, None)

    async def rollback(self) -> None:
        """Leave the block undone."""
        self.abandon()

    def abandon(self) -> None:
        """Undo savepoints and block; Django drops a connection on which that fails."""
        self._undo_down_to(None)
        if self._outermost is not None:
            block, self._outermost = self._outermost, None
            _undo(block)

    async def savepoint(self, name: str) -> None:
        """Open an inner atomic block."""
        block = transaction.atomic(using=self._alias)
        with self._translated():
            if (
                self._sqlite and not self._connection.connection.in_transaction
            ):  # autocommit is off, and a first savepoint would be a transaction
                await self.execute("BEGIN IMMEDIATE", ())
            block.__enter__()
        self._savepoints[name] = block

    async def release(self, name: str) -> None:
        """Leave it: what it did belongs to the block around it."""
        block = self._savepoints.pop(name)
        with self._translated():
            block.__exit__(None, None, None)

    async def rollback_to(self, name: str) -> None:
        """Leave it undone, and those that were opened inside it."""
        self._undo_down_to(name)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` after the outermost commit, a host's included; one that raises is logged by Django and hurts nobody else."""
        if self.in_transaction() and not self._connection.in_atomic_block:
            with transaction.atomic(
                using=self._alias, savepoint=False
            ):  # with autocommit off Django keeps what it was told inside a block only
                transaction.on_commit(callback, using=self._alias, robust=True)
            return
        transaction.on_commit(callback, using=self._alias, robust=True)

    async def close(self) -> None:
        """Undo what is open; the connection stays with Django."""
        self.abandon()

    def _milliseconds_left(self) -> int | None:
        """Until the deadline, or None without one; ``Timeout`` when it has passed."""
        if self._deadline is None:
            return None
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise Timeout
        return max(1, int(left * 1000))

    def _undo_down_to(self, name: str | None) -> None:
        """Atomic blocks lie on a stack: the innermost is left first."""
        while self._savepoints:
            innermost, block = self._savepoints.popitem()
            _undo(block)
            if innermost == name:
                return

    def _bound(self, parameters: Parameters) -> Parameters:
        """The driver writes the values into the text, where ``-9223372036854775808::bigint`` is a minus before a number that is too large."""
        if self._sqlite or INT64_MIN not in parameters:
            return parameters
        return tuple(str(value) if value == INT64_MIN else value for value in parameters)

    def _cursor(self) -> Any:
        return self._connection.cursor() if self._sqlite or settings.USE_TZ else _with_instants(self._connection)

    @contextmanager
    def _translated(self, unknown: str = LOST) -> Iterator[None]:
        try:
            yield
        except Error as error:
            self._explain(error, unknown)
            raise

    def _explain(self, error: Error, unknown: str) -> None:
        """Raise what the error means to the kernel, if it means something; a connection that is beyond use makes room for another."""
        cause = error.__cause__
        if not isinstance(cause, Exception):
            return
        meaning = from_sqlite(cause) if self._sqlite else from_postgresql(cause, unknown=unknown)
        if not self._connection.in_atomic_block:
            self._connection.close_if_unusable_or_obsolete()
        if meaning is not cause:
            raise meaning from error


def _give_functions(connection: Any) -> None:
    """What queries call on SQLite: once for each connection, those that Django has opened before this module was loaded too."""
    raw = connection.connection
    if connection.vendor == "sqlite" and raw is not None and getattr(connection, "kingpost_knows", None) is not raw:
        searching.install(raw)
        connection.kingpost_knows = raw


@receiver(connection_created, dispatch_uid="kingpost_functions")
def _created(connection: Any, **_: object) -> None:
    _give_functions(connection)


def inside_host_transaction(alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether a transaction of the host is open: an atomic block that is not a test case's own, or autocommit switched off."""
    connection = connections[alias]
    if connection.atomic_blocks:
        return any(not block._from_testcase for block in connection.atomic_blocks)  # noqa: SLF001  (Django tells test cases apart by it alone)
    return not connection.get_autocommit()


def _undo(block: Any) -> None:
    """Leave a block undone. Where the connection is lost the database has undone it, and Django's attempt to open another may fail: no news."""
    with suppress(Error):
        block.__exit__(_Undo, _Undo(), None)


@contextmanager
def _immediate(connection: Any) -> Iterator[None]:
    """BEGIN IMMEDIATE, whatever the alias says."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    before, connection.transaction_mode = connection.transaction_mode, "IMMEDIATE"
    try:
        yield
    finally:
        connection.transaction_mode = before


def _with_instants(connection: Any) -> Any:
    """A cursor that reads instants as instants: with USE_TZ off Django's would drop the zone."""
    from psycopg.types.datetime import TimestamptzLoader

    wrapper = connection.cursor()
    wrapper.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    return wrapper
