"""The targets of this repository, in process: the kernel itself on memory, Litestar, Django over WSGI and ASGI. Each stands on a machine that stands still."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from litestar import Litestar

from examples import storefront
from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.adapters.memory import MemoryStorage
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.conformance.backend import POLICY
from kingpost.conformance.bench import Bench, Machine, Run, Trapped
from kingpost.conformance.target import BackDoor, Exchange, Reply
from kingpost.conformance.transports import AsgiTransport
from kingpost.conformance.transports.asgi import check_framing
from kingpost.conformance.world import NOW
from kingpost.kernel import tenancy
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage
from kingpost.kernel.wire import RawRequest

COMPONENTS = (tenancy.COMPONENT, storefront.COMPONENT)
RECORDS = tuple(record for component in COMPONENTS for record in component.records)
__all__ = (
    "COMPONENTS",
    "NOW",
    "RECORDS",
    "LitestarTarget",
    "MemoryTarget",
    "kernel_on",
    "litestar_on_memory",
    "litestar_on_sql",
    "sqlite_url",
)
EVERYTHING = frozenset({"raw-path", "duplicate-headers", "chunked", "websocket", "back-door"})


def kernel_on(machine: Machine, storage: Storage) -> Kernel:
    """The kernel of both components."""
    return assemble(ports=Ports(storage=storage, system=machine.system), components=COMPONENTS, policy=POLICY)


class MemoryTarget:
    """The kernel without any web framework, on dictionaries: the oracle."""

    name = "memory"
    capabilities = EVERYTHING

    def __init__(self) -> None:
        machine = Machine()
        trap = Trapped(MemoryStorage(records=RECORDS, clock=machine.clock))
        self.bench = Bench(kernel_on(machine, trap), machine, trap, drive)
        self.door: BackDoor = self.bench

    def send(self, exchange: Exchange) -> Reply:
        """An ideal edge: the bytes as they are."""
        limit = self.bench.kernel.policy.limits.body
        raw = RawRequest(
            method="GET" if exchange.websocket else exchange.method,
            path=exchange.path,
            query=exchange.query,
            headers=(*exchange.headers, *exchange.framing),
            body=exchange.body[: limit + 1],
            upgrade=exchange.websocket,
        )
        answer = drive(self.bench.kernel.answer(raw))
        reply = Reply(status=answer.status, headers=answer.headers, body=answer.body)
        check_framing(exchange.method, reply)
        return reply

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again."""
        return self.bench.reset(seed=seed, now=now)

    def close(self) -> None:
        """Nothing is open."""


class LitestarTarget:
    """Litestar over a storage of its own event loop."""

    capabilities = EVERYTHING

    def __init__(self, name: str, open_storage: Callable[[Machine], Any]) -> None:
        """``open_storage`` is a coroutine function that gives a storage."""
        self.name = name
        self._runner = asyncio.Runner()
        run: Run[Any] = self._runner.run
        machine = Machine()
        self._storage = run(open_storage(machine))
        trap = Trapped(self._storage, migrated=True)
        kernel = kernel_on(machine, trap)
        self.app = Litestar(plugins=[KingpostPlugin(kernel)], openapi_config=None, logging_config=None)
        self._transport = AsgiTransport(self.app)
        run(self._transport.start())
        self.bench = Bench(kernel, machine, trap, run)
        self.door: BackDoor = self.bench

    def send(self, exchange: Exchange) -> Reply:
        """Through the whole application."""
        return self._runner.run(self._transport.send(exchange))

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again."""
        return self.bench.reset(seed=seed, now=now)

    def close(self) -> None:
        """End the lifespan, the storage and the loop."""
        self._runner.run(self._transport.stop())
        if hasattr(self._storage, "close"):
            self._runner.run(self._storage.close())
        self._runner.close()


def litestar_on_memory() -> LitestarTarget:
    """Litestar on dictionaries."""

    async def opened(machine: Machine) -> Storage:
        return MemoryStorage(records=RECORDS, clock=machine.clock)

    return LitestarTarget("litestar-memory", opened)


def litestar_on_sql(url: str, name: str = "litestar") -> LitestarTarget:
    """Litestar on an empty database."""

    async def opened(machine: Machine) -> Storage:
        await create_all(url, RECORDS)
        return await sql_storage(url, records=RECORDS, clock=machine.clock)

    return LitestarTarget(name, opened)


def sqlite_url(folder: Path) -> str:
    """The URL of a new SQLite file."""
    return f"sqlite:///{folder / 'kingpost.sqlite3'}"
