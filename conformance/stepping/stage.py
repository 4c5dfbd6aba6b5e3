"""The stage that tasks are played on: one kernel over a stepped storage on a machine that stands still, and rows that can be put back.

It knows how a run begins and what it leaves behind; it knows no operation and judges nothing.
"""

from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, structs
from svcs import Container

from kingpost.adapters.memory import MemoryStorage, SeededEntropy, Snapshot
from kingpost.conformance.backend import POLICY, Setup
from kingpost.conformance.bench import Machine, Trapped, bench_on
from kingpost.conformance.world import NOW, SEED
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.context import Authenticator, Caller
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.openapi import document
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Session, Storage
from kingpost.kernel.system import Stream
from kingpost.kernel.tenancy.ports import Memory
from kingpost.kernel.wire import RawReply, RawRequest

from .points import Locks, Point
from .scheduler import Decide, Played, Task, play
from .storage import SteppedStorage

T = TypeVar("T")

Rows: TypeAlias = dict[str, tuple[dict[str, object], ...]]
"""Every row, by table, in the order of the keys."""

Over: TypeAlias = Callable[[Storage], Storage]
"""Puts a storage over another: a broken one, to see that it is found out."""


def as_it_is(storage: Storage) -> Storage:
    """Nothing put over it."""
    return storage


REMEMBERING: Final = structs.replace(POLICY, access_log=False)
UNREMEMBERED: Final = structs.replace(REMEMBERING, cache_seconds=0.0)
"""Nothing is remembered between requests, so that the rows are all that tasks share."""


class SteppedMachine(Machine):
    """A machine on which every task draws chance of its own, so that what one draws does not depend on how far the others are."""

    def __init__(self) -> None:
        super().__init__()
        self.seed = "stepping"
        """What all chance is drawn from."""
        self._actor = ""
        self._draws: dict[str, SeededEntropy] = {}

    def begin(self, now: datetime) -> None:
        """The same instant and the same chance again."""
        self.clock.set(now)
        self.log.lines.clear()
        self._draws.clear()

    @contextmanager
    def aside(self) -> Generator[None]:
        """Afterwards the instant, chance and the log are what they were."""
        now, actor, draws, lines = self.clock.now(), self._actor, self._draws, self.log.lines
        self._draws, self.log.lines = {}, []
        try:
            yield
        finally:
            self.clock.set(now)
            self._actor, self._draws, self.log.lines = actor, draws, lines

    def enter(self, actor: str) -> None:
        """From now on this one draws."""
        self._actor = actor

    def draw(self, stream: Stream, size: int) -> bytes:
        """Bytes that the name of the task decides."""
        own = self._draws.get(self._actor)
        if own is None:
            own = self._draws[self._actor] = SeededEntropy(f"{self.seed}/{self._actor}")
        return own.draw(stream, size)


class Scene(Struct, frozen=True, kw_only=True):
    """Rows that a run begins with, and those of some time before."""

    rows: Snapshot
    past: Snapshot
    now: datetime = NOW
    """When it begins."""


class Leftover(AssertionError):
    """A run has left something open."""


class Stage:
    """One kernel, played on again and again."""

    def __init__(
        self, components: tuple[Component, ...], *, remembers: bool = False, over: Over = as_it_is, policy: Policy | None = None
    ) -> None:
        """Empty, but for a key of the platform.

        ``remembers`` as a deployment does, with points behind the calls too. ``over`` puts a storage of one's own over that on memory.
        ``policy`` is one of one's own.
        """
        self.machine = SteppedMachine()
        self._records = tuple(record for component in components for record in component.records)
        self._memory = MemoryStorage(records=self._records, clock=self.machine.clock)
        self._past = MemoryStorage(records=self._records)
        self._over = over
        self.storage = SteppedStorage(over(self._memory), self.machine.clock)
        self.storage.past = self._past
        self.storage.echoes = remembers
        setup = Setup(components=components, policy=policy or (REMEMBERING if remembers else UNREMEMBERED))
        self._bench = bench_on(setup, self.machine, Trapped(self.storage), drive)
        self.kernel = self._bench.kernel
        self.admit(self.kernel.authenticator)
        self.machine.enter("world")
        self.platform_key = self._bench.reset(seed=SEED, now=NOW)

    @cached_property
    def statuses(self) -> dict[str, frozenset[int]]:
        """The statuses that the OpenAPI document names, by operation."""
        return _documented(self.kernel)

    @property
    def memory(self) -> MemoryStorage:
        """Where the rows are, without a point before the calls."""
        return self._memory

    def admit(self, authenticator: Authenticator) -> None:
        """Let this one tell who asks, with a point behind it."""
        self.kernel.authenticator = _Admitting(authenticator, self.storage)

    def ask(self, request: RawRequest, actor: str = "world") -> RawReply:
        """The reply, without a stop."""
        return self.done(self.kernel.answer(request), actor)

    def done(self, act: Coroutine[Any, Any, T], actor: str) -> T:
        """What comes of it, without a stop."""
        self.machine.enter(actor)
        return drive(act)

    def records(self, record: type[Record]) -> tuple[Record, ...]:
        """The rows of a record, in the order of the keys; at most 1000."""
        return drive(_all(self._memory, record))

    def rows(self) -> Rows:
        """Everything that is committed."""
        return {record.facts.table: self._memory.rows(record) for record in self._records}

    def keep(self) -> Scene:
        """What is there, to begin with; every versioned row is one version older in the past."""
        past = self._memory.snapshot()
        for row in (row for record in self._records for row in self.records(record) if record.facts.versioned):
            drive(_touched(self._memory, row))
        return Scene(rows=self._memory.snapshot(), past=past, now=self.machine.clock.now())

    def begin(self, scene: Scene) -> None:
        """Put the scene's rows in place of what is there. ``Leftover`` where a unit of work is still open."""
        self.check_nothing_is_left()
        self._memory.restore(scene.rows)
        self._past.restore(scene.past)
        self.forget()
        self.machine.begin(scene.now)
        self.storage.durable.clear()

    def snapshot(self) -> Snapshot:
        """What is committed now."""
        return self._memory.snapshot()

    def put_back(self, snapshot: Snapshot) -> None:
        """Let the rows be those of the snapshot."""
        self._memory.restore(snapshot)

    def forget(self) -> None:
        """Drop what the process remembers of callers."""
        with Container(self.kernel.services) as services:
            services.get(Memory).forget()

    def play(self, tasks: tuple[Task, ...], decide: Decide) -> Played:
        """Run the tasks from where the rows stand."""
        self.storage.watched = True
        try:
            played = play(tasks, decide, locks=self.storage.locks, enter=self.machine.enter)
        finally:
            self.storage.watched = False
        return structs.replace(played, durable=self._durable(played))

    def _durable(self, played: Played) -> dict[int, int]:
        """The tasks whose changes were committed, each with the last step that did so."""
        sessions = {id(session) for session in self.storage.durable}
        return {step.task: number for number, step in enumerate(played.steps) if id(step.point.session) in sessions and step.point.may_last}

    def check_nothing_is_left(self) -> None:
        """``Leftover`` where a lock or a unit is still held; the stage can be used again afterwards."""
        held = self.storage.locks.held
        try:
            self._memory.restore(self._memory.snapshot())
        except ConfigurationError as error:
            self._renew()
            raise Leftover(str(error)) from error
        if held:
            self._renew()
            raise Leftover(f"still locked: {', '.join('/'.join(place) for place in held)}")

    def _renew(self) -> None:
        """Another storage, for nothing can close what a run has left open."""
        self._memory = MemoryStorage(records=self._records, clock=self.machine.clock)
        self.storage.storage = self._over(self._memory)
        self.storage.locks = Locks()


class _Admitting:
    """An authenticator behind which the tasks stop, so that it can be told when a caller was admitted."""

    def __init__(self, authenticator: Authenticator, storage: SteppedStorage) -> None:
        self._authenticator = authenticator
        self._storage = storage

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        caller = await self._authenticator.authenticate(session=session, credential=credential)
        if self._storage.watched:
            await Point(session=session, call="admitted")
        return caller


def _documented(kernel: Kernel) -> dict[str, frozenset[int]]:
    paths = msgspec.convert(document(kernel)["paths"], dict[str, dict[str, dict[str, object]]])
    operations = [operation for component in kernel.components for operation in component.operations]
    found = {operation.id: paths[operation.path][operation.method.lower()]["responses"] for operation in operations}
    return {id_: frozenset(map(int, msgspec.convert(responses, dict[str, object]))) for id_, responses in found.items()}


async def _all(storage: MemoryStorage, record: type[Record]) -> tuple[Record, ...]:
    order: tuple[str, ...] = (record.facts.key,)
    page = await storage.session().store(PLATFORM).find(record, order=order, limit=1000)
    return page.items


async def _touched(storage: MemoryStorage, row: Record) -> None:
    """The same row, one version on."""
    version: int = getattr(row, "version", 0)
    await storage.session().store(PLATFORM).replace(row, expected=version)
