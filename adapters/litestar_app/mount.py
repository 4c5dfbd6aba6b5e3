"""Mounts a kernel in Litestar: one named handler per operation, and the kernel's word for what Litestar cannot route. It knows Litestar's routing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.exceptions.responses import create_exception_response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ExceptionHandlersMap

from kingpost.kernel.errors import InternalError, KernelError
from kingpost.kernel.operations import Operation, Registry

from .edges import Edge
from .host import call_of
from .responses import Answer, Unrouted

UNROUTED: Final = (400, 404, 405)
"""What Litestar's router answers itself: a malformed Host, an unknown path, an unknown method."""

_METHODS: Final = frozenset(method.value for method in HttpMethod)
_OPEN: Final = {"exclude_from_auth": True, "exclude_from_csrf": True}
"""The kernel authenticates by itself, and demands of a session the proof that a change is meant; a host's own login and CSRF check are not for these routes."""

Handler = Callable[[Request[Any, Any, Any], Exception], Response[Any]]


def route_handlers(edge: Edge, registry: Registry, prefix: str) -> list[HTTPRouteHandler]:
    """For each path first the methods that it does not know, then its operations: Litestar takes OPTIONS from the first handler alone."""
    found: list[HTTPRouteHandler] = []
    for path, operations in registry.paths.items():
        place = prefix + path.replace("}", ":str}")
        found.append(_handler(edge, place, _METHODS.difference(operation.method for operation in operations)))
        found.extend(_handler(edge, place, {operation.method}, operation) for operation in operations)
    return found


def _handler(edge: Edge, place: str, methods: Iterable[str], operation: Operation | None = None) -> HTTPRouteHandler:
    async def answer(request: Request[Any, Any, Any]) -> Answer:
        return Answer(await edge.answer(request))

    mounted = HTTPRouteHandler(
        place,
        http_method=[HttpMethod(method) for method in sorted(methods)],
        name=operation.id if operation else None,
        opt={**_OPEN, "kingpost_operation": operation.id} if operation else dict(_OPEN),
        exception_handlers={500: edge_failed},
        include_in_schema=False,
        status_code=200,
    )
    return mounted(answer)


def exception_handlers(edge: Edge, host: ExceptionHandlersMap) -> ExceptionHandlersMap:
    """The host's exception handlers, in which requests under the prefix that the router refused go to the kernel.

    The kernel's own errors, raised in handlers of the host, become problem documents unless the host has another word for them.
    """
    return {KernelError: _problem, **host, **{status: _unless_ours(edge, dict(host)) for status in UNROUTED}}


def _problem(request: Request[Any, Any, Any], error: Exception) -> Answer:
    known = error if isinstance(error, KernelError) else InternalError()
    return Answer(call_of(request).problem(known))


def edge_failed(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """500 as a problem document for what went wrong around the kernel; Litestar has shown it to its hooks."""
    call = call_of(request)
    call.kernel.system.log.failure("request.failed", error, {"request_id": call.request_id, "method": request.method})
    return Answer(call.problem(InternalError()))


def _unless_ours(edge: Edge, host: ExceptionHandlersMap) -> Handler:
    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if not _is_routed(request) and edge.covers(request.scope):
            return Unrouted(edge)
        return _of_host(host, error)(request, error)

    return handle


def _is_routed(request: Request[Any, Any, Any]) -> bool:
    """Whether a handler was found: what a handler of the host raises is the host's."""
    return "route_handler" in cast("Mapping[str, object]", request.scope)


def _of_host(host: ExceptionHandlersMap, error: Exception) -> Handler:
    """What Litestar would have chosen: by status, then by class, then its default."""
    by_status = host.get(getattr(error, "status_code", 500))
    by_class = (host[kind] for kind in type(error).__mro__ if kind in host)
    return by_status or next(by_class, None) or create_exception_response
