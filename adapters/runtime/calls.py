"""Use cases called at the machine, without HTTP: by an operator, or by a test. It knows how to make their Context; it decides nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar

import msgspec
import svcs
from msgspec import Struct

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.context import Caller, Context, Principal
from kingpost.kernel.errors import ConfigurationError, NotFound
from kingpost.kernel.records import Record
from kingpost.kernel.replies import IfMatch, entity_tag
from kingpost.kernel.store import PLATFORM, Page, Scope, Session, UnitOfWork, Value, equal
from kingpost.kernel.tenancy import Tenant

B = TypeVar("B", bound=Struct)
R = TypeVar("R", bound=Record)
Fetch: TypeAlias = Callable[[tuple[Value, ...] | None], Awaitable[Page[R]]]

OPERATOR = Principal(id="operator", side="platform", permissions=None)
"""Whoever can run commands here can read the root secret and the database, so nothing is kept from them."""

SECONDS = 60.0
"""How long one command's statements may take."""


@asynccontextmanager
async def platform_context(kernel: Kernel, *, write: bool, principal: Principal = OPERATOR) -> AsyncIterator[Context]:
    """A platform context; with ``write`` in one unit of work, committed at the end of the block unless it raises."""
    require_tenancy(kernel)
    async with context_of(kernel, Caller(principal=principal, tenant=None), write=write) as context:
        yield context


@asynccontextmanager
async def context_of(kernel: Kernel, caller: Caller, *, write: bool) -> AsyncIterator[Context]:
    """A context of the caller: of its tenant, or else of the platform. ``write`` as for ``platform_context``."""
    session = kernel.storage.session(deadline=kernel.system.clock.monotonic() + SECONDS)
    try:
        with svcs.Container(kernel.services) as services:
            if not write:
                yield _context(kernel, caller, session, services, None)
                return
            async with session.unit(_scope(caller)) as unit:
                yield _context(kernel, caller, session, services, unit)
                await unit.commit()
    finally:
        await session.close()


def _scope(caller: Caller) -> Scope:
    return PLATFORM if caller.tenant is None else Scope(caller.tenant.id)


def _context(kernel: Kernel, caller: Caller, session: Session, services: svcs.Container, unit: UnitOfWork | None) -> Context:
    return Context(
        request_id=f"command-{kernel.system.entropy.draw('request-ids', 8).hex()}",
        principal=caller.principal,
        tenant=caller.tenant,
        scope=_scope(caller),
        deadline=kernel.system.clock.monotonic() + SECONDS,
        api_version=caller.principal.version_pin or kernel.policy.versions[-1],
        session=session,
        store=session.store(_scope(caller)),
        unit=unit,
        system=kernel.system,
        container=lambda: services,
    )


def require_tenancy(kernel: Kernel) -> None:
    """Refuse where the component is off: there are neither tenants nor keys."""
    if all(component.name != "tenancy" for component in kernel.components):
        message = "the component tenancy is off, so there are neither tenants nor keys; add it to KINGPOST_COMPONENTS"
        raise ConfigurationError(message)


def body(kernel: Kernel, operation: str, type_: type[B], values: Mapping[str, object]) -> B:
    """The body of an operation from command line values, checked as on the wire: ``Invalid`` lists everything that is wrong."""
    decode = kernel.plans[operation].decode_body
    made = decode(msgspec.json.encode({name: value for name, value in values.items() if value is not None})) if decode is not None else None
    if not isinstance(made, type_):
        raise TypeError(f"{operation} does not take a {type_.__name__}")
    return made


async def find_tenant(context: Context, named: str) -> Tenant:
    """The tenant with this id or slug. ``NotFound`` says how to see which there are."""
    found = await context.store.get(Tenant, named)
    if found is None:
        page = await context.store.find(Tenant, where=(equal("slug", named),), limit=1)
        found = page.items[0] if page.items else None
    if found is None:
        detail = f"There is no tenant with the id or slug {named!a}; 'kingpost tenant list' shows them."
        raise NotFound(detail)
    return found


def unchanged(tenant: Tenant) -> IfMatch:
    """The precondition that the tenant is still as it was just loaded."""
    return IfMatch(frozenset((entity_tag(tenant),)))


async def every(fetch: Fetch[R]) -> AsyncIterator[R]:
    """All items of a list, page by page."""
    after: tuple[Value, ...] | None = None
    while True:
        page = await fetch(after)
        for item in page.items:
            yield item
        after = page.next
        if after is None:
            return
