"""What the author of a query has said, checked: sources, parameters, columns, order. It knows the select and the Structs; it compiles nothing."""

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, CompoundSelect, Select, SelectBase, types
from sqlalchemy.sql import elements, functions
from sqlalchemy.types import TypeEngine

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Column, Kind, Record, column, columns

from .sources import Source, field_of, shortened, source_of
from .vetting import Offence, Vetted, vetted

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]*)+")
_LONGEST: Final = 300
"""Characters of SQL in a message."""


class Descending(Struct, frozen=True):
    """A field of an order, from the largest to the smallest."""

    field: str


def descending(field: str) -> Descending:
    """The field in a query's order, from the largest value to the smallest; nulls are last all the same."""
    return Descending(field)


class Place(Struct, frozen=True):
    """One field of a query's order."""

    field: Column
    descending: bool


class Meaning(Struct, frozen=True):
    """What the author of a query has said, checked."""

    name: str
    statement: SelectBase
    returns: type[Struct]
    fields: tuple[Column, ...]
    takes: tuple[Column, ...]
    order: tuple[Place, ...]
    records: tuple[type[Record], ...]
    tenant: Column | None
    """The tenant field of the records; None where the query looks across tenants."""


class Said(Struct, frozen=True, kw_only=True):
    """What the author of a query has said, as it was said."""

    name: str
    statement: SelectBase
    returns: type[Struct]
    takes: type[Struct]
    key: tuple[str, ...]
    order: tuple[str | Descending, ...]
    platform: bool


def meaning_of(said: Said) -> Meaning:
    """What it means; ``ConfigurationError`` for the first thing that cannot be meant."""
    if not _NAME.fullmatch(said.name):
        message = "the name must be <component>.<noun>.<what>, in lower case"
        raise ConfigurationError(message)
    made = _vetted(said.statement)
    for problem in (*_source_problems(said, made), *_parameter_problems(said, made), *_column_problems(said)):
        raise ConfigurationError(problem)
    records = tuple(dict.fromkeys(source.record for source in made.sources))
    return Meaning(
        name=said.name,
        statement=said.statement,
        returns=said.returns,
        fields=columns(said.returns),
        takes=columns(said.takes),
        order=tuple(_places(said)),
        records=records,
        tenant=None if said.platform else _tenant(made.sources[0]),
    )


def _vetted(statement: object) -> Vetted:
    if not isinstance(statement, (Select, CompoundSelect)):
        message = f"a query is a select, or several in a union; this is a {type(statement).__name__}"
        raise ConfigurationError(message)
    made = vetted(statement)
    if made.offence is not None:
        raise ConfigurationError(_told(made.offence))
    if statement._order_by_clauses and statement._limit_clause is None:  # noqa: SLF001  (SQLAlchemy offers no other way to ask)
        message = "the select has an ORDER BY, which does not reach its pages; say it in order=(...)"
        raise ConfigurationError(message)
    return made


def _told(offence: Offence) -> str:
    try:
        shown = shortened(" ".join(str(offence.element).split()))
    except Exception:  # noqa: BLE001  (an element that cannot be written as SQL may raise anything)
        shown = repr(offence.element)
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}..."
    return f"{shown} {offence.wrong} ({type(offence.element).__name__}); {offence.mend}"


def _source_problems(said: Said, made: Vetted) -> Iterator[str]:
    if not made.sources:
        yield "it reads no record; select from scoped(Record)"
    for source in made.sources:
        name = source.record.__name__
        if source.platform and not said.platform:
            yield f"everywhere({name}) holds every tenant's rows; use scoped({name}), or say platform=True where only the platform may ask"
        if said.platform and not source.platform:
            yield f"scoped({name}) has no tenant in a query with platform=True; use everywhere({name})"
    owners = {(owner.kind, owner.prefix): source for source in made.sources if (owner := _tenant(source)) is not None and not said.platform}
    if len(owners) > 1:
        yield f"{' and '.join(source.record.__name__ for source in owners.values())} belong to tenants of different kinds; ask for them in two queries"


def _tenant(source: Source) -> Column | None:
    owner = source.record.facts.tenant
    return None if owner is None else column(source.record, owner)


def _parameter_problems(said: Said, made: Vetted) -> Iterator[str]:
    for parameter in made.givens:
        if parameter.takes is not said.takes:
            yield f"the parameter {parameter.field.name!r} is of {parameter.takes.__name__}; say takes={parameter.takes.__name__}"
    used = {parameter.field.name for parameter in made.givens}
    for field in columns(said.takes):
        if field.name not in used:
            yield f"the parameter {field.name!r} is never used; use given({said.takes.__name__}).{field.name}, or take it out of the Struct"
        if field.kind is Kind.JSON:
            yield f"the parameter {field.name!r} cannot be compared with anything: it is a {field.type}; use str, int, bool, bytes or datetime"


def _column_problems(said: Said) -> Iterator[str]:
    chosen = {each.key: each for each in said.statement.selected_columns}
    declared = {field.name: field for field in columns(said.returns)}
    if len(chosen) != len(said.statement.selected_columns):
        yield "two of its columns have one name; give one of them another with .label(...)"
    for name in chosen.keys() - declared.keys():
        yield f"it selects {name!r}, which {said.returns.__name__} does not have; add the field, label the column as the field, or leave it out"
    for name in declared.keys() - chosen.keys():
        yield f"{said.returns.__name__} has the field {name!r}, which it does not select; select it, or .label({name!r}) the column that is meant"
    for name in declared.keys() & chosen.keys():
        yield from _kind_problems(said.returns, declared[name], chosen[name])


def _kind_problems(returns: type[Struct], field: Column, chosen: ColumnElement[Any]) -> Iterator[str]:
    kept, kind = field_of(chosen.type), _kind(chosen)
    declared = f"{returns.__name__}.{field.name}"
    if kind is None:
        yield f"nothing tells the type of the column {field.name!r}; give its function type_=..."
    elif kind is not field.kind or (kept is not None and kept.prefix != field.prefix):
        told = kind.value if kept is None or kept.prefix is None else f"{kind.value} with prefix {kept.prefix!r}"
        yield f"{declared} is declared as {field.kind.value} and the column is {told}; make them equal"
    if kept is not None and kept.nullable and not field.nullable and _is_of_record(chosen):
        yield f"{declared} can be null, as {kept.name!r} of the record can; declare it with | None"


def _is_of_record(chosen: Any) -> bool:
    """Whether the column is a record's own, under whatever name."""
    own = chosen.element if isinstance(chosen, elements.Label) else chosen
    return isinstance(own, elements.ColumnClause) and source_of(own.table) is not None


_AFFINITIES: Final = (
    (types.Boolean, Kind.BOOLEAN),
    (types.Integer, Kind.INTEGER),
    (types.String, Kind.TEXT),
    (types.DateTime, Kind.INSTANT),
    (types.LargeBinary, Kind.BYTES),
    (types.Uuid, Kind.ID),
)
_FUNCTIONS: Final = {
    "abs": Kind.INTEGER,
    "length": Kind.INTEGER,
    "lower": Kind.TEXT,
    "row_number": Kind.INTEGER,
    "upper": Kind.TEXT,
}
"""What functions give that SQLAlchemy knows no type of."""


def _kind(chosen: Any) -> Kind | None:
    """What a column holds, or None where nothing tells."""
    kind: TypeEngine[Any] = chosen.type
    kept = field_of(kind)
    if kept is not None:
        return kept.kind
    if isinstance(kind, types.NullType):
        return _FUNCTIONS.get(_function(chosen))
    return next((each for affinity, each in _AFFINITIES if isinstance(kind, affinity)), None)


def _function(chosen: Any) -> str:
    """The name of the function that a column is made by, or nothing."""
    while isinstance(chosen, (elements.Label, elements.Grouping, elements.Over, elements.FunctionFilter)):
        chosen = chosen.func if isinstance(chosen, elements.FunctionFilter) else chosen.element
    return chosen.name if isinstance(chosen, functions.Function) else ""


def _places(said: Said) -> Iterator[Place]:
    """The order with the key behind it. ``ConfigurationError`` for a field that is not there, is twice, or cannot be ordered."""
    order = tuple((each.field, True) if isinstance(each, Descending) else (each, False) for each in said.order)
    names = [name for name, _ in order]
    if order and not said.key:
        message = "an order needs a key: name the fields in key=... that no two rows agree in"
        raise ConfigurationError(message)
    for repeated in {name for name in names if names.count(name) > 1}:
        message = f"the order names {repeated!r} twice"
        raise ConfigurationError(message)
    for name, downwards in (*order, *((name, False) for name in dict.fromkeys(said.key) if name not in names)):
        field = column(said.returns, name)
        if field.kind is Kind.JSON:
            message = f"no order can begin or end with {name!r}: it is JSON"
            raise ConfigurationError(message)
        yield Place(field, downwards)
