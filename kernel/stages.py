"""The stages of the pipeline: each looks at one thing of a Call and goes on, answers or refuses. They know no order: ``dispatch`` does."""

import re
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias

from msgspec import UNSET

from kingpost.kernel import csrf
from kingpost.kernel.call import Call, Wiring
from kingpost.kernel.context import Caller, Context
from kingpost.kernel.errors import (
    BadRequest,
    BodyTooLarge,
    HeadersTooLarge,
    MalformedHeader,
    NotAcceptable,
    PathTooLong,
    PermissionMissing,
    PlatformOnly,
    PreconditionRequired,
    TenantClosed,
    TenantMismatch,
    TenantRequired,
    TenantSuspended,
    Unauthenticated,
    UnknownHost,
    UnknownVersion,
    UpgradeUnsupported,
)
from kingpost.kernel.operations import PageQuery
from kingpost.kernel.rendering import binding, preflight, render
from kingpost.kernel.replies import if_match, reply
from kingpost.kernel.store import Scope, Session, UnitOfWork
from kingpost.kernel.wire import Headers, RawReply, accepts, check_json_media

Answering: TypeAlias = Coroutine[Any, Any, RawReply | None]
"""What a stage returns when it has to wait before it answers or goes on."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}").fullmatch
_TRACE = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]([0-9a-f])").fullmatch
_HOST = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])\.?(:[0-9]{1,5})?", re.IGNORECASE).fullmatch
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9._~+/-]+=*)").fullmatch
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def identify(call: Call) -> RawReply | None:
    """Echo a well-formed ``Request-Id`` (or ``X-Request-Id``), else make one; go on with the trace of a valid W3C ``traceparent``, else begin one.

    Never refuses: a garbled value of these is as good as none.
    """
    given = call.headers.lenient("request-id") or call.headers.lenient("x-request-id")
    entropy = call.kernel.system.entropy
    made = "" if given and _REQUEST_ID(given) else entropy.draw("request-ids", 16).hex()
    call.request_id = made or given or ""
    trace = trace_of(call.headers)
    if trace is None:
        call.trace_id = made or entropy.draw("trace-ids", 16).hex()  # sixteen random bytes are good for both
    else:
        call.trace_id, call.sampled = trace
    call.origin = call.headers.lenient("origin")
    return None


def trace_of(headers: Headers) -> tuple[str, bool] | None:
    """The trace id of a valid ``traceparent`` (W3C Trace Context), and whether that trace is recorded; None without one."""
    parent = headers.lenient("traceparent")
    found = _TRACE(parent) if parent else None
    return None if found is None else (found[1], int(found[2], 16) & 1 == 1)


def probe(call: Call) -> Answering | None:
    """Answer a probe at once: before limits, host check and authentication."""
    plan = call.kernel.probes.get(call.request.path)
    if plan is None or call.request.method not in ("GET", "HEAD"):
        return None
    call.plan = plan
    return run(call)


def limit(call: Call) -> RawReply | None:
    """Refuse what is too large, and upgrades: this is plain HTTP."""
    limits, request = call.kernel.policy.limits, call.request
    if len(request.path) + len(request.query) + 1 > limits.target:
        raise PathTooLong(params={"limit": limits.target})
    if len(request.headers) > limits.headers:
        raise HeadersTooLarge(params={"limit": limits.headers, "unit": "lines"})
    for name, value in request.headers:
        if len(name) + len(value) > limits.header_line:
            raise HeadersTooLarge(params={"limit": limits.header_line, "unit": "bytes"})
    if len(request.body) > limits.body or _declared_length(call.headers) > limits.body:
        raise BodyTooLarge(params={"limit": limits.body})
    if request.upgrade or "websocket" in (call.headers.joined("upgrade") or "").lower():
        raise UpgradeUnsupported
    return None


def _declared_length(headers: Headers) -> int:
    declared = headers.one("content-length")
    if declared is None:
        return 0
    if not declared.isdecimal() or not declared.isascii() or len(declared) > 18:
        raise MalformedHeader
    return int(declared)


def host(call: Call) -> Answering | None:
    """Only the deployment's own host names, or one that a tenant claims: then credential and host must agree (RFC 9110 section 7.2)."""
    name = _named_host(call.headers)
    if name is None:
        raise UnknownHost
    hosts = call.kernel.hosts
    return None if name in hosts or "*" in hosts else _claimed(call, name)


async def _claimed(call: Call, name: str) -> RawReply | None:
    call.host_tenant = await call.kernel.directory.by_host(session=call.open_session(), host=name)
    if call.host_tenant is None:
        raise UnknownHost
    return None


async def claimant(kernel: Wiring, headers: Headers, session: Session) -> str | None:
    """The tenant that claims the request's host name; None for the deployment's own and for any other, which a host application may serve."""
    name = _named_host(headers)
    if name is None or name in kernel.hosts or "*" in kernel.hosts:
        return None
    return await kernel.directory.by_host(session=session, host=name)


def _named_host(headers: Headers) -> str | None:
    values = headers.all("host")
    return _host_name(values[0]) if len(values) == 1 else None


@lru_cache(maxsize=256)
def _host_name(value: str) -> str | None:
    """The name in a ``Host`` value, in lower case, without port and final dot; None where the value is malformed."""
    if not _HOST(value):
        return None
    bare = value.partition("]")[0] + "]" if value.startswith("[") else value.partition(":")[0]
    return bare.rstrip(".").lower()


def match(call: Call) -> RawReply | None:
    """Find the operation of the raw path; OPTIONS and preflights are answered here, without authentication."""
    request, registry = call.request, call.kernel.registry
    if request.method == "OPTIONS":
        allow = registry.allow(request.path)
        return reply(204, b"", None, ((b"allow", allow.encode()), *preflight(call, allow)))
    found = registry.match(request.method, request.path)
    call.plan, call.parameters = call.kernel.plans[found.operation.id], found.parameters
    return None


async def authenticate(call: Call) -> RawReply | None:
    """Who is calling: exactly one ``Authorization: Bearer`` (RFC 6750), else whoever is logged in; nobody need be on public operations."""
    if call.plan.public:
        return None
    given = call.headers.one("authorization")
    if given is None:
        call.caller = await logged_in(call) or _refuse_nobody()
        return None
    bearer = _BEARER(given)
    if bearer is None:
        raise Unauthenticated(challenge='Bearer error="invalid_request"')
    call.caller = await call.kernel.authenticator.authenticate(session=call.open_session(), credential=bearer[1])
    return None


async def logged_in(call: Call) -> Caller | None:
    """Whoever the request is from without a bearer credential, where such are accepted; ``CsrfFailed`` for a change that another site may have caused."""
    resolver, request = call.kernel.resolver, call.request
    if resolver is None:
        return None
    found = await resolver.resolve(session=call.open_session(), headers=call.headers, person=request.person)
    if found is not None:
        csrf.check(call.headers, method=request.method, scheme=request.scheme, rules=call.kernel.policy.csrf, upgrade=request.upgrade)
    return found


def _refuse_nobody() -> NoReturn:
    raise Unauthenticated


def tenant(call: Call) -> RawReply | None:
    """Whose data: the credential decides; header and host must agree; a suspended or closed tenant is refused."""
    operation, principal, state = call.plan.operation, call.caller.principal, call.caller.tenant
    if call.plan.public:
        return None
    if operation.scope == "platform" and principal.side != "platform":
        raise PlatformOnly
    if operation.scope == "tenant" and state is None:
        raise TenantRequired
    named = call.headers.one("tenant")
    if named is not None and (state is None or named not in (state.id, state.slug)):
        raise TenantMismatch
    if call.host_tenant is not None and (state is None or state.id != call.host_tenant):
        raise TenantMismatch
    if state is not None:
        if state.status != "active":
            raise TenantSuspended if state.status == "suspended" else TenantClosed
        call.scope = Scope(state.id)
    return None


def version(call: Call) -> RawReply | None:
    """Which API version: header, else the pin of the credential, else of the tenant, else the newest."""
    supported = call.kernel.policy.versions
    asked = call.headers.one("api-version")
    if asked is not None and (not _VERSION(asked) or asked not in supported):
        raise UnknownVersion(params={"supported": supported})
    state = call.caller.tenant
    call.version = asked or call.caller.principal.version_pin or (state.version_pin if state else None) or supported[-1]
    return None


def permission(call: Call) -> RawReply | None:
    """What the operation as a whole needs; permissions on one object are the use case's."""
    needed = call.plan.operation.permission
    if needed is not None and not call.caller.principal.allows(needed):
        raise PermissionMissing(params={"permission": needed})
    return None


def decode(call: Call) -> RawReply | None:
    """Turn path, query and body into the declared Structs, and a cursor into the position it stands for."""
    plan, request, inputs = call.plan, call.request, call.inputs
    if not accepts(call.headers.joined("accept"), plan.operation.media):
        raise NotAcceptable(params={"media": plan.operation.media})
    if plan.decode_body is not None:
        check_json_media(call.headers)
    elif request.body:
        detail = "This operation takes no body."
        raise BadRequest(detail)
    if plan.decode_path is not None:
        inputs["path"] = plan.decode_path(call.parameters)
    query = plan.decode_query(request.query)
    if plan.operation.query is not None:
        inputs["query"] = query
    if isinstance(query, PageQuery):
        inputs["after"] = _position(call, query)
    if plan.decode_body is not None:
        inputs["body"] = plan.decode_body(request.body)
    return None


def _position(call: Call, query: PageQuery) -> object:
    """Where the page starts: None, or the keyset position in a cursor that was made for this very list."""
    if query.cursor is UNSET:
        return None
    return call.kernel.cursors.open(query.cursor, binding=binding(call, query))


def precondition(call: Call) -> RawReply | None:
    """``If-Match`` must be there where a versioned resource changes (RFC 6585 section 3)."""
    if not call.plan.operation.if_match:
        return None
    given = call.headers.joined("if-match")
    if given is None or given == "*":
        raise PreconditionRequired
    call.inputs["if_match"] = if_match(given, accept_weak=call.kernel.policy.accept_weakened_etags)
    return None


async def run(call: Call) -> RawReply | None:
    """The use case; where it may write, in one unit of work that is committed only once the reply is encoded."""
    plan, session = call.plan, call.open_session()
    if not plan.unit:
        return render(call, await plan.operation.use_case(_context(call, session, None), **call.inputs))
    async with session.unit(call.scope) as unit:
        answer = render(call, await plan.operation.use_case(_context(call, session, unit), **call.inputs))
        await unit.commit()
        return answer


def _context(call: Call, session: Session, unit: UnitOfWork | None) -> Context:
    return Context(
        request_id=call.request_id,
        principal=call.caller.principal,
        tenant=call.caller.tenant,
        scope=call.scope,
        deadline=call.deadline,
        api_version=call.version,
        session=session,
        store=session.store(call.scope),
        unit=unit,
        system=call.kernel.system,
        container=call.open_services,
        trace_id=call.trace_id,
        sampled=call.sampled,
    )
