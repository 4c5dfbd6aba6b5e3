"""The client for a host with an event loop. It knows asyncio and httpcore's asynchronous half; it judges no address itself."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any, Final, TypeAlias

import httpcore

from kingpost.kernel.outbound import Headers, HttpReply, HttpRequest, UpstreamTimeout
from kingpost.kernel.urls import read_url

from .exchange import BODILESS, POOL, arguments, queued, tls, translated
from .guard import Guard
from .intake import Intake, readable, reply

FIRST_TRIES: Final = 2.0
"""Seconds for an address that is not the last one."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Iterable[str]]]


async def resolve(host: str, port: int) -> Iterable[str]:
    """All addresses of a name, as the machine's resolver orders them, looked up in the loop's threads."""
    try:
        ip_address(host)
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in found]
    return [host]


class LoopClient:
    """The port Http. One pool for each loop that calls: a process has one at a time, commands and tests one after the other."""

    def __init__(self, guard: Guard, *, resolver: Resolve = resolve, context: ssl.SSLContext | None = None) -> None:
        """``resolver`` and ``context`` in tests."""
        self._guard = guard
        self._network = _Pinned(guard, resolver)
        self._tls = context
        self._pools: dict[asyncio.AbstractEventLoop, httpcore.AsyncConnectionPool] = {}

    async def send(self, *, request: HttpRequest, seconds: float, stamp: Headers = ()) -> HttpReply:
        """As the port says. Time out and cancellation both close the connection."""
        url = read_url(request.url)
        self._guard.check_origin(url.origin)
        try:
            async with asyncio.timeout(seconds):
                with translated():
                    return await self._exchanged(request, arguments(request, url, stamp, {"pool": queued(seconds)}))
        except TimeoutError as error:
            raise UpstreamTimeout from error

    async def close(self) -> None:
        """Close every connection of this loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    async def _exchanged(self, request: HttpRequest, sent: dict[str, Any]) -> HttpReply:
        async with self._opened().stream(**sent) as response:
            headers = readable(response.headers)
            bodiless = request.method == "HEAD" or response.status in BODILESS
            intake = Intake(headers, limit=request.target.reply_limit, bodiless=bodiless)
            async for piece in response.aiter_stream():
                intake.take(piece)
        return reply(response.status, headers, intake.whole())

    def _opened(self) -> httpcore.AsyncConnectionPool:
        pool = self._pools.get(asyncio.get_running_loop())
        return self._made() if pool is None else pool

    def _made(self) -> httpcore.AsyncConnectionPool:
        """A pool for this loop; those of loops that have ended are let go, and their connections with them."""
        pool = httpcore.AsyncConnectionPool(self._tls or tls(), network_backend=self._network, **POOL)
        self._pools = {loop: kept for loop, kept in self._pools.items() if not loop.is_closed()}
        self._pools[asyncio.get_running_loop()] = pool
        return pool


class _Pinned(httpcore.AsyncNetworkBackend):
    """Looks a name up once, has every address judged, and connects to one of those. TLS above it still asks for the name."""

    def __init__(self, guard: Guard, resolver: Resolve) -> None:
        self._guard = guard
        self._resolve = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the signature of httpcore)
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to a checked address; where one does not answer, to the next."""
        addresses = self._guard.addresses(host, port, await self._resolve(host, port))
        for address in addresses[:-1]:
            try:
                return _Stream(await self._inner.connect_tcp(address, port, FIRST_TRIES, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Stream(await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed when its handshake is cancelled; httpcore's own is left open then."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  (the signature of httpcore)
        """What has come."""
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  (as above)
        """Everything."""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        """What the stream below knows."""
        return self._inner.get_extra_info(info)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  (as above)
    ) -> httpcore.AsyncNetworkStream:
        """The stream of httpcore over TLS."""
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise
