"""Store over an executor: scopes, versions, pages and the names of broken rules. It knows no driver and opens no transaction."""

from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import Struct, structs

from kingpost.kernel.admission import admit, claim, question
from kingpost.kernel.errors import ConfigurationError, Conflict, NotFound, StaleVersion
from kingpost.kernel.records import Record
from kingpost.kernel.scalars import INT64_MAX, INT64_MIN
from kingpost.kernel.store import Asked, Condition, Page, Scope, Value

from .executor import ConstraintBroken, Parameters, Row
from .plans import Plan
from .queries import Asked as SqlAsked
from .shape import ReferenceShape, unique_rule
from .statements import IS_NULL, LIMIT, Find

if TYPE_CHECKING:
    from .storage import SqlSession

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Struct)


class SqlStore:
    """Rows of one scope."""

    __slots__ = ("_session", "scope")

    def __init__(self, session: "SqlSession", scope: Scope) -> None:
        self.scope = scope
        self._session = session

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        """The row with this key, or None."""
        executor = self._session.enter()
        plan = self._plan(record)
        if lock:
            self._session.refuse_outside_a_unit("get(lock=True)")
        tenant = self.scope.tenant
        try:
            parameters = self._guards(plan, key)
        except ValueError:  # no id of this record, or another tenant's: there is no such row
            return None
        if len(parameters) == 1:
            reading = plan.get_locked_any if lock else plan.get_any
        else:
            reading = plan.get_locked_scoped if lock else plan.get_scoped
        rows = await executor.fetch(reading.sql, parameters)
        return reading.read(rows[0], key, tenant) if rows else None  # type: ignore[return-value]  # read makes records of the plan's type

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
        plan = self._plan(record)
        executor = self._session.enter()
        asked = question(record, where=where, order=order, after=after, limit=limit)
        tenant = None if self.scope.tenant is None else self._tenant(plan)
        if asked.hopeless or (tenant is None and self.scope.tenant is not None):
            return Page((), None)
        shape = Find(
            scoped=tenant is not None,
            conditions=tuple((each.field, IS_NULL if each.value is None else each.op) for each in where),
            order=asked.order,
            descending=descending,
            after=None if after is None else tuple(value is not None for value in after),
        )
        reading = plan.find(shape)
        parameters = plan.find_parameters(reading.names, tenant=tenant, where=where, order=asked.order, after=after, limit=limit + 1)
        rows = await executor.fetch(reading.sql, parameters)
        read, owner = reading.read, self.scope.tenant
        items: tuple[R, ...] = tuple(read(row, owner or "", owner) for row in rows[:limit])  # type: ignore[misc]  # as in get
        if len(rows) <= limit:
            return Page(items, None)
        return Page(items, tuple(_plain(getattr(items[-1], field)) for field in asked.order))

    async def ask(self, asked: Asked[S], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[S]:
        """At most ``limit`` rows of a named query, strictly behind ``after``."""
        plans, executor = self._session.plans, self._session.enter()
        if not isinstance(asked, SqlAsked):
            message = f"query {asked.query.name!r} is not written in SQL: make it with kingpost.adapters.sql.queries.Query"
            raise ConfigurationError(message)
        asking, sql, parameters = asked.question(plans.kind, scope=self.scope, after=after, limit=limit)
        for record in asked.query.records:
            plans.plan(record)
        if parameters is None:
            return Page((), None)
        return cast("Page[S]", asking.page(await executor.fetch(sql, parameters), limit))

    async def insert(self, row: Record) -> None:
        """Add the row; ``Conflict`` names the unique key or the reference that it breaks."""
        plan = self._plan(type(row))
        self._session.enter()
        if self.scope.tenant is not None and getattr(row, plan.tenant or "") != self.scope.tenant:
            message = (
                f"insert({plan.record.__name__}): the row names another tenant than the store; set {plan.tenant} to the store's tenant"
            )
            raise ConfigurationError(message)
        admit(row)
        await self._write(plan, plan.insert.sql, plan.insert.bind(row, None), row=row)

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        """Write all fields of the row; a versioned one only while ``expected`` is its version."""
        plan = self._plan(type(row))
        self._session.enter()
        _refuse_expectation(plan, expected)
        admit(row)
        if self.scope.tenant is not None and getattr(row, plan.tenant or "") != self.scope.tenant:
            raise NotFound
        writing = plan.replace
        possible = _can_be_version(expected)
        if not possible or not await self._write(plan, writing.sql, writing.bind(row, expected), row=row, replacing=True):
            await self._refuse(plan, getattr(row, plan.key), None if plan.tenant is None else getattr(row, plan.tenant))
        return _kept(plan, row, expected)

    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        """Delete the row; a versioned one only while ``expected`` is its version. ``Conflict`` when another row refers to it."""
        plan = self._plan(record)
        self._session.enter()
        _refuse_expectation(plan, expected)
        tenant = self.scope.tenant
        try:
            guards = self._guards(plan, key)
        except ValueError:
            raise NotFound from None
        statement = plan.remove_any if len(guards) == 1 else plan.remove_scoped
        parameters = guards if expected is None else (*guards, expected)
        if not _can_be_version(expected) or not await self._write(plan, statement.sql, parameters, removed=key):
            await self._refuse(plan, key, tenant)

    async def claim(self, record: type[R], *, seconds: float, limit: int) -> tuple[R, ...]:
        """At most ``limit`` rows that are due, for ``seconds``; those that another unit holds are passed over."""
        plan = self._plan(record)
        executor = self._session.enter()
        lease = claim(record, seconds=seconds, limit=limit)
        self._session.refuse_outside_a_unit("claim")
        scoped = plan.tenant is not None and self.scope.tenant is not None
        tenant = self._tenant(plan) if scoped else None
        if scoped and tenant is None:
            return ()
        reading = plan.claim_scoped if scoped else plan.claim_any
        held = self._session.held()
        parameters = plan.claim_parameters(reading.names, lease, tenant=tenant, held=held, seconds=seconds, limit=limit)
        rows: list[R] = [reading.read(row, "", None) for row in await executor.fetch(reading.sql, parameters)]  # type: ignore[misc]  # as in get
        return tuple(sorted(rows, key=attrgetter(plan.key)))

    def _plan(self, record: type[Record]) -> Plan:
        """``ConfigurationError`` for a record that the storage does not know or that this scope may not touch."""
        plan = self._session.plans.plan(record)
        if plan.tenant is None and self.scope.tenant is not None:
            message = f"{record.__name__} belongs to the platform: use the platform's store, session.store(PLATFORM)"
            raise ConfigurationError(message)
        return plan

    def _tenant(self, plan: Plan) -> object:
        """The scope's tenant as a parameter; None where it is no id, so that no row can be its."""
        try:
            return plan.encode_tenant(self.scope.tenant or "")
        except ValueError:
            return None

    def _guards(self, plan: Plan, key: str) -> tuple[object, ...]:
        """Key, and tenant where the statement carries it; ``ValueError`` when no row of this scope can have the key."""
        tenant = self.scope.tenant
        if tenant is not None and plan.front:
            return (plan.encode_key(key), plan.encode_tenant(tenant))
        if tenant is not None and tenant != key:
            raise ValueError
        return (plan.encode_key(key),)

    async def _refuse(self, plan: Plan, key: str, tenant: str | None) -> None:
        """A guarded statement met no row: ``NotFound``, or ``StaleVersion`` where the row is there with another version."""
        scoped = tenant is not None and plan.front
        statement = plan.exists_scoped if scoped else plan.exists_any
        parameters = (plan.encode_key(key), plan.encode_tenant(tenant)) if scoped and tenant else (plan.encode_key(key),)
        if plan.versioned and await self._session.executor.fetch(statement.sql, parameters):
            raise StaleVersion
        raise NotFound

    async def _write(
        self,
        plan: Plan,
        sql: str,
        parameters: Parameters,
        *,
        row: Record | None = None,
        replacing: bool = False,
        removed: str | None = None,
    ) -> int:
        try:
            return await self._session.write(sql, parameters)
        except ConstraintBroken as broken:
            rule = await self._rule(plan, broken, row, removed, replacing=replacing)
            raise Conflict(params={"rule": rule}) from broken

    async def _rule(self, plan: Plan, broken: ConstraintBroken, row: Record | None, removed: str | None, *, replacing: bool) -> str:
        """The name of the rule: told by the constraint's name, by the columns, or found by asking (references on SQLite)."""
        plans = self._session.plans
        if broken.constraint is not None:
            return plans.rules.get(broken.constraint, f"{broken.kind}:{broken.table}:{broken.constraint}")
        if broken.kind == "unique":
            told = plans.unique_rule(broken.table or plan.shape.table, broken.columns)
            return told if row is None else await self._first_taken(plan, row, told, replacing=replacing)
        if row is not None:
            return await self._missing_target(plan, row)
        return await self._referrer(plan, removed or "")

    async def _first_taken(self, plan: Plan, row: Record, told: str, *, replacing: bool) -> str:
        """Of several unique keys that the row breaks the one that is declared first, the key itself before all; SQLite tells the last one."""
        own = plan.encode_key(getattr(row, plan.key)) if replacing else None
        rules = {unique_rule(plan.shape.table, (plan.key,)): (plan.key,), **{each.rule: each.columns for each in plan.shape.uniques}}
        for rule, names in rules.items():
            values = [getattr(row, name) for name in names]
            if rule == told:
                return told
            if any(value is None for value in values):
                continue
            found = await self._fetched(plan, names, [plan.encode(*pair) for pair in zip(names, values, strict=True)])
            if found and found[0][0] != own:
                return rule
        return told

    async def _missing_target(self, plan: Plan, row: Record) -> str:
        """The first reference of the row whose target is not there."""
        candidates = [each for each in plan.shape.references if all(getattr(row, name) is not None for name in each.columns)]
        for each in candidates[:-1]:
            values = [plan.encode(name, getattr(row, name)) for name in each.columns]
            if not await self._exists(self._session.plans.of[each.target], each.target_columns, values):
                return each.rule
        return candidates[-1].rule if candidates else ""

    async def _referrer(self, plan: Plan, key: str) -> str:
        """The first reference through which another row holds on to this one."""
        candidates = self._session.plans.incoming(plan.record)
        for other, each in candidates[:-1]:
            if await self._exists(other, *self._pointing(plan, each, key)):
                return each.rule
        return candidates[-1][1].rule if candidates else ""

    def _pointing(self, plan: Plan, each: ReferenceShape, key: str) -> tuple[tuple[str, ...], list[object]]:
        """The columns and values of rows that point at the key; keys are unique over all tenants, so the key is enough."""
        return (each.columns[-1],), [plan.encode_key(key)]

    async def _exists(self, plan: Plan, fields: tuple[str, ...], values: list[object]) -> bool:
        return bool(await self._fetched(plan, fields, values))

    async def _fetched(self, plan: Plan, fields: tuple[str, ...], values: list[object]) -> list[Row]:
        """The key of a row with these values."""
        statement = plan.statements.probe(fields)
        given = {LIMIT: 1, **dict(zip(fields, values, strict=True))}
        return await self._session.executor.fetch(statement.sql, tuple(given[name] for name in statement.names))


def _plain(value: object) -> Value:
    return value.value if isinstance(value, Enum) else value  # type: ignore[return-value]  # columns in an order hold Values


def _kept(plan: Plan, row: R, expected: int | None) -> R:
    """The row as the database keeps it: the next version, instants in UTC."""
    changes: dict[str, object] = {} if expected is None else {"version": expected + 1}
    for name in plan.instants:
        moment: datetime | None = getattr(row, name)
        if moment is not None and moment.tzinfo is not UTC:
            changes[name] = moment.astimezone(UTC)
    return structs.replace(row, **changes) if changes else row


def _can_be_version(expected: int | None) -> bool:
    """Whether the column could hold the version and the next one; where it cannot, no row has it."""
    return expected is None or INT64_MIN <= expected < INT64_MAX


def _refuse_expectation(plan: Plan, expected: int | None) -> None:
    if plan.versioned and expected is None:
        message = f"{plan.record.__name__} is versioned: pass expected=<the version that was read>"
        raise ConfigurationError(message)
    if not plan.versioned and expected is not None:
        message = f"{plan.record.__name__} is not versioned: leave expected out, or set versioned=True in its facts"
        raise ConfigurationError(message)
