"""The lock that lets one process at a time migrate a database. It knows PostgreSQL's advisory locks and lock files; it runs no migration."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connections

LOCK = 0x6B696E67706F7374
"""The key of the advisory lock, the same as that of the Alembic history: ``kingpost`` in ASCII."""
WAITING = "another process is migrating this database: waiting for it"
_CHECK_EVERY = 0.2


@contextmanager
def migration_lock(alias: str, tell: Callable[[str], object], *, wait: float = 300.0) -> Iterator[None]:
    """Hold the lock; ``CommandError`` where it cannot be had within ``wait`` seconds. Databases without such a lock are left alone."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with _advisory(alias, tell, wait):
            yield
    elif connection.vendor == "sqlite" and not connection.is_in_memory_db():
        with _file(Path(f"{connection.settings_dict['NAME']}.migrating"), tell, wait):
            yield
    else:
        yield


@contextmanager
def _advisory(alias: str, tell: Callable[[str], object], wait: float) -> Iterator[None]:
    """In a transaction of a connection of its own, so that it ends with it and works through a transaction pooler."""
    own = connections.create_connection(alias)
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            _until(lambda: _asked(cursor), tell, wait)
            yield
    finally:
        own.close()


def _asked(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
    return bool(cursor.fetchone()[0])


@contextmanager
def _file(path: Path, tell: Callable[[str], object], wait: float) -> Iterator[None]:
    """SQLite's own lock would shut out the connection that migrates, so a file beside the database is locked."""
    with path.open("w") as opened:
        _until(lambda: _locked(opened), tell, wait)
        yield


def _locked(opened: Any) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _until(had: Callable[[], bool], tell: Callable[[str], object], wait: float) -> None:
    end, told = time.monotonic() + wait, False
    while not had():
        if time.monotonic() >= end:
            raise CommandError("another process has been migrating this database for too long: wait for it or end it, then try again")
        if not told:
            tell(WAITING)
            told = True
        time.sleep(_CHECK_EVERY)
