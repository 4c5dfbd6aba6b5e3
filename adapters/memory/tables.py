"""Rows in dictionaries, with what makes looking them up fast: unique values, referrers, sorted lists. It knows no scope and no session."""

from collections.abc import Iterator, Mapping
from typing import Final, Generic, TypeAlias, TypeVar

from kingpost.kernel.errors import ConfigurationError, Conflict
from kingpost.kernel.records import Record

from .blueprint import Blueprint, Values
from .ordering import OrderedIndex, Path

R = TypeVar("R", bound=Record)


class Untouched:
    """Marks a key that an overlay says nothing about."""


UNTOUCHED: Final = Untouched()


class Table(Generic[R]):
    """The rows of one record: what has been committed, or what one open unit has changed (then None stands for a removed row)."""

    def __init__(self, blueprint: Blueprint[R]) -> None:
        self.blueprint = blueprint
        self.rows: dict[str, R | None] = {}
        self.holders: tuple[dict[Values, str], ...] = tuple({} for _ in blueprint.uniques)
        self.referrers: tuple[dict[object, set[str]], ...] = tuple({} for _ in blueprint.references)
        self._indexes: dict[Path, OrderedIndex] = {}

    def place(self, key: str, row: R | Untouched | None) -> None:
        """Let ``row`` stand at ``key`` and bring every index up to date; ``UNTOUCHED`` forgets the key."""
        before = self.rows.pop(key, None)
        if before is not None:
            self._unlist(key, before)
        if isinstance(row, Untouched):
            return
        self.rows[key] = row
        if row is not None:
            self._list(key, row)

    def index(self, path: Path) -> OrderedIndex:
        """The sorted list along ``path``; made at the first question and kept from then on."""
        found = self._indexes.get(path)
        if found is None:
            found = self._indexes[path] = OrderedIndex(path)
            for row in self.rows.values():
                if row is not None:
                    found.add(row)
        return found

    def _list(self, key: str, row: R) -> None:
        for holders, unique in zip(self.holders, self.blueprint.uniques, strict=True):
            value = unique.value(row)
            if value is not None:
                holders[value] = key
        for referrers, rule in zip(self.referrers, self.blueprint.references, strict=True):
            referrers.setdefault(getattr(row, rule.field), set()).add(key)
        for index in self._indexes.values():
            index.add(row)

    def _unlist(self, key: str, row: R) -> None:
        for holders, unique in zip(self.holders, self.blueprint.uniques, strict=True):
            value = unique.value(row)
            if value is not None and holders.get(value) == key:
                del holders[value]
        for referrers, rule in zip(self.referrers, self.blueprint.references, strict=True):
            target = getattr(row, rule.field)
            referrers[target].discard(key)
            if not referrers[target]:
                del referrers[target]
        for index in self._indexes.values():
            index.drop(row)


class Tables:
    """One table per record, made as it is asked for. The same for what is committed and for what a unit has changed."""

    def __init__(self, blueprints: Mapping[type[Record], Blueprint[Record]]) -> None:
        self._blueprints = blueprints
        self._tables: dict[type[Record], Table[Record]] = {}

    def of(self, record: type[R]) -> Table[R]:
        """The table of the record; ``ConfigurationError`` when the storage was not opened for it."""
        table = self._tables.get(record)
        if table is None:
            if record not in self._blueprints:
                message = (
                    f"the storage was not opened for {record.__name__}: add its component, or the record to MemoryStorage(records=...)"
                )
                raise ConfigurationError(message)
            table = self._tables[record] = Table(self._blueprints[record])
        return table  # type: ignore[return-value]  # the table at R is a table of R

    def changes(self) -> Iterator[tuple[type[Record], str, Record | None]]:
        """Every row that is there: record, key, row."""
        for record, table in self._tables.items():
            for key, row in table.rows.items():
                yield record, key, row

    def clear(self) -> None:
        """Forget every row."""
        self._tables.clear()


Change: TypeAlias = tuple[type[Record], str, Record | None]


class View:
    """Committed rows as one session sees them: its own changes lie on top."""

    def __init__(self, committed: Tables, changed: Tables) -> None:
        self._committed = committed
        self._changed = changed

    def row(self, record: type[R], key: str) -> R | None:
        """The row at the key, own changes first."""
        mine = self._changed.of(record).rows.get(key, UNTOUCHED)
        return self._committed.of(record).rows.get(key) if isinstance(mine, Untouched) else mine

    def verify(self, change: Change) -> None:
        """Return when the change breaks no rule; else ``Conflict`` that names the rule."""
        record, key, row = change
        if row is None:
            self._verify_unreferenced(record, key)
        else:
            self._verify_unique(record, key, row)
            self._verify_references(record, row)

    def _verify_unique(self, record: type[Record], key: str, row: Record) -> None:
        committed, changed = self._committed.of(record), self._changed.of(record)
        for at, unique in enumerate(committed.blueprint.uniques):
            value = unique.value(row)
            if value is None:
                continue
            mine, theirs = changed.holders[at].get(value), committed.holders[at].get(value)
            if mine not in (None, key) or (theirs not in (None, key) and theirs not in changed.rows):
                raise Conflict(params={"rule": unique.name})

    def _verify_references(self, record: type[Record], row: Record) -> None:
        blueprint = self._committed.of(record).blueprint
        for rule in blueprint.references:
            wanted = getattr(row, rule.field)
            if wanted is None:
                continue
            itself = rule.target is record and wanted == getattr(row, record.facts.key)
            target = row if itself else self.row(rule.target, wanted)
            if target is None or (rule.within is not None and getattr(target, rule.within) != getattr(row, blueprint.tenant or "")):
                raise Conflict(params={"rule": rule.name})

    def _verify_unreferenced(self, record: type[Record], key: str) -> None:
        for rule in self._committed.of(record).blueprint.incoming:
            committed, changed = self._committed.of(rule.source), self._changed.of(rule.source)
            at = committed.blueprint.references.index(rule)
            itself = {key} if rule.source is record else set[str]()
            mine, theirs = changed.referrers[at].get(key, set()), committed.referrers[at].get(key, set())
            if not mine <= itself or not theirs - itself <= changed.rows.keys():
                raise Conflict(params={"rule": rule.name})
