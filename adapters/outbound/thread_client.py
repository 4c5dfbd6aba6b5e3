"""The client for a host with threads. It knows sockets, threads and httpcore's synchronous half; it judges no address itself.

It never suspends. A synchronous socket knows only how long one operation may take, and a service that sends a byte a second would never end:
so httpcore is given the instant at which everything must be over, which it hands through to the streams below, and they count what is left.
"""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, Final, TypeAlias

import httpcore

from kingpost.kernel.outbound import Headers, HttpReply, HttpRequest
from kingpost.kernel.urls import read_url

from .exchange import BODILESS, POOL, arguments, queued, tls, translated
from .guard import Guard
from .intake import Intake, readable, reply

FIRST_TRIES: Final = 2.0
"""Seconds for an address that is not the last one."""

Resolve: TypeAlias = Callable[[str, int], Iterable[str]]


def resolve(host: str, port: int) -> Iterable[str]:
    """All addresses of a name, as the machine's resolver orders them."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class ThreadClient:
    """The port Http. One pool for all threads of a process; a child after a fork gets another, because two must not share a connection."""

    def __init__(self, guard: Guard, *, resolver: Resolve = resolve, context: ssl.SSLContext | None = None) -> None:
        """``resolver`` and ``context`` in tests."""
        self._guard = guard
        self._network = _Pinned(guard, resolver)
        self._tls = context
        self._making = threading.Lock()
        self._pool: httpcore.ConnectionPool | None = None
        self._process = 0

    async def send(self, *, request: HttpRequest, seconds: float, stamp: Headers = ()) -> HttpReply:
        """As the port says."""
        url = read_url(request.url)
        self._guard.check_origin(url.origin)
        end = time.monotonic() + seconds
        timeout = {"pool": queued(seconds), "connect": end, "read": end, "write": end}
        with translated():
            return self._exchanged(request, arguments(request, url, stamp, timeout))

    async def close(self) -> None:
        """Close every connection."""
        with self._making:
            pool, self._pool = self._pool, None
        if pool is not None and self._process == os.getpid():
            pool.close()

    def _exchanged(self, request: HttpRequest, sent: dict[str, Any]) -> HttpReply:
        with self._opened().stream(**sent) as response:
            headers = readable(response.headers)
            bodiless = request.method == "HEAD" or response.status in BODILESS
            intake = Intake(headers, limit=request.target.reply_limit, bodiless=bodiless)
            for piece in response.iter_stream():
                intake.take(piece)
        return reply(response.status, headers, intake.whole())

    def _opened(self) -> httpcore.ConnectionPool:
        pool = self._pool
        if pool is not None and self._process == os.getpid():
            return pool
        with self._making:
            if self._pool is None or self._process != os.getpid():
                self._tls = self._tls or tls()
                self._pool, self._process = httpcore.ConnectionPool(self._tls, network_backend=self._network, **POOL), os.getpid()
            return self._pool


class _Pinned(httpcore.NetworkBackend):
    """Looks a name up once, has every address judged, and connects to one of those. TLS above it still asks for the name."""

    def __init__(self, guard: Guard, resolver: Resolve) -> None:
        self._guard = guard
        self._resolve = resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        """A connection to a checked address; where one does not answer, to the next. ``timeout`` is the instant of the end."""
        addresses = self._guard.addresses(host, port, self._looked_up(host, port, timeout))
        for address in addresses[:-1]:
            try:
                return self._connected(address, port, min(FIRST_TRIES, _left(timeout, httpcore.ConnectTimeout)))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connected(addresses[-1], port, _left(timeout, httpcore.ConnectTimeout))

    def _connected(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(address, port, seconds))

    def _looked_up(self, host: str, port: int, end: float | None) -> Iterable[str]:
        """In a thread of its own, because the machine's resolver takes no timeout; one that comes too late is left to itself."""
        try:
            ip_address(host)
        except ValueError:
            return _in_time(lambda: self._resolve(host, port), _left(end, httpcore.ConnectTimeout))
        return [host]


def _in_time(ask: Callable[[], Iterable[str]], seconds: float) -> Iterable[str]:
    answer: Future[Iterable[str]] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # noqa: BLE001  (handed to the thread that waits)
            answer.set_exception(error)

    threading.Thread(target=run, name="kingpost-resolve", daemon=True).start()
    try:
        return answer.result(seconds)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout from error


class _Stream(httpcore.NetworkStream):
    """A connection whose every ``timeout`` is the instant of the end."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Everything, and within the time: the stream below would begin to count again with each part that it gets rid of."""
        connection: socket.socket = self._inner.get_extra_info("socket")
        rest = memoryview(buffer)
        with _sending():
            while rest:
                connection.settimeout(_left(timeout, httpcore.WriteTimeout))
                rest = rest[connection.send(rest) :]

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> "_Stream":
        """The same with TLS above."""
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        """What the stream below knows."""
        return self._inner.get_extra_info(info)


@contextmanager
def _sending() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpcore.WriteTimeout from error
    except OSError as error:
        raise httpcore.WriteError from error


def _left(end: float | None, late: type[httpcore.TimeoutException]) -> float:
    """Seconds until the end."""
    left = (end or 0.0) - time.monotonic()
    if left <= 0:
        raise late
    return left
