"""What the errors of real drivers become. It knows how to provoke each kind; what cannot be provoked is made from its SQLSTATE."""

import sqlite3
from pathlib import Path

import pytest

from kingpost.adapters.sql.driver_errors import from_postgresql, from_sqlite, from_sqlstate
from kingpost.adapters.sql.executor import ConstraintBroken
from kingpost.kernel.errors import Timeout, Unavailable

TABLES = (
    "PRAGMA foreign_keys = ON",
    "CREATE TABLE a (id TEXT PRIMARY KEY, t TEXT, n TEXT, CONSTRAINT a_uq UNIQUE (t, n))",
    "CREATE TABLE b (id TEXT PRIMARY KEY, a TEXT REFERENCES a (id), CHECK (id <> 'x'))",
    "INSERT INTO a VALUES ('1', 't', 'n')",
)


def provoked(statement: str) -> Exception:
    """What SQLite's complaint about the statement means."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for each in TABLES:
        connection.execute(each)
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(statement)
    connection.close()
    return from_sqlite(caught.value)


class TestSqlite:
    """Errors of sqlite3."""

    @pytest.mark.parametrize(
        ("statement", "columns"),
        [
            ("INSERT INTO a VALUES ('1', 'u', 'm')", ("id",)),
            ("INSERT INTO a VALUES ('2', 't', 'n')", ("t", "n")),
        ],
    )
    def test_a_unique_key_is_told_by_its_columns(self, statement: str, columns: tuple[str, ...]) -> None:
        """Primary keys and unique constraints alike."""
        meant = provoked(statement)
        assert isinstance(meant, ConstraintBroken)
        assert (meant.kind, meant.table, meant.columns) == ("unique", "a", columns)

    def test_a_foreign_key_is_told_without_a_name(self) -> None:
        """SQLite says no more; the store finds out which."""
        meant = provoked("INSERT INTO b VALUES ('1', '9')")
        assert isinstance(meant, ConstraintBroken)
        assert (meant.kind, meant.constraint, meant.columns) == ("reference", None, ())

    @pytest.mark.parametrize("statement", ["SELECT 1 FROM missing", "SELECT missing FROM a", "INSERT INTO a (missing) VALUES (1)"])
    def test_a_missing_table_or_column_says_what_to_run(self, statement: str) -> None:
        """The database is behind this version."""
        meant = provoked(statement)
        assert isinstance(meant, Unavailable)
        assert "kingpost migrate" in meant.detail

    @pytest.mark.parametrize("statement", ["SELEC 1", "INSERT INTO b VALUES ('x', NULL)"])
    def test_a_bug_passes_through(self, statement: str) -> None:
        """Bad SQL and checks of ours are no condition of the database."""
        assert isinstance(provoked(statement), sqlite3.Error)

    def test_a_locked_database_is_unavailable(self, tmp_path: Path) -> None:
        """Another connection writes."""
        holder, other = (sqlite3.connect(tmp_path / "a.db", isolation_level=None, timeout=0) for _ in range(2))
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.Error) as caught:
            other.execute("BEGIN IMMEDIATE")
        holder.close()
        other.close()
        assert isinstance(from_sqlite(caught.value), Unavailable)

    def test_a_file_that_is_no_database_is_unavailable(self, tmp_path: Path) -> None:
        """The detail names the kind of failure, not the path."""
        path = tmp_path / "letter.txt"
        path.write_text("Dear all, this is not a database. " * 40)
        connection = sqlite3.connect(path)
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute("SELECT 1 FROM sqlite_master")
        connection.close()
        meant = from_sqlite(caught.value)
        assert isinstance(meant, Unavailable)
        assert "SQLITE_NOTADB" in meant.detail
        assert "letter" not in meant.detail

    def test_a_file_that_cannot_be_written_is_unavailable(self, tmp_path: Path) -> None:
        """A disk mounted read-only, or rights that were taken away: no bug, and the reads still work."""
        path = tmp_path / "a.db"
        sqlite3.connect(path).execute("CREATE TABLE t (x)")
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute("INSERT INTO t VALUES (1)")
        connection.close()
        meant = from_sqlite(caught.value)
        assert isinstance(meant, Unavailable)
        assert "SQLITE_READONLY" in meant.detail


class TestPostgresql:
    """SQLSTATEs."""

    @pytest.mark.parametrize(
        ("sqlstate", "meaning"),
        [
            ("23505", ConstraintBroken),
            ("23503", ConstraintBroken),
            ("57014", Timeout),
            ("40001", Unavailable),
            ("42501", Unavailable),
            ("40P01", Unavailable),
            ("55P03", Unavailable),
            ("53300", Unavailable),
            ("57P01", Unavailable),
            ("08006", Unavailable),
            ("25006", Unavailable),
            ("28P01", Unavailable),
            ("3D000", Unavailable),
            ("42P01", Unavailable),
            (None, Unavailable),
        ],
    )
    def test_a_condition_of_the_database_has_a_meaning(self, sqlstate: str | None, meaning: type[Exception]) -> None:
        """Broken rules, deadlines, and everything that may pass."""
        meant = from_sqlstate(RuntimeError(), sqlstate=sqlstate, constraint="a_uq", table="a")
        assert type(meant) is meaning

    @pytest.mark.parametrize("sqlstate", ["42601", "23502", "23514", "22001", "22P02"])
    def test_a_bug_passes_through(self, sqlstate: str) -> None:
        """Bad SQL, missing values, bad values: what admission should have refused."""
        error = RuntimeError()
        assert from_sqlstate(error, sqlstate=sqlstate, constraint=None, table=None) is error

    def test_names_come_from_either_driver(self) -> None:
        """Psycopg carries them in ``diag``, asyncpg on the error itself."""

        class Diagnostics:
            constraint_name, table_name = "a_uq", "a"

        class PsycopgError(Exception):
            sqlstate, diag = "23505", Diagnostics()

        class AsyncpgError(Exception):
            sqlstate, constraint_name, table_name = "23505", "a_uq", "a"

        for error in (PsycopgError(), AsyncpgError()):
            meant = from_postgresql(error)
            assert isinstance(meant, ConstraintBroken)
            assert (meant.constraint, meant.table) == ("a_uq", "a")

    def test_an_error_of_somebody_else_passes_through(self) -> None:
        """Without SQLSTATE, and no sign of a lost connection."""
        error = KeyError("x")
        assert from_postgresql(error) is error
