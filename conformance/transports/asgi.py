"""Plays an ASGI server in process (ASGI 3.0, HTTP 2.4 and WebSocket denial). It knows messages; it changes no byte of what it carries."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from kingpost.conformance.target import Exchange, HeaderLines, ProtocolError, Reply

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

Line: TypeAlias = tuple[bytes, bytes]

_WITHOUT_BODY: Final = (204, 304)
_VERSIONS: Final = {"version": "3.0", "spec_version": "2.4"}


class AsgiTransport:
    """One application, started and stopped through its lifespan, in the event loop that calls."""

    def __init__(self, app: App, *, root_path: str = "", piece: int = 65_536, patience: float = 10.0) -> None:
        """``piece`` is how many bytes of a body one message carries, ``patience`` how many seconds the client waits when it has sent everything."""
        self._app = app
        self._root = root_path
        self._piece = piece
        self._patience = patience
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
        connection = _Connection(exchange, self._piece, self._patience)
        try:
            await self._app(self._scope(exchange), connection.receive, connection.send)
        except Exception:
            connection.check_patience()
            raise
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
            "asgi": dict(_VERSIONS),
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

    def __init__(self, exchange: Exchange, piece: int, patience: float) -> None:
        self._exchange = exchange
        self._patience = patience
        self._left = False
        """Whether the client has gone without a reply."""
        self._incoming = _incoming(exchange, piece)
        self._complete = False
        self._waiting: asyncio.Future[None] | None = None
        self._status = 0
        self._headers: HeaderLines | None = None
        self._body = b""

    async def receive(self) -> Message:
        """The next part of the body; then nothing until the reply is complete, as a client that waits for it, or has no patience left."""
        if self._incoming:
            return self._incoming.pop(0)
        if not self._complete and not self._left:
            self._waiting = self._waiting or self._wait()
            await asyncio.shield(self._waiting)
        return {"type": "http.disconnect"}

    def _wait(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        clock = loop.call_later(self._patience, self._leave, waiting)
        waiting.add_done_callback(lambda _: clock.cancel())
        return waiting

    def _leave(self, waiting: asyncio.Future[None]) -> None:
        self._left = True
        waiting.set_result(None)

    def check_patience(self) -> None:
        """``ProtocolError`` where the client had to leave."""
        if self._left:
            raise ProtocolError(
                f"no reply {self._patience:g} seconds after the last byte was sent: the application waits for more of the body"
            )

    async def send(self, message: Message) -> None:
        """Take a message of the application, in the order that ASGI prescribes."""
        kind = message["type"].removeprefix("websocket.")
        if self._complete:
            raise ProtocolError(f"{message['type']} after the reply was complete")
        if kind == "http.response.start" and self._headers is None:
            self._status, self._headers = message["status"], _lines(message["headers"])
        elif kind == "http.response.body" and self._headers is not None:
            self._body += message.get("body", b"")
            self._complete = not message.get("more_body", False)
            if self._complete and self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(None)
        else:
            wanted = "; a handshake is denied with websocket.http.response.start" if message["type"].startswith("websocket.") else ""
            raise ProtocolError(f"{message['type']} out of order{wanted}")

    def reply(self) -> Reply:
        """What a client reads."""
        self.check_patience()
        if self._headers is None or not self._complete:
            raise ProtocolError("the application returned without a complete reply")
        reply = Reply(status=self._status, headers=self._headers, body=self._body)
        check_framing(self._exchange.method, reply)
        return reply


def _incoming(exchange: Exchange, piece: int) -> list[Message]:
    """What ``receive`` gives, until the client has nothing more to say."""
    if exchange.websocket:
        return [{"type": "websocket.connect"}]
    body = exchange.body
    more = exchange.declared is not None and exchange.declared > len(body)
    if len(body) <= piece:
        return [{"type": "http.request", "body": body, "more_body": more}]
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)]
    last = len(pieces) - 1
    return [{"type": "http.request", "body": part, "more_body": more or number < last} for number, part in enumerate(pieces)]


def _lines(lines: Iterable[Iterable[bytes]]) -> HeaderLines:
    """The header lines of a reply; ``ProtocolError`` for one that no server could send."""
    try:
        return tuple([_line(*line) for line in lines])
    except TypeError as error:  # no pair, or mutable bytes
        raise ProtocolError(f"a header is not a pair of bytes: {error}") from None


@lru_cache(maxsize=4096, typed=True)
def _line(name: bytes, value: bytes) -> Line:
    """One header line, looked at once: most are in every reply."""
    if type(name) is not bytes or type(value) is not bytes or name != name.lower():
        raise ProtocolError(f"header {name!r}: {value!r} is not bytes with a lower-case name")
    if b"\r" in value or b"\n" in value or b"\0" in value:
        raise ProtocolError(f"header {name!r} holds a line break or NUL")
    return name, value


def check_framing(method: str, reply: Reply) -> None:
    """``ProtocolError`` where the length of the body is not the announced one (RFC 9112 section 6.3)."""
    bodiless = method == "HEAD" or reply.status in _WITHOUT_BODY
    if bodiless and reply.body:
        raise ProtocolError(f"{method} {reply.status} carries a body")
    lengths = [value for name, value in reply.headers if name == b"content-length"]
    if len(lengths) > 1:
        raise ProtocolError(f"Content-Length is sent {len(lengths)} times: {lengths}")
    if lengths and not bodiless and int(lengths[0]) != len(reply.body):
        raise ProtocolError(f"Content-Length is {lengths[0].decode('latin-1')} and the body has {len(reply.body)} bytes")


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
