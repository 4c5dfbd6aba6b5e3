"""Statement shapes, each compiled once by SQLAlchemy Core to text and the order of its parameters. It knows no values and runs nothing.

A statement never says ``SELECT *`` and never LIKE. The tenant is a part of the shape: a scoped statement cannot be made without it.
"""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.dialects.sqlite import pysqlite as sqlite_dialect
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Dialect as SqlalchemyDialect
from sqlalchemy.sql import ClauseElement

from kingpost.kernel.records import Lease, Record, column

from .executor import Dialect, Paramstyle
from .shape import Shape

TENANT: Final = "scope_tenant"
KEY: Final = "the_key"
EXPECTED: Final = "expected_version"
LIMIT: Final = "row_limit"
AFTER: Final = "after_"
HELD: Final = "held_at"
UNTIL: Final = "held_until"
SECONDS: Final = "lease_seconds"
IS_NULL: Final = "is_null"
"""The operator of an ``eq`` with None, which is a shape of its own."""

_ZERO: Final = literal_column("0", Integer())
_ONE: Final = literal_column("1", Integer())


class Statement(Struct, frozen=True):
    """SQL text in the executor's paramstyle, and the names of its parameters in order."""

    sql: str
    names: tuple[str, ...]


class Find(Struct, frozen=True, kw_only=True):
    """The shape of a ``find``: everything but the values."""

    scoped: bool
    conditions: tuple[tuple[str, str], ...]
    """Field and operator; an ``eq`` with None is ``is_null``."""
    order: tuple[str, ...]
    """Total: ends with the key."""
    descending: bool
    after: tuple[bool, ...] | None
    """For each field of the order whether the position has a value there (False: null); None for the first page."""


class Statements:
    """The statements of one record on one kind of executor."""

    def __init__(self, shape: Shape, table: Table, dialect: Dialect, paramstyle: Paramstyle) -> None:
        self._record: type[Record] = shape.record
        self._table = table
        self._key = table.c[shape.key]
        tenant = shape.record.facts.tenant
        self._tenant = None if tenant is None else table.c[tenant]
        self._speech = speech(dialect, paramstyle)
        self._is_sqlite = dialect == "sqlite"

    def get(self, fields: tuple[str, ...], *, scoped: bool, lock: bool = False) -> Statement:
        """``fields`` of the row with the key; ``lock`` holds it against other writers where the database locks rows."""
        statement = select(*(self._table.c[name] for name in fields)).where(*self._one(scoped=scoped))
        return self._compiled(statement.with_for_update(key_share=True) if lock else statement)

    def find(self, shape: Find, fields: tuple[str, ...]) -> Statement:
        """``fields`` of at most LIMIT rows in order, behind the position."""
        order = [self._ordered(name, descending=shape.descending) for name in shape.order]
        conditions = (self._condition(at, *each) for at, each in enumerate(shape.conditions))
        terms = [*self._scope(scoped=shape.scoped), *conditions]
        if shape.after is not None:
            terms.append(self._behind(shape.order, shape.after, descending=shape.descending))
        chosen = select(*(self._table.c[name] for name in fields))
        return self._compiled(chosen.where(*terms).order_by(*order).limit(bindparam(LIMIT, type_=Integer())))

    def insert(self) -> Statement:
        """Every field of a row; the parameters are named like the fields."""
        return self._compiled(
            insert(self._table).values({each.name: bindparam(each.name, type_=each.type) for each in self._table.columns})
        )

    def replace(self, *, versioned: bool) -> Statement:
        """Every field but key and tenant, guarded by key, tenant and the expected version."""
        fixed = {self._key.name, None if self._tenant is None else self._tenant.name}
        changed = {each.name: bindparam(f"new_{each.name}", type_=each.type) for each in self._table.columns if each.name not in fixed}
        if not changed:  # nothing but the key: the row is as it was
            changed = {self._key.name: self._key}  # type: ignore[dict-item]  # a column is an expression too
        where = [*self._one(scoped=self._tenant is not None and self._tenant is not self._key), *self._unchanged(versioned=versioned)]
        return self._compiled(update(self._table).where(*where).values(changed))

    def remove(self, *, scoped: bool, versioned: bool) -> Statement:
        """Delete by key, guarded like ``replace``."""
        return self._compiled(delete(self._table).where(*self._one(scoped=scoped), *self._unchanged(versioned=versioned)))

    def claim(self, fields: tuple[str, ...], lease: Lease, *, scoped: bool) -> Statement:
        """Move what is due, and held by nobody, ahead by SECONDS; ``fields`` of these rows. HELD and UNTIL are a test's instants, or null.

        PostgreSQL makes the choice once: it folds no CTE that locks, whereas a subquery of IN may be made again for each row and take more.
        """
        due, attempts, version = self._table.c[lease.due], self._table.c[lease.attempts], self._table.c["version"]
        now = func.coalesce(bindparam(HELD, type_=due.type), self._moment())
        until = func.coalesce(bindparam(UNTIL, type_=due.type), self._moment(ahead=bindparam(SECONDS, type_=Float())))
        free = select(self._key).where(due <= now, *self._scope(scoped=scoped)).order_by(due, self._key)
        taken = free.limit(bindparam(LIMIT, type_=Integer())).with_for_update(skip_locked=True).cte("taken")
        changed = {due.name: until, attempts.name: attempts + _ONE, version.name: version + _ONE}
        statement = update(self._table).where(self._key.in_(select(taken.c[self._key.name]))).values(changed)
        return self._compiled(statement.returning(*(self._table.c[name] for name in fields)))

    def probe(self, columns: tuple[str, ...]) -> Statement:
        """Whether a row has these values; the parameters are named like the columns. To tell which reference SQLite found broken."""
        where = [self._table.c[name] == bindparam(name, type_=self._table.c[name].type) for name in columns]
        return self._compiled(select(self._key).where(*where).limit(bindparam(LIMIT, type_=Integer())))

    def nothing(self, fields: tuple[str, ...]) -> Statement:
        """A query of these fields without rows: fails where the table or a column is missing."""
        return self._compiled(select(*(self._table.c[name] for name in fields)).where(false()))

    def _compiled(self, statement: ClauseElement) -> Statement:
        return written(statement, self._speech)

    def _moment(self, ahead: ColumnElement[float] | None = None) -> ColumnElement[Any]:
        """The database's clock, or so many seconds later; on SQLite to the millisecond, in the form in which instants are kept."""
        if self._is_sqlite:
            modifiers = () if ahead is None else (cast(ahead, Text()) + literal_column("' seconds'"),)
            return func.strftime(literal_column("'%Y-%m-%d %H:%M:%f'"), literal_column("'now'"), *modifiers)
        later = () if ahead is None else (ahead,)
        moment: ColumnElement[Any] = func.clock_timestamp()
        return moment + func.make_interval(*[_ZERO] * 6, *later) if later else moment

    def _scope(self, *, scoped: bool) -> list[ColumnElement[bool]]:
        if not scoped or self._tenant is None:
            return []
        return [self._tenant == bindparam(TENANT, type_=self._tenant.type)]

    def _one(self, *, scoped: bool) -> list[ColumnElement[bool]]:
        return [self._key == bindparam(KEY, type_=self._key.type), *self._scope(scoped=scoped)]

    def _unchanged(self, *, versioned: bool) -> list[ColumnElement[bool]]:
        return [self._table.c["version"] == bindparam(EXPECTED, type_=BigInteger())] if versioned else []

    def _condition(self, at: int, field: str, op: str) -> ColumnElement[bool]:
        target = self._table.c[field]
        if op == IS_NULL:
            return target.is_(None)
        return compare(target, op, bindparam(condition_name(at), type_=target.type))

    def _ordered(self, field: str, *, descending: bool) -> ColumnElement[Any]:
        """Nulls last in both directions; said only where there can be nulls, so that an index is walked where there are none."""
        term = self._table.c[field].desc() if descending else self._table.c[field].asc()
        return term.nulls_last() if column(self._record, field).nullable else term

    def _behind(self, order: tuple[str, ...], given: tuple[bool, ...], *, descending: bool) -> ColumnElement[bool]:
        """Strictly behind the position. Fields that are never null compare as one row value, which an index serves; the others one by one."""
        op = "lt" if descending else "gt"
        fields = [self._table.c[name] for name in order]
        values = [bindparam(f"{AFTER}{name}", type_=self._table.c[name].type) for name in order]
        plain = len(order)
        while plain and not column(self._record, order[plain - 1]).nullable:
            plain -= 1
        behind = row_behind(fields[plain:], values[plain:], op)
        for at in reversed(range(plain)):
            behind = one_behind(fields[at], values[at], op, behind, given=given[at], nullable=column(self._record, order[at]).nullable)
        return behind


def written(statement: ClauseElement, speech: SqlalchemyDialect) -> Statement:
    """The text of a statement in a dialect."""
    compiled: Any = statement.compile(dialect=speech)
    return Statement(" ".join(str(compiled).split()), tuple(compiled.positiontup or ()))


def condition_name(at: int) -> str:
    """The name of the parameter of the condition in this place."""
    return f"condition_{at}"


def row_behind(fields: list[Any], values: list[Any], op: str) -> ColumnElement[bool]:
    """The fields lie behind the values, as one row value; for fields that are never null and have one direction."""
    if not fields:  # an order that ends in a field that can be null: nothing is behind an equal position
        return false()
    return compare(fields[0], op, values[0]) if len(fields) == 1 else compare(tuple_(*fields), op, tuple_(*values))


def one_behind(field: Any, value: Any, op: str, rest: ColumnElement[bool], *, given: bool, nullable: bool) -> ColumnElement[bool]:
    """The field lies behind the value, or is equal and ``rest`` holds; ``given`` is whether the position has a value there."""
    if not given:  # nulls are last: behind a null there are only nulls
        return and_(field.is_(None), rest)
    farther = or_(compare(field, op, value), and_(field == value, rest))
    return or_(farther, field.is_(None)) if nullable else farther


def compare(left: Any, op: str, right: Any) -> ColumnElement[bool]:
    """``left op right`` for the operators of a condition."""
    match op:
        case "eq":
            made = left == right
        case "lt":
            made = left < right
        case "le":
            made = left <= right
        case "gt":
            made = left > right
        case _:
            made = left >= right
    return made  # type: ignore[no-any-return]  # comparisons of expressions are expressions


class _PlainLimit(SQLiteCompiler):
    """SQLAlchemy adds OFFSET 0 on SQLite, which is one parameter more in every page."""

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """Only LIMIT, unless the author of a query asks for an offset."""
        if select._limit_clause is None or select._offset_clause is not None:  # noqa: SLF001  (the compiler's own access)
            return str(super().limit_clause(select, **kw))  # type: ignore[no-untyped-call]
        return f" LIMIT {self.process(select._limit_clause, **kw)}"  # noqa: SLF001  (the compiler's own access)


def speech(dialect: Dialect, paramstyle: Paramstyle) -> SqlalchemyDialect:
    """SQLAlchemy's dialect for statements; the drivers themselves need not be installed."""
    if dialect == "sqlite":
        made = sqlite_dialect.dialect(paramstyle=paramstyle)
        made.statement_compiler = _PlainLimit
        return made
    if paramstyle == "numeric_dollar":
        return asyncpg_dialect.dialect(paramstyle=paramstyle)  # type: ignore[no-untyped-call]
    return psycopg_dialect.dialect(paramstyle=paramstyle)  # type: ignore[no-untyped-call]
