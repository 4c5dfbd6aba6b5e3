"""What is persisted, declared once: a Record is a Struct with table facts. It knows no database and no framework.

From the facts come the SQL tables, the Django models, the memory tables and the row-level security policies.
A record's table is ``kingpost_<component>_<name>``, which is also the name Django gives to the model ``<name>`` of the app
``kingpost_<component>``.
"""

import types
import typing
import zlib
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, ClassVar, Literal, get_args, get_origin

from msgspec import Meta, Struct

from kingpost.kernel.declaring import Declaration, place_of
from kingpost.kernel.errors import ConfigurationError

LONGEST_INDEX_NAME = 30
"""Characters; Django refuses longer index names, and both migration histories must agree on them."""

CHOICE_LENGTH = 32
"""Characters of the column that holds a ``Literal`` or ``Enum`` of strings."""


class Kind(Enum):
    """What a column holds; each store has one codec per kind."""

    ID = "id"
    """A TypeID in the record, a UUID in the database."""
    TEXT = "text"
    """Unicode text; ``max_length`` in characters, or None for unbounded."""
    INTEGER = "integer"
    """A signed 64-bit integer."""
    BOOLEAN = "boolean"
    INSTANT = "instant"
    """An aware ``datetime`` in UTC with microseconds."""
    JSON = "json"
    """Any type that msgspec encodes; typed by the field's annotation."""
    BYTES = "bytes"


class Column(Struct, frozen=True, kw_only=True):
    """One column, derived from one field of a record."""

    name: str
    kind: Kind
    nullable: bool
    type: object
    """The annotation without None and without metadata: ``str``, ``int``, ``Literal[...]``, an Enum, a Struct, ``dict[str, str]``."""
    max_length: int | None = None
    prefix: str | None = None
    """The TypeID prefix of a column of kind ID."""


class Unique(Struct, frozen=True):
    """No two rows of one tenant (of the table, where no tenant owns the record) agree in all these fields.

    The tenant column is put in front by itself (not where the record is the tenant itself): do not name it. A row with a null in
    one of the fields is exempt.
    """

    fields: tuple[str, ...]


class Index(Struct, frozen=True):
    """An index that a list relies on: ``find`` refuses filters and orders that no index serves. The tenant column goes in front by itself."""

    fields: tuple[str, ...]


class Reference(Struct, frozen=True):
    """A foreign key to the key of ``target``; where both are owned by a tenant it includes the tenant, so it can never cross to another."""

    field: str
    target: "type[Record]"


class Retention(Struct, frozen=True):
    """How long rows are kept. ``days`` after the instant in ``since``; None keeps them for the life of their owner. ``reason`` is for the reader."""

    reason: str
    days: int | None = None
    since: str | None = None


class Lease(Struct, frozen=True, kw_only=True):
    """The rows are work that falls due, and ``Store.claim`` gives each to one worker at a time. The record is versioned: a claim is a version."""

    due: str
    """The field with the instant from which a row may be claimed; null where there is nothing left to do. It has an index of its own,
    over all tenants."""
    attempts: str
    """The integer field that counts the claims, those of workers that died among them."""


class Facts(Declaration, frozen=True, kw_only=True):
    """The table facts of a record."""

    mends = {
        "tenant": "write tenant='tenant_id', the field with the owner of the row, or tenant=None where the platform owns all rows",
        "personal": "write personal=('email',), the fields with data about a person, or personal=() where there is none",
        "retention": "write retention=Retention('kept for the life of the contract'), how long rows are kept and why",
    }
    component: str
    name: str
    """Singular, lower case, one word: ``product``."""
    retention: Retention
    personal: tuple[str, ...]
    """Fields with data about a person, found by export and erasure; empty is a decision too, so there is no default."""
    tenant: str | None
    """The field that names the owning tenant: ``tenant_id``; None is a decision too (a platform record), so there is no default."""
    key: str = "id"
    versioned: bool = False
    """The record has ``version: int``, starts at 1 and is replaced only by compare-and-set."""
    unique: tuple[Unique, ...] = ()
    indexes: tuple[Index, ...] = ()
    references: tuple[Reference, ...] = ()
    lease: Lease | None = None

    @property
    def table(self) -> str:
        """``kingpost_<component>_<name>``."""
        return f"kingpost_{self.component}_{self.name}"


class Record(Struct, frozen=True, kw_only=True):
    """Base of everything persisted. A subclass sets ``facts`` and declares its fields with plain annotations."""

    facts: ClassVar[Facts]


@cache
def columns(record: type[Struct]) -> tuple[Column, ...]:
    """The columns of a record (or of a Struct that is read like one) in the order of its fields; ``ConfigurationError`` names a field whose type no column can hold."""
    hints = typing.get_type_hints(record, include_extras=True)
    return tuple(_column(record, name, hints[name]) for name in record.__struct_fields__)


@cache
def column(record: type[Struct], name: str) -> Column:
    """The column called ``name``; ``ConfigurationError`` where the record has no such field."""
    for candidate in columns(record):
        if candidate.name == name:
            return candidate
    message = f"{record.__name__} has no field {name!r}; it has {', '.join(record.__struct_fields__)}"
    raise ConfigurationError(message)


def _column(record: type[Struct], name: str, annotation: object) -> Column:
    bare, nullable = _without_none(annotation)
    metas: tuple[Meta, ...] = ()
    if get_origin(bare) is Annotated:
        bare, *extras = get_args(bare)
        metas = tuple(extra for extra in extras if isinstance(extra, Meta))
    prefix = next((str((meta.extra or {})["typeid"]) for meta in metas if "typeid" in (meta.extra or {})), None)
    length = next((meta.max_length for meta in metas if meta.max_length is not None), None)
    kind = _kind(bare, prefix)
    if kind is None:
        message = f"{record.__name__}.{name}: no column can hold {annotation!r}; use str, int, bool, bytes, datetime, a Literal, a Struct, dict or tuple"
        raise ConfigurationError(message)
    if kind is Kind.TEXT and bare is not str:
        length = CHOICE_LENGTH
    return Column(name=name, kind=kind, nullable=nullable, type=bare, max_length=length if kind is Kind.TEXT else None, prefix=prefix)


def _without_none(annotation: object) -> tuple[object, bool]:
    if get_origin(annotation) in (typing.Union, types.UnionType):
        rest = tuple(argument for argument in get_args(annotation) if argument is not types.NoneType)
        if len(rest) == 1 and len(get_args(annotation)) == len(rest) + 1:
            return rest[0], True
    return annotation, False


_SCALARS: Mapping[object, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    bool: Kind.BOOLEAN,
    bytes: Kind.BYTES,
    datetime: Kind.INSTANT,
}


def _kind(bare: object, prefix: str | None) -> Kind | None:
    if bare is str and prefix is not None:
        return Kind.ID
    if bare in _SCALARS:
        return _SCALARS[bare]
    origin = get_origin(bare)
    if origin is Literal or (isinstance(bare, type) and issubclass(bare, Enum)):
        return Kind.TEXT
    if origin in (dict, list, tuple) or bare in (dict, list, tuple) or (isinstance(bare, type) and issubclass(bare, Struct)):
        return Kind.JSON
    return None


def serves(record: type[Record], equal: frozenset[str], order: tuple[str, ...]) -> bool:
    """Whether a declared index answers ``equal`` filters in ``order``: its first fields are those of ``equal``, then comes the order.

    The key is an index of its own, a unique key serves as one, and the key may always end an order. Equality on the tenant field costs
    nothing: the tenant is in front of every index.
    """
    facts = record.facts
    equal = equal - {facts.tenant} if facts.tenant is not None and facts.tenant != facts.key else equal
    single = ((facts.key,), *(unique.fields for unique in facts.unique))
    if any(equal == frozenset(path) for path in single):  # at most one row: any order will do
        return True
    paths = (*single, *(index.fields for index in facts.indexes))
    return any(_serves(path, facts.key, equal, order) for path in paths)


def _serves(path: tuple[str, ...], key: str, equal: frozenset[str], order: tuple[str, ...]) -> bool:
    head, rest = path[: len(equal)], path[len(equal) :]
    full = rest if key in rest else (*rest, key)
    return frozenset(head) == equal and full[: len(order)] == order


def index_name(record: type[Record], fields: tuple[str, ...], suffix: str) -> str:
    """An explicit name of at most 30 characters, equal in both migration histories: readable head, stable checksum, suffix."""
    facts = record.facts
    checksum = f"{zlib.crc32('.'.join((facts.table, *fields)).encode()):08x}"
    return f"kp_{facts.name[:12]}_{checksum}_{suffix}"[:LONGEST_INDEX_NAME]


def facts_of(record: type[Record]) -> Facts:
    """The facts; ``ConfigurationError`` for a record that was declared without."""
    facts: Facts | None = getattr(record, "facts", None)
    if facts is None:
        raise ConfigurationError(f"{place_of(record)}: {record.__name__} has no facts; write 'facts: ClassVar[Facts] = Facts(...)' in it")
    return facts


def check(record: type[Record]) -> None:
    """Refuse facts that contradict the fields; ``ConfigurationError`` names the place, the record, the fact and the mend."""
    facts = record.facts
    names = frozenset(record.__struct_fields__)
    columns(record)
    mentioned = [(facts.key,), facts.personal, *(u.fields for u in facts.unique), *(i.fields for i in facts.indexes)]
    mentioned += [(reference.field,) for reference in facts.references]
    mentioned += [(facts.tenant,)] if facts.tenant else []
    mentioned += [(facts.retention.since,)] if facts.retention.since else []
    mentioned += [(facts.lease.due, facts.lease.attempts)] if facts.lease else []
    for missing in sorted({name for group in mentioned for name in group} - names):
        message = f"{facts.declared}: {record.__name__}: the facts mention {missing!r}, which is not a field; fields are {', '.join(sorted(names))}"
        raise ConfigurationError(message)
    if facts.versioned and "version" not in names:
        message = f"{facts.declared}: {record.__name__} is versioned and has no field 'version: int = 1'; add it"
        raise ConfigurationError(message)
    if facts.lease is not None:
        _check_lease(record, facts.lease)
    for group in (*(u.fields for u in facts.unique), *(i.fields for i in facts.indexes)):
        if facts.tenant is not None and facts.tenant != facts.key and facts.tenant in group:
            message = f"{facts.declared}: {record.__name__}: leave {facts.tenant!r} out of {group}; it is put in front by itself"
            raise ConfigurationError(message)


def _check_lease(record: type[Record], lease: Lease) -> None:
    due, attempts = column(record, lease.due), column(record, lease.attempts)
    if not record.facts.versioned:
        message = f"{record.facts.declared}: {record.__name__} has a lease and no version: set versioned=True, so that whoever has lost the lease can no longer write"
        raise ConfigurationError(message)
    if due.kind is not Kind.INSTANT or not due.nullable or attempts.kind is not Kind.INTEGER or attempts.nullable:
        message = f"{record.facts.declared}: {record.__name__}: a lease needs '{lease.due}: datetime | None' and '{lease.attempts}: int'"
        raise ConfigurationError(message)
