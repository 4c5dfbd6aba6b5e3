"""A query on one kind of executor: its statements, how their parameters are filled and their rows read. It trusts what was vetted; it runs nothing.

Around the author's select lies another one, which puts it in order and cuts the page::

    SELECT asked.a, asked.b FROM (<the author's>) AS asked WHERE <behind the position> ORDER BY asked.b, asked.a LIMIT :row_limit
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from operator import itemgetter
from typing import Any, Final, TypeAlias, cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, Subquery, bindparam, collate, false, select

from kingpost.kernel.admission import admit
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Column, Kind
from kingpost.kernel.store import Page, Value

from .codecs import decoder, encoder
from .executor import Dialect, Parameters, Paramstyle, Row
from .meaning import Meaning, Place
from .rows import generated
from .sources import GIVEN, field_of, type_of
from .statements import AFTER, LIMIT, TENANT, one_behind, row_behind, speech

Behind: TypeAlias = tuple[bool, ...] | None
"""For each field of the order whether the position has a value there; None for the first page."""


class Prepared(Struct, frozen=True):
    """One statement: its text, and for each of its parameters the name of a value or the value itself."""

    sql: str
    names: tuple[str, ...]
    fixed: dict[str, object]


class Asking:
    """One query on one kind of executor. Statements are compiled when they are first needed, and kept."""

    def __init__(self, meaning: Meaning, dialect: Dialect, paramstyle: Paramstyle) -> None:
        self._meaning = meaning
        self._dialect: Dialect = dialect
        self._speech = speech(dialect, paramstyle)
        self._prepared: dict[Behind, Prepared] = {}
        self._read = _reader(meaning, dialect)
        self._encode_tenant = None if meaning.tenant is None else encoder(meaning.tenant, dialect)
        names = [field.name for field in meaning.fields]
        at = [names.index(place.field.name) for place in meaning.order]
        self._place: Callable[[Row], object] = itemgetter(*at) if at else lambda _: ()
        self.order = tuple(place.field for place in meaning.order)
        self._position = tuple(field.name for field in self.order)

    def prepared(self, behind: Behind) -> Prepared:
        """The statement for such a position; compiled once, kept for good (there are as many as nulls can be in a position)."""
        found = self._prepared.get(behind)
        if found is None:
            found = self._prepared[behind] = self._compiled(behind)
        return found

    def parameters(
        self, prepared: Prepared, values: Struct, *, tenant: str | None, after: tuple[Value, ...] | None, limit: int
    ) -> Parameters | None:
        """The statement's parameters; None where the tenant can have no row. ``Invalid`` for a value that no column could hold."""
        admit(values)
        try:
            owner = tenant if tenant is None or self._encode_tenant is None else self._encode_tenant(tenant)
        except ValueError:
            return None
        given: dict[str, object] = {TENANT: owner, LIMIT: limit + 1, **prepared.fixed}
        for field in self._meaning.takes:
            given[f"{GIVEN}{field.name}"] = _encoded(field, getattr(values, field.name), self._dialect)
        for place, value in zip(self._meaning.order, after or (), strict=False):
            given[f"{AFTER}{place.field.name}"] = _encoded(place.field, value, self._dialect)
        return tuple(given[name] for name in prepared.names)

    def page(self, rows: list[Row], limit: int) -> Page[Struct]:
        """What was found. ``ConfigurationError`` where two rows have one place in the order: a page could lose one of them."""
        if len(rows) > 1:
            self._refuse_ties(rows)
        items = tuple(map(self._read, rows[:limit]))
        if len(rows) <= limit:
            return Page(items, None)
        last = items[-1]
        return Page(items, tuple(_plain(getattr(last, name)) for name in self._position))

    def _refuse_ties(self, rows: list[Row]) -> None:
        before = self._place(rows[0])
        for row in rows[1:]:
            here = self._place(row)
            if here == before:
                name = self._meaning.name
                message = f"query {name!r}: two rows agree in {self._position}; name fields in key=... that no two rows of it agree in"
                raise ConfigurationError(message)
            before = here

    def _compiled(self, behind: Behind) -> Prepared:
        meaning = self._meaning
        asked = meaning.statement.subquery("asked")
        terms = {place.field.name: self._term(asked, place.field) for place in meaning.order}
        chosen = select(*(asked.c[field.name] for field in meaning.fields)).order_by(*(_ordered(terms, place) for place in meaning.order))
        if behind is not None:
            chosen = chosen.where(_behind(terms, meaning.order, behind))
        whole = chosen.limit(bindparam(LIMIT, type_=Integer()))
        made: Any = whole.compile(dialect=self._speech)
        open_ = {name: None for name, parameter in made.binds.items() if parameter.required}
        state = made.construct_expanded_state(open_, escape_names=False)
        return Prepared(" ".join(state.statement.split()), tuple(state.positiontup), self._fixed(made, state, open_))

    def _term(self, asked: Subquery, field: Column) -> ColumnElement[Any]:
        """Text is in the order of its code points, what was computed too."""
        column: ColumnElement[Any] = asked.c[field.name]
        return collate(column, "C") if field.kind is Kind.TEXT and self._dialect == "postgresql" else column

    def _fixed(self, made: Any, state: Any, open_: dict[str, None]) -> dict[str, object]:
        """The values that stand in the statement itself, as parameters."""
        types = {name: parameter.type for name, parameter in made.binds.items()}
        types |= {one: types[name] for name, several in state.parameter_expansion.items() for one in several}
        return {name: _bare(field_of(types[name]), value, self._dialect) for name, value in state.parameters.items() if name not in open_}


def _ordered(terms: dict[str, ColumnElement[Any]], place: Place) -> ColumnElement[Any]:
    """Nulls last in both directions; said only where there can be nulls, so that an index is walked where there are none."""
    term = terms[place.field.name].desc() if place.descending else terms[place.field.name].asc()
    return term.nulls_last() if place.field.nullable else term


def _behind(terms: dict[str, ColumnElement[Any]], order: tuple[Place, ...], given: tuple[bool, ...]) -> ColumnElement[bool]:
    """Strictly behind the position. The last fields that are never null and have one direction compare as one row value."""
    values = {place.field.name: bindparam(f"{AFTER}{place.field.name}", type_=type_of(place.field)) for place in order}
    plain = len(order)
    while plain and not order[plain - 1].field.nullable and order[plain - 1].descending == order[-1].descending:
        plain -= 1
    names = [place.field.name for place in order[plain:]]
    behind = row_behind([terms[name] for name in names], [values[name] for name in names], _op(order[-1])) if names else false()
    for place, has_value in reversed(list(zip(order[:plain], given, strict=False))):
        name, nullable = place.field.name, place.field.nullable
        behind = one_behind(terms[name], values[name], _op(place), behind, given=has_value, nullable=nullable)
    return behind


def _op(place: Place) -> str:
    return "lt" if place.descending else "gt"


def _encoded(field: Column, value: object, dialect: Dialect) -> object:
    """A checked value as a parameter."""
    convert = encoder(field, dialect)
    bare = value.value if isinstance(value, Enum) else value
    return bare if convert is None or bare is None else convert(bare)


_OF_FIXED: Final[dict[type, Column]] = {
    bool: Column(name="", kind=Kind.BOOLEAN, nullable=False, type=bool),
    datetime: Column(name="", kind=Kind.INSTANT, nullable=False, type=datetime),
}


def _bare(field: Column | None, value: object, dialect: Dialect) -> object:
    """A value that stands in the statement: as its field's where it is compared with an id, else by its own type."""
    if field is not None and field.kind is Kind.ID:
        return _encoded(field, value, dialect)
    own = _OF_FIXED.get(type(value))
    return _encoded(own, value, dialect) if own is not None else value.value if isinstance(value, Enum) else value


def _plain(value: object) -> Value:
    return value.value if isinstance(value, Enum) else cast("Value", value)


def _reader(meaning: Meaning, dialect: Dialect) -> Callable[[Row], Struct]:
    """The function that makes a row's Struct; generated, as those of records are."""
    names: dict[str, object] = {"Made": meaning.returns, "refuse": _refusal(meaning)}
    parts: list[str] = []
    for field in meaning.fields:
        convert = _whole if field.kind is Kind.INTEGER else decoder(field, dialect)
        source, name = f"f_{field.name}", field.name
        names[f"c_{name}"] = convert
        read = source if convert is None else f"c_{name}({source})"
        parts.append(f"{name}={read} if {source} is not None else {'None' if field.nullable else f'refuse({name!r})'}")
    unpacked = "".join(f"f_{field.name}, " for field in meaning.fields)
    return generated(f"def made(row):\n    {unpacked}= row\n    return Made({', '.join(parts)})\n", names)  # type: ignore[return-value]


def _refusal(meaning: Meaning) -> Callable[[str], object]:
    def refuse(name: str) -> object:
        message = (
            f"query {meaning.name!r}: {name} is null in a row; declare {meaning.returns.__name__}.{name} with | None, or filter such rows"
        )
        raise ConfigurationError(message)

    return refuse


def _whole(value: object) -> object:
    """PostgreSQL adds 64-bit integers up to a numeric; what has become a float on SQLite is no integer any more."""
    if type(value) is int:
        return value
    if isinstance(value, float):
        message = f"{value!r} is beyond the integers that a database computes with"
        raise OverflowError(message)
    return int(value)  # type: ignore[call-overload]  # a Decimal
