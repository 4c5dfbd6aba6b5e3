"""What every deployment answers besides its components: probes, metrics, the OpenAPI document, its pages. It knows no business."""

from collections.abc import Awaitable, Callable

import msgspec
import svcs
from msgspec import Struct

from kingpost.kernel.call import Wiring
from kingpost.kernel.context import Context
from kingpost.kernel.errors import KernelError, NotFound, Unavailable
from kingpost.kernel.openapi import conditions, document
from kingpost.kernel.operations import Operation, Raw
from kingpost.kernel.pages import PAGE_POLICY, docs_page, problem_page

HEALTH = "application/health+json"
"""The media type of probes (draft-inadarei-api-health-check)."""

READINESS_SECONDS = 1.0
"""How long an answer about readiness is kept, so that probes cannot overload the database."""


class ProblemPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which condition."""

    code: str


class Readiness:
    """Whether this process can serve: its storage, and every service that was registered with a ``ping``, asked at most once a second."""

    def __init__(self, kernel: Wiring) -> None:
        """Nothing is known until the first probe."""
        self._kernel = kernel
        self._until = float("-inf")
        self._answer = Raw(media=HEALTH, body=b"")

    async def __call__(self, context: Context) -> Raw:  # noqa: ARG002  (the signature of a use case)
        """``pass``, or 503 and ``fail``; the reason is in the log, not in the answer."""
        now = self._kernel.system.clock.monotonic()
        if now >= self._until:
            self._answer = await self._ask()
            self._until = self._kernel.system.clock.monotonic() + READINESS_SECONDS
        return self._answer

    async def _ask(self) -> Raw:
        try:
            await self._kernel.storage.check()
        except KernelError as error:
            self._kernel.system.log.failure("readiness.failed", error, {"code": error.code})
            return _health("fail", 503)
        return _health("pass", 200) if await self._answering() else _health("fail", 503)

    async def _answering(self) -> bool:
        """Whether every service answers its ping, in the order of their registration."""
        async with svcs.Container(self._kernel.services) as services:
            for ping in services.get_pings():
                try:
                    await ping.aping()
                except Exception as error:  # noqa: BLE001  (a service of a host fails in a way of its own)
                    self._kernel.system.log.failure("readiness.failed", error, {"service": ping.name})
                    return False
        return True


async def alive(context: Context) -> Raw:  # noqa: ARG001  (the signature of a use case)
    """The process runs; nothing else is asked."""
    return _health("pass", 200)


def _health(status: str, code: int) -> Raw:
    return Raw(media=HEALTH, body=msgspec.json.encode({"status": status}), status=code, headers=(("cache-control", "no-store"),))


def operations(kernel: Wiring) -> tuple[Operation, ...]:
    """The operations of the deployment itself, as its policy allows."""
    return (*_probes(kernel), *_metrics(kernel), *_documents(kernel))


def _probes(kernel: Wiring) -> tuple[Operation, ...]:
    return (
        _public("service.live.read", "/livez", "Whether the process runs", alive, media=HEALTH, probe=True),
        _public(
            "service.ready.read",
            "/readyz",
            "Whether the process can serve",
            Readiness(kernel).__call__,
            media=HEALTH,
            probe=True,
            errors=(Unavailable,),
        ),
    )


def _metrics(kernel: Wiring) -> tuple[Operation, ...]:
    async def read_metrics(context: Context) -> Raw:  # noqa: ARG001
        """The Prometheus exposition."""
        media, body = kernel.system.metrics.render()
        return Raw(media=media, body=body, headers=(("cache-control", "no-store"),))

    if not kernel.policy.metrics:
        return ()
    return (_public("service.metrics.read", "/metrics", "Rate, errors and latency per operation", read_metrics, media="text/plain"),)


def _documents(kernel: Wiring) -> tuple[Operation, ...]:
    cached: dict[str, bytes] = {}

    async def read_openapi(context: Context) -> Raw:  # noqa: ARG001
        """The OpenAPI document, made once."""
        if "openapi" not in cached:
            cached["openapi"] = msgspec.json.encode(document(kernel))
        return Raw(media="application/json", body=cached["openapi"], headers=_CACHED)

    async def read_docs(context: Context) -> Raw:  # noqa: ARG001
        """The same document as a page, made once."""
        if "docs" not in cached:
            cached["docs"] = docs_page(document(kernel)).encode()
        return Raw(media="text/html; charset=utf-8", body=cached["docs"], headers=(*_CACHED, PAGE_POLICY))

    async def read_problem(context: Context, *, path: ProblemPath) -> Raw:  # noqa: ARG001
        """What a problem's ``type`` points to."""
        condition = conditions(kernel.registry).get(path.code)
        if condition is None:
            raise NotFound
        return Raw(media="text/html; charset=utf-8", body=problem_page(condition).encode(), headers=(*_CACHED, PAGE_POLICY))

    problem = _public(
        "service.problems.read",
        "/problems/{code}",
        "What a problem code means",
        read_problem,
        media="text/html",
        path=ProblemPath,
        errors=(NotFound,),
    )
    if not kernel.policy.docs:
        return (problem,)
    return (
        _public("service.openapi.read", "/openapi.json", "This document", read_openapi),
        _public("service.docs.read", "/docs", "This document as a page", read_docs, media="text/html"),
        problem,
    )


_CACHED = (("cache-control", "public, max-age=300"),)


def _public(
    id_: str,
    path_: str,
    summary: str,
    use_case: Callable[..., Awaitable[Raw]],
    *,
    media: str = "application/json",
    probe: bool = False,
    path: type[Struct] | None = None,
    errors: tuple[type[KernelError], ...] = (),
) -> Operation:
    return Operation(
        id=id_,
        method="GET",
        path=path_,
        summary=summary,
        use_case=use_case,
        scope="public",
        permission=None,
        path_parameters=path,
        raw=True,
        media=media,
        probe=probe,
        errors=errors,
    )
