r"""Text search that finds the same rows on SQLite and PostgreSQL. It knows how each of them folds case; it knows no record.

Case is folded by Unicode's full lower-case mapping, with the final sigma as any other (Unicode 3.13): on PostgreSQL by ICU's root collation,
on SQLite by Python, as the function ``kingpost_lower`` that every connection is given. Text is compared as it is stored: a letter that was
written with a combining mark is not the letter that was written as one.

On PostgreSQL, which must be built with ICU as its packages are, an index serves it where the extension ``pg_trgm`` is installed::

    CREATE INDEX ... USING gin (translate(lower(name COLLATE "und-x-icu"), U&'\03C2', U&'\03C3') gin_trgm_ops)
"""

import sqlite3
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, String, func, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.visitors import InternalTraversal

FUNCTION: Final = "kingpost_lower"
ICU: Final = "und-x-icu"
_FINAL_SIGMA, _SIGMA = "\u03c2", "\u03c3"
_ESCAPES: Final = {r"E'\\'": r"E'\\\\'", "'%'": r"E'\\%'", "'_'": r"E'\\_'"}
"""Literals of PostgreSQL: what LIKE takes for more than itself, and how it is told not to; the backslash first."""


def lowered(text: str | None) -> str | None:
    """The text as it is compared; null is null."""
    return None if text is None else text.lower().replace(_FINAL_SIGMA, _SIGMA)


def install(connection: sqlite3.Connection) -> None:
    """Give a SQLite connection the function that ``contains`` calls."""
    connection.create_function(FUNCTION, 1, lowered, deterministic=True)


class Contains(ColumnElement[bool]):
    """Whether a text holds a term; see ``contains``."""

    inherit_cache = True
    __visit_name__ = "kingpost_contains"
    _is_implicitly_boolean = True
    _traverse_internals = [("text", InternalTraversal.dp_clauseelement), ("term", InternalTraversal.dp_clauseelement)]

    def __init__(self, text: ColumnElement[str], term: ColumnElement[str]) -> None:
        self.text, self.term = text, term
        self.type = Boolean()

    @property
    def _from_objects(self) -> list[Any]:
        return [*self.text._from_objects, *self.term._from_objects]  # noqa: SLF001  (SQLAlchemy asks every element for it)


def contains(text: ColumnElement[str], term: ColumnElement[str] | str) -> ColumnElement[bool]:
    r"""Whether ``text`` holds ``term`` somewhere, whatever the case of either. ``%``, ``_`` and ``\`` mean themselves.

    The empty term is in every text; null holds nothing. ``term`` is a parameter (``given``), another column, or fixed.
    """
    return Contains(text, literal(term, String()) if isinstance(term, str) else term)


@compiles(Contains)
@compiles(Contains, "sqlite")
def _on_sqlite(element: Contains, compiler: Any, **how: Any) -> str:
    text, term = (getattr(func, FUNCTION)(each) for each in (element.text, element.term))
    return f"({compiler.process(func.instr(text, term) > literal_column('0'), **how)})"


@compiles(Contains, "postgresql")
def _on_postgresql(element: Contains, compiler: Any, **how: Any) -> str:
    """LIKE, because an index over trigrams serves it, with a pattern in which nothing but its two ends is a wildcard."""
    term: Any = element.term
    for special, escaped in _ESCAPES.items():
        term = func.replace(term, literal_column(special), literal_column(escaped), type_=String())
    wild = literal_column("'%'", String())
    pattern = Grouping(wild.concat(term).concat(wild))
    return f"({compiler.process(_folded(element.text).like(_folded(pattern)), **how)})"


def _folded(text: Any) -> ColumnElement[str]:
    lower = func.lower(text.collate(ICU))
    return func.translate(lower, literal_column(f"'{_FINAL_SIGMA}'"), literal_column(f"'{_SIGMA}'"), type_=String())
