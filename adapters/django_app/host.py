"""What a host's own views get of the kernel: who calls, and a Context. It knows one request and decides nothing about routes."""

import re
from asyncio import get_running_loop
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import svcs
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.asyncio import async_unsafe

from kingpost.adapters.django_app.edges import KernelResponse, headers_of
from kingpost.adapters.django_app.people import asked
from kingpost.kernel import csrf, stages
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.context import ANONYMOUS, Caller, Context, TenantState
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import (
    KernelError,
    PermissionMissing,
    PlatformOnly,
    TenantClosed,
    TenantMismatch,
    TenantRequired,
    TenantSuspended,
    Unauthenticated,
)
from kingpost.kernel.replies import NO_STORE, PROBLEM, header_lines, problem_body, reply
from kingpost.kernel.store import PLATFORM, Scope, Session, UnitOfWork
from kingpost.kernel.wire import Headers

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_BEARER = re.compile(r"bearer ([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE).fullmatch
_NOBODY = Caller(principal=ANONYMOUS, tenant=None)

_ASK_FIRST = (
    "request.kingpost has to ask the database who calls, and an event loop runs here: "
    "write `await request.kingpost.acaller()` first, or guard the view with @requires or @tenant_scoped; afterwards it is known"
)
_CALL_AWAITED = "an event loop runs here, where nothing may wait for the database: write `await request.kingpost.acall(use_case, ...)`"
_IN_A_THREAD = (
    "an event loop runs here, and a transaction of Django's cannot stay open across awaits: write `await request.kingpost.acall(use_case, ...)`, "
    "or move the block into a function that is called through asgiref's sync_to_async"
)


def _outside_loops(message: str) -> Callable[[F], F]:
    """Django's guard, which has no types and would take those of the function away."""
    guard: Callable[[F], F] = async_unsafe(message)
    return guard


class HostCall:
    """``request.kingpost``: made for every request, does nothing until it is asked.

    What asks the database is ``SynchronousOnlyOperation`` where an event loop runs, as in Django's ORM; an asynchronous view awaits the methods
    with an ``a`` before their name, which do the same in the request's worker thread.
    """

    def __init__(self, kernel: Callable[[], Kernel], request: HttpRequest) -> None:
        self._kernel = kernel
        self._request = request

    @property
    def request(self) -> HttpRequest:
        """The request itself, for steps around a view that get the call alone."""
        return self._request

    @cached_property
    def kernel(self) -> Kernel:
        """The kernel of this process."""
        return self._kernel()

    @cached_property
    def request_id(self) -> str:
        """The id in the logs and problem documents of this request."""
        return self.kernel.system.entropy.draw("request-ids", 16).hex()

    @cached_property
    def trace(self) -> tuple[str, bool]:
        """The id of the trace that this request belongs to, and whether it is recorded; one begins here where the caller sent none."""
        return stages.trace_of(self._headers) or (self.request_id, True)

    @cached_property
    @_outside_loops(_ASK_FIRST)
    def caller(self) -> Caller:
        """Who the bearer credential speaks for, else who is logged in, where ``KINGPOST["PEOPLE"]`` lets them; anonymous without both.

        ``Unauthenticated`` for a wrong credential; a tenant that is not active is refused. ``CsrfFailed`` for a change that vouches for itself
        with a session alone, in a view that Django has not checked (``csrf_exempt``): so ask in the view, not in a middleware before it.
        """
        if self.kernel.resolver is None and self._headers.one("authorization") is None:
            return _NOBODY
        session = self._session()
        try:
            found = self._bearer(session) or self._logged_in(session)
            if found is None:
                return _NOBODY
            claimant = drive(stages.claimant(self.kernel, self._headers, session))
        finally:
            drive(session.close())
        _check_tenant(found.tenant, self._headers.one("tenant"), claimant)
        return found

    async def acaller(self) -> Caller:
        """``caller`` for an asynchronous view."""
        return await sync_to_async(lambda: self.caller)()

    def _bearer(self, session: Session) -> Caller | None:
        given = self._headers.one("authorization")
        if given is None:
            return None
        bearer = _BEARER(given)
        if bearer is None:
            raise Unauthenticated(challenge='Bearer error="invalid_request"')
        return drive(self.kernel.authenticator.authenticate(session=session, credential=bearer[1]))

    def _logged_in(self, session: Session) -> Caller | None:
        request, kernel = self._request, self.kernel
        if kernel.resolver is None:  # there is a bearer, and it was refused
            return None
        found = drive(kernel.resolver.resolve(session=session, headers=self._headers, person=asked(request)))
        if found is not None and not getattr(request, "csrf_processing_done", False):  # which CsrfViewMiddleware sets when it lets pass
            csrf.check(self._headers, method=request.method or "", scheme=request.scheme or "", rules=kernel.policy.csrf)
        return found

    @cached_property
    def services(self) -> svcs.Container:
        """The request's container over ``kernel.services``, where a host registers its own; closed when the view has answered."""
        return svcs.Container(self.kernel.services)

    def close(self) -> None:
        """End what the request has opened."""
        services = self.__dict__.pop("services", None)
        if services is not None:
            services.close()

    async def aclose(self) -> None:
        """``close`` under an event loop: services that were opened by ``aget`` are closed there too."""
        services = self.__dict__.pop("services", None)
        if services is not None:
            await services.aclose()

    def require(self, permission: str) -> None:
        """Go on only if the caller holds the permission: else ``Unauthenticated`` for nobody, ``PermissionMissing`` for anybody.

        A permission of platform operations is ``PlatformOnly``, one of tenant operations ``TenantRequired`` for the other side.
        """
        principal = self.caller.principal
        if principal.side == "anonymous":
            raise Unauthenticated
        scopes = self.kernel.registry.scopes(permission)
        if scopes and principal.side not in scopes:
            raise PlatformOnly if "platform" in scopes else TenantRequired
        if not principal.allows(permission):
            raise PermissionMissing(params={"permission": permission})

    async def arequire(self, permission: str) -> None:
        """``require`` for an asynchronous view."""
        await self.acaller()
        self.require(permission)

    @property
    def tenant(self) -> TenantState:
        """The caller's tenant, which is active. ``Unauthenticated`` for nobody, ``TenantRequired`` for the platform."""
        if self.caller.principal.side == "anonymous":
            raise Unauthenticated
        if self.caller.tenant is None:
            raise TenantRequired
        return self.caller.tenant

    @_outside_loops(_IN_A_THREAD)
    @contextmanager
    def context(self, *, write: bool = False, scope: Scope | None = None) -> Iterator[Context]:
        """A Context for use cases; with ``write`` in one unit of work, committed at the end of the block unless it raises.

        Inside a transaction of the host the unit is a savepoint in it. Without ``scope`` it is the caller's, and nobody is refused
        (``Unauthenticated``); a host that knows better names ``Scope(tenant_id)`` or ``PLATFORM`` and answers for it.
        """
        chosen = self._callers_scope() if scope is None else scope
        session = self._session()
        try:
            if not write:
                yield self._context(session, None, chosen)
                return
            with _entered(session.unit(chosen)) as unit:
                yield self._context(session, unit, chosen)
                drive(unit.commit())
        finally:
            drive(session.close())

    @_outside_loops(_CALL_AWAITED)
    def call(self, use_case: Callable[..., Coroutine[Any, Any, T]], *, scope: Scope | None = None, **inputs: object) -> T:
        """The result of ``use_case(context, **inputs)`` in one unit of work, committed unless it raises."""
        with self.context(write=True, scope=scope) as context:
            return drive(use_case(context, **inputs))

    async def acall(self, use_case: Callable[..., Coroutine[Any, Any, T]], *, scope: Scope | None = None, **inputs: object) -> T:
        """``call`` for an asynchronous view: in a transaction of its own, as Django's cannot stay open across awaits."""
        called: T = await sync_to_async(self.call)(use_case, scope=scope, **inputs)
        return called

    def problem(self, error: KernelError) -> HttpResponse:
        """The problem document of an error, as the API answers it."""
        body = problem_body(error, request_id=self.request_id, mount="")
        headers = (*header_lines(error.headers), NO_STORE, *self.kernel.fixed_headers, (b"request-id", self.request_id.encode()))
        return KernelResponse(reply(error.status, body, PROBLEM, headers))

    @cached_property
    def _headers(self) -> Headers:
        return Headers(headers_of(self._request))

    def _session(self) -> Session:
        seconds = self.kernel.policy.limits.seconds
        return self.kernel.storage.session(deadline=self.kernel.system.clock.monotonic() + seconds)

    def _callers_scope(self) -> Scope:
        if self.caller.principal.side == "anonymous":
            raise Unauthenticated
        return PLATFORM if self.caller.tenant is None else Scope(self.caller.tenant.id)

    def _context(self, session: Session, unit: UnitOfWork | None, scope: Scope) -> Context:
        kernel, caller = self.kernel, self.caller
        return Context(
            request_id=self.request_id,
            principal=caller.principal,
            tenant=caller.tenant,
            scope=scope,
            deadline=kernel.system.clock.monotonic() + kernel.policy.limits.seconds,
            api_version=kernel.policy.versions[-1],
            session=session,
            store=session.store(scope),
            unit=unit,
            system=kernel.system,
            container=lambda: self.services,
            trace_id=self.trace[0],
            sampled=self.trace[1],
        )


def under_loop() -> bool:
    """Whether an event loop runs in this thread."""
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True


def call_of(request: HttpRequest) -> HostCall:
    """The call of this request. ``ImproperlyConfigured`` in a project without the middleware."""
    call: HostCall | None = getattr(request, "kingpost", None)
    if call is None:
        raise ImproperlyConfigured(
            "the view needs request.kingpost: add kingpost.adapters.django_app.middleware.KingpostMiddleware to MIDDLEWARE"
        )
    return call


def svcs_from(request: HttpRequest) -> svcs.Container:
    """The container of this request, under the name that the integrations of svcs have for it. ``ImproperlyConfigured`` without the middleware."""
    return call_of(request).services


def _check_tenant(tenant: TenantState | None, named: str | None, claimant: str | None) -> None:
    """The rules of the API: header and host name must agree with the credential, and the tenant must be active."""
    if named is not None and (tenant is None or named not in (tenant.id, tenant.slug)):
        raise TenantMismatch
    if claimant is not None and (tenant is None or tenant.id != claimant):
        raise TenantMismatch
    if tenant is not None and tenant.status != "active":
        raise TenantSuspended if tenant.status == "suspended" else TenantClosed


@contextmanager
def _entered(unit: Any) -> Iterator[UnitOfWork]:
    """An asynchronous context manager of the store, entered and left from synchronous code."""
    entered: UnitOfWork = drive(unit.__aenter__())
    try:
        yield entered
    except BaseException as error:
        drive(unit.__aexit__(type(error), error, error.__traceback__))
        raise
    drive(unit.__aexit__(None, None, None))
