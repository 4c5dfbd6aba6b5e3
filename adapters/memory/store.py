"""Store over a session's dictionaries: scopes, versions and pages. It knows no transaction; the session's work decides what a write touches."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import TypeVar, cast

from msgspec import Struct, structs

from kingpost.kernel.admission import Question, admit, can_be_key, check_scope, claim, question
from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, StaleVersion
from kingpost.kernel.records import Lease, Record
from kingpost.kernel.store import Asked, Condition, Page, Scope, Value, at_most

from .blueprint import Blueprint, Values, plain
from .ordering import OrderedIndex, Path, Position
from .work import Work

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Struct)


class MemoryStore:
    """Rows of one scope."""

    def __init__(self, work: Work, scope: Scope) -> None:
        self.scope = scope
        self._work = work

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        """The row with this key, or None; ``lock`` raises ``Unavailable`` when a unit of the same thread holds the row, for it cannot wait."""
        self._work.enter("get")
        blueprint = self._blueprint(record)
        if lock:
            self._refuse_outside_a_unit("get(lock=True)")
            with self._work.ground.guard:
                if self._visible(blueprint, key) is not None:
                    self._work.lock(record, key)
        row = self._visible(blueprint, key)
        return None if row is None else blueprint.handed_out(row)

    async def find(
        self,
        record: type[R],
        *,
        where: tuple[Condition, ...] = (),
        order: tuple[str, ...] = (),
        descending: bool = False,
        after: tuple[Value, ...] | None = None,
        limit: int,
    ) -> Page[R]:
        """At most ``limit`` rows in a total order, strictly behind ``after``."""
        self._work.enter("find")
        blueprint = self._blueprint(record)
        asked = question(record, where=where, order=order, after=after, limit=limit)
        fixed = None if asked.hopeless else self._fixed(blueprint, where)
        if fixed is None:
            return Page((), None)
        path = Path(record, tuple(fixed), asked.order, descending)
        ranges = tuple(condition for condition in where if condition.op != "eq")
        with self._work.ground.guard:
            rows = list(islice(self._rows(record, path, tuple(fixed.values()), ranges, after), limit + 1))
        return _page(blueprint, asked, rows, limit)

    async def ask(self, asked: Asked[S], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[S]:
        """At most ``limit`` rows of a named query, which answers over the rows that the scope sees."""
        self._work.enter("ask")
        check_scope(asked.query, self.scope)
        with self._work.ground.guard:
            seen = {record: self._seen(record) for record in asked.query.records}
        return asked.over(seen.__getitem__, scope=self.scope, after=after, limit=limit)

    async def insert(self, row: Record) -> None:
        """Add the row; ``Conflict`` names the unique key or the reference that it breaks."""
        self._work.enter("insert")
        blueprint = self._blueprint(type(row))
        self._refuse_foreign(blueprint, row)
        admit(row)
        key: str = getattr(row, blueprint.key)
        with self._work.ground.guard:
            if self._work.look(type(row), key) is not None:
                raise Conflict(params={"rule": blueprint.same_key})
            self._work.write(type(row), key, blueprint.kept(row))

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        """Write all fields of the row; a versioned one only while ``expected`` is its version."""
        self._work.enter("replace")
        blueprint = self._blueprint(type(row))
        _refuse_expectation(blueprint, expected)
        admit(row)
        key: str = getattr(row, blueprint.key)
        with self._work.ground.guard:
            current = self._guarded(blueprint, key, expected)
            if blueprint.tenant is not None and getattr(current, blueprint.tenant) != getattr(row, blueprint.tenant):
                raise NotFound
            kept = blueprint.kept(row)
            if expected is not None:
                kept = structs.replace(kept, version=expected + 1)
            self._work.write(type(row), key, kept)
        return blueprint.handed_out(kept)

    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        """Delete the row; a versioned one only while ``expected`` is its version. ``Conflict`` when another row refers to it."""
        self._work.enter("remove")
        blueprint = self._blueprint(record)
        _refuse_expectation(blueprint, expected)
        if not can_be_key(record, key):
            raise NotFound
        with self._work.ground.guard:
            self._guarded(blueprint, key, expected)
            self._work.write(record, key, None)

    async def claim(self, record: type[R], *, seconds: float, limit: int) -> tuple[R, ...]:
        """At most ``limit`` rows that are due, for ``seconds``; those that another unit holds are passed over."""
        self._work.enter("claim")
        blueprint = self._blueprint(record)
        lease = claim(record, seconds=seconds, limit=limit)
        self._refuse_outside_a_unit("claim")
        now = self._work.ground.now()
        with self._work.ground.guard:
            fixed = self._fixed(blueprint, ()) or {}
            path = Path(record, tuple(fixed), (lease.due, blueprint.key), descending=False)
            due = self._rows(record, path, tuple(fixed.values()), (at_most(lease.due, now),), None)
            free = (row for row in due if self._work.is_free(record, getattr(row, blueprint.key)))
            taken = [_claimed(row, lease, now + timedelta(seconds=seconds)) for row in islice(free, limit)]
            for row in taken:
                self._work.write(record, getattr(row, blueprint.key), row)
        return tuple(blueprint.handed_out(row) for row in sorted(taken, key=attrgetter(blueprint.key)))

    def _blueprint(self, record: type[R]) -> Blueprint[R]:
        """``ConfigurationError`` for a record that the storage does not know or that this scope may not touch."""
        blueprint = self._work.ground.committed.of(record).blueprint
        if blueprint.tenant is None and self.scope.tenant is not None:
            message = f"{record.__name__} belongs to the platform: use the platform's store, session.store(PLATFORM)"
            raise ConfigurationError(message)
        return blueprint

    def _seen(self, record: type[Record]) -> list[Record]:
        """Every row of the scope, with the unit's own changes."""
        blueprint, tenant = self._blueprint(record), self.scope.tenant
        rows = self._work.every(record)
        return [row for row in rows if tenant is None or getattr(row, blueprint.tenant or "") == tenant]

    def _visible(self, blueprint: Blueprint[R], key: str) -> R | None:
        """The row, unless it is absent or another tenant's."""
        row = self._work.look(blueprint.record, key)
        if row is None or self.scope.tenant is None or getattr(row, blueprint.tenant or "") == self.scope.tenant:
            return row
        return None

    def _guarded(self, blueprint: Blueprint[R], key: str, expected: int | None) -> R:
        """The row as it is now, free to be written; ``NotFound`` or ``StaleVersion``."""
        self._work.wait_to_write(blueprint.record, key)
        row = self._visible(blueprint, key)
        if row is None:
            raise NotFound
        if expected is not None and getattr(row, "version", None) != expected:
            raise StaleVersion
        return row

    def _fixed(self, blueprint: Blueprint[R], where: tuple[Condition, ...]) -> dict[str, object] | None:
        """What must be equal, field by field, the tenant among them; None where it contradicts itself."""
        fixed = {condition.field: plain(condition.value) for condition in where if condition.op == "eq"}
        tenant, owner = self.scope.tenant, blueprint.tenant
        if tenant is not None and owner is not None and fixed.setdefault(owner, tenant) != tenant:
            return None
        return dict(sorted(fixed.items()))

    def _rows(
        self, record: type[R], path: Path, fixed: Values, ranges: tuple[Condition, ...], after: tuple[Value, ...] | None
    ) -> Iterator[R]:
        """The rows in order: what is committed, with the unit's own changes on top."""
        committed = self._work.ground.committed.of(record)
        index = committed.index(path)
        theirs = index.walk(fixed, ranges, after)
        changed = self._work.changed.of(record).rows if self._work.levels else None
        if not changed:
            return (row for position in theirs if (row := committed.rows[index.key(position)]) is not None)
        own = OrderedIndex(path)
        for row in changed.values():
            if row is not None:
                own.add(row)
        untouched = (position for position in theirs if index.key(position) not in changed)
        return self._merged(record, index, untouched, own.walk(fixed, ranges, after))

    def _merged(self, record: type[R], index: OrderedIndex, theirs: Iterator[Position], own: Iterator[Position]) -> Iterator[R]:
        for position in merge(theirs, own, reverse=index.path.descending):
            row = self._work.look(record, index.key(position))
            if row is not None:
                yield row

    def _refuse_foreign(self, blueprint: Blueprint[R], row: Record) -> None:
        if self.scope.tenant is not None and getattr(row, blueprint.tenant or "") != self.scope.tenant:
            message = f"insert({blueprint.record.__name__}): the row names another tenant than the store; set {blueprint.tenant} to the store's tenant"
            raise ConfigurationError(message)

    def _refuse_outside_a_unit(self, call: str) -> None:
        if not self._work.levels:
            message = f"{call} outside a unit of work would give back at once what it takes: open session.unit(scope) around it"
            raise ConfigurationError(message)


def _claimed(row: R, lease: Lease, until: datetime) -> R:
    version: int = getattr(row, "version")  # noqa: B009  (a record with a lease has one; its base does not)
    return structs.replace(row, **{lease.due: until, lease.attempts: getattr(row, lease.attempts) + 1, "version": version + 1})


def _page(blueprint: Blueprint[R], asked: Question, rows: list[R], limit: int) -> Page[R]:
    items = tuple(blueprint.handed_out(row) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(items, None)
    position = tuple(cast(Value, plain(getattr(items[-1], field))) for field in asked.order)
    return Page(items, position)


def _refuse_expectation(blueprint: Blueprint[R], expected: int | None) -> None:
    if blueprint.versioned and expected is None:
        message = f"{blueprint.record.__name__} is versioned: pass expected=<the version that was read>"
        raise ConfigurationError(message)
    if not blueprint.versioned and expected is not None:
        message = f"{blueprint.record.__name__} is not versioned: leave expected out, or set versioned=True in its facts"
        raise ConfigurationError(message)
