"""Assembly: ports, components and policy become a Kernel. The whole object graph is made here and nowhere else.

Everything that contradicts itself is refused here with a ``ConfigurationError``; nothing of it can appear in a request.
"""

import difflib
from collections.abc import Iterable, Iterator

import svcs
from msgspec import Struct

from kingpost.kernel import openapi, records, service, signatures
from kingpost.kernel import policy as policies
from kingpost.kernel.call import Wiring
from kingpost.kernel.component import Component, Resources
from kingpost.kernel.context import Authenticator, Caller, HostAccounts, PrincipalResolver, Standing, TenantDirectory, TenantState
from kingpost.kernel.cursors import Cursors
from kingpost.kernel.declaring import place_of
from kingpost.kernel.dispatch import STAGES, answer
from kingpost.kernel.errors import ConfigurationError, Unauthenticated
from kingpost.kernel.events import Events, Publisher
from kingpost.kernel.operations import Operation, Registry
from kingpost.kernel.plan import Plan
from kingpost.kernel.policy import Policy
from kingpost.kernel.replies import SECURITY
from kingpost.kernel.resilience import OUTBOUND
from kingpost.kernel.sealing import RootSealer
from kingpost.kernel.store import Query, Session, Storage
from kingpost.kernel.system import Sealer, System
from kingpost.kernel.wire import RawReply, RawRequest


class Ports(Struct, frozen=True, kw_only=True):
    """What a host supplies: its database and its machine."""

    storage: Storage
    system: System
    accounts: HostAccounts | None = None
    """Where a host application keeps the accounts and its tables can be asked; without it a mirrored session is taken at its word."""


class Kernel(Wiring):
    """Answers requests; made by ``assemble`` and immutable from then on, so threads and tasks share one."""

    def __init__(self, *, ports: Ports, components: tuple[Component, ...], policy: Policy) -> None:
        """Wire everything; see ``assemble``."""
        self.policy = policy
        self.components = components
        self.storage = ports.storage
        self.system = ports.system
        self._accounts = ports.accounts
        self.cursors = Cursors(policies.keys(policy.secrets).cursors)
        self.supply(components)
        self.registry = Registry((*service.operations(self), *_operations(components, policy)))
        self.plans = {operation.id: Plan(operation) for operation in self.registry.operations}
        self.probes = {plan.operation.path.encode(): plan for plan in self.plans.values() if plan.operation.probe}
        self.hosts = frozenset(policy.hosts)
        self.fixed_headers = (*SECURITY, (b"vary", _vary(policy, cookies=self.resolver is not None)))

    def supply(self, components: tuple[Component, ...]) -> None:
        """Make the services that the components bring. ``kingpost.testing`` does it again, with fakes in the place of some of them."""
        policy = self.policy
        self.services = _services(components, _resources(self.system, policy), self.storage, self._accounts)
        with svcs.Container(self.services) as container:
            self.authenticator = container.get(Authenticator)
            self.directory = container.get(TenantDirectory)
            accepted = policy.people is not None and PrincipalResolver in self.services
            self.resolver = container.get(PrincipalResolver) if accepted else None

    async def answer(self, request: RawRequest) -> RawReply:
        """The reply to a raw request: the only way in for every adapter."""
        return await answer(self, request)

    def graph(self) -> Iterator[str]:
        """The object graph, one line each: stages, components with what they bring, services, ports."""
        yield "pipeline"
        yield from (f"  {stage.__name__}" for stage in STAGES)
        for component in self.components:
            yield f"component {component.name}" + (f" (requires {', '.join(component.requires)})" if component.requires else "")
            yield from (f"  record     {record.__name__} -> {record.facts.table}" for record in component.records)
            yield from (
                f"  operation  {o.method:6} {o.path} -> {o.use_case.__module__}.{o.use_case.__qualname__}" for o in component.operations
            )
            yield from (f"  query      {q.name} over {', '.join(r.__name__ for r in q.records)}" for q in component.queries)
            yield from (f"  permission {p.name}: {p.meaning}" for p in component.permissions)
            yield from (f"  event      {e.name}: {e.meaning}" for e in component.events)
            yield from (
                f"  consumer   {s.consumer} <- {s.event.name} -> {s.handler.__module__}.{s.handler.__qualname__}"
                for s in component.subscriptions
            )
            yield from (f"  service    {s.port.__name__} <- {s.make.__module__}.{s.make.__qualname__}" for s in component.services)
        yield "ports"
        yield f"  storage    {type(self.storage).__module__}.{type(self.storage).__qualname__}"
        for name in self.system.__struct_fields__:
            port: object = getattr(self.system, name)
            made_by = port if callable(port) and hasattr(port, "__qualname__") else type(port)
            yield f"  {name:10} {made_by.__module__}.{made_by.__qualname__}"


def assemble(*, ports: Ports, components: Iterable[Component], policy: Policy) -> Kernel:
    """The kernel of a deployment. ``ConfigurationError`` says what contradicts what and how to mend it."""
    chosen = tuple(components)
    _check_components(chosen)
    _check_policy(policy)
    return Kernel(ports=ports, components=chosen, policy=policy)


def _vary(policy: Policy, *, cookies: bool) -> bytes:
    more = (b", Cookie" if cookies else b"") + (b", Origin" if policy.cors is not None else b"")
    return b"Authorization, Tenant, API-Version" + more


def _operations(components: tuple[Component, ...], policy: Policy) -> Iterator[Operation]:
    """What the components offer; where the host keeps the accounts, nothing that registers, logs in or changes a credential."""
    every = (operation for component in components for operation in component.operations)
    return (operation for operation in every if not operation.credentials or policy.people != "host")


def _resources(system: System, policy: Policy) -> Resources:
    return Resources(
        system=system,
        keys=policies.keys(policy.secrets),
        cache_seconds=policy.cache_seconds,
        session_cookie=policy.session_cookie,
        mirror_seconds=policy.mirror_seconds,
    )


def _services(components: tuple[Component, ...], resources: Resources, storage: Storage, accounts: HostAccounts | None) -> svcs.Registry:
    registry = svcs.Registry()

    def register(port: type[object], value: object) -> None:
        registry.register_value(port, value)  # pyright: ignore[reportUnknownMemberType]  (svcs leaves type arguments open)

    register(System, resources.system)
    register(Storage, storage)
    register(Sealer, RootSealer(resources.keys.sealing, resources.system.entropy))
    register(Events, _events(components))
    register(Authenticator, _NoCredentials())
    register(TenantDirectory, _NoTenants())
    register(HostAccounts, _Unasked() if accounts is None else accounts)
    register(Resources, resources)
    for supplied in (OUTBOUND, *(supplied for component in components for supplied in component.services)):
        with svcs.Container(
            registry
        ) as container:  # a fresh one: a container keeps what it has given out, and a later component may wrap it
            register(supplied.port, supplied.make(container))
    return registry


def _events(components: tuple[Component, ...]) -> Events:
    return Events(
        ((component.name, event) for component in components for event in component.events),
        ((component.name, each) for component in components for each in component.subscriptions),
    )


class _NoCredentials:
    """The authenticator of a kernel without one: nobody is anybody."""

    async def authenticate(self, *, session: Session, credential: str) -> Caller:  # noqa: ARG002  (the port's signature)
        raise Unauthenticated(challenge='Bearer error="invalid_token"')


class _NoTenants:
    """The directory of a kernel without tenants."""

    async def by_host(self, *, session: Session, host: str) -> str | None:  # noqa: ARG002  (the port's signature)
        return None

    async def by_id(self, *, session: Session, id: str) -> TenantState | None:  # noqa: A002, ARG002  (the port's signature)
        return None


class _Unasked:
    """The accounts of a host whose tables cannot be asked: what is mirrored of them counts until it is too old."""

    async def standing(self, *, session: Session, account: str, session_key: str) -> Standing | None:  # noqa: ARG002  (the port's signature)
        return Standing(password=None)


def _check_policy(policy: Policy) -> None:
    cors = policy.cors
    if cors is not None and cors.credentials and "*" in cors.origins:
        message = "CORS_CREDENTIALS cannot go with CORS_ORIGINS=*: any site could act for a signed-in user; list the origins"
        raise ConfigurationError(message)
    if not policy.hosts:
        message = "HOSTS is empty, so no request could be answered; list the host names that this deployment serves"
        raise ConfigurationError(message)


def _check_components(components: tuple[Component, ...]) -> None:
    for problem in _component_problems(components):
        raise ConfigurationError(problem)
    for component in components:
        for record in component.records:
            records.check(record)
    for component in components:
        for query in component.queries:
            query.verify()
            for problem in _query_problems(component, query, components):
                raise ConfigurationError(problem)


def _component_problems(components: tuple[Component, ...]) -> Iterator[str]:
    """What contradicts what among the chosen components."""
    names = [component.name for component in components]
    known = {permission.name for component in components for permission in component.permissions}
    for component in components:
        if names.count(component.name) > 1:
            yield f"{component.declared}: component {component.name!r} is named twice; name it once"
        for needed in component.requires:
            if needed not in names:
                yield f"{component.declared}: component {component.name!r} requires {needed!r}; add it to COMPONENTS (inside Django: to INSTALLED_APPS)"
        yield from _record_problems(component)
        yield from _operation_problems(component, known)
    supplied = {service.port for component in components for service in component.services}
    for component in components:
        if (component.events or component.subscriptions) and Publisher not in supplied:
            yield f"{component.declared}: component {component.name!r} has events, and nothing keeps them; add 'outbox' to COMPONENTS (inside Django: to INSTALLED_APPS)"
    yield from _code_problems(components)


def _record_problems(component: Component) -> Iterator[str]:
    for record in component.records:
        facts = record.facts
        if facts.component != component.name:
            yield f"{facts.declared}: record {record.__name__} says component={facts.component!r} and is brought by {component.name!r}; make them equal"


def _operation_problems(component: Component, known: set[str]) -> Iterator[str]:
    name = component.name
    for operation in component.operations:
        told = f"{operation.declared}: operation {operation.id!r}"
        if not operation.id.startswith(f"{name}."):
            yield f"{told} of component {name!r} must have an id that starts with '{name}.'"
        if operation.permission is not None and operation.permission not in known:
            where = f"add it to 'permissions' of the component at {component.declared}"
            yield f"{told} asks for permission {operation.permission!r}, which no component declares; {where}{_meant(operation.permission, known)}"
        yield from (f"{told}: {problem}" for problem in signatures.problems(operation))


def _meant(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f", or did you mean {near[0]!r}?" if near else ""


def _query_problems(component: Component, query: Query, components: tuple[Component, ...]) -> Iterator[str]:
    """A query that is named twice or for another component, or that reads records which need not be there."""
    if not query.name.startswith(f"{component.name}."):
        yield f"{component.declared}: query {query.name!r} of component {component.name!r} must have a name that starts with '{component.name}.'"
    if [each.name for other in components for each in other.queries].count(query.name) > 1:
        yield f"{component.declared}: query {query.name!r} is there twice; give each query a name of its own, and name it once in 'queries'"
    for owner in sorted({record.facts.component for record in query.records} - {component.name, *component.requires}):
        yield f"{component.declared}: query {query.name!r} reads records of {owner!r}; add {owner!r} to 'requires' of component {component.name!r}"


def _code_problems(components: tuple[Component, ...]) -> Iterator[str]:
    """Two conditions with one code: no client could tell them apart, and the page of the code would explain one of them."""
    taken = dict(openapi.conditions(Registry(())))
    for error in (error for component in components for operation in component.operations for error in operation.errors):
        code = getattr(error, "code", None)
        first = error if code is None else taken.setdefault(code, error)
        if first is not error:
            told = f"the conditions {first.__name__} and {error.__name__} have the same code {code!r}"
            yield f"{place_of(error)}: {told}, the first at {place_of(first)}; give one of them a code of its own"
