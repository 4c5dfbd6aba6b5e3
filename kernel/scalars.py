"""The scalar types of the wire: ids, times, integers and money, each JSON-native underneath. It knows no request and no record.

A scalar is an ``Annotated`` alias: ``msgspec`` checks what ``Meta`` can express, and ``Meta.extra`` marks what is checked after the typed decode:
``{"typeid": prefix}``, ``{"timestamp": True}``, ``{"nfc": True}``.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from kingpost.kernel import typeid

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

TIMESTAMP_PATTERN: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z$"
_TIMESTAMP = re.compile(TIMESTAMP_PATTERN.removesuffix("$") + r"\Z")

_encode: Final = msgspec.json.Encoder().encode
_EXAMPLE_SUFFIX = "01h455vb4pex5vsknk084sn02q"


def id_of(prefix: str) -> Meta:
    """Describe the ids of one kind, to stand in an ``Annotated[str, ...]``.

    The value is a TypeID with ``prefix``. ``ValueError`` for an empty prefix or one that breaks the TypeID grammar, at import of the wire type.
    """
    if not prefix:
        message = "an id on the wire has a prefix that names its kind, such as prd"
        raise ValueError(message)
    return Meta(
        pattern=typeid.pattern(prefix),
        extra={"typeid": prefix},
        description=f"A TypeID with the prefix {prefix}.",
        examples=[f"{prefix}_{_EXAMPLE_SUFFIX}"],
        extra_json_schema={"format": "typeid"},
    )


Timestamp: TypeAlias = Annotated[
    str,
    Meta(
        pattern=TIMESTAMP_PATTERN,
        extra={"timestamp": True},
        description="A time in UTC: RFC 3339 with T and Z in upper case and at most 6 fraction digits.",
        examples=["2026-01-31T09:30:00.000000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
"""A time in the one profile of RFC 3339 that the wire has: UTC, ``T`` and ``Z`` in upper case, 0 to 6 fraction digits in, 6 out, no leap second."""

Int64: TypeAlias = Annotated[int, Meta(ge=INT64_MIN, le=INT64_MAX)]
"""An integer that every store and client can hold."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=INT64_MAX)]
"""A number of things: zero or more."""

PageLimit: TypeAlias = Annotated[int, Meta(ge=1, le=200, description="How many items a page holds at most.")]
"""The query parameter ``limit``: 1 to 200. The usual default is 50."""

Identifier: TypeAlias = Annotated[str, Meta(extra={"nfc": True})]
"""Text that names something and therefore must be in Unicode normalization form C; refine it with a second ``Meta``."""

Currency: TypeAlias = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="A currency code of ISO 4217.", examples=["EUR"])]
"""The shape of an ISO 4217 code; whether a currency is dealt in is the component's rule."""


class Money(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of money: ``amount`` in minor units (cents for EUR, whole yen for JPY) of ``currency``."""

    amount: Int64
    currency: Currency


def format_timestamp(moment: datetime) -> Timestamp:
    """Write an aware time as a ``Timestamp`` with 6 fraction digits. ``ValueError`` for a naive one: its zone would be a guess."""
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            message = "a timestamp needs a time with a zone; give the datetime a tzinfo"
            raise ValueError(message)
        moment = moment.astimezone(UTC)
    text = _encode(moment)[1:-1].decode()  # twenty times as fast as isoformat; leaves out a fraction of zero
    return text if moment.microsecond else text[:-1] + ".000000Z"


def parse_timestamp(text: str) -> datetime:
    """Read a ``Timestamp`` as an aware time in UTC. ``ValueError`` for another profile or for a day that no calendar has."""
    if _TIMESTAMP.match(text) is None:
        message = "a timestamp is RFC 3339 in UTC, such as 2026-01-31T09:30:00.000000Z"
        raise ValueError(message)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = "the timestamp names a day that does not exist"
        raise ValueError(message) from None
