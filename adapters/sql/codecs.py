"""Values between records and databases: one pair of functions per kind of column and dialect. It knows no statement and no driver.

Decoders take whatever a driver or its host has made of the value already: Django's SQLite cursor parses timestamps, its psycopg hands ``jsonb``
over as text, other drivers as objects, and ``bytea`` may come as a memoryview.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from kingpost.kernel import typeid
from kingpost.kernel.records import Column, Kind

from .executor import Dialect

Convert: TypeAlias = Callable[[object], object]
"""Never called with None: null is null on both sides."""

_JSON: Final = msgspec.json.Encoder()


@cache
def encoder(column: Column, dialect: Dialect) -> Convert | None:
    """Record value -> statement parameter; None where they are the same."""
    match column.kind:
        case Kind.ID:
            return _hex_of(column.prefix or "") if dialect == "sqlite" else _uuid_of(column.prefix or "")
        case Kind.INSTANT:
            return _text_of_instant if dialect == "sqlite" else None
        case Kind.JSON:
            return _json_text
        case Kind.BOOLEAN:
            return int if dialect == "sqlite" else None  # type: ignore[return-value]  # only booleans come here
        case Kind.TEXT:
            return _value_of_enum if _is_enum(column) else None
        case Kind.INTEGER | Kind.BYTES:
            return None


@cache
def decoder(column: Column, dialect: Dialect) -> Convert | None:
    """Column value -> record value; None where they are the same on every driver."""
    match column.kind:
        case Kind.ID:
            return _id_from(column.prefix or "")
        case Kind.INSTANT:
            return _instant_from_sqlite if dialect == "sqlite" else _instant_from_postgresql
        case Kind.JSON:
            return _json_from(column.type)
        case Kind.BOOLEAN:
            return bool if dialect == "sqlite" else None
        case Kind.TEXT:
            return column.type if _is_enum(column) else None  # type: ignore[return-value]  # an Enum is called with its value
        case Kind.BYTES:
            return bytes  # type: ignore[return-value]  # bytes and memoryview come here
        case Kind.INTEGER:
            return None


def _is_enum(column: Column) -> bool:
    return isinstance(column.type, type) and issubclass(column.type, Enum)


def _hex_of(prefix: str) -> Convert:
    decode = typeid.decode_bits

    def convert(value: object) -> object:
        return f"{decode(value, prefix):032x}"  # type: ignore[arg-type]  # a checked TypeID

    return convert


def _uuid_of(prefix: str) -> Convert:
    decode = typeid.decode

    def convert(value: object) -> object:
        return decode(value, prefix)  # type: ignore[arg-type]  # a checked TypeID

    return convert


def _id_from(prefix: str) -> Convert:
    encode = typeid.encode_bits

    def convert(value: object) -> object:
        if isinstance(value, UUID):
            return encode(prefix, value.int)
        return encode(prefix, int(value.replace("-", ""), 16))  # type: ignore[attr-defined]  # hexadecimal text, with dashes or not

    return convert


_ZONE: Final = "+00:00"


def _text_of_instant(value: object) -> object:
    """``YYYY-MM-DD HH:MM:SS[.ffffff]`` in UTC, as Django writes it: sorts as the instants do."""
    assert isinstance(value, datetime)
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.isoformat(" ")[: -len(_ZONE)]


def _instant_from_sqlite(value: object) -> object:
    if type(value) is str:
        return datetime.fromisoformat(value + _ZONE)  # a fifth of the time that setting the zone afterwards takes
    return _instant_from_postgresql(value)


def _instant_from_postgresql(value: object) -> object:
    tz = value.tzinfo  # type: ignore[attr-defined]  # a datetime
    if tz is UTC:
        return value
    return value.replace(tzinfo=UTC) if tz is None else value.astimezone(UTC)  # type: ignore[attr-defined]  # a datetime


def _json_text(value: object) -> object:
    return _JSON.encode(value).decode()


def _json_from(declared: object) -> Convert:
    decode = msgspec.json.Decoder(declared).decode

    def convert(value: object) -> object:
        if isinstance(value, (str, bytes, memoryview)):
            return decode(value)
        return msgspec.convert(value, declared)

    return convert


def _value_of_enum(value: object) -> object:
    return value.value if isinstance(value, Enum) else value
