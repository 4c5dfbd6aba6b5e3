"""Where ASGI and Litestar meet the kernel: scope to RawRequest, RawReply to messages. It knows bytes and mounts, no operation and no store."""

import asyncio
from typing import Any, Final
from urllib.parse import quote

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import Empty, Receive, Scope, Send

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.wire import RawReply, RawRequest

_READERS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UNRESERVED: Final = "/:@!$&'()*+,;=-._~"
_NOWHERE: Final = b"//"
_LONGEST_LENGTH: Final = 18
"""Digits of a Content-Length; more than any limit has."""
_GONE: Final = RawReply(status=400, headers=((b"content-length", b"0"),), body=b"")
"""For a client that left before its request was complete: nobody reads it, and nothing of the request was used."""


class Edge:
    """One mount of one kernel under a prefix of an application."""

    __slots__ = ("_kernel", "_limit", "_prefix", "_writes")

    def __init__(self, kernel: Kernel, prefix: str) -> None:
        """``prefix`` is empty or ``/like/this``."""
        self._kernel = kernel
        self._limit = kernel.policy.limits.body
        self._prefix = prefix
        self._writes: set[asyncio.Task[RawReply]] = set()

    def covers(self, scope: Scope) -> bool:
        """Whether the raw path lies under the prefix, at a segment boundary: ``/kingpostfoo`` is not under ``/kingpost``."""
        return not self._prefix or _raw_path(scope)[1].startswith(self._prefix.encode() + b"/")

    async def answer(self, request: Request[Any, Any, Any]) -> RawReply:
        """The kernel's reply; what caused a 500 is shown once to the application's ``after_exception`` hooks."""
        scope = request.scope
        body = await self._body(request)
        reply = _GONE if body is None else await self._ask(raw_request(scope, self._prefix, body))
        if isinstance(reply.failure, Exception):
            for hook in scope["litestar_app"].after_exception:
                await hook(reply.failure, scope)
        return reply

    async def refuse_upgrade(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a WebSocket handshake as plain HTTP where the server can; else close it (1008, RFC 6455 section 7.4.1)."""
        await receive()
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": 1008, "reason": "plain HTTP only"})
            return
        reply = await self._kernel.answer(raw_request(scope, self._prefix, b""))
        await send({"type": "websocket.http.response.start", "status": reply.status, "headers": list(reply.headers)})
        await send({"type": "websocket.http.response.body", "body": reply.body, "more_body": False})

    async def drain(self) -> None:
        """Wait for the writes whose client has left."""
        if self._writes:
            await asyncio.wait(self._writes)

    async def _ask(self, raw: RawRequest) -> RawReply:
        """A read ends with its client; a write runs on without it, so that it is committed once or not at all."""
        if raw.method in _READERS:
            return await self._kernel.answer(raw)
        write = asyncio.get_running_loop().create_task(self._kernel.answer(raw))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        return await asyncio.shield(write)

    async def _body(self, request: Request[Any, Any, Any]) -> bytes | None:
        """At most one byte more than the limit; nothing where more is declared, the kernel refuses that unread. None when the client has left."""
        if request._body is not Empty:  # noqa: SLF001  (a middleware of the host has read the stream; Litestar keeps what it read)
            return await request.body()
        for name, sent in request.scope["headers"]:
            value = sent.strip(b" \t")  # some servers leave white space around it
            if name == b"content-length" and value.isdigit() and (len(value) > _LONGEST_LENGTH or int(value) > self._limit):
                return b""
        return await _read(request.receive, self._limit)


def raw_request(scope: Scope, prefix: str, body: bytes) -> RawRequest:
    """A scope as the kernel reads it. What was sent outside the prefix is no path of the kernel: it becomes one that nothing has."""
    root, path = _raw_path(scope)
    start = prefix.encode()
    inside = not prefix or path.startswith(start + b"/")
    client = scope["client"]
    return RawRequest(
        method=str(scope.get("method", "GET")),
        path=path[len(start) :] if inside else _NOWHERE,
        query=scope["query_string"],
        headers=tuple(scope["headers"]),
        body=body,
        mount=root + prefix,
        scheme=scope["scheme"],
        peer=client[0] if client else None,
        upgrade=scope["type"] == ScopeType.WEBSOCKET,
    )


async def _read(receive: Receive, limit: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        more = message.get("more_body", False)
        if not body and not more:
            return part[: limit + 1]
        body += part
        if not more or len(body) > limit:
            return bytes(body[: limit + 1])


def _raw_path(scope: Scope) -> tuple[str, bytes]:
    """The server's own prefix, and the path behind it as it was sent. Servers may leave ``raw_path`` out; then it is made again from ``path``."""
    root = scope.get("root_path", "").rstrip("/")
    path = scope.get("raw_path") or quote(scope["path"], safe=_UNRESERVED).encode()
    if not root:
        return root, path
    start = quote(root, safe=_UNRESERVED).encode()
    return root, path[len(start) :] if path.startswith(start + b"/") else path
