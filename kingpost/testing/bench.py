"""What a test does with a kernel, whatever stands below it: who calls, what they do, what is around them. It knows no storage and no framework."""

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar, cast

from msgspec import structs
from svcs import Container

from kingpost.adapters.memory import MemoryClock, RecordedLog, ScriptedHttp
from kingpost.adapters.runtime.calls import OPERATOR, context_of
from kingpost.conformance.bench import all_rows
from kingpost.conformance.machine import Machine
from kingpost.conformance.names import check_known
from kingpost.kernel import tenancy
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component, Service
from kingpost.kernel.context import Caller, Context
from kingpost.kernel.operations import Operation
from kingpost.kernel.outbox import Outcome, deliver_due, desk_of
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.wire import RawReply, RawRequest

from .client import Client, Requests
from .parties import NOBODY, Party
from .prepared import Prepared, request_call, use_case_call

P = TypeVar("P")
R = TypeVar("R", bound=Record)
T = TypeVar("T")

PORT_CALLS: Final = ("ask", "claim", "commit", "find", "get", "insert", "remove", "replace")


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


class Ground(Protocol):
    """What a bench stands on."""

    @property
    def kernel(self) -> Kernel:
        """The kernel."""
        ...

    @property
    def machine(self) -> Machine:
        """Its clock, chance, log and metrics."""
        ...

    @property
    def storage(self) -> Storage:
        """Where its rows are."""
        ...

    def driven(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it."""
        ...

    def sent(self, request: RawRequest) -> RawReply:
        """The reply, through whatever stands around the kernel; what nobody foresaw is raised."""
        ...

    def requests(self, *, key: str | None, headers: Mapping[str, str]) -> Requests:
        """Makes requests for it."""
        ...

    def govern(self, policy: Policy) -> None:
        """Other settings from now on."""
        ...

    def supply(self, fakes: Mapping[type[Any], object]) -> None:
        """The services of the components, with the fakes in place of some."""
        ...

    def leave(self) -> None:
        """The test is over."""
        ...


class Bench:
    """A kernel and its callers, for the length of a ``with`` block."""

    def __init__(self) -> None:
        self._fakes: dict[type[Any], object] = {}
        self._ground: Ground | None = None
        self._platform: Party | None = None

    def enter(self) -> Ground:
        """Where the test begins."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._ground = self.enter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        ground, self._ground, self._platform = self._ground, None, None
        self._fakes.clear()
        if ground is not None:
            ground.leave()

    # ---------------------------------------------------------------- who calls

    def tenant(self, slug: str, *, name: str = "", **fields: Any) -> Party:
        """A new tenant; ``fields`` as for ``CreateTenant``: ``plan``, ``hosts``, ``host_ref``."""
        body = tenancy.CreateTenant(slug=slug, name=name or slug.title(), **fields)
        issued = self._operated(lambda context: tenancy.create_tenant(context, body=body))
        return Party(name=slug, id=issued.tenant.id, key=issued.key)

    @property
    def platform(self) -> Party:
        """Whoever runs the platform."""
        if self._platform is None:
            issued = self._operated(lambda context: tenancy.issue_key(context, tenant_id=None))
            self._platform = Party(name="platform", key=issued.text)
        return self._platform

    @property
    def anonymous(self) -> Party:
        """Nobody."""
        return NOBODY

    def _operated(self, act: Callable[[Context], Coroutine[Any, Any, T]]) -> T:
        """What an operator at the machine does."""

        async def done() -> T:
            async with context_of(self.kernel, Caller(principal=OPERATOR, tenant=None), write=True) as context:
                return await act(context)

        return self._here.driven(done())

    # ---------------------------------------------------------------- what they do

    def client(self, *, as_: Party = NOBODY, headers: Mapping[str, str] | None = None) -> Client:
        """A client of the HTTP API. What nobody foresaw is raised where the request was sent."""
        return Client(self._here.sent, self._here.requests(key=as_.key, headers=headers or {}))

    def run(self, use_case: Callable[..., Coroutine[Any, Any, T]], *, as_: Party, **inputs: Any) -> T:
        """The result of ``use_case(context, **inputs)``, committed unless it raises; what it raises is raised.

        The context is that of the caller: its tenant, its permissions. ``after`` may be left out, and ``if_match`` may be a record.
        """
        return cast("T", self._here.driven(self.prepare(use_case, as_=as_, **inputs).do(self.kernel)))

    def prepare(self, use_case: Callable[..., Coroutine[Any, Any, object]], *, as_: Party, **inputs: Any) -> Prepared:
        """The same, not yet done: for ``every_interleaving`` and ``crash_everywhere``."""
        operation = next((each for each in self.kernel.registry.operations if each.use_case is use_case), None)
        return use_case_call(use_case, as_, inputs, operation)

    def prepare_request(self, method: str, path: str, body: object = None, *, as_: Party, **more: Any) -> Prepared:
        """A request, not yet sent; ``more`` as for a client: ``query``, ``if_match``, ``headers``."""
        request = Requests(key=as_.key, headers={})(method, path, body, **more)
        return request_call(request, as_, self._operation(request))

    def deliver(self) -> Counter[Outcome]:
        """Deliver the events that are due, as a worker does until nothing is due any more; how many ended in which way.

        An event whose consumer fails is ``postponed``: advance the clock and deliver again. Needs the component ``outbox``.
        """
        desk, outcomes = desk_of(self.kernel.services, api_version=self.kernel.policy.versions[-1]), Counter[Outcome]()
        while found := self._here.driven(deliver_due(desk)):
            outcomes += found
        return outcomes

    def _operation(self, request: RawRequest) -> Operation:
        return self.kernel.registry.match(request.method, request.path).operation

    # ---------------------------------------------------------------- what is around them

    @property
    def kernel(self) -> Kernel:
        """The kernel, to be handed to a framework."""
        return self._here.kernel

    @property
    def clock(self) -> TestClock:
        """Time."""
        return TestClock(self._here.machine.clock)

    @property
    def log(self) -> RecordedLog:
        """What was logged: ``log.events("request")``, ``log.failures``."""
        return self._here.machine.log

    @property
    def http(self) -> ScriptedHttp:
        """Other services: they answer 204, or what ``http.answers`` holds, one for each attempt; ``http.sent`` has what was sent."""
        return self._here.machine.http

    @property
    def metrics(self) -> str:
        """What was counted, in the Prometheus text format."""
        return self._here.machine.render()[1].decode()

    def rows(self, record: type[R]) -> tuple[R, ...]:
        """Every row of the record, of all tenants, in the order of the keys."""
        return self._here.driven(all_rows(self._here.storage, record))

    def fail_next(self, port_call: str, error: BaseException | type[BaseException]) -> None:
        """Let the next call of this name (``get``, ``find``, ``ask``, ``insert``, ``replace``, ``remove``, ``claim`` of a store, ``commit`` of a unit of work) raise.

        It raises before it does anything; several wait in line. ``ConfigurationError`` for another name.
        """
        check_known("port call", (port_call,), PORT_CALLS)
        self._here.machine.faults.setdefault(port_call, []).append(error() if isinstance(error, type) else error)

    def override(self, port: Callable[..., P], fake: P) -> P:
        """Let everybody who asks for the port get the fake, until the test ends; the fake."""
        self._fakes[cast("type[P]", port)] = fake  # as in Context.get
        self._here.supply(self._fakes)
        return fake

    def override_settings(self, **settings: Any) -> None:
        """Change fields of the ``Policy`` until the test ends: ``override_settings(limits=Limits(body=100))``."""
        self._here.govern(changed(self.kernel.policy, settings))
        self._here.supply(self._fakes)

    @property
    def _here(self) -> Ground:
        if self._ground is None:
            raise RuntimeError(f"the bench is closed: use it inside 'with {type(self).__name__}(...) as bench:'")
        return self._ground


def changed(policy: Policy, settings: Mapping[str, Any]) -> Policy:
    """The policy with these fields. ``ConfigurationError`` for one that there is not."""
    check_known("setting of Policy", tuple(settings), Policy.__struct_fields__)
    return structs.replace(policy, **settings)


def with_fakes(components: tuple[Component, ...], fakes: Mapping[type[Any], object]) -> tuple[Component, ...]:
    """The components with the fakes: in front, for whoever asks while services are made, and in place of what a component would bring."""
    if not fakes:
        return components
    supplied = {port: Service(port, partial(_given, fake)) for port, fake in fakes.items()}
    first = Component(name="testing", package="kingpost.testing", services=tuple(supplied.values()))
    return (first, *(structs.replace(each, services=tuple(supplied.get(s.port, s) for s in each.services)) for each in components))


def _given(fake: object, _: Container) -> object:
    """The fake, whatever services there are."""
    return fake
