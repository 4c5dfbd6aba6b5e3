"""One GET to a service on loopback over a kept connection: ``context.send`` against the same client alone and against httpcore alone, with and without an event loop.

CPU time of this process; the service is another one. What is added by ``context.send``: circuit, budget, deadline, trace, a log line, metrics.
"""

import asyncio
import multiprocessing
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

import httpcore
import svcs

from kingpost.adapters.memory import MemoryMetrics, MemoryStorage
from kingpost.adapters.outbound import looped, threaded
from kingpost.adapters.runtime.log import LineLog, json_line
from kingpost.adapters.runtime.machine import LoopSleeper, SystemClock, SystemEntropy, ThreadSleeper
from kingpost.kernel.assembly import Ports, assemble
from kingpost.kernel.context import ANONYMOUS, Context
from kingpost.kernel.driving import drive
from kingpost.kernel.outbound import Http, HttpRequest, Target
from kingpost.kernel.policy import Policy
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.system import Sleeper, System

from .measure import Contestant, Effort, Row, compare
from .shop import drop

EFFORT = Effort(rounds=21, batch=100)
TARGET: Final = Target(name="bench")
_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"price":7}'


def run(effort: Effort) -> list[Row]:
    """All rows."""
    with _service() as port, asyncio.Runner() as runner:
        url = f"http://127.0.0.1:{port}/price"
        contestants = [*_in_a_loop(url, runner), *_in_a_thread(url)]
        return compare(contestants, effort)


def _in_a_loop(url: str, runner: asyncio.Runner) -> Iterator[Contestant]:
    pool, http = httpcore.AsyncConnectionPool(), looped([url.removesuffix("/price")])

    def batch(call: Callable[[], Awaitable[object]]) -> Callable[[int], None]:
        async def repeat(count: int) -> None:
            for _ in range(count):
                await call()

        return lambda count: runner.run(repeat(count))

    request, context = HttpRequest(target=TARGET, method="GET", url=url), _context(http, LoopSleeper())
    yield Contestant(name="httpcore, loop", batch=batch(lambda: pool.request("GET", url)))
    yield Contestant(name="client, loop", batch=batch(lambda: http.send(request=request, seconds=5)), baseline="httpcore, loop")
    yield Contestant(name="context.send, loop", batch=batch(lambda: context.send(request)), baseline="client, loop")


def _in_a_thread(url: str) -> Iterator[Contestant]:
    pool, http = httpcore.ConnectionPool(), threaded([url.removesuffix("/price")])

    def batch(call: Callable[[], object]) -> Callable[[int], None]:
        def repeat(count: int) -> None:
            for _ in range(count):
                call()

        return repeat

    request, context = HttpRequest(target=TARGET, method="GET", url=url), _context(http, ThreadSleeper())
    yield Contestant(name="httpcore, thread", batch=batch(lambda: pool.request("GET", url)))
    yield Contestant(name="client, thread", batch=batch(lambda: drive(http.send(request=request, seconds=5))), baseline="httpcore, thread")
    yield Contestant(name="context.send, thread", batch=batch(lambda: drive(context.send(request))), baseline="client, thread")


def _context(http: Http, sleeper: Sleeper) -> Context:
    """A context as a use case has it, of a call whose deadline is far."""
    system = System(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        log=LineLog(json_line, write=drop),
        metrics=MemoryMetrics(),
        sleeper=sleeper,
        http=http,
        mutex=threading.Lock,
    )
    storage = MemoryStorage(records=())
    policy = Policy(hosts=("localhost",), secrets=("the root secret of a benchmark, long enough",))
    kernel = assemble(ports=Ports(storage=storage, system=system), components=(), policy=policy)
    session, services = storage.session(), svcs.Container(kernel.services)
    return Context(
        request_id="benchmark",
        principal=ANONYMOUS,
        tenant=None,
        scope=PLATFORM,
        deadline=system.clock.monotonic() + 3600,
        api_version=policy.versions[-1],
        session=session,
        store=session.store(PLATFORM),
        system=system,
        container=lambda: services,
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )


@contextmanager
def _service() -> Iterator[int]:
    """The port of a service in a process of its own."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield int(mine.recv())
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    told.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection:
        while connection.recv(65_536):
            connection.sendall(_ANSWER)
