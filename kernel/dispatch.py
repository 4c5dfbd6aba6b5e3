"""The pipeline: one tuple of stages between a raw request and a raw reply. It knows their order; each stage knows one thing.

request id, trace -> probes -> upgrade, size and header limits -> host -> match -> authenticate -> tenant -> API version ->
permission -> media type, decode -> preconditions -> unit of work { use case } -> reply. A problem document on any error.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from kingpost.kernel.call import Call, Wiring
from kingpost.kernel.driving import explain
from kingpost.kernel.errors import InternalError, KernelError
from kingpost.kernel.operations import METHODS
from kingpost.kernel.rendering import cross_origin
from kingpost.kernel.replies import NO_STORE, PROBLEM, header_lines, problem_body, reply
from kingpost.kernel.stages import (
    Answering,
    authenticate,
    decode,
    host,
    identify,
    limit,
    match,
    permission,
    precondition,
    probe,
    run,
    tenant,
    version,
)
from kingpost.kernel.system import Field
from kingpost.kernel.wire import RawReply, RawRequest

Stage: TypeAlias = Callable[[Call], Answering | RawReply | None]
"""Answers, returns None to go on, or hands back a coroutine that will do one of the two."""

_OF_DATA = ((b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),)
_OF_PAGES = ()
"""A page brings a Content-Security-Policy of its own."""

STAGES: tuple[Stage, ...] = (identify, probe, limit, host, match, authenticate, tenant, version, permission, decode, precondition, run)


async def answer(kernel: Wiring, request: RawRequest) -> RawReply:
    """The reply to any request; never raises but for cancellation. A 500 carries its cause in ``failure`` for the framework's own hook."""
    call = Call(kernel, request)
    try:
        try:
            result = await _through(call)
        except KernelError as error:
            result = refusal(call, error)
    except Exception as error:  # noqa: BLE001  (the last line of defence: everything unforeseen is a 500, a condition that cannot be told too)
        explain(error)
        kernel.system.log.failure("request.failed", error, _fields(call, 500))
        result = _with_failure(refusal(call, InternalError()), error)
    finally:
        if call.session is not None or call.services is not None:
            await _give_back(call)
    return _finish(call, result)


async def _give_back(call: Call) -> None:
    """Close services and session. What is committed is committed: a failure here is logged and does not change the answer."""
    try:
        if call.services is not None:
            await call.services.aclose()
        if call.session is not None:
            await call.session.close()
    except Exception as error:  # noqa: BLE001  (whatever a driver raises while its connection goes away)
        call.kernel.system.log.failure("session.close_failed", error, {"request_id": call.request_id})


async def _through(call: Call) -> RawReply:
    for stage in STAGES:
        result = stage(call)
        if result is None:
            continue
        if not isinstance(result, RawReply):  # the cheap question: Coroutine is an ABC, which asks in Python
            result = await result
        if result is not None:
            return result
    message = "the last stage always answers"
    raise AssertionError(message)


def refusal(call: Call, error: KernelError) -> RawReply:
    """The problem document of an error."""
    body = problem_body(error, request_id=call.request_id, mount=call.request.mount)
    return reply(error.status, body, PROBLEM, (*header_lines(error.headers), NO_STORE))


def _with_failure(result: RawReply, error: BaseException) -> RawReply:
    return RawReply(status=result.status, headers=result.headers, body=result.body, failure=error)


_COUNTED: Final = frozenset((*METHODS, "HEAD", "OPTIONS"))


def _finish(call: Call, result: RawReply) -> RawReply:
    """The headers that every answer carries, the metrics, and the log line; HEAD loses its body and keeps its headers."""
    kernel, request = call.kernel, call.request
    seconds = kernel.system.clock.monotonic() - call.started
    operation = call.plan.operation.id
    method = request.method if request.method in _COUNTED else "other"  # a client may invent methods and must not grow the series
    kernel.system.metrics.observe(operation, method, result.status, seconds)
    if kernel.policy.access_log:
        fields = _fields(call, result.status)
        fields["microseconds"] = int(seconds * 1_000_000)
        kernel.system.log.event("request", fields)
    headers = (
        *result.headers,
        *kernel.fixed_headers,
        *(_OF_PAGES if call.plan.is_page else _OF_DATA),
        (b"request-id", call.request_id.encode()),
        (b"api-version", call.version.encode()),
    )
    if call.origin is not None:
        headers = (*headers, *cross_origin(kernel.policy.cors, call.origin))
    body = b"" if request.method == "HEAD" else result.body
    return RawReply(status=result.status, headers=headers, body=body, failure=result.failure)


def _fields(call: Call, status: int) -> dict[str, Field]:
    """What every log line about a request says; neither path parameters nor query, which may name people."""
    operation = call.plan.operation.id
    return {
        "request_id": call.request_id,
        "trace_id": call.trace_id,
        "api_version": call.version,
        "operation": operation,
        "method": call.request.method,
        "status": status,
        "tenant": call.scope.tenant,
        "principal": call.caller.principal.id,
    }


__all__ = ("STAGES", "Call", "answer", "refusal")
