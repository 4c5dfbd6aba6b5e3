"""What a host's own Litestar handlers get of the kernel: who calls, a Context, a guard. It knows one connection; the routes are the host's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import svcs
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from kingpost.adapters.sql import SqlStorage
from kingpost.adapters.sql.joined import join
from kingpost.kernel import stages
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.call import Call
from kingpost.kernel.context import Context, Principal
from kingpost.kernel.errors import ConfigurationError, KernelError, PermissionMissing, PlatformOnly, TenantRequired, Unauthenticated
from kingpost.kernel.operations import Operation, Scope
from kingpost.kernel.plan import Plan
from kingpost.kernel.replies import NO_STORE, PROBLEM, header_lines, problem_body, reply
from kingpost.kernel.store import Scope as StoreScope
from kingpost.kernel.store import Session, UnitOfWork
from kingpost.kernel.wire import RawReply

from .edges import raw_request

if TYPE_CHECKING:  # it needs greenlet, which whoever has such a session has installed
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

T = TypeVar("T")
Connection = ASGIConnection[Any, Any, Any, Any]

CONTEXT: Final = "kingpost_context"
"""The name of the dependency that is a Context."""
_READERS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
STATE: Final = "kingpost"
"""Where the kernel stands in the application's state, and the call in the request's."""


async def _of_host(context: Context) -> None:
    """Nothing: the host's handler does the work."""


def _plan(scope: Scope) -> Plan:
    """A plan for the stages that look at the caller; a host's handler is no operation of the kernel."""
    operation = Operation(
        id=f"host.{scope}.call", method="POST", path="/", summary="A handler of the host", use_case=_of_host, scope=scope, permission=None
    )
    return Plan(operation)


_PLATFORM: Final = _plan("platform")
_TENANT: Final = _plan("tenant")


class HostCall:
    """The parameter ``kingpost`` of a host's handler. It does nothing until it is asked, and asks once."""

    def __init__(self, kernel: Kernel, connection: Connection) -> None:
        """For one connection."""
        self.kernel = kernel
        self._call = Call(kernel, raw_request(connection.scope, "", b""))
        stages.identify(self._call)
        self._known = False

    @property
    def request_id(self) -> str:
        """The id in the logs and problem documents of this request."""
        return self._call.request_id

    @property
    def services(self) -> svcs.Container:
        """The request's container over ``kernel.services``, where a host registers its own; closed when the request has been answered."""
        return self._call.open_services()

    async def principal(self) -> Principal:
        """Who the bearer credential speaks for, else who is logged in, by the rules of the pipeline; anonymous without both.

        ``Unauthenticated`` for a wrong credential, ``CsrfFailed`` for a change that only a cookie vouches for; ``TenantMismatch``,
        ``TenantSuspended`` and ``TenantClosed`` as on every route of the kernel.
        """
        call = self._call
        if not self._known:
            await self._identify(call)
        self._known = True
        return call.caller.principal

    async def _identify(self, call: Call) -> None:
        try:
            if call.headers.one("authorization") is None:
                found = await stages.logged_in(call)
                if found is None:
                    return
                call.caller = found
            else:
                call.plan = _TENANT
                await stages.authenticate(call)
            call.host_tenant = await stages.claimant(call.kernel, call.headers, call.open_session())
        finally:
            await self._give_back()
        call.plan = _TENANT if call.caller.tenant is not None else _PLATFORM
        stages.tenant(call)
        stages.version(call)

    async def require(self, permission: str) -> None:
        """Go on only if the caller holds the permission: else ``Unauthenticated`` for nobody, ``PermissionMissing`` for anybody.

        A permission of platform operations is ``PlatformOnly``, one of tenant operations ``TenantRequired`` for the other side.
        """
        principal = await self.principal()
        if principal.side == "anonymous":
            raise Unauthenticated
        scopes = self.kernel.registry.scopes(permission)
        if scopes and principal.side not in scopes:
            raise PlatformOnly if "platform" in scopes else TenantRequired
        if not principal.allows(permission):
            raise PermissionMissing(params={"permission": permission})

    @asynccontextmanager
    async def context(
        self, *, write: bool = False, scope: StoreScope | None = None, joining: "AsyncSession | AsyncConnection | None" = None
    ) -> AsyncIterator[Context]:
        """A Context for use cases; with ``write`` in one unit of work, committed at the end of the block unless it raises.

        Without ``scope`` it is the caller's, and nobody is refused (``Unauthenticated``); a host that knows better names ``Scope(tenant_id)`` or
        ``PLATFORM`` and answers for it.

        With ``joining``, a session or connection of the host on the database that holds Kingpost's tables, everything happens in the host's
        transaction: the unit is a savepoint in it, and only the host's commit makes it last. ``ConfigurationError`` where it cannot be joined.
        """
        chosen = await self._callers_scope() if scope is None else scope
        await self.principal()
        session = self._call.open_session() if joining is None else await self._joined(joining)
        try:
            if not write:
                yield self._context(session, None, chosen)
                return
            async with session.unit(chosen) as unit:
                yield self._context(session, unit, chosen)
                await unit.commit()
        finally:
            if joining is not None:
                await session.close()
            await self._give_back()

    async def call(
        self,
        use_case: Callable[..., Awaitable[T]],
        *,
        scope: StoreScope | None = None,
        joining: "AsyncSession | AsyncConnection | None" = None,
        **inputs: object,
    ) -> T:
        """The result of ``use_case(context, **inputs)`` in one unit of work, committed unless it raises; the rest as for ``context``."""
        async with self.context(write=True, scope=scope, joining=joining) as context:
            return await use_case(context, **inputs)

    def problem(self, error: KernelError) -> RawReply:
        """The problem document of an error, as the API answers it."""
        body = problem_body(error, request_id=self.request_id, mount="")
        headers = (*header_lines(error.headers), NO_STORE, *self.kernel.fixed_headers, (b"request-id", self.request_id.encode()))
        return reply(error.status, body, PROBLEM, headers)

    async def _joined(self, host: "AsyncSession | AsyncConnection") -> Session:
        """A session of the kernel over the host's own connection, left open there when it is closed here."""
        kernel, clock = self.kernel, self.kernel.system.clock
        records = tuple(record for component in kernel.components for record in component.records)
        storage = SqlStorage(await join(host, monotonic=clock.monotonic), records=records, clock=clock)
        return storage.session(deadline=self._call.deadline)

    async def _callers_scope(self) -> StoreScope:
        if (await self.principal()).side == "anonymous":
            raise Unauthenticated
        return self._call.scope

    def _context(self, session: Session, unit: UnitOfWork | None, scope: StoreScope) -> Context:
        call = self._call
        return Context(
            request_id=call.request_id,
            principal=call.caller.principal,
            tenant=call.caller.tenant,
            scope=scope,
            deadline=call.deadline,
            api_version=call.version,
            session=session,
            store=session.store(scope),
            unit=unit,
            system=call.kernel.system,
            container=call.open_services,
            trace_id=call.trace_id,
            sampled=call.sampled,
        )

    async def close(self) -> None:
        """End what the request has opened."""
        services, self._call.services = self._call.services, None
        if services is not None:
            await services.aclose()
        await self._give_back()

    async def _give_back(self) -> None:
        session, self._call.session = self._call.session, None
        if session is not None:
            await session.close()


def call_of(connection: Connection) -> HostCall:
    """The call of this request: the same one for guards and handlers. ``ConfigurationError`` in an application without the plugin."""
    kernel: Kernel | None = connection.app.state.get(STATE)
    if kernel is None:
        raise ConfigurationError("this application has no kernel: add KingpostPlugin(...) to its plugins")
    kept: dict[str, Any] = connection.scope["state"]
    if STATE not in kept:
        kept[STATE] = HostCall(kernel, connection)
    call: HostCall = kept[STATE]
    return call


def svcs_from(connection: Connection) -> svcs.Container:
    """The container of this request, under the name that the integrations of svcs have for it."""
    return call_of(connection).services


async def close_call(scope: Mapping[str, Any]) -> None:
    """End what a request has opened, if it has asked for its call at all."""
    call: HostCall | None = scope["state"].get(STATE)
    if call is not None:
        await call.close()


async def provide_call(request: Request[Any, Any, Any]) -> HostCall:
    """The dependency ``kingpost`` of the host's handlers."""
    return call_of(request)


async def provide_context(request: Request[Any, Any, Any]) -> AsyncIterator[Context]:
    """The dependency ``kingpost_context`` of the host's handlers: a Context of the caller's own scope.

    In GET, HEAD and OPTIONS it only reads; in every other method it is one unit of work, committed when the handler has returned and rolled back
    when it raises. Nobody is ``Unauthenticated``.
    """
    async with call_of(request).context(write=request.method not in _READERS) as context:
        yield context


def requires(permission: str) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    """A guard for a host's own handlers: ``@get("/reports", guards=[requires("storefront.products:read")])``.

    Without the permission the answer is 401 or 403, with a problem document.
    """

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:  # noqa: ARG001  (Litestar's signature)
        await call_of(connection).require(permission)

    return guard
