"""A service on loopback that answers from a script, well or badly, and both clients that call it. It knows sockets; it judges nothing."""

import asyncio
import select
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal, Self, TypeAlias, TypeVar

from kingpost.adapters.outbound import looped, threaded
from kingpost.adapters.outbound.guard import Guard
from kingpost.adapters.outbound.loop_client import LoopClient
from kingpost.adapters.outbound.thread_client import ThreadClient
from kingpost.kernel.driving import drive
from kingpost.kernel.outbound import Http, HttpReply, HttpRequest, Target

T = TypeVar("T")

Colour: TypeAlias = Literal["looped", "threaded"]
COLOURS: tuple[Colour, ...] = ("looped", "threaded")
Step: TypeAlias = Callable[[socket.socket], object]
"""Answers one request on its connection; a true result closes the connection behind it."""

TARGET = Target(name="upstream", seconds=2.0)


class Upstream:
    """Listens on a port of its own; each request, on whatever connection, gets the next step, and the last step stays."""

    def __init__(self, *steps: Step, context: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.steps = list(steps)
        self.requests: list[bytes] = []
        self.connections = 0
        self.arrived = threading.Event()
        """Set when the first request is there."""
        self.closed_early = threading.Event()
        """Set when a client has closed a connection that was being answered."""
        self._guard = threading.Lock()
        self._context = context
        self._listener = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *fault: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments, daemon=True))
        self._threads[-1].start()

    @property
    def url(self) -> str:
        """Where it is, by address."""
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            if self._context is None:
                self._answer(connection)
                return
            with self._context.wrap_socket(connection, server_side=True) as wrapped:
                self._answer(wrapped)

    def _answer(self, served: socket.socket) -> None:
        while (request := _read_request(served)) is not None:
            with self._guard:
                self.requests.append(request)
                self.arrived.set()
                step = self.steps[0] if len(self.steps) == 1 else self.steps.pop(0)
            try:
                if step(served):
                    break
            except OSError:
                self.closed_early.set()
                raise


def _read_request(connection: socket.socket) -> bytes | None:
    """Head and body of one request; None where the client has left."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65_536)
        if not piece:
            return None
        head += piece
    start, _, body = head.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in start.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65_536)
    return start + b"\r\n\r\n" + body


def says(status: int, body: bytes = b"", *headers: str) -> Step:
    """A well-formed answer."""
    lines = "".join(f"{header}\r\n" for header in headers)
    whole = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body
    return lambda connection: connection.sendall(whole)


def writes(*pieces: bytes, close: bool = True) -> Step:
    """These bytes, whatever they are."""

    def step(connection: socket.socket) -> bool:
        for piece in pieces:
            connection.sendall(piece)
        return close

    return step


def drips(head: bytes, piece: bytes, *, every: float) -> Step:
    """The head at once, then one piece after the other until the client has had enough."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(head)
        while not _has_left(connection, every):
            connection.sendall(piece)
        raise ConnectionResetError

    return step


def _has_left(connection: socket.socket, seconds: float) -> bool:
    """Whether the client closes the connection within so many seconds."""
    ready, _, _ = select.select([connection], [], [], seconds)
    return bool(ready) and connection.recv(1) == b""


def resets(before: bytes = b"") -> Step:
    """Sends this and breaks off with a TCP reset."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(before)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        return True

    return step


class Caller:
    """One client of one colour, and how its coroutines are finished."""

    def __init__(self, colour: Colour, http: Http, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.colour = colour
        self.http = http
        self.run = run

    def get(self, url: str, *, target: Target = TARGET, seconds: float = 2.0) -> HttpReply:
        """The reply to a plain GET."""
        return self.send(HttpRequest(target=target, method="GET", url=url), seconds=seconds)

    def send(self, request: HttpRequest, *, seconds: float = 2.0) -> HttpReply:
        """The reply."""
        reply: HttpReply = self.run(self.http.send(request=request, seconds=seconds))
        return reply


@contextmanager
def caller(
    colour: Colour,
    allow: Iterable[str] = (),
    *,
    names: Callable[[str], Iterable[str]] | None = None,
    context: ssl.SSLContext | None = None,
) -> Iterator[Caller]:
    """A client of the colour; ``names`` stands in for the machine's resolver, ``context`` for its certificates."""
    with asyncio.Runner() as runner:
        run: Any = runner.run if colour == "looped" else drive
        made = Caller(colour, _client(colour, allow, names, context), run)
        try:
            yield made
        finally:
            run(made.http.close())  # type: ignore[attr-defined]  # each of these clients has one


def _client(colour: Colour, allow: Iterable[str], names: Callable[[str], Iterable[str]] | None, context: ssl.SSLContext | None) -> Http:
    if names is None and context is None:
        return looped(allow) if colour == "looped" else threaded(allow)

    def told(host: str, port: int) -> Iterable[str]:
        return names(host) if names is not None else (host,)

    async def told_in_loop(host: str, port: int) -> Iterable[str]:
        return told(host, port)

    if colour == "looped":
        return LoopClient(Guard(allow), resolver=told_in_loop, context=context)
    return ThreadClient(Guard(allow), resolver=told, context=context)
