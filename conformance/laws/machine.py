"""A state machine that plays one random program on a storage and on the reference, and demands the same answers. It knows no implementation.

Programs insert, replace, remove, get and find rows of two tenants, inside nested units that are committed or rolled back, while a second
session looks on. Names, badges and floors come from a few values, so that programs run into every rule.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError, Conflict, KernelError
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Condition, Page, Scope, Storage, Store, UnitOfWork, Value

from .law import Bench
from .specimens import Guest, House, Stay, fresh_id, fresh_word

GUESTS, STAYS = 4, 2
"""Keys that a program uses, per record; half of each belong to either tenant."""

WHO = st.sampled_from(["own", "own", "own", "own", "platform", "other"])
"""Through whose store a row is touched: mostly that of the tenant which owns it."""
NAMES = st.sampled_from(["Ada", "ada", "Äda", "Bob", "Cyd", "Dan", "Eve", "Fay", "", "z" * 40, "z" * 41, "\0"])
BADGES = st.sampled_from([None, None, "x", "y", ""])
FLOORS = st.sampled_from([0, 1, 2, 2**63 - 1])
EXPECTED = st.sampled_from([1, 1, 1, 2, 2, 3, None])
RARELY = st.integers(0, 9).map(lambda drawn: drawn == 9)
QUESTIONS: tuple[tuple[type[Record], tuple[Condition, ...], tuple[str, ...]], ...] = (
    (Guest, (), ()),
    (Guest, (), ("name",)),
    (Guest, (), ("floor", "name")),
    (Guest, (Condition("floor", "eq", 1),), ("name",)),
    (Guest, (Condition("name", "ge", "a"),), ("name",)),
    (Guest, (Condition("badge", "eq", None),), ("floor",)),
    (Guest, (Condition("name", "eq", "Ada"),), ()),
    (Stay, (), ()),
    (Stay, (), ("guest_id",)),
    (Stay, (Condition("guest_id", "eq", None),), ("id",)),
    (Guest, (), ("version",)),
)
"""Record, filters and order of the lists that a program asks for; the last one has no index."""

Outcome: TypeAlias = object
"""What a call gave: its value, or the class of its error and the rule that it names."""


class World:
    """One of the two storages: a session with its open units, and a session that looks on."""

    def __init__(self, bench: Bench[Storage]) -> None:
        self._bench = bench
        self.storage = bench.port
        self.session = bench.port.session()
        self.onlooker = bench.port.session()
        self.units: list[tuple[AbstractAsyncContextManager[UnitOfWork], UnitOfWork]] = []
        self.told: list[int] = []

    def does(self, call: Callable[["World"], Awaitable[Outcome]]) -> Outcome:
        """The outcome of the call in this world."""

        async def whole() -> Outcome:
            try:
                return await call(self)
            except (KernelError, ConfigurationError) as error:
                return type(error), _rule(error)

        return self._bench.run(whole())

    async def enter(self, scope: Scope) -> None:
        """Open a unit, inside the open ones."""
        block = self.session.unit(scope)
        self.units.append((block, await block.__aenter__()))

    async def leave(self, *, commit: bool) -> None:
        """End the innermost unit."""
        block, unit = self.units.pop()
        try:
            if commit:
                await unit.commit()
        finally:
            await block.__aexit__(None, None, None)

    async def close(self) -> None:
        """Give everything back."""
        await self.session.close()
        await self.onlooker.close()


class Asked(Struct, frozen=True):
    """A list that has been asked for, so that its next page can be."""

    scope: Scope
    question: int
    descending: bool
    limit: int
    after: tuple[Value, ...] | None


class StorageMachine(RuleBasedStateMachine):
    """One program. ``benches`` holds the storage under test and the reference; ``judge`` sets it."""

    benches: tuple[Bench[Storage], Bench[Storage]]

    def __init__(self) -> None:
        super().__init__()
        self.worlds = tuple(World(bench) for bench in self.benches)
        self.tenants = (fresh_id("hou"), fresh_id("hou"))
        self.guests = [fresh_id("gst") for _ in range(GUESTS)]
        self.stays = [fresh_id("sty") for _ in range(STAYS)]
        self.last: Asked | None = None
        self.marks = 0

    def same(self, call: Callable[[World], Awaitable[Outcome]]) -> Outcome:
        """Do the call in both worlds and demand one outcome."""
        outcome, wanted = (world.does(call) for world in self.worlds)
        assert outcome == wanted, f"the storage answers {outcome!r}, the reference {wanted!r}"
        return outcome

    def scope(self, who: str, at: int) -> Scope:
        """The tenant that owns the row at this place, the other one, or the platform."""
        return PLATFORM if who == "platform" else Scope(self.tenants[(at + (who == "other")) % 2])

    @initialize()
    def two_tenants(self) -> None:
        """Both tenants exist."""
        for tenant in self.tenants:
            house = House(id=tenant, slug=fresh_word("house"))
            self.same(partial(_found, house))

    @rule(who=WHO, at=st.integers(0, GUESTS - 1), name=NAMES, badge=BADGES, floor=FLOORS, foreign=RARELY)
    def insert_guest(self, who: str, at: int, name: str, badge: str | None, floor: int, *, foreign: bool) -> None:
        """A guest, now and then of the other tenant."""
        row = Guest(id=self.guests[at], house_id=self.tenants[(at + foreign) % 2], name=name, badge=badge, floor=floor)
        self.same(lambda world: world.session.store(self.scope(who, at)).insert(row))

    @rule(who=WHO, at=st.integers(0, STAYS - 1), guest=st.none() | st.integers(0, GUESTS - 1))
    def insert_stay(self, who: str, at: int, guest: int | None) -> None:
        """A stay that refers to a guest, present or not, own or foreign."""
        row = Stay(id=self.stays[at], house_id=self.tenants[at % 2], guest_id=None if guest is None else self.guests[guest])
        self.same(lambda world: world.session.store(self.scope(who, at)).insert(row))

    @rule(who=WHO, at=st.integers(0, GUESTS - 1), name=NAMES, badge=BADGES, floor=FLOORS, expected=EXPECTED)
    def replace_guest(self, who: str, at: int, name: str, badge: str | None, floor: int, *, expected: int | None) -> None:
        """A guest with a version that is right or not."""
        row = Guest(id=self.guests[at], house_id=self.tenants[at % 2], name=name, badge=badge, floor=floor)
        self.same(lambda world: world.session.store(self.scope(who, at)).replace(row, expected=expected))

    @rule(who=WHO, at=st.integers(0, STAYS - 1), guest=st.none() | st.integers(0, GUESTS - 1), nights=st.integers(0, 3))
    def replace_stay(self, who: str, at: int, guest: int | None, nights: int) -> None:
        """A stay, referring to another guest."""
        guest_id = None if guest is None else self.guests[guest]
        row = Stay(id=self.stays[at], house_id=self.tenants[at % 2], guest_id=guest_id, nights=nights)
        self.same(lambda world: world.session.store(self.scope(who, at)).replace(row))

    @rule(who=WHO, at=st.integers(0, GUESTS - 1), expected=EXPECTED)
    def remove_guest(self, who: str, at: int, expected: int | None) -> None:
        """A guest, referred to or not."""
        self.same(lambda world: world.session.store(self.scope(who, at)).remove(Guest, self.guests[at], expected=expected))

    @rule(who=WHO, at=st.integers(0, STAYS - 1))
    def remove_stay(self, who: str, at: int) -> None:
        """A stay."""
        self.same(lambda world: world.session.store(self.scope(who, at)).remove(Stay, self.stays[at]))

    @rule(who=WHO, at=st.integers(0, GUESTS - 1), lock=st.booleans(), looking_on=st.booleans())
    def get_guest(self, who: str, at: int, *, lock: bool, looking_on: bool) -> None:
        """A guest, locked or not, by the session itself or by the one that looks on."""
        self.same(lambda world: _reader(world, self.scope(who, at), looking_on).get(Guest, self.guests[at], lock=lock and not looking_on))

    @rule(
        at=st.integers(0, 1),
        question=st.integers(0, len(QUESTIONS) - 1),
        descending=st.booleans(),
        limit=st.sampled_from([1, 2, 3, 100]),
        looking_on=st.booleans(),
    )
    def find(self, at: int, question: int, *, descending: bool, limit: int, looking_on: bool) -> None:
        """The first page of a tenant's list; the platform's would hold the rows of other programs too."""
        self._page(Asked(self.scope("own", at), question, descending, limit, None), looking_on=looking_on)

    @precondition(lambda self: self.last is not None)
    @rule(looking_on=st.booleans())
    def find_more(self, *, looking_on: bool) -> None:
        """The page behind the last one, whatever has happened meanwhile."""
        assert self.last is not None
        self._page(self.last, looking_on=looking_on)

    def _page(self, asked: Asked, *, looking_on: bool) -> None:
        record, where, order = QUESTIONS[asked.question]

        async def call(world: World) -> Outcome:
            store = _reader(world, asked.scope, looking_on)
            return await store.find(record, where=where, order=order, descending=asked.descending, after=asked.after, limit=asked.limit)

        outcome = self.same(call)
        position = outcome.next if isinstance(outcome, Page) else None
        self.last = None if position is None else Asked(asked.scope, asked.question, asked.descending, asked.limit, position)

    @precondition(lambda self: len(self.worlds[0].units) < 3)
    @rule(who=WHO)
    def enter_unit(self, who: str) -> None:
        """Open a unit and leave a note for after its commit."""
        self.same(lambda world: world.enter(self.scope(who, 0)))
        self.marks += 1
        for world in self.worlds:
            world.units[-1][1].on_commit(partial(world.told.append, self.marks))

    @precondition(lambda self: self.worlds[0].units)
    @rule(commit=st.booleans())
    def leave_unit(self, *, commit: bool) -> None:
        """Commit the innermost unit or roll it back."""
        self.same(lambda world: world.leave(commit=commit))
        told, wanted = (tuple(world.told) for world in self.worlds)
        assert told == wanted, f"the storage answers with the callbacks {told}, the reference with {wanted}"

    def teardown(self) -> None:
        """Roll back what is open, then compare everything that is left."""
        for world in self.worlds:
            world.does(lambda world: world.close())
        for tenant in self.tenants:
            for record in (House, Guest, Stay):
                self.same(partial(_everything, tenant, record))


def _rule(error: Exception) -> str:
    """The rule that a Conflict names."""
    return error.rule if isinstance(error, Conflict) else ""


def _reader(world: World, scope: Scope, looking_on: bool) -> Store:  # noqa: FBT001  (drawn by the machine)
    return (world.onlooker if looking_on else world.session).store(scope)


async def _found(house: House, world: World) -> Outcome:
    await world.session.store(PLATFORM).insert(house)
    return None


async def _everything(tenant: str, record: type[Record], world: World) -> Outcome:
    return await world.storage.session().store(Scope(tenant)).find(record, limit=100)


def judge(storage: Bench[Storage], reference: Bench[Storage], *, programs: int, steps: int, shrink: bool = True) -> None:
    """Play so many programs of at most so many steps on both; the same programs every time.

    ``AssertionError`` with a program on which they differ; with ``shrink`` it is the shortest that can be found, which takes a while.
    """
    machine = type("ComparedStorages", (StorageMachine,), {"benches": (storage, reference)})
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    profile = settings(
        max_examples=programs,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
    )
    run_state_machine_as_test(machine, settings=profile)
