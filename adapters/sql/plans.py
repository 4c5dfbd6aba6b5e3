"""What a store needs of one record, prepared once: statements with the functions that fill them and read their rows. It runs nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property, lru_cache
from typing import Final

from msgspec import Struct
from sqlalchemy import MetaData

from kingpost.kernel.admission import can_be_key
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Kind, Lease, Record, column, columns
from kingpost.kernel.store import Condition, Value

from . import tables
from .codecs import encoder
from .executor import Dialect, Parameters, Paramstyle
from .rows import BindRow, ReadOne, binder, reader
from .shape import ReferenceShape, Shape, owner_columns, shapes, unique_rule
from .statements import AFTER, HELD, LIMIT, SECONDS, TENANT, UNTIL, Find, Statement, Statements, condition_name

_KNOWN_TENANTS: Final = 4096
"""Tenants whose id is kept in the form of a parameter."""


class Reading(Struct, frozen=True):
    """A query and the function that reads its rows."""

    sql: str
    names: tuple[str, ...]
    read: ReadOne


class Writing(Struct, frozen=True):
    """An INSERT or UPDATE and the function that takes its parameters from a record."""

    sql: str
    bind: BindRow


class Plan:
    """One record on one kind of executor. Statements are compiled when they are first needed."""

    def __init__(self, shape: Shape, statements: Statements, dialect: Dialect) -> None:
        facts = shape.record.facts
        self.record = shape.record
        self.shape = shape
        self.statements = statements
        self.dialect: Dialect = dialect
        self.key = facts.key
        self.tenant = facts.tenant
        self.versioned = facts.versioned
        self.owns_itself = facts.tenant == facts.key
        self.front = bool(owner_columns(shape.record))
        """Whether a tenant's statements carry the tenant beside the key."""
        self.encode_key = self._key_encoder()
        self.encode_tenant = self._tenant_encoder()
        self.instants = tuple(each.name for each in columns(shape.record) if each.kind is Kind.INSTANT)
        self._finds: dict[Find, Reading] = {}

    @cached_property
    def get_scoped(self) -> Reading:
        """By key and tenant; the row holds neither."""
        return self._reading(self.statements.get(self._others, scoped=True), self._others)

    @cached_property
    def get_locked_scoped(self) -> Reading:
        """The same, held against writers."""
        return self._reading(self.statements.get(self._others, scoped=True, lock=True), self._others)

    @cached_property
    def get_any(self) -> Reading:
        """By key alone: for the platform, and where the key is the tenant."""
        return self._reading(self.statements.get(self._but_key, scoped=False), self._but_key)

    @cached_property
    def get_locked_any(self) -> Reading:
        """The same, held against writers."""
        return self._reading(self.statements.get(self._but_key, scoped=False, lock=True), self._but_key)

    @cached_property
    def claim_scoped(self) -> Reading:
        """Of one tenant what is due, claimed; all fields."""
        return self._claiming(scoped=True)

    @cached_property
    def claim_any(self) -> Reading:
        """What is due, claimed; all fields."""
        return self._claiming(scoped=False)

    @cached_property
    def insert(self) -> Writing:
        """All fields."""
        return self._writing(self.statements.insert())

    @cached_property
    def replace(self) -> Writing:
        """All fields but key and tenant, guarded."""
        return self._writing(self.statements.replace(versioned=self.versioned))

    @cached_property
    def remove_scoped(self) -> Statement:
        """By key, tenant and version."""
        return self.statements.remove(scoped=True, versioned=self.versioned)

    @cached_property
    def remove_any(self) -> Statement:
        """By key and version."""
        return self.statements.remove(scoped=False, versioned=self.versioned)

    @cached_property
    def exists_scoped(self) -> Statement:
        """The key of the row with a key and a tenant."""
        return self.statements.get((self.key,), scoped=True)

    @cached_property
    def exists_any(self) -> Statement:
        """The key of the row with a key."""
        return self.statements.get((self.key,), scoped=False)

    def find(self, shape: Find) -> Reading:
        """The query of this shape; compiled once, kept for good (shapes are made by code, not by requests)."""
        found = self._finds.get(shape)
        if found is None:
            hidden = {self.tenant} if shape.scoped else set()
            fields = tuple(name for name in self.record.__struct_fields__ if name not in hidden) or (self.key,)
            found = self._finds[shape] = self._reading(self.statements.find(shape, fields), fields)
        return found

    def find_parameters(
        self,
        names: tuple[str, ...],
        *,
        tenant: object,
        where: tuple[Condition, ...],
        order: tuple[str, ...],
        after: tuple[Value, ...] | None,
        limit: int,
    ) -> Parameters:
        """The values of a find in the order of its statement's parameters."""
        values: dict[str, object] = {TENANT: tenant, LIMIT: limit}
        for at, condition in enumerate(where):
            values[condition_name(at)] = self.encode(condition.field, condition.value)
        for name, value in zip(order, after or (), strict=False):
            values[f"{AFTER}{name}"] = self.encode(name, value)
        return tuple(values[name] for name in names)

    def encode(self, field: str, value: object) -> object:
        """A record's value as a parameter."""
        convert = encoder(column(self.record, field), self.dialect)
        bare = value.value if isinstance(value, Enum) else value
        return bare if convert is None or bare is None else convert(bare)

    @property
    def _others(self) -> tuple[str, ...]:
        """What a tenant's get must read: all but key and tenant; the key where nothing else is there."""
        return tuple(name for name in self.record.__struct_fields__ if name not in (self.key, self.tenant)) or (self.key,)

    @property
    def _but_key(self) -> tuple[str, ...]:
        return tuple(name for name in self.record.__struct_fields__ if name != self.key) or (self.key,)

    def claim_parameters(
        self, names: tuple[str, ...], lease: Lease, *, tenant: object, held: datetime | None, seconds: float, limit: int
    ) -> Parameters:
        """The values of a claim in the order of its statement's parameters."""
        until = None if held is None else held + timedelta(seconds=seconds)
        values: dict[str, object] = {TENANT: tenant, LIMIT: limit, SECONDS: seconds}
        values |= {HELD: self.encode(lease.due, held), UNTIL: self.encode(lease.due, until)}
        return tuple(values[name] for name in names)

    def _claiming(self, *, scoped: bool) -> Reading:
        fields = self.record.__struct_fields__
        lease = self.record.facts.lease
        assert lease is not None, "admission has refused a record without one"
        return self._reading(self.statements.claim(fields, lease, scoped=scoped), fields)

    def _reading(self, statement: Statement, fields: tuple[str, ...]) -> Reading:
        return Reading(statement.sql, statement.names, reader(self.record, fields, self.dialect))

    def _writing(self, statement: Statement) -> Writing:
        return Writing(statement.sql, binder(self.record, statement, self.dialect))

    def _key_encoder(self) -> Callable[[str], object]:
        """Key -> parameter; ``ValueError`` for what the column cannot hold, so that nothing need be asked."""
        field = column(self.record, self.key)
        convert = encoder(field, self.dialect)
        if field.kind is Kind.ID and convert is not None:
            return convert
        record = self.record

        def checked(key: str) -> object:
            if not can_be_key(record, key):
                raise ValueError
            return key

        return checked

    def _tenant_encoder(self) -> Callable[[str], object]:
        convert = None if self.tenant is None else encoder(column(self.record, self.tenant), self.dialect)
        return lru_cache(maxsize=_KNOWN_TENANTS)(convert) if convert is not None else _as_it_is


def _as_it_is(value: str) -> object:
    return value


class Plans:
    """The plans of all records of one storage, and the names of their rules."""

    def __init__(self, records: tuple[type[Record], ...], dialect: Dialect, paramstyle: Paramstyle) -> None:
        made = MetaData()
        self.kind = (dialect, paramstyle)
        self.shapes = shapes(records)
        self.of: dict[type[Record], Plan] = {
            shape.record: Plan(shape, Statements(shape, tables.table(shape, made), dialect, paramstyle), dialect) for shape in self.shapes
        }
        self.rules = {name: rule for shape in self.shapes for name, rule in shape.rules().items()}
        self._columns = {(shape.table, frozenset(key.columns)): key.rule for shape in self.shapes for key in shape.uniques}

    def plan(self, record: type[Record]) -> Plan:
        """The plan of the record; ``ConfigurationError`` when the storage was not opened for it."""
        found = self.of.get(record)
        if found is None:
            message = f"the storage was not opened for {record.__name__}: add its component, or the record to records=..."
            raise ConfigurationError(message)
        return found

    def unique_rule(self, table: str, fields: tuple[str, ...]) -> str:
        """The rule of a unique key that a database tells by its columns (SQLite)."""
        return self._columns.get((table, frozenset(fields)), unique_rule(table, fields))

    def incoming(self, record: type[Record]) -> tuple[tuple[Plan, ReferenceShape], ...]:
        """The references that point at the record."""
        return tuple((self.of[shape.record], each) for shape in self.shapes for each in shape.references if each.target is record)
