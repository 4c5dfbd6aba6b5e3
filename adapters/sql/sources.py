"""What the author of a query may select from: a record's rows of one tenant, as a subquery. It knows which subqueries are its own; no statement.

``scoped(Record)`` is ``SELECT <columns> FROM <table> WHERE <tenant> = :scope_tenant``; nobody but the store fills the parameter. The filter is inside,
so that it holds whatever is built around it: behind it a LEFT JOIN stays one, and every part of a UNION has its own.
"""

from typing import Any, Final
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import BindParameter, Subquery, Uuid, bindparam, column, select, table
from sqlalchemy.types import TypeEngine

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Column, Kind, Record, columns, facts_of

from . import column_types
from .statements import TENANT

_FIELD: Final = "kingpost_field"
GIVEN: Final = "given_"
"""What the names of an author's parameters begin with, so that none is a name of the store's own."""


class Source(Struct, frozen=True):
    """Whose rows a subquery holds: one tenant's, or everybody's."""

    record: type[Record]
    platform: bool


_MADE: Final[WeakKeyDictionary[Subquery, tuple[Source, object, frozenset[int]]]] = WeakKeyDictionary()
"""Every subquery that was made here, with its select and the identities of its columns. A copy of one is not among them."""


class Identifier(Uuid[Any]):
    """The type of an id: what it is compared with is an id too, written as a TypeID."""

    cache_ok = True

    def coerce_compared_value(self, op: object, value: object) -> TypeEngine[Any]:
        """Itself, where SQLAlchemy would take a string for text."""
        return self


class Given(BindParameter[Any]):
    """A parameter of a query, declared as a field of the Struct that the query takes."""

    inherit_cache = True
    takes: type[Struct]
    field: Column


class Givens:
    """The parameters of a query, by attribute."""

    def __init__(self, takes: type[Struct]) -> None:
        for field in columns(takes):
            made = Given(f"{GIVEN}{field.name}", type_=type_of(field))
            made.takes, made.field = takes, field
            setattr(self, field.name, made)

    def __getattr__(self, name: str) -> BindParameter[Any]:
        """``ConfigurationError`` for a parameter that the Struct does not declare."""
        message = f"given(...) has no parameter {name!r}; it has {', '.join(vars(self))}"
        raise ConfigurationError(message)


def given(takes: type[Struct]) -> Givens:
    """What stands in a select for the parameters of its query, by attribute.

    After ``asked = ...`` of it, ``ticket.c.opened_at >= asked.since`` compares a column with the parameter ``since``.
    ``takes`` is a Struct; the annotations of its fields say what a parameter is, as those of a record say what a column is.
    """
    return Givens(takes)


def scoped(record: type[Record]) -> Subquery:
    """The rows of the record that the asking tenant owns; ``.c`` are its fields. Call it once for each time that the record is joined.

    ``ConfigurationError`` for a record that no tenant owns.
    """
    if facts_of(record).tenant is None:
        message = f"scoped({record.__name__}): no tenant owns it; read it with everywhere({record.__name__}) in a query with platform=True"
        raise ConfigurationError(message)
    return _made(record, platform=False)


def everywhere(record: type[Record]) -> Subquery:
    """All rows of the record, whoever owns them: for queries with ``platform=True``, which only the platform's store answers."""
    return _made(record, platform=True)


def source_of(subquery: object) -> Source | None:
    """Whose rows they are, for a subquery that ``scoped`` or ``everywhere`` made; None for any other, a copy of one of them too."""
    if type(subquery) is not Subquery or (found := _MADE.get(subquery)) is None:
        return None
    source, element, _ = found
    return source if subquery.element is element else None


def holds(subquery: Subquery, candidate: object) -> bool:
    """Whether the column is one of the subquery's own."""
    return id(candidate) in _MADE[subquery][2]


def shortened(sql: str) -> str:
    """The text of a statement, with the subqueries of this module by the calls that made them."""
    for source, subquery in {source: subquery for subquery, (source, *_) in _MADE.items()}.items():
        whole = " ".join(str(select(subquery)).split())
        call = f"{'everywhere' if source.platform else 'scoped'}({source.record.__name__})"
        sql = sql.replace(whole[whole.index("(") : whole.rindex(")") + 1], call)
    return sql


def type_of(field: Column) -> TypeEngine[Any]:
    """The type of a field in a query; it remembers the field."""
    made = Identifier() if field.kind is Kind.ID else column_types.type_of(field)
    setattr(made, _FIELD, field)
    return made


def field_of(kind: TypeEngine[Any]) -> Column | None:
    """The field of which a type was made, or None."""
    found: Column | None = getattr(kind, _FIELD, None)
    return found


def _made(record: type[Record], *, platform: bool) -> Subquery:
    source = table(facts_of(record).table, *(column(field.name, type_of(field)) for field in columns(record)))
    statement = select(*source.c)
    if not platform:
        owner = source.c[record.facts.tenant or ""]
        statement = statement.where(owner == bindparam(TENANT, type_=owner.type))
    made = statement.subquery()
    _MADE[made] = (Source(record, platform), made.element, frozenset(map(id, made.c)))
    return made
