"""What a record's facts mean for tables that are dictionaries: keys, tenants, unique values, references, copies. It holds no row."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, structs

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Column, Kind, Record, check, column, columns

R = TypeVar("R", bound=Record)

Values: TypeAlias = tuple[object, ...]
"""The values of some fields of a row, as dictionaries and sorted lists compare them."""


class UniqueRule:
    """One unique key. ``fields`` include the tenant in front, where the record is owned and does not own itself."""

    def __init__(self, name: str, fields: tuple[str, ...]) -> None:
        self.name = name
        self._read: Callable[[Record], Any] = attrgetter(*fields)
        self._alone = len(fields) == 1

    def value(self, row: Record) -> Values | None:
        """What no other row may have; None where a null exempts the row."""
        read = self._read(row)
        values: Values = (read,) if self._alone else read
        return None if None in values else values


class ReferenceRule(Struct, frozen=True):
    """One foreign key. ``within`` names the tenant field of the target that must agree with the row's own, or is None."""

    name: str
    source: type[Record]
    field: str
    target: type[Record]
    within: str | None


class Blueprint(Generic[R]):
    """Everything about one record that does not change; made once when the storage is."""

    def __init__(self, record: type[R], records: tuple[type[Record], ...]) -> None:
        check(record)
        facts = record.facts
        self.record = record
        self.table = facts.table
        self.key = facts.key
        self.tenant = facts.tenant
        self.versioned = facts.versioned
        self.same_key = f"unique:{facts.table}:{facts.key}"
        front = (facts.tenant,) if facts.tenant is not None and facts.tenant != facts.key else ()
        self.uniques = tuple(
            UniqueRule(f"unique:{facts.table}:{','.join(unique.fields)}", (*front, *unique.fields)) for unique in facts.unique
        )
        self.references = tuple(_references(record, records))
        self.incoming = tuple(rule for other in records for rule in _references(other, records) if rule.target is record)
        self._documents = tuple((each.name, _copier(each)) for each in columns(record) if each.kind is Kind.JSON)
        self._instants = tuple(each.name for each in columns(record) if each.kind is Kind.INSTANT)

    def kept(self, row: R) -> R:
        """The row as a database would keep it: instants in UTC, JSON as its own copy."""
        changes: dict[str, object] = {}
        for name in self._instants:
            moment: datetime | None = getattr(row, name)
            if moment is not None and moment.tzinfo is not UTC:
                changes[name] = moment.astimezone(UTC)
        for name, copied in self._documents:
            changes[name] = copied(getattr(row, name))
        return structs.replace(row, **changes) if changes else row

    def handed_out(self, row: R) -> R:
        """A row that its reader may change the dictionaries of."""
        if not self._documents:
            return row
        return structs.replace(row, **{name: copied(getattr(row, name)) for name, copied in self._documents})


def plain(value: object) -> object:
    """The value as columns compare it: an Enum by its text."""
    return value.value if isinstance(value, Enum) else value


def _copier(field: Column) -> Callable[[object], object]:
    encode = msgspec.json.Encoder().encode
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(field.type).decode
    return lambda value: None if value is None else decode(encode(value))


def _references(record: type[Record], records: tuple[type[Record], ...]) -> list[ReferenceRule]:
    facts = record.facts
    rules = [_reference(record, each.field, each.target) for each in facts.references]
    if facts.tenant is not None and facts.tenant != facts.key:
        rules += [_reference(record, facts.tenant, each) for each in records if each.facts.tenant == each.facts.key]
    for rule in rules:
        if rule.target not in records:
            message = f"{record.__name__}.{rule.field} refers to {rule.target.__name__}: open the storage for that record too"
            raise ConfigurationError(message)
    return rules


def _reference(record: type[Record], field: str, target: type[Record]) -> ReferenceRule:
    column(record, field)
    owned = record.facts.tenant is not None and target.facts.tenant not in (None, target.facts.key)
    return ReferenceRule(f"reference:{record.facts.table}:{field}", record, field, target, target.facts.tenant if owned else None)
