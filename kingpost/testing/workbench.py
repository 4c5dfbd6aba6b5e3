"""The workbench of a test: a kernel over memory on a machine that stands still, and what a test does with it. It knows no framework."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from kingpost.adapters.memory import MemoryClock, RecordedLog
from kingpost.adapters.runtime.calls import OPERATOR, context_of
from kingpost.conformance.world import NOW
from kingpost.kernel import tenancy
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.context import Caller
from kingpost.kernel.operations import Operation
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record
from kingpost.kernel.wire import RawReply, RawRequest

from .client import Client, Requests
from .ground import POLICY, Ground, taken, with_required
from .parties import NOBODY, Party
from .prepared import Prepared, request_call, use_case_call
from .schedules import CRASHES, Fault, Law, Theatre

P = TypeVar("P")
R = TypeVar("R", bound=Record)
T = TypeVar("T")

LIMIT: Final = 2_000
"""Interleavings of some calls, beyond which those with few preemptions are played."""


class TestClock:
    """The time of a test. It stands still until it is moved."""

    __test__ = False  # pytest: no class of tests

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self._clock.now()

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass."""
        self._clock.advance(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds())

    def set(self, now: datetime) -> None:
        """Jump to an aware instant, as a clock that is corrected does."""
        self._clock.set(now)


class Workbench:
    """A kernel of some components, empty, and its callers.

    ``with Workbench(helpdesk.COMPONENT) as bench: ...``; in pytest the fixture ``kingpost`` is one. Tenancy is always there, and so is
    whatever of Kingpost's own the components require.
    """

    def __init__(self, *components: Component, policy: Policy = POLICY, now: datetime = NOW, seed: object = "testing") -> None:
        """``policy`` holds the settings, ``now`` is when the test begins, ``seed`` decides ids, keys and whatever else is drawn."""
        self._components = with_required((tenancy.COMPONENT, *components))
        self._policy = policy
        self._now = now
        self._seed = str(seed)
        self._fakes: dict[type[Any], object] = {}
        self._ground: Ground | None = None

    def __enter__(self) -> Self:
        self._ground = taken(self._components)
        self._ground.begin(self._policy, now=self._now, seed=self._seed)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        ground, self._ground = self._ground, None
        self._fakes.clear()
        if ground is not None:
            ground.give_back()

    # ---------------------------------------------------------------- who calls

    def tenant(self, slug: str, **fields: Any) -> Party:
        """A new tenant; ``fields`` as for ``CreateTenant``: ``name``, ``plan``, ``hosts``, ``host_ref``."""
        body = tenancy.CreateTenant(**{"slug": slug, "name": slug.title(), **fields})
        issued = self._driven(self._create(body))
        return Party(name=slug, id=issued.tenant.id, key=issued.key)

    async def _create(self, body: tenancy.CreateTenant) -> tenancy.IssuedTenant:
        async with context_of(self.kernel, Caller(principal=OPERATOR, tenant=None), write=True) as context:
            return await tenancy.create_tenant(context, body=body)

    @property
    def platform(self) -> Party:
        """Whoever runs the platform."""
        return Party(name="platform", key=self._here.stage.platform_key)

    @property
    def anonymous(self) -> Party:
        """Nobody."""
        return NOBODY

    # ---------------------------------------------------------------- what they do

    def client(self, *, as_: Party = NOBODY, headers: Mapping[str, str] | None = None) -> Client:
        """A client of the HTTP API in memory: every stage of the pipeline, no framework. What nobody foresaw is raised where it was sent."""
        return Client(self._answer, Requests(key=as_.key, headers=headers or {}))

    def run(self, use_case: Callable[..., Coroutine[Any, Any, T]], *, as_: Party, **inputs: Any) -> T:
        """The result of ``use_case(context, **inputs)``, committed unless it raises; what it raises is raised.

        The context is that of the caller: its tenant, its permissions. ``after`` may be left out, and ``if_match`` may be a record.
        """
        return cast("T", self._driven(self.prepare(use_case, as_=as_, **inputs).do(self.kernel)))

    def prepare(self, use_case: Callable[..., Coroutine[Any, Any, object]], *, as_: Party, **inputs: Any) -> Prepared:
        """The same, not yet done: for ``every_interleaving`` and ``crash_everywhere``."""
        operation = next((each for each in self.kernel.registry.operations if each.use_case is use_case), None)
        return use_case_call(use_case, as_, inputs, operation)

    def prepare_request(self, method: str, path: str, body: object = None, *, as_: Party, **more: Any) -> Prepared:
        """A request, not yet sent; ``more`` as for a client: ``query``, ``if_match``, ``headers``."""
        request = Requests(key=as_.key, headers={})(method, path, body, **more)
        return request_call(request, as_, self._operation(request))

    def _operation(self, request: RawRequest) -> Operation:
        return self.kernel.registry.match(request.method, request.path).operation

    # ---------------------------------------------------------------- what is around them

    @property
    def kernel(self) -> Kernel:
        """The kernel, to be handed to a framework."""
        return self._here.stage.kernel

    @property
    def clock(self) -> TestClock:
        """Time."""
        return TestClock(self._here.stage.machine.clock)

    @property
    def log(self) -> RecordedLog:
        """What was logged: ``log.events("request")``, ``log.failures``."""
        return self._here.stage.machine.log

    @property
    def metrics(self) -> str:
        """What was counted, in the Prometheus text format."""
        return self._here.stage.machine.render()[1].decode()

    def rows(self, record: type[R]) -> tuple[R, ...]:
        """Every committed row of the record, of all tenants, in the order of the keys."""
        kept = self._here.stage.memory.snapshot()[record]
        return tuple(cast("R", kept[key]) for key in sorted(kept))

    def fail_next(self, port_call: str, error: BaseException | type[BaseException]) -> None:
        """Let the next call of the store with this name (``get``, ``find``, ``insert``, ``replace``, ``remove``, ``unit``, ``commit``) raise."""
        self._here.stage.memory.fail_next(port_call, error() if isinstance(error, type) else error)

    def override(self, port: type[P], fake: P) -> P:
        """Let everybody who asks for the port get the fake, until the test ends; the fake."""
        self._fakes[port] = fake
        self._here.supply(self._fakes)
        return fake

    def override_settings(self, **settings: Any) -> None:
        """Change fields of the ``Policy`` until the test ends: ``override_settings(limits=Limits(body=100))``."""
        self._here.govern(**settings)
        self._here.supply(self._fakes)

    # ---------------------------------------------------------------- every way it can go

    def every_interleaving(self, *calls: Prepared, law: Law | None = None, limit: int = LIMIT, schedule: str = "") -> str:
        """Do the calls at the same time, in every interleaving of their steps that makes a difference, each from where things stand now.

        After each one must hold: what came of them, and the rows, are those of some order of the calls, one after the other; nothing stays
        locked; and ``law``, given what came of each call. ``AssertionError`` has the shortest schedule that breaks it, every step of it, and
        the ``schedule`` with which it is played again. Beyond ``limit`` interleavings those with at most two switches are played. Afterwards
        everything stands as before. The result says how many were played.
        """
        __tracebackhide__ = True
        return self._theatre.interleaved(calls, law, limit=limit, schedule=schedule)

    def crash_everywhere(self, call: Prepared, *, law: Law | None = None, faults: tuple[Fault, ...] = CRASHES, schedule: str = "") -> str:
        """Do the call, and let it crash at every call of the store: cancelled or killed, before it and behind it.

        After each crash must hold: the rows are as before or as after, nothing stays locked, the call can be made again; and ``law``, given
        what came of it. ``faults`` may name others, ``tuple(Fault)`` most of them. For the rest see ``every_interleaving``.
        """
        __tracebackhide__ = True
        return self._theatre.crashed(call, law, faults=faults, schedule=schedule)

    @property
    def _theatre(self) -> Theatre:
        stage = self._here.stage
        return Theatre(stage=stage, asking=lambda: stage.machine.enter("law"))

    @property
    def _here(self) -> Ground:
        if self._ground is None:
            raise RuntimeError("the workbench is closed: use it inside 'with Workbench(...) as bench:'")
        return self._ground

    def _answer(self, request: RawRequest) -> RawReply:
        reply: RawReply = self._driven(self.kernel.answer(request))
        if reply.failure is not None:
            raise reply.failure
        return reply

    def _driven(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._here.driven(coroutine)
