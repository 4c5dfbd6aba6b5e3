"""Rows in memory, asked in SQL: a SQLite database that lives for one question. It knows records and their codecs; it holds nothing."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache
from typing import Final

from msgspec.structs import astuple
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
            table = _table(record)
            connection.execute(table.create)
            connection.executemany(table.insert, map(table.parameters, rows))
        return connection.execute(sql, parameters).fetchall()


class Table:
    """One record's table: its DDL, its INSERT, and what turns a row into parameters. It has nothing but columns: what rows promise is promised already."""

    def __init__(self, record: type[Record]) -> None:
        fields, name = columns(record), record.facts.table
        declared = ", ".join(f'"{field.name}" {column_types.type_of(field).compile(dialect=_SPEECH)}' for field in fields)
        self.create = f'CREATE TABLE "{name}" ({declared})'
        self.insert = f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(fields))})'  # noqa: S608  (the name of a table)
        self._encode = [encoder(field, "sqlite") for field in fields]

    def parameters(self, row: Record) -> Parameters:
        """The row as SQLite keeps it."""
        pairs = zip(self._encode, astuple(row), strict=True)
        return tuple(value if convert is None or value is None else convert(value) for convert, value in pairs)


@cache
def _table(record: type[Record]) -> Table:
    return Table(record)
