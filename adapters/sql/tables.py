"""SQLAlchemy tables from the facts of records, and their DDL. It knows shapes and types; it opens no connection."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint
from sqlalchemy.engine import Dialect as SqlalchemyDialect
from sqlalchemy.schema import CreateIndex, CreateTable

from kingpost.kernel.records import Kind, Record

from . import column_types
from .executor import Dialect
from .shape import LEDGER_LENGTHS, LEDGER_TABLE, Shape, shapes


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
        Column("component", column_types.text(lengths["component"]), nullable=False, primary_key=True),
        Column("revision", column_types.text(lengths["revision"]), nullable=False),
        Column("owner", column_types.text(lengths["owner"]), nullable=False),
        Column("secret_fingerprint", column_types.binary(), nullable=True),
    )


def table(each: Shape, made: MetaData) -> Table:
    """One record's table; the tables it refers to must be in ``made`` by the time DDL is rendered."""
    return Table(
        each.table,
        made,
        *(
            Column(field.name, column_types.type_of(field), nullable=field.nullable, primary_key=field.name == each.key)
            for field in each.columns
        ),
        *(column_types.document_check(field.name) for field in each.columns if field.kind is Kind.JSON),
        *(UniqueConstraint(*key.columns, name=key.name) for key in each.uniques),
        *(
            ForeignKeyConstraint(
                reference.columns,
                [f"{reference.target.facts.table}.{name}" for name in reference.target_columns],
                name=reference.name,
            )
            for reference in each.references
        ),
        *(Index(index.name, *index.columns) for index in each.indexes),
    )


def create_statements(made: MetaData, dialect: Dialect) -> tuple[str, ...]:
    """The DDL that makes all tables and indexes on an empty database, in order."""
    speech = ddl_dialect(dialect)
    texts: list[str] = []
    for each in made.sorted_tables:
        texts.append(str(CreateTable(each).compile(dialect=speech)).strip())
        texts.extend(
            str(CreateIndex(index).compile(dialect=speech)).strip() for index in sorted(each.indexes, key=lambda index: str(index.name))
        )
    return tuple(texts)


def ddl_dialect(dialect: Dialect) -> SqlalchemyDialect:
    """SQLAlchemy's dialect for rendering DDL; needs no driver."""
    from sqlalchemy.dialects import postgresql, sqlite

    return postgresql.dialect() if dialect == "postgresql" else sqlite.dialect()  # type: ignore[no-untyped-call]
