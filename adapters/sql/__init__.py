"""SQL: the store over SQLite and PostgreSQL, on connections of its own or on a host's.

``sql_storage`` opens a database by its URL; ``SqlStorage`` takes any ``Executors``, such as those over a host's connections.
"""

import time
from collections.abc import Callable

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record
from kingpost.kernel.system import Clock

from .executor import ConstraintBroken, Dialect, Executor, Executors, Parameters, Paramstyle, Row
from .sqlite import Durability, SqliteExecutors
from .storage import SqlSession, SqlStorage
from .urls import DatabaseUrl, parse

__all__ = (
    "ConstraintBroken",
    "Dialect",
    "Durability",
    "Executor",
    "Executors",
    "Parameters",
    "Paramstyle",
    "Row",
    "SqlSession",
    "SqlStorage",
    "create_all",
    "sql_storage",
)


async def sql_storage(
    url: str,
    *,
    records: tuple[type[Record], ...],
    clock: Clock,
    secret_fingerprint: bytes | tuple[bytes, ...] | None = None,
    known: dict[str, tuple[str, ...]] | None = None,
    pool_size: int = 10,
    durability: Durability = "normal",
    prepare: bool = True,
) -> SqlStorage:
    """Open the database of the URL.

    ``pool_size`` is the most connections at once (PostgreSQL). ``prepare`` keeps prepared statements on them; turn it off behind a transaction
    pooler that does not. ``durability`` is SQLite's. ``ConfigurationError`` for a URL of no accepted form, ``Unavailable`` when the database
    cannot be reached.
    """
    executors = _executors(parse(url), clock.monotonic, pool_size=pool_size, durability=durability, prepare=prepare)
    storage = SqlStorage(executors, records=records, clock=clock, secret_fingerprint=secret_fingerprint, known=known)
    await executors.start()
    return storage


async def create_all(url: str, records: tuple[type[Record], ...]) -> None:
    """Make the tables of the records on an empty database, without a history: for tests."""
    target = parse(url)
    if target.in_memory:
        message = "a database in memory exists only inside its storage: call create_all() on the storage instead"
        raise ConfigurationError(message)
    storage = SqlStorage(_executors(target, time.monotonic), records=records)
    try:
        await storage.create_all()
    finally:
        await storage.close()


def _executors(
    target: DatabaseUrl, monotonic: Callable[[], float], *, pool_size: int = 1, durability: Durability = "normal", prepare: bool = True
) -> Executors:
    if target.dialect == "sqlite":
        return SqliteExecutors(target.path, durability=durability, monotonic=monotonic)
    try:
        from .postgresql import PostgresqlExecutors
    except ImportError:
        message = "PostgreSQL needs the extra 'postgres': pip install 'kingpost[postgres]'"
        raise ConfigurationError(message) from None
    return PostgresqlExecutors(target.conninfo, size=pool_size, prepare=prepare, monotonic=monotonic)
