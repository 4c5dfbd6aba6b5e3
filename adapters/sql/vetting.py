"""What a query may be made of: an allow-list, walked over the whole statement. It knows SQLAlchemy's elements and no database.

SQLAlchemy's own statement cache relies on ``_traverse_internals``: every attribute of an element that can change its SQL is named there. So the
walk over them misses nothing. A class that is not on the list is refused, and so is an attribute that is set and not on the list of its class.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, neg, or_, sub
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import types
from sqlalchemy.sql import elements, functions, operators, selectable
from sqlalchemy.sql.visitors import InternalTraversal

from kingpost.kernel.records import Kind

from .searching import Contains
from .sources import Given, Identifier, Source, field_of, holds, source_of

MEND: Final = "select from scoped(Record) and from what is made of it"

_CHILDREN: Final = frozenset(
    (
        InternalTraversal.dp_clauseelement,
        InternalTraversal.dp_clauseelement_list,
        InternalTraversal.dp_clauseelement_tuple,
        InternalTraversal.dp_clauseelement_tuples,
        InternalTraversal.dp_setup_join_tuple,
    )
)

_SELECT: Final = frozenset(("_correlate_mode", "_label_style", "_distinct", "_independent_ctes_opts"))
_PARAMETER: Final = frozenset(("value",))
_FUNCTION: Final = frozenset(("name",))
_ALLOWED: Final[dict[type, frozenset[str]]] = {
    selectable.Select: _SELECT,
    selectable.CompoundSelect: frozenset(("keyword", "_independent_ctes_opts")),
    selectable.ScalarSelect: frozenset(),
    selectable.SelectStatementGrouping: frozenset(),
    selectable.Exists: frozenset(),
    selectable.Subquery: frozenset(),
    selectable.Alias: frozenset(),
    selectable.CTE: frozenset(("recursive", "nesting")),
    selectable.Join: frozenset(("isouter", "full")),
    selectable._OffsetLimitParam: _PARAMETER,  # noqa: SLF001  (what .limit(5) makes)
    elements.AsBoolean: frozenset(),
    elements.BinaryExpression: frozenset(("modifiers",)),
    elements.BindParameter: _PARAMETER,
    elements.BooleanClauseList: frozenset(),
    elements.Case: frozenset(),
    elements.ClauseList: frozenset(),
    elements.ColumnClause: frozenset(),
    elements.ExpressionClauseList: frozenset(),
    elements.False_: frozenset(),
    elements.FunctionFilter: frozenset(),
    elements.Grouping: frozenset(),
    elements.Label: frozenset(),
    elements.Null: frozenset(),
    elements.Over: frozenset(),
    elements.True_: frozenset(),
    elements.UnaryExpression: frozenset(),
    elements._label_reference: frozenset(),  # noqa: SLF001  (what .order_by(label) makes)
    functions.Function: _FUNCTION,
    functions.coalesce: _FUNCTION,
    functions.count: _FUNCTION,
    functions.dense_rank: _FUNCTION,
    functions.max: _FUNCTION,
    functions.min: _FUNCTION,
    functions.rank: _FUNCTION,
    functions.sum: _FUNCTION,
    Contains: frozenset(),
    Given: frozenset(),
}
"""The elements, each with the attributes that may be set on it beside its parts, its name and its type."""

_FUNCTIONS: Final = frozenset(
    ("abs", "coalesce", "count", "dense_rank", "length", "lower", "max", "min", "nullif", "rank", "row_number", "sum", "upper")
)
_OPERATORS: Final = frozenset((
    None, add, and_, eq, ge, gt, le, lt, mul, ne, neg, or_, sub,
    operators.and_, operators.or_, operators.inv, operators.asc_op, operators.desc_op, operators.nulls_first_op, operators.nulls_last_op,
    operators.between_op, operators.not_between_op, operators.comma_op, operators.concat_op, operators.distinct_op, operators.exists,
    operators.in_op, operators.not_in_op, operators.is_, operators.is_not, operators.is_distinct_from, operators.is_not_distinct_from,
    operators.is_true, operators.is_false,
))  # fmt: skip
_TYPES: Final = frozenset((
    Identifier, types.BigInteger, types.Boolean, types.DateTime, types.Integer, types.LargeBinary, types.NullType, types.SmallInteger, types.String,
    types.Text, types.Unicode,
))  # fmt: skip
_UNORDERED: Final = (Kind.ID, Kind.BOOLEAN, Kind.JSON, Kind.BYTES)
"""What PostgreSQL has no smallest or greatest of."""
_FIXED: Final = (str, int, bool, bytes, Enum, type(None))
_REFUSED: Final = frozenset(("_fetch_clause", "_for_update_arg", "_distinct_on"))
"""Parts that are refused as attributes, whatever they are."""
_TEXT: Final = ("is text that nothing can be told of", "write it with SQLAlchemy's expressions")
_ATTRIBUTES: Final = {
    "_distinct_on": ("says DISTINCT ON, which SQLite does not have", "use .distinct(), or group by"),
    "_fetch_clause": ("says FETCH, which SQLite does not have", "use .limit(...)"),
    "_for_update_arg": ("locks what it reads", "lock rows with store.get(..., lock=True)"),
    "_hints": ("has text written into it by a hint", "leave it out"),
    "_params": ("sets parameters by their names", "leave .params(...) out; declare parameters with given(Struct)"),
    "_prefixes": ("has text written in front of it", "leave it out"),
    "_propagate_attrs": ("selects from a model of the ORM", MEND),
    "_statement_hints": ("has text written into it by a hint", "leave it out"),
    "_suffixes": ("has text written behind it", "leave it out"),
    "is_literal": _TEXT,
}
"""What it means that an attribute is set, and what to do."""


class Offence(Struct, frozen=True):
    """An element that no query may have, what is wrong with it, and how to mend it."""

    element: object
    wrong: str
    mend: str


class Vetted(Struct, frozen=True):
    """What a statement was found to be made of."""

    offence: Offence | None
    sources: tuple[Source, ...]
    givens: tuple[Given, ...]


def vetted(statement: object) -> Vetted:
    """Walk the statement, to its end or to the first offence."""
    waiting, seen, sources, givens = [statement], dict[int, object](), dict[int, Source](), dict[int, Given]()
    while waiting:
        element = waiting.pop()
        if id(element) in seen:
            continue
        seen[id(element)] = element
        source = source_of(element)
        if source is not None:
            sources[id(element)] = source
            continue
        offence = next(_offences(element), None)
        if offence is not None:
            return Vetted(offence, tuple(sources.values()), tuple(givens.values()))
        if isinstance(element, Given):
            givens[id(element)] = element
        waiting += reversed(_parts(element))
    return Vetted(None, tuple(sources.values()), tuple(givens.values()))


def _parts(element: Any) -> list[object]:
    """Every element that belongs to this one; the star of ``count(*)`` is none."""
    if _counts_all(element):
        return []
    return [part for name, kind in element._traverse_internals if kind in _CHILDREN for part in _flat(getattr(element, name))]  # noqa: SLF001


def _flat(value: object) -> Iterator[object]:
    """The elements in a tuple of tuples; the flags of a join are no element."""
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from _flat(each)
    elif value is not None and not isinstance(value, dict):
        yield value


def _offences(element: Any) -> Iterator[Offence]:
    free = _ALLOWED.get(type(element))
    if free is None:
        yield _stranger(element)
        return
    for name, kind in element._traverse_internals:  # noqa: SLF001  (the whole point, see above)
        yield from _of_attribute(element, name, kind, free)
    for base, offences in _OF_CLASS:
        if isinstance(element, base):
            yield from offences(element)


def _of_attribute(element: Any, name: str, kind: InternalTraversal, free: frozenset[str]) -> Iterator[Offence]:
    value = getattr(element, name, None)
    if kind is InternalTraversal.dp_anon_name:
        yield from _of_name(element, value)
    elif kind is InternalTraversal.dp_type:
        yield from _of_type(element, value)
    elif kind is InternalTraversal.dp_operator:
        yield from _of_operator(element, name, value)
    elif (name in _REFUSED or (kind not in _CHILDREN and name not in free)) and not _is_empty(value):
        yield Offence(element, *_ATTRIBUTES.get(name, (f"sets {name.strip('_')!r}, which no query needs", "leave it out")))


def _is_empty(value: Any) -> bool:
    return value is None or value is False or (hasattr(value, "__len__") and len(value) == 0)


def _stranger(element: object) -> Offence:
    """The elements that are met most, each with what to do; all others are simply not on the list."""
    said: dict[type, tuple[str, str]] = {
        elements.TextClause: _TEXT,
        selectable.TableClause: ("is a table with every tenant's rows", MEND),
        elements.Cast: ("converts differently on each database", "leave it out, or convert what was read"),
        elements.CollationClause: ("is a collation that only one database has", "leave it out: text is compared by code point"),
    }
    wrong, mend = next(
        (told for kind, told in said.items() if isinstance(element, kind)), ("is not among what a query may be made of", MEND)
    )
    return Offence(element, wrong, mend)


def _of_name(element: object, name: object) -> Iterator[Offence]:
    if getattr(name, "quote", None) is False or not isinstance(name, (str, type(None))):
        yield Offence(element, "has a name that would be written without quotes", "give it a plain str")


def _of_type(element: object, kind: Any) -> Iterator[Offence]:
    """A type may bring SQL of its own: around a column, around a parameter, and in the name that a parameter is cast to."""
    own = field_of(kind) is not None
    plain = (
        getattr(kind, "collation", None) is None
        and isinstance(getattr(kind, "length", None), (int, type(None)))
        and not kind._variant_mapping  # noqa: SLF001  (the types that it has on each database)
    )
    if type(kind) not in _TYPES or not (own or plain):
        yield Offence(element, f"is of the type {kind!r}", "leave the type to the record's field, or use SQLAlchemy's own")


def _of_operator(element: object, name: str, operator: Any) -> Iterator[Offence]:
    if name != "negate" and operator not in _OPERATORS:
        told = str(getattr(operator, "opstring", "") or getattr(operator, "__name__", repr(operator)))
        mend = "use contains(column, term)" if "like" in told or "match" in told else "compute it from what was read"
        yield Offence(element, f"uses the operator {told!r}, which is not the same on both databases", mend)


def _of_column(element: elements.ColumnClause[Any]) -> Iterator[Offence]:
    if element.table is None:
        yield Offence(element, "is a column of no table", MEND)
    elif source_of(element.table) is not None and not holds(element.table, element):  # type: ignore[arg-type]  # a source is a Subquery
        yield Offence(element, "is no column of the subquery that it names", "take it from .c of scoped(Record)")


def _of_parameter(element: elements.BindParameter[Any]) -> Iterator[Offence]:
    """Declared, or a fixed value; nothing that a caller could set by its name, or that is made when the statement runs."""
    mend = "declare it as a field of a Struct and take it from given(Struct)"
    if type(element) is Given:
        return
    if not element.unique and not isinstance(element, selectable._OffsetLimitParam):  # noqa: SLF001
        yield Offence(element, "is a parameter that the query does not declare", mend)
    values = element.value if element.expanding else (element.value,)
    if not isinstance(values, (list, tuple)) or not all(map(_can_be_fixed, values)):
        yield Offence(
            element, f"is a value that no column holds: {element.value!r}", "use str, int, bool, bytes, an aware datetime or an Enum"
        )


def _can_be_fixed(value: object) -> bool:
    return value.utcoffset() is not None if isinstance(value, datetime) else isinstance(value, _FIXED)


def _of_function(element: Any) -> Iterator[Offence]:
    if element.name not in _FUNCTIONS:
        mend = f"a query may call {', '.join(sorted(_FUNCTIONS))}"
        yield Offence(element, "calls a function that is not on the list of those that only compute, alike on both databases", mend)
    elif element.name in ("max", "min"):
        for kind in (_kept(argument) for argument in element.clauses):
            if kind in _UNORDERED:
                yield Offence(element, f"is not there on PostgreSQL for a value of kind {kind.value}", "order by it and take the first row")


def _of_comparison(element: elements.BinaryExpression[Any]) -> Iterator[Offence]:
    if element.operator not in (operators.is_, operators.is_not) and Kind.JSON in (_kept(element.left), _kept(element.right)):
        yield Offence(element, "compares a document, which each database keeps in a form of its own", "compare what was read")


def _kept(element: Any) -> Kind | None:
    """What the field of a record holds from which the value comes."""
    field = field_of(element.type)
    return None if field is None else field.kind


_OF_CLASS: Final[tuple[tuple[type, Callable[[Any], Iterator[Offence]]], ...]] = (
    (elements.ColumnClause, _of_column),
    (elements.BindParameter, _of_parameter),
    (functions.FunctionElement, _of_function),
    (elements.BinaryExpression, _of_comparison),
)


def _counts_all(element: object) -> bool:
    if type(element) is not functions.count:
        return False
    (argument, *others) = element.clauses
    return (
        not others and type(argument) is elements.ColumnClause and argument.is_literal and argument.name == "*" and argument.table is None
    )
