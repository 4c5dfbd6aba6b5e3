"""Rows in memory, asked in SQL: a SQLite database that lives for one question. It knows records and their codecs; it holds nothing."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Final

from sqlalchemy.dialects import sqlite as sqlite_dialect

from kingpost.kernel.records import Record, columns

from . import column_types, searching
from .codecs import encoder
from .executor import Dialect, Parameters, Paramstyle, Row

KIND: Final[tuple[Dialect, Paramstyle]] = ("sqlite", "qmark")
"""What it speaks."""

_SPEECH: Final = sqlite_dialect.dialect()


def fetch(held: Mapping[type[Record], Iterable[Record]], sql: str, parameters: Parameters) -> list[Row]:
    """The rows that the statement finds in tables that hold these records."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        searching.install(connection)
        for record, rows in held.items():
            _fill(connection, record, rows)
        return connection.execute(sql, parameters).fetchall()


def _fill(connection: sqlite3.Connection, record: type[Record], rows: Iterable[Record]) -> None:
    """A table with nothing but its columns: what the rows promise is promised already."""
    fields = columns(record)
    declared = ", ".join(f'"{field.name}" {column_types.type_of(field).compile(dialect=_SPEECH)}' for field in fields)
    connection.execute(f'CREATE TABLE "{record.facts.table}" ({declared})')
    codecs = tuple((field.name, encoder(field, "sqlite")) for field in fields)
    encoded = (
        tuple(value if convert is None or value is None else convert(value) for name, convert in codecs for value in (getattr(row, name),))
        for row in rows
    )
    marks = ", ".join("?" * len(fields))
    connection.executemany(f'INSERT INTO "{record.facts.table}" VALUES ({marks})', encoded)  # noqa: S608  (names of tables alone)
