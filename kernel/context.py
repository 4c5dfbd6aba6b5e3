"""The Context of one call: who, for whom, until when, with which store. It is always an argument, never ambient."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, Protocol, Self, TypeVar, cast

import svcs
from msgspec import Struct, structs

from kingpost.kernel.errors import PermissionMissing, Timeout
from kingpost.kernel.outbound import HttpReply, HttpRequest
from kingpost.kernel.store import Scope, Session, Store, UnitOfWork
from kingpost.kernel.system import System
from kingpost.kernel.wire import Headers, Person

T = TypeVar("T")


class Principal(Struct, frozen=True, kw_only=True):
    """Who is calling. ``permissions`` None means every permission of the principal's side (platform or tenant)."""

    id: str
    side: Literal["anonymous", "platform", "tenant"]
    tenant_id: str | None = None
    permissions: frozenset[str] | None = frozenset()
    version_pin: str | None = None
    """The API version that the credential is pinned to."""

    def allows(self, permission: str) -> bool:
        """Whether the principal holds the permission."""
        return self.permissions is None or permission in self.permissions


ANONYMOUS = Principal(id="anonymous", side="anonymous")


class TenantState(Struct, frozen=True, kw_only=True):
    """What the pipeline needs to know of a tenant; a snapshot, at most as old as the directory's cache allows."""

    id: str
    slug: str
    plan: str
    status: Literal["active", "suspended", "closed"]
    version_pin: str | None = None


class Caller(Struct, frozen=True, kw_only=True):
    """What a credential proves: the principal, and the tenant it belongs to."""

    principal: Principal
    tenant: TenantState | None


class Authenticator(Protocol):
    """Turns a bearer credential into a caller. One component supplies it."""

    async def authenticate(self, *, session: Session, credential: str) -> Caller:
        """The caller; ``Unauthenticated`` (the same for every reason) when the credential proves nothing."""
        ...


class PrincipalResolver(Protocol):
    """Turns what a request carries besides a bearer credential into a caller. A component supplies it where people may log in."""

    async def resolve(self, *, session: Session, headers: Headers, person: Callable[[], Person | None] | None) -> Caller | None:
        """The caller, or None where nobody is logged in (the same for every reason). ``MalformedHeader`` for a cookie that is sent twice.

        ``person`` is what the adapter's framework tells, and then the whole truth; it is called at most once. That a change was meant by
        the caller is not looked at here: the stage does it, because it is the same for every cookie.
        """
        ...


class Standing(Struct, frozen=True, kw_only=True):
    """What the host's tables say of an account that may act: its password column, or None where nobody can ask them."""

    password: str | None


class HostAccounts(Protocol):
    """The accounts and sessions of a host application, read live in its own tables."""

    async def standing(self, *, session: Session, account: str, session_key: str) -> Standing | None:
        """The standing of the account, or None where it is deactivated or gone, or where the session has ended. ``Unavailable`` as a store."""
        ...


class TenantDirectory(Protocol):
    """Finds tenants by what a request may name. The component ``tenancy`` supplies it."""

    async def by_host(self, *, session: Session, host: str) -> str | None:
        """The id of the tenant that claims the host name (lower case, without port), or None."""
        ...

    async def by_id(self, *, session: Session, id: str) -> TenantState | None:  # noqa: A002  (what it is)
        """The tenant as it is now, in whatever state; None where there is none."""
        ...


class Outbound(Protocol):
    """Calls other services on behalf of a use case. The component ``resilience`` supplies it."""

    async def send(self, *, context: "Context", request: HttpRequest) -> HttpReply:
        """As ``Context.send`` says."""
        ...


class Context(Struct, frozen=True, kw_only=True):
    """The first argument of every use case."""

    request_id: str
    principal: Principal
    tenant: TenantState | None
    scope: Scope
    deadline: float
    """Seconds of the monotonic clock after which ``check_deadline`` refuses."""
    api_version: str
    session: Session
    store: Store
    """The store of ``scope``: the caller's tenant, or the platform on platform operations."""
    unit: UnitOfWork | None = None
    """The open unit of work; None where the operation only reads."""
    system: System
    container: Callable[[], svcs.Container]
    """Opens the call's container of services when it is first asked for one."""
    trace_id: str = ""
    """Of the W3C trace that the call belongs to, the caller's or one that was made for it: 32 hex digits; empty where nobody began one."""
    sampled: bool = True
    """Whether the trace is recorded; what the caller said, where it began the trace."""

    @property
    def tenant_id(self) -> str:
        """The id of the tenant that the call is for; a use case of ``scope="tenant"`` always has one."""
        if self.scope.tenant is None:
            message = "this call has no tenant: its operation is of scope 'platform' or 'public'"
            raise LookupError(message)
        return self.scope.tenant

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self.system.clock.now()

    def new_id(self, prefix: str) -> str:
        """A fresh TypeID."""
        return self.system.new_id(prefix)

    def get(self, service: Callable[..., T]) -> T:
        """The service that a component or the host registered for this type (svcs): a class or a port."""
        return self.container().get(cast("type[T]", service))  # a port is no type[T] to mypy, which would have it instantiated

    async def send(self, request: HttpRequest) -> HttpReply:
        """The reply of another service, tried again within its target's budget and the deadline of this context.

        ``UpstreamUnavailable``, ``UpstreamTimeout``, ``CircuitOpen`` where there is none; ``UpstreamInvalid``, ``UpstreamTooLarge`` where it
        cannot be used; ``UpstreamForbidden`` where the URL leads into the inner network; ``Timeout`` where no time is left. A request is
        repeated only if its method is idempotent (RFC 9110 section 9.2.2) or it carries an ``Idempotency-Key``.
        ``ConfigurationError`` inside a unit of work, whose locks would wait for another machine.
        """
        return await self.container().get(Outbound).send(context=self, request=request)

    @asynccontextmanager
    async def atomic(self) -> AsyncGenerator[Self]:
        """The same context in a unit of work of its own, committed at the end of the block unless it raises.

        For a use case whose operation has none (``unit=False``), because it waits for others before it writes; inside a unit it is a savepoint.
        """
        async with self.session.unit(self.scope) as unit:
            yield structs.replace(self, unit=unit)
            await unit.commit()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` once everything written so far is durable: at the commit, or at once where no unit of work is open."""
        if self.unit is None:
            callback()
        else:
            self.unit.on_commit(callback)

    def require(self, permission: str) -> None:
        """Go on only if the principal holds the permission; else ``PermissionMissing``."""
        if not self.principal.allows(permission):
            raise PermissionMissing(params={"permission": permission})

    def check_deadline(self) -> None:
        """Go on only if there is time left; call it between steps of long work. ``Timeout`` otherwise."""
        if self.system.clock.monotonic() > self.deadline:
            raise Timeout
