"""Plays an ASGI server in process (ASGI 3.0, HTTP 2.4 and WebSocket denial). It knows messages; it changes no byte of what it carries."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from kingpost.conformance.target import Exchange, ProtocolError, Reply

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_WITHOUT_BODY = (204, 304)


class AsgiTransport:
    """One application, started and stopped through its lifespan, in the event loop that calls."""

    def __init__(self, app: App, *, root_path: str = "", piece: int = 65_536) -> None:
        """``piece`` is how many bytes of a body one message carries."""
        self._app = app
        self._root = root_path
        self._piece = piece
        self._lifespan: _Lifespan | None = None

    async def start(self) -> None:
        """Send ``lifespan.startup``; ``ProtocolError`` with the application's message where it fails."""
        self._lifespan = _Lifespan(self._app)
        await self._lifespan.step("startup")

    async def stop(self) -> None:
        """Send ``lifespan.shutdown``."""
        if self._lifespan is not None:
            await self._lifespan.step("shutdown")

    async def send(self, exchange: Exchange) -> Reply:
        """The application's reply to one request."""
        connection = _Connection(exchange, self._piece)
        await self._app(self._scope(exchange), connection.receive, connection.send)
        return connection.reply()

    def _scope(self, exchange: Exchange) -> Message:
        raw = self._root.encode() + exchange.path
        kind: Message = (
            {"type": "websocket", "extensions": {"websocket.http.response": {}}}
            if exchange.websocket
            else {"type": "http", "method": exchange.method}
        )
        return {
            **kind,
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws" if exchange.websocket else "http",
            "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
            "raw_path": raw,
            "query_string": exchange.query,
            "root_path": self._root,
            "headers": [*exchange.headers, *exchange.framing],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "state": {},
        }


class _Connection:
    """The messages of one request, checked as a server would."""

    def __init__(self, exchange: Exchange, piece: int) -> None:
        pieces = [exchange.body[at : at + piece] for at in range(0, len(exchange.body), piece)] or [b""]
        last = len(pieces) - 1
        more = exchange.declared is not None and exchange.declared > len(exchange.body)
        self._incoming = (
            [{"type": "websocket.connect"}]
            if exchange.websocket
            else [{"type": "http.request", "body": part, "more_body": more or number < last} for number, part in enumerate(pieces)]
        )
        self._exchange = exchange
        self._answered = asyncio.Event()
        self._start: Message | None = None
        self._body = bytearray()

    async def receive(self) -> Message:
        """The next part of the body; then nothing until the reply is complete, as a client that waits for it."""
        if self._incoming:
            return self._incoming.pop(0)
        await self._answered.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a message of the application, in the order that ASGI prescribes."""
        kind = message["type"].removeprefix("websocket.")
        if self._answered.is_set():
            raise ProtocolError(f"{message['type']} after the reply was complete")
        if kind == "http.response.start" and self._start is None:
            _check_headers(message["headers"])
            self._start = message
        elif kind == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._answered.set()
        else:
            raise ProtocolError(f"{message['type']} out of order")

    def reply(self) -> Reply:
        """What a client reads."""
        if self._start is None or not self._answered.is_set():
            raise ProtocolError("the application returned without a complete reply")
        reply = Reply(
            status=self._start["status"], headers=tuple((bytes(n), bytes(v)) for n, v in self._start["headers"]), body=bytes(self._body)
        )
        check_framing(self._exchange.method, reply)
        return reply


def _check_headers(lines: list[tuple[bytes, bytes]]) -> None:
    for name, value in lines:
        if type(name) is not bytes or type(value) is not bytes or name != name.lower():
            raise ProtocolError(f"header {name!r}: {value!r} is not bytes with a lower-case name")
        if b"\r" in value or b"\n" in value or b"\0" in value:
            raise ProtocolError(f"header {name!r} holds a line break or NUL")


def check_framing(method: str, reply: Reply) -> None:
    """``ProtocolError`` where the length of the body is not the announced one (RFC 9112 section 6.3)."""
    bodiless = method == "HEAD" or reply.status in _WITHOUT_BODY
    if bodiless and reply.body:
        raise ProtocolError(f"{method} {reply.status} carries a body")
    length = reply.one("content-length")
    if length is not None and not bodiless and int(length) != len(reply.body):
        raise ProtocolError(f"Content-Length is {length} and the body has {len(reply.body)} bytes")


class _Lifespan:
    """The application's lifespan, in a task of its own."""

    def __init__(self, app: App) -> None:
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._task = asyncio.ensure_future(app(scope, self._incoming.get, self._outgoing.put))

    async def step(self, name: str) -> None:
        """Announce startup or shutdown and wait until it is complete."""
        await self._incoming.put({"type": f"lifespan.{name}"})
        answer = asyncio.ensure_future(self._outgoing.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() and self._outgoing.empty():
            answer.cancel()
            raise ProtocolError(f"the application ended without answering lifespan.{name}") from self._task.exception()
        message = await answer
        if message["type"] != f"lifespan.{name}.complete":
            raise ProtocolError(f"{message['type']}: {message.get('message', '')}")
        if name == "shutdown":
            await self._task
