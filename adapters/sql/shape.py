"""The shape of a record's table, decided once for SQLAlchemy's tables and Django's models. It imports neither of them.

Decisions that the facts leave open:

- Text columns sort by code point: COLLATE "C" on PostgreSQL, SQLite's default.
- Uniques and indexes of a tenant-owned record start with the tenant. An index ends with the key, so that it serves a total order.
- What falls due has an index without the tenant: a worker claims over all of them.
- Every tenant-owned record has a unique key over (tenant, key): references within the tenant point at it, and lists by key walk it.
- A reference between two tenant-owned records is (tenant, field) -> (tenant, key); every other one is field -> key.
- Every tenant-owned record refers to the tenant record, where that is among the records (the laws' own records have theirs).
- References are immediate and do nothing on delete.
"""

from functools import cache
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Column, Record, check, column, columns, index_name

SqliteType: TypeAlias = Literal["char(32)", "varchar", "text", "bigint", "bool", "datetime", "BLOB"]

LEDGER_TABLE: Final = "kingpost_schema"
"""Which history owns the database: component varchar(63) primary key, revision varchar(255), owner varchar(16), secret_fingerprint bytes or null."""
LEDGER_COMPONENT: Final = "schema"
"""The pseudo-component whose history makes the ledger, and whose row in it carries the fingerprint of the secret."""
LEDGER_LENGTHS: Final = {"component": 63, "revision": 255, "owner": 16}


class KeyShape(Struct, frozen=True, kw_only=True):
    """A unique key or an index: its name (at most 30 characters) and its columns in order."""

    name: str
    columns: tuple[str, ...]
    rule: str = ""
    """What ``Conflict.rule`` says when it is broken; empty for an index."""


class ReferenceShape(Struct, frozen=True, kw_only=True):
    """A foreign key: its name, where from, where to, and the rule it stands for."""

    name: str
    columns: tuple[str, ...]
    target: type[Record]
    target_columns: tuple[str, ...]
    rule: str


class Shape(Struct, frozen=True, kw_only=True):
    """A table: columns in the order of the fields, the primary key, and everything with a name."""

    record: type[Record]
    table: str
    columns: tuple[Column, ...]
    key: str
    uniques: tuple[KeyShape, ...]
    indexes: tuple[KeyShape, ...]
    references: tuple[ReferenceShape, ...]

    def rules(self) -> dict[str, str]:
        """Constraint name -> rule, the primary key's (as PostgreSQL names it) included."""
        uniques = {each.name: each.rule for each in self.uniques}
        references = {each.name: each.rule for each in self.references}
        return {f"{self.table}_pkey": unique_rule(self.table, (self.key,)), **uniques, **references}


def unique_rule(table: str, fields: tuple[str, ...]) -> str:
    """``unique:<table>:<fields>``, without the tenant."""
    return f"unique:{table}:{','.join(fields)}"


def reference_rule(table: str, field: str) -> str:
    """``reference:<table>:<field>``."""
    return f"reference:{table}:{field}"


def shapes(records: tuple[type[Record], ...]) -> tuple[Shape, ...]:
    """The shapes of records that live in one database, each after those it refers to. ``ConfigurationError`` when facts contradict each other."""
    known = tuple(dict.fromkeys(records))
    tenant = tenant_record(known)
    made = {record: shape(record, tenant) for record in known}
    for each in made.values():
        for reference in each.references:
            if reference.target not in made:
                message = f"{each.record.__name__} refers to {reference.target.__name__}, which is not among the records: add its component"
                raise ConfigurationError(message)
    return tuple(made[record] for record in _after_their_targets(made))


def tenant_record(records: tuple[type[Record], ...]) -> type[Record] | None:
    """The record that owns itself (its tenant field is its key), or None."""
    return next((record for record in records if record.facts.tenant == record.facts.key), None)


@cache
def shape(record: type[Record], tenant: type[Record] | None) -> Shape:
    """The shape of one record in a database whose tenants are kept as ``tenant``."""
    check(record)
    facts = record.facts
    front = owner_columns(record)
    uniques = [_unique(record, (*front, *each.fields), each.fields) for each in facts.unique]
    if front:
        uniques.append(_unique(record, (*front, facts.key), (facts.key,)))
    indexes = [(*front, *each.fields, *(() if facts.key in each.fields else (facts.key,))) for each in facts.indexes]
    indexes += [(facts.lease.due, facts.key)] if facts.lease else []
    taken = {each.columns for each in uniques}
    return Shape(
        record=record,
        table=facts.table,
        columns=columns(record),
        key=facts.key,
        uniques=tuple({each.columns: each for each in uniques}.values()),
        indexes=tuple(KeyShape(name=index_name(record, each, "ix"), columns=each) for each in dict.fromkeys(indexes) if each not in taken),
        references=_references(record, tenant),
    )


def owner_columns(record: type[Record]) -> tuple[str, ...]:
    """The column that goes in front of keys and references: the tenant's, unless there is none or it is the key itself."""
    facts = record.facts
    return (facts.tenant,) if facts.tenant is not None and facts.tenant != facts.key else ()


def text_collation(each: Column, dialect: str) -> str | None:
    """The collation a text column needs to sort by code point, or None where the database's default does."""
    return "C" if dialect == "postgresql" and each.kind.value == "text" else None


def _unique(record: type[Record], full: tuple[str, ...], fields: tuple[str, ...]) -> KeyShape:
    return KeyShape(name=index_name(record, full, "uq"), columns=full, rule=unique_rule(record.facts.table, fields))


def _references(record: type[Record], tenant: type[Record] | None) -> tuple[ReferenceShape, ...]:
    made = [_reference(record, each.field, each.target) for each in record.facts.references]
    owner = owner_columns(record)
    if tenant is not None and owner and not any(each.columns == owner for each in made):
        made.append(_reference(record, owner[0], tenant))
    return tuple(made)


def _reference(record: type[Record], field: str, target: type[Record]) -> ReferenceShape:
    front, behind = owner_columns(record), owner_columns(target)
    within = bool(front and behind and field not in front)
    source, goal = column(record, field), column(target, target.facts.key)
    if (source.kind, source.prefix) != (goal.kind, goal.prefix):
        message = f"{record.__name__}.{field} refers to {target.__name__}.{goal.name} and is of another type: give it the type of that key"
        raise ConfigurationError(message)
    full = (*front, field) if within else (field,)
    return ReferenceShape(
        name=index_name(record, full, "fk"),
        columns=full,
        target=target,
        target_columns=(*behind, goal.name) if within else (goal.name,),
        rule=reference_rule(record.facts.table, field),
    )


def _after_their_targets(made: dict[type[Record], Shape]) -> tuple[type[Record], ...]:
    """Depth first, in the given order; a record that refers to itself is fine, a circle of several is refused."""
    done: dict[type[Record], None] = {}

    def visit(record: type[Record], above: tuple[type[Record], ...]) -> None:
        if record in above:
            message = f"records refer to each other in a circle: {' -> '.join(each.__name__ for each in (*above, record))}; leave one reference out"
            raise ConfigurationError(message)
        if record in done:
            return
        for reference in made[record].references:
            if reference.target is not record:
                visit(reference.target, (*above, record))
        done[record] = None

    for record in made:
        visit(record, ())
    return tuple(done)
