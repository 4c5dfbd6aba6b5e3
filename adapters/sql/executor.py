"""The port between the SQL store and whoever owns the connection. It knows SQL text, parameters and transactions; no record and no driver.

One ``Executor`` belongs to one session (one request). It is obtained from ``Executors``, which belongs to one database and costs no I/O to open.

Whoever implements it translates the driver's errors at one place (``driver_errors`` does it for sqlite3, psycopg and asyncpg):
``ConstraintBroken`` for a broken unique or foreign key, ``Unavailable`` for a lost, busy or exhausted database and for deadlocks, ``Timeout`` for
a deadline or statement timeout. Everything else the driver raises is a bug and passes through.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

from kingpost.kernel.store import Scope

Dialect: TypeAlias = Literal["sqlite", "postgresql"]

Paramstyle: TypeAlias = Literal["qmark", "format", "numeric_dollar"]
"""How the executor's SQL text marks parameters, always positional: ``?`` (sqlite3, aiosqlite), ``%s`` (psycopg, Django), ``$1`` (asyncpg)."""

Row: TypeAlias = tuple[object, ...]
Parameters: TypeAlias = Sequence[object]
"""On PostgreSQL: UUID, str, int, bool, bytes, aware datetime, None. On SQLite: str, int, bytes, None."""


class ConstraintBroken(Exception):
    """A statement broke a unique or foreign key; the store turns it into ``Conflict`` with the name of the rule.

    ``constraint`` is the constraint's name where the database tells it (PostgreSQL); ``table`` and ``columns`` are what SQLite tells of
    a unique key. A foreign key on SQLite tells nothing.
    """

    def __init__(
        self,
        kind: Literal["unique", "reference"],
        *,
        constraint: str | None = None,
        table: str | None = None,
        columns: tuple[str, ...] = (),
    ) -> None:
        """Every part that the database did not tell stays empty."""
        super().__init__(f"{kind} constraint {constraint or ''} {table or ''} {', '.join(columns)}".strip())
        self.kind = kind
        self.constraint = constraint
        self.table = table
        self.columns = columns


class Executor(Protocol):
    """The connection of one session. Used by one task at a time; holds a connection only inside ``begin`` ... ``commit`` or ``rollback``.

    Driven implementations (Django, SQLite outside a loop) are ``async def`` that never suspend.
    """

    @property
    def keeps_transaction(self) -> bool:
        """Whether a failed statement leaves an open transaction usable by itself.

        True where the database does so (SQLite) or the executor puts its own savepoint around each write. Where False (Django and
        joined connections on PostgreSQL) the store brackets each write in ``savepoint`` and ``release``.
        """
        ...

    def in_transaction(self) -> bool:
        """Whether a transaction is open, the host's included (in Django, any atomic block, a test case's too): no autocommit, units are savepoints."""
        ...

    async def fetch(self, sql: str, parameters: Parameters) -> list[Row]:
        """Run a statement that returns rows; all of them, as the driver gives them (``codecs`` is tolerant). Autocommit outside a transaction."""
        ...

    async def execute(self, sql: str, parameters: Parameters) -> int:
        """Run a statement that returns no rows; the number of rows it affected. Autocommit outside a transaction.

        When the connection is lost in autocommit the outcome is unknown, and the detail of ``Unavailable`` says so.
        """
        ...

    async def begin(self, scope: Scope) -> None:
        """Start a transaction for the scope. Called only where ``in_transaction()`` is false. May wait to be sent with the first statement.

        ``scope`` is for row-level security (RULES 8); an executor without it ignores it.
        """
        ...

    async def commit(self) -> None:
        """Commit what ``begin`` started, then run the callbacks. Not interruptible: a cancellation is raised after the outcome is known.

        Whether it returns or raises, the transaction is over and the connection given back. ``Unavailable`` when the connection was
        lost on the way: its detail says that the outcome is unknown.
        """
        ...

    async def rollback(self) -> None:
        """Roll back what ``begin`` started. Never raises for a lost connection (the database has rolled back then); safe without a transaction."""
        ...

    def abandon(self) -> None:
        """Roll back without awaiting: the coroutine is being closed (GeneratorExit). Drop the connection if that is the only way."""
        ...

    async def savepoint(self, name: str) -> None:
        """Set a savepoint in the open transaction. Names are lower case, made by the store, unique among the open ones."""
        ...

    async def release(self, name: str) -> None:
        """Release it: what followed belongs to the transaction around it."""
        ...

    async def rollback_to(self, name: str) -> None:
        """Undo what followed the savepoint and forget it (ROLLBACK TO, then RELEASE)."""
        ...

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` after the outermost transaction, the host's included, has committed; never after a rollback.

        Called only inside a transaction, by the store, when the kernel's outermost unit is about to commit or to be released.
        """
        ...

    async def close(self) -> None:
        """Roll back what ``begin`` started, give everything back; safe to call twice. A host's transaction is left alone."""
        ...


class Executors(Protocol):
    """The connections to one database."""

    @property
    def dialect(self) -> Dialect:
        """Whose SQL it speaks."""
        ...

    @property
    def paramstyle(self) -> Paramstyle:
        """How it marks parameters."""
        ...

    def open(self, *, deadline: float | None) -> Executor:
        """An executor for one session, without I/O. ``deadline`` is in seconds of the monotonic clock and bounds every statement."""
        ...

    async def start(self) -> None:
        """Open what should be open before the first request (a pool); ``Unavailable`` when the database cannot be reached. Safe to leave out."""
        ...

    async def stop(self) -> None:
        """Close everything; safe to call twice."""
        ...
