"""Kingpost as an ASGI application (ASGI 3.0): scope and messages to RawRequest, RawReply to messages. It knows bytes, no operation and no store."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeAlias
from urllib.parse import quote

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.errors import InternalError
from kingpost.kernel.replies import NO_STORE, PROBLEM, problem_body, reply
from kingpost.kernel.wire import RawReply, RawRequest

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

UNRESERVED = "/:@!$&'()*+,;=-._~"
READERS = ("GET", "HEAD", "OPTIONS")
DIGITS = 18
"""Of a Content-Length; more than any limit has."""


class BareAsgi:
    """One kernel, served. HEAD, OPTIONS, 404, 405 and every error need nothing here: the kernel answers any method on any path."""

    def __init__(self, kernel: Kernel, *, lifespan: Callable[[], AbstractAsyncContextManager[object]] = nullcontext) -> None:
        """``lifespan`` is entered before the first request and left after the last: it opens what the kernel's ports need."""
        self._kernel = kernel
        self._lifespan = lifespan
        self._writes: set[asyncio.Task[RawReply]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One connection, or the life of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self._refuse_upgrade(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            body = await self._body(scope, receive)
            if body is None:
                return  # the client has left before its request was whole: nothing of it may be used, and nobody reads an answer
            answer = await self._ask(raw_request(scope, body))
        except Exception as error:  # noqa: BLE001  (the kernel answers everything; what fails here is this adapter, and it says so as the kernel would)
            answer = self._failed(scope, error)
        await _send(send, "http.response", answer)

    async def _body(self, scope: Message, receive: Receive) -> bytes | None:
        """At most one byte more than the limit, and nothing where more is declared: the kernel refuses both. None when the client has left."""
        limit, body, more = self._kernel.policy.limits.body, bytearray(), True
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if declared.isdigit() and (len(declared) > DIGITS or int(declared) > limit):
            return b""
        while more and len(body) <= limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body[: limit + 1])

    async def _ask(self, raw: RawRequest) -> RawReply:
        """A server may cancel what a client has left. A read ends with it; a write runs on, so that it is committed once or not at all."""
        if raw.method in READERS:
            return await self._kernel.answer(raw)
        write = asyncio.get_running_loop().create_task(self._kernel.answer(raw))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        return await asyncio.shield(write)

    def _failed(self, scope: Message, error: Exception) -> RawReply:
        """500 as a problem document that tells nothing of the inside; the log has the rest under the same id."""
        request_id = self._kernel.system.entropy.draw("request-ids", 16).hex()
        self._kernel.system.log.failure("request.failed", error, {"request_id": request_id, "method": scope["method"]})
        headers = (NO_STORE, *self._kernel.fixed_headers, (b"request-id", request_id.encode()))
        return reply(500, problem_body(InternalError(), request_id=request_id, mount=""), PROBLEM, headers)

    async def _refuse_upgrade(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a WebSocket handshake with a problem document where the server can send one; else close it (1008, RFC 6455 section 7.4.1)."""
        await receive()
        if "websocket.http.response" in (scope.get("extensions") or {}):
            await _send(send, "websocket.http.response", await self._kernel.answer(raw_request(scope, b"")))
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "plain HTTP only"})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Open the ports, serve, finish the writes that have outlived their clients, close the ports."""
        step = (await receive())["type"]
        try:
            async with self._lifespan():
                await send({"type": f"{step}.complete"})
                step = (await receive())["type"]
                await asyncio.gather(*self._writes, return_exceptions=True)
        except Exception as error:
            await send({"type": f"{step}.failed", "message": str(error)})
            raise
        await send({"type": f"{step}.complete"})


def raw_request(scope: Message, body: bytes) -> RawRequest:
    """A scope as the kernel reads it: the path as it was sent, behind the server's own prefix. Servers may leave ``raw_path`` out."""
    root = scope.get("root_path", "").rstrip("/")
    path = scope.get("raw_path") or quote(scope["path"], safe=UNRESERVED).encode()
    start = quote(root, safe=UNRESERVED).encode()
    client = scope.get("client")
    return RawRequest(
        method=scope.get("method", "GET"),
        path=path[len(start) :] if start and path.startswith(start + b"/") else path,
        query=scope.get("query_string", b""),
        headers=tuple((name, value) for name, value in scope["headers"]),
        body=body,
        mount=root,
        scheme=scope.get("scheme", "http"),
        peer=client[0] if client else None,
        upgrade=scope["type"] == "websocket",
    )


async def _send(send: Send, kind: str, answer: RawReply) -> None:
    await send({"type": f"{kind}.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": f"{kind}.body", "body": answer.body, "more_body": False})
