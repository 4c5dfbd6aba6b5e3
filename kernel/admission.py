"""What every store accepts, decided once: rows that their columns can hold, and questions that an index answers. It knows no database.

Each database has limits of its own (PostgreSQL keeps no NUL, SQLite counts no characters, a driver overflows beyond 64 bits). A store asks
here first and therefore refuses the same rows and the same questions as every other store, before it talks to its database.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias, get_args, get_origin

import msgspec
from msgspec import Struct

from kingpost.kernel import typeid
from kingpost.kernel.errors import ConfigurationError, FieldError, Invalid
from kingpost.kernel.records import Column, Kind, Lease, Record, column, columns, serves
from kingpost.kernel.scalars import INT64_MAX, INT64_MIN
from kingpost.kernel.store import Condition, Query, Scope, Value

LARGEST_PAGE: Final = 1000
"""Rows that one ``find`` or ``claim`` may ask for."""

LONGEST_LEASE: Final = 86_400.0
"""Seconds that one ``claim`` may hold a row: a worker that dies keeps it back for as long."""

Accepts: TypeAlias = Callable[[object], bool]
Shape: TypeAlias = tuple[tuple[str, str], ...]
"""The fields and operators of the conditions, without their values."""


class Question(Struct, frozen=True):
    """A ``find`` that has been checked. ``order`` is total: it ends with the key. ``hopeless`` when no row can match, so nothing need be asked."""

    order: tuple[str, ...]
    hopeless: bool


def admit(row: Struct) -> None:
    """Return when every column can hold its value: of a record's row, or of the Struct with a query's parameters.

    ``Invalid`` lists the values that no store keeps: text too long, with a NUL or a lone surrogate, a malformed id, an integer beyond 64
    bits. ``ConfigurationError`` for a value of another type than the field declares, a naive ``datetime`` among them: that is a bug.
    """
    record = type(row)
    for accepts, value in zip(_acceptors(record), msgspec.structs.astuple(row), strict=True):
        if not accepts(value):
            raise _refusal(row)


@cache
def _acceptors(record: type[Struct]) -> tuple[Accepts, ...]:
    return tuple(_optional(_acceptor(each)) if each.nullable else _acceptor(each) for each in columns(record))


def question(
    record: type[Record],
    *,
    where: tuple[Condition, ...],
    order: tuple[str, ...],
    after: tuple[Value, ...] | None,
    limit: int,
) -> Question:
    """Check a ``find``. ``ConfigurationError`` says what is wrong with it: a field, an operator, a value, the position or the limit."""
    caller = f"find({record.__name__})"
    check_limit(caller, limit)
    total = total_order(record, tuple((condition.field, condition.op) for condition in where), order)
    hopeless = False
    for condition in where:
        hopeless = _check_condition(record, condition) or hopeless
    if after is not None:
        check_position(caller, tuple(column(record, name) for name in total), after)
    return Question(total, hopeless)


@lru_cache(maxsize=4096)
def total_order(record: type[Record], shape: Shape, order: tuple[str, ...]) -> tuple[str, ...]:
    """``order`` with the key behind it. ``ConfigurationError`` when no declared index serves the shape, or a range is not on its first field."""
    facts = record.facts
    for field in (*(field for field, _ in shape), *order):
        column(record, field)
    total = order if facts.key in order else (*order, facts.key)
    fixed = [field for field, op in shape if op == "eq"]
    if len(fixed) != len(set(fixed)) or len(order) != len(set(order)):
        message = f"find({record.__name__}): a field is named twice, in the equalities {fixed} or in the order {order}"
        raise ConfigurationError(message)
    for field, op in shape:
        if op != "eq" and field != total[0]:
            message = f"find({record.__name__}): a range on {field!r} needs an order that begins with it; the order is {total}"
            raise ConfigurationError(message)
    if not serves(record, frozenset(fixed), order):
        message = f"find({record.__name__}): no index serves equality on {sorted(fixed)} in the order {order}; declare Index({(*fixed, *order)!r})"
        raise ConfigurationError(message)
    return total


def claim(record: type[Record], *, seconds: float, limit: int) -> Lease:
    """The lease that a ``claim`` goes by. ``ConfigurationError`` says what is wrong with the call."""
    lease = record.facts.lease
    if lease is None:
        message = f"claim({record.__name__}): the record has no lease; declare lease=Lease(due=..., attempts=...) in its facts"
        raise ConfigurationError(message)
    if not 1 <= limit <= LARGEST_PAGE or not 0 < seconds <= LONGEST_LEASE:
        message = f"claim({record.__name__}): limit is {limit}, seconds is {seconds}; they must be within 1 to {LARGEST_PAGE} and 0 to {LONGEST_LEASE}"
        raise ConfigurationError(message)
    return lease


def can_be_key(record: type[Record], key: str) -> bool:
    """Whether the key's column can hold ``key``; where it cannot, there is no such row and nothing need be asked."""
    return _acceptor(column(record, record.facts.key))(key)


def _check_condition(record: type[Record], condition: Condition) -> bool:
    """True when no row can match; ``ConfigurationError`` for a value of another type, or one that a range cannot be compared with."""
    field, value = column(record, condition.field), condition.value
    if value is None and condition.op == "eq":
        return not field.nullable
    if value is None or not _is_of_type(field, value):
        message = f"find({record.__name__}): {condition.field} {condition.op} compares a {field.kind.value} with {type(value).__name__}"
        raise ConfigurationError(message)
    if _storable(field, value):
        return False
    if condition.op != "eq":
        message = f"find({record.__name__}): the bound of the range on {condition.field!r} is no value that the column can hold"
        raise ConfigurationError(message)
    return True


def check_scope(query: Query, scope: Scope) -> None:
    """Return when a store of the scope may answer the query; else ``ConfigurationError``."""
    if query.platform == (scope.tenant is None):
        return
    whose = "looks across tenants: ask the platform's store, session.store(PLATFORM), from an operation of scope 'platform'"
    if not query.platform:
        whose = "is of one tenant: ask that tenant's store, session.store(Scope(tenant_id)), or write the query with platform=True"
    message = f"query {query.name!r} {whose}"
    raise ConfigurationError(message)


def check_limit(caller: str, limit: int) -> None:
    """Return when a page may have so many rows; else ``ConfigurationError``."""
    if not 1 <= limit <= LARGEST_PAGE:
        message = f"{caller}: limit is {limit}; it must be between 1 and {LARGEST_PAGE}"
        raise ConfigurationError(message)


def check_position(caller: str, order: tuple[Column, ...], after: tuple[Value, ...]) -> None:
    """Return when the values can be a place in the order; else ``ConfigurationError``."""
    if len(after) != len(order):
        names = tuple(field.name for field in order)
        message = f"{caller}: the position has {len(after)} values and the order {names} has {len(order)}"
        raise ConfigurationError(message)
    for field, value in zip(order, after, strict=True):
        if not (field.nullable if value is None else _is_of_type(field, value) and _storable(field, value)):
            message = f"{caller}: the position holds no value of the column {field.name!r}"
            raise ConfigurationError(message)


_TYPES: Final = {Kind.ID: str, Kind.TEXT: str, Kind.INTEGER: int, Kind.BOOLEAN: bool, Kind.INSTANT: datetime, Kind.BYTES: bytes}


def _is_of_type(field: Column, value: object) -> bool:
    if field.kind is Kind.INSTANT:
        return isinstance(value, datetime) and value.utcoffset() is not None
    if field.kind is Kind.TEXT and field.type is not str:
        return isinstance(value, (str, Enum))
    return type(value) is _TYPES.get(field.kind)


def _storable(field: Column, value: object) -> bool:
    """Whether the column could hold a value of its type; the length is left out, because a long text still compares."""
    if field.kind is Kind.TEXT:
        return isinstance(value, Enum) or (isinstance(value, str) and _is_clean(value))
    return _acceptor(field)(value)


def _optional(accepts: Accepts) -> Accepts:
    return lambda value: value is None or accepts(value)


def _is_clean(text: str) -> bool:
    """No NUL, which PostgreSQL refuses, and no lone surrogate, which UTF-8 refuses."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(longest: int | None) -> Accepts:
    if longest is None:
        return lambda value: type(value) is str and _is_clean(value)
    return lambda value: type(value) is str and len(value) <= longest and _is_clean(value)


def _choice(declared: object) -> Accepts:
    if get_origin(declared) is Literal:
        choices = frozenset(get_args(declared))
        return lambda value: type(value) is str and value in choices
    return lambda value: isinstance(declared, type) and isinstance(value, declared)


def _identifier(prefix: str) -> Accepts:
    grammar = re.compile(typeid.pattern(prefix).removesuffix("$") + r"\Z")
    return lambda value: type(value) is str and grammar.match(value) is not None


def _is_integer(value: object) -> bool:
    return type(value) is int and INT64_MIN <= value <= INT64_MAX


def _is_instant(value: object) -> bool:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return False
    if value.tzinfo is UTC:
        return True
    try:
        value.astimezone(UTC)
    except OverflowError:  # within a day of the first or the last instant that a datetime can name
        return False
    return True


_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _json(declared: object) -> Accepts:
    """JSON that reads back as the declared type, and holds no NUL, which PostgreSQL's ``jsonb`` refuses."""
    encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder(declared)

    def accepts(value: object) -> bool:
        try:
            document = encoder.encode(value)
            decoder.decode(document)
        except (TypeError, ValueError, msgspec.MsgspecError):
            return False
        return b"\\u0000" not in document or _ESCAPED_NUL.search(document) is None

    return accepts


_PLAIN: Final[dict[Kind, Accepts]] = {
    Kind.INTEGER: _is_integer,
    Kind.INSTANT: _is_instant,
    Kind.BOOLEAN: lambda value: type(value) is bool,
    Kind.BYTES: lambda value: type(value) is bytes,
}


@cache
def _acceptor(field: Column) -> Accepts:
    """The test of one column for values that are not null; length included."""
    if field.kind is Kind.ID:
        return _identifier(field.prefix or "")
    if field.kind is Kind.TEXT:
        return _text(field.max_length) if field.type is str else _choice(field.type)
    return _json(field.type) if field.kind is Kind.JSON else _PLAIN[field.kind]


def _refusal(row: Struct) -> Exception:
    """``ConfigurationError`` for the first value of a wrong type, else ``Invalid`` with everything that is out of bounds."""
    errors: list[FieldError] = []
    for field, value, accepts in zip(columns(type(row)), msgspec.structs.astuple(row), _acceptors(type(row)), strict=True):
        if accepts(value):
            continue
        if value is None or (field.kind is not Kind.JSON and not _is_of_type(field, value)):
            message = f"{type(row).__name__}.{field.name} holds a {type(value).__name__}, which is not what the field declares"
            return ConfigurationError(message)
        errors.append(_problem(field, value))
    return Invalid(errors=tuple(errors))


def _problem(field: Column, value: object) -> FieldError:
    pointer = f"/{field.name}"
    if field.kind is Kind.ID:
        return FieldError(pointer=pointer, code="invalid-id", detail="The value is not an id of the kind that is expected here.")
    if field.kind is Kind.INTEGER:
        return FieldError(pointer=pointer, code="not-in-range", detail="The number does not fit in 64 bits.")
    if field.kind is Kind.INSTANT:
        return FieldError(pointer=pointer, code="not-in-range", detail="The instant is outside the calendar.")
    if field.kind is Kind.TEXT and field.type is not str:
        return FieldError(pointer=pointer, code="not-a-choice", detail="The value is none of the permitted ones.")
    if isinstance(value, str) and field.max_length is not None and len(value) > field.max_length:
        detail = f"The text has more than {field.max_length} characters."
        return FieldError(pointer=pointer, code="too-long", detail=detail, params={"maximum": field.max_length})
    return FieldError(
        pointer=pointer, code="unstorable", detail="The value holds a NUL, a lone surrogate, or what its type does not allow."
    )
