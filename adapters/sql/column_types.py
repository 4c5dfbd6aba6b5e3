"""The column types of records for both dialects, by kind. It knows types and their names in DDL; no record and no statement.

They are exactly those that Django's schema editor makes for the model of the same record. Migration revisions name them too, so a function
here never changes its meaning: a new kind of column gets a new function.
"""

from typing import Any

from sqlalchemy import CHAR, BigInteger, Boolean, CheckConstraint, DateTime, LargeBinary, String, Text, Uuid
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.types import TypeEngine, UserDefinedType

from kingpost.kernel.records import Column, Kind


class SqliteBool(UserDefinedType[bool]):
    """``bool``, as Django writes it; SQLite keeps 0 and 1."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The name in DDL."""
        return "bool"


def identifier() -> TypeEngine[Any]:
    """An id: ``uuid``, and on SQLite 32 hexadecimal digits. A host's foreign key to one of our tables has this type."""
    return Uuid(as_uuid=True).with_variant(CHAR(32), "sqlite")


def text(length: int | None = None) -> TypeEngine[Any]:
    """Text of at most ``length`` characters, sorted by code point."""
    if length is None:
        return Text().with_variant(Text(collation="C"), "postgresql")
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def integer() -> TypeEngine[Any]:
    """A signed 64-bit integer."""
    return BigInteger()


def boolean() -> TypeEngine[Any]:
    """True or false."""
    return Boolean().with_variant(SqliteBool(), "sqlite")


def instant() -> TypeEngine[Any]:
    """An instant with microseconds."""
    return DateTime(timezone=True).with_variant(DATETIME(), "sqlite")  # type: ignore[no-untyped-call]


def document() -> TypeEngine[Any]:
    """JSON; on SQLite text, with ``document_check`` beside it."""
    return Text().with_variant(JSONB(), "postgresql")


def binary() -> TypeEngine[Any]:
    """Bytes."""
    return LargeBinary().with_variant(BYTEA(), "postgresql")


def document_check(column: str) -> CheckConstraint:
    """SQLite has no JSON type; the check is Django's, word by word."""
    return CheckConstraint(f'(JSON_VALID("{column}") OR "{column}" IS NULL)').ddl_if(dialect="sqlite")


def type_of(field: Column) -> TypeEngine[Any]:
    """The column type of a record's field."""
    match field.kind:
        case Kind.TEXT:
            return text(field.max_length)
        case Kind.ID:
            return identifier()
        case Kind.INTEGER:
            return integer()
        case Kind.BOOLEAN:
            return boolean()
        case Kind.INSTANT:
            return instant()
        case Kind.JSON:
            return document()
        case Kind.BYTES:
            return binary()


def source_of(field: Column) -> str:
    """The call that makes the type, as a revision writes it."""
    if field.kind is Kind.TEXT:
        return f"kp.text({'' if field.max_length is None else field.max_length})"
    names = {
        Kind.ID: "identifier",
        Kind.INTEGER: "integer",
        Kind.BOOLEAN: "boolean",
        Kind.INSTANT: "instant",
        Kind.JSON: "document",
        Kind.BYTES: "binary",
    }
    return f"kp.{names[field.kind]}()"
