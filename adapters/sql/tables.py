"""SQLAlchemy tables from the facts of records. It knows types and DDL of both dialects; it opens no connection.

The types are exactly those that Django's schema editor makes for the model of the same record, so that two histories make one schema.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.engine import Dialect as SqlalchemyDialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine, UserDefinedType

from kingpost.kernel.records import Column as Field
from kingpost.kernel.records import Kind, Record

from .executor import Dialect
from .shape import LEDGER_LENGTHS, LEDGER_TABLE, Shape, shapes


class SqliteBool(UserDefinedType[bool]):
    """``bool``, as Django writes it; SQLite keeps 0 and 1."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The name in DDL."""
        return "bool"


class SqliteChar32(UserDefinedType[str]):
    """``char(32)``: a UUID in 32 hexadecimal digits, as Django writes it."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The name in DDL."""
        return "char(32)"


def _text(length: int | None) -> TypeEngine[Any]:
    if length is None:
        return Text().with_variant(Text(collation="C"), "postgresql")
    return String(length).with_variant(String(length, collation="C"), "postgresql")


_TYPES: Final[dict[Kind, TypeEngine[Any]]] = {
    Kind.ID: Uuid(as_uuid=True).with_variant(SqliteChar32(), "sqlite"),
    Kind.INTEGER: BigInteger(),
    Kind.BOOLEAN: Boolean().with_variant(SqliteBool(), "sqlite"),
    Kind.INSTANT: DateTime(timezone=True).with_variant(DATETIME(), "sqlite"),
    Kind.JSON: Text().with_variant(JSONB(), "postgresql"),
    Kind.BYTES: LargeBinary().with_variant(BYTEA(), "postgresql"),
}


def type_of(field: Field) -> TypeEngine[Any]:
    """The column type of a field, for both dialects."""
    return _text(field.max_length) if field.kind is Kind.TEXT else _TYPES[field.kind]


def metadata(records: tuple[type[Record], ...], *, ledger: bool = True) -> MetaData:
    """The tables of records that live in one database, the ledger ``kingpost_schema`` among them unless it is left out."""
    made = MetaData()
    if ledger:
        ledger_table(made)
    for each in shapes(records):
        table(each, made)
    return made


def ledger_table(made: MetaData) -> Table:
    """Which history owns the database, and the fingerprint of its secret."""
    lengths = LEDGER_LENGTHS
    return Table(
        LEDGER_TABLE,
        made,
        Column("component", _text(lengths["component"]), nullable=False, primary_key=True),
        Column("revision", _text(lengths["revision"]), nullable=False),
        Column("owner", _text(lengths["owner"]), nullable=False),
        Column("secret_fingerprint", _TYPES[Kind.BYTES], nullable=True),
    )


def table(each: Shape, made: MetaData) -> Table:
    """One record's table; the tables it refers to must be in ``made`` by the time DDL is rendered."""
    return Table(
        each.table,
        made,
        *(Column(field.name, type_of(field), nullable=field.nullable, primary_key=field.name == each.key) for field in each.columns),
        *(_json_check(field) for field in each.columns if field.kind is Kind.JSON),
        *(UniqueConstraint(*key.columns, name=key.name) for key in each.uniques),
        *(
            ForeignKeyConstraint(
                reference.columns,
                [f"{reference.target.facts.table}.{name}" for name in reference.target_columns],
                name=reference.name,
                use_alter=False,
            )
            for reference in each.references
        ),
        *(Index(index.name, *index.columns) for index in each.indexes),
    )


def _json_check(field: Field) -> CheckConstraint:
    """SQLite has no JSON type; the check is Django's, word by word."""
    return CheckConstraint(f'(JSON_VALID("{field.name}") OR "{field.name}" IS NULL)').ddl_if(dialect="sqlite")


def create_statements(made: MetaData, dialect: Dialect) -> tuple[str, ...]:
    """The DDL that makes all tables and indexes on an empty database, in order."""
    speech = ddl_dialect(dialect)
    texts: list[str] = []
    for each in made.sorted_tables:
        texts.append(str(CreateTable(each).compile(dialect=speech)).strip())
        texts.extend(str(CreateIndex(index).compile(dialect=speech)).strip() for index in sorted(each.indexes, key=lambda index: str(index.name)))
    return tuple(texts)


def ddl_dialect(dialect: Dialect) -> SqlalchemyDialect:
    """SQLAlchemy's dialect for rendering DDL; needs no driver."""
    from sqlalchemy.dialects import postgresql, sqlite

    return postgresql.dialect() if dialect == "postgresql" else sqlite.dialect()  # type: ignore[no-untyped-call]
