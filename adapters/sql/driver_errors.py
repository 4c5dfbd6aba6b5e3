"""What driver errors mean. It knows SQLSTATEs and SQLite's codes and messages; it imports no driver but the standard library's sqlite3.

Each function returns the exception to raise (``raise from_sqlite(error) from error``); an error that means nothing to us is returned as it is.
"""

import re
import sqlite3
from typing import Final, Literal

from kingpost.kernel.errors import ConfigurationError, Timeout, Unavailable

from .executor import ConstraintBroken

OUTCOME_UNKNOWN: Final = (
    "The connection to the database was lost during the write; whether it took effect is unknown: look before sending it again."
)
LOST: Final = "The connection to the database was lost; nothing was changed."
UNREACHABLE: Final = "The database cannot be reached: check that the server runs and that the URL is right."
EXHAUSTED: Final = "All connections to the database are in use: try again, or raise the size of the pool."
BUSY: Final = "The database is busy; nothing was changed."
NO_SCHEMA: Final = "The database lacks tables of this version: run `kingpost migrate`, then try again."
FAILED_BEFORE: Final = (
    "a statement of this transaction failed before, and PostgreSQL takes no other until it is rolled back: end the transaction, "
    "or run what may fail in a savepoint of its own (transaction.atomic() in Django, session.begin_nested() in SQLAlchemy)"
)

_UNIQUE_FAILED: Final = re.compile(r"UNIQUE constraint failed: (?P<columns>.+)")
_NO_TABLE: Final = re.compile(r"no such (table|column)|has no column")
_SQLITE_BUSY: Final = 5
_SQLITE_LOCKED: Final = 6
_SQLITE_INTERRUPT: Final = 9
_SQLITE_UNREACHABLE: Final = frozenset({8, 10, 13, 14, 26})  # READONLY, IOERR, FULL, CANTOPEN, NOTADB
_SQLITE_UNIQUE: Final = frozenset({1555, 2067})  # CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE
_SQLITE_FOREIGN_KEY: Final = 787


def sqlite_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds the lock that the statement needs (any extended code of SQLITE_BUSY or SQLITE_LOCKED)."""
    return _code(error) & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0)


def from_sqlite(error: Exception) -> Exception:
    """The meaning of an error of sqlite3 (or of one that carries it, as Django's and SQLAlchemy's do in ``__cause__`` and ``orig``)."""
    if not isinstance(error, sqlite3.Error):
        return error
    code = _code(error)
    if code in _SQLITE_UNIQUE:
        return _broken_unique(str(error))
    if code == _SQLITE_FOREIGN_KEY:
        return ConstraintBroken("reference")
    if sqlite_busy(error):
        return Unavailable(BUSY)
    if code & 0xFF == _SQLITE_INTERRUPT:
        return Timeout()
    if code & 0xFF in _SQLITE_UNREACHABLE:
        return Unavailable(f"The database file cannot be used ({error.sqlite_errorname}): check its path, its permissions and the disk.")
    if _NO_TABLE.search(str(error)):
        return Unavailable(NO_SCHEMA)
    return error


def _broken_unique(message: str) -> ConstraintBroken:
    """``UNIQUE constraint failed: t.a, t.b`` names the table and the columns."""
    found = _UNIQUE_FAILED.search(message)
    pairs = [column.strip().partition(".") for column in found["columns"].split(",")] if found else []
    return ConstraintBroken("unique", table=pairs[0][0] if pairs else None, columns=tuple(pair[2] for pair in pairs))


_BROKEN: Final[dict[str, Literal["unique", "reference"]]] = {"23505": "unique", "23503": "reference"}
_SQLSTATES: Final = {
    "40001": "The transaction was rolled back by the database because others changed the same rows; nothing was changed.",
    "40P01": "The transaction was rolled back by the database because of a deadlock; nothing was changed.",
    "55P03": "A lock could not be had in time; nothing was changed.",
    "53300": "The database has no connection left; nothing was changed.",
    "53400": "The database has reached a configured limit; nothing was changed.",
    "25006": "The database takes no writes at the moment; nothing was changed.",
    "3D000": "The database named in the URL does not exist: create it, then run `kingpost migrate`.",
    "28000": "The database refuses the user of the URL: check the user and its rights.",
    "28P01": "The database refuses the password of the URL.",
    "42501": "The database refuses the user of the URL what it needs: give the user rights on the tables.",
    "42P01": NO_SCHEMA,
    "42703": NO_SCHEMA,
}


def from_sqlstate(error: Exception, *, sqlstate: str | None, constraint: str | None, table: str | None, unknown: str = LOST) -> Exception:
    """The meaning of an error of PostgreSQL.

    ``sqlstate`` is None where the driver lost the server; ``unknown`` is then the detail (``OUTCOME_UNKNOWN`` for a write in autocommit and for COMMIT).
    """
    if sqlstate is None:
        return Unavailable(unknown)
    if sqlstate in _BROKEN:
        return ConstraintBroken(_BROKEN[sqlstate], constraint=constraint, table=table)
    if sqlstate == "57014":
        return Timeout()
    if sqlstate == "25P02":
        return ConfigurationError(FAILED_BEFORE)
    if sqlstate in _SQLSTATES:
        return Unavailable(_SQLSTATES[sqlstate])
    if sqlstate[:2] in ("08", "57"):  # connection exceptions; the server shuts down or was told to end the session
        return Unavailable(unknown)
    if sqlstate[:2] in ("53", "58"):  # out of memory or disk; input and output
        return Unavailable()
    return error


def from_postgresql(error: Exception, *, unknown: str = LOST) -> Exception:
    """The meaning of an error of psycopg or asyncpg; told apart by what they carry, so that neither need be installed."""
    diagnostics = getattr(error, "diag", error)
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate is None and not _lost(error):
        return error
    if type(error).__name__ == "PoolTimeout":  # psycopg's pool, as Django opens it
        return Unavailable(EXHAUSTED)
    constraint, table = getattr(diagnostics, "constraint_name", None), getattr(diagnostics, "table_name", None)
    return from_sqlstate(error, sqlstate=sqlstate, constraint=constraint, table=table, unknown=unknown)


def _lost(error: Exception) -> bool:
    """Whether an error without SQLSTATE says that the server cannot be reached or has gone."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"OperationalError", "ConnectionDoesNotExistError", "ConnectionError", "OSError"})
