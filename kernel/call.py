"""Call: one request on its way through the stages, and Wiring: what the stages use of a kernel. It decides nothing."""

from collections.abc import Mapping
from types import MappingProxyType

import svcs

from kingpost.kernel.component import Component
from kingpost.kernel.context import ANONYMOUS, Authenticator, Caller, PrincipalResolver, TenantDirectory
from kingpost.kernel.cursors import Cursors
from kingpost.kernel.operations import Registry
from kingpost.kernel.plan import UNMATCHED, Plan
from kingpost.kernel.policy import Policy
from kingpost.kernel.replies import HeaderLines
from kingpost.kernel.store import PLATFORM, Session, Storage
from kingpost.kernel.system import System
from kingpost.kernel.wire import Headers, RawRequest


class Wiring:
    """The parts of a kernel, as ``assembly`` has put them together; never changed afterwards."""

    policy: Policy
    components: tuple[Component, ...]
    storage: Storage
    system: System
    cursors: Cursors
    services: svcs.Registry
    registry: Registry
    plans: Mapping[str, Plan]
    """By operation id."""
    probes: Mapping[bytes, Plan]
    """By path."""
    authenticator: Authenticator
    resolver: PrincipalResolver | None
    """None where only bearer credentials are accepted."""
    directory: TenantDirectory
    hosts: frozenset[str]
    fixed_headers: HeaderLines
    """What every answer carries."""


_NOBODY = Caller(principal=ANONYMOUS, tenant=None)


class Call:
    """One request on its way through the stages; each stage fills in what it finds out."""

    plan = UNMATCHED
    parameters: Mapping[str, str] = MappingProxyType({})
    caller = _NOBODY
    host_tenant: str | None = None
    scope = PLATFORM
    session: Session | None = None
    services: svcs.Container | None = None
    origin: str | None = None
    request_id = ""
    trace_id = ""
    sampled = True

    def __init__(self, kernel: Wiring, request: RawRequest) -> None:
        self.kernel = kernel
        self.request = request
        self.headers = Headers(request.headers)
        self.started = kernel.system.clock.monotonic()
        self.deadline = self.started + kernel.policy.limits.seconds
        self.version = kernel.policy.versions[-1]
        self.inputs: dict[str, object] = {}

    def open_session(self) -> Session:
        """The session of this call, made when it is first needed."""
        if self.session is None:
            self.session = self.kernel.storage.session(deadline=self.deadline)
        return self.session

    def open_services(self) -> svcs.Container:
        """The container of this call, made when a use case first asks for a service."""
        if self.services is None:
            self.services = svcs.Container(self.kernel.services)
        return self.services
