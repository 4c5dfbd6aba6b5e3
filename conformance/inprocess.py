"""Targets in process: the kernel itself, and any ASGI or WSGI application around one. It knows transports, no framework.

Everything here is stable: an adapter of a third party may rely on it. A target for another framework is one call::

    def my_target(setup: Setup) -> Target:
        return AsgiTarget("mine", setup, lambda kernel: MyApplication(kernel))
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final, TypeVar

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage
from kingpost.kernel.wire import RawRequest

from .backend import Setup
from .bench import Bench, Machine, Trapped, bench_on
from .target import BackDoor, Capability, Exchange, Reply
from .transports import AsgiTransport, WsgiTransport, asgi, wsgi
from .transports.asgi import check_framing

T = TypeVar("T")

OVER_ASGI: Final = frozenset(Capability) - {Capability.BYTES}
OVER_WSGI: Final = OVER_ASGI - {Capability.DUPLICATE_HEADERS, Capability.WEBSOCKET}


class _InProcess:
    """What every target in process has: a bench, reached through the back door."""

    bench: Bench

    @property
    def door(self) -> BackDoor:
        """Straight to the bench."""
        return self.bench

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again."""
        return self.bench.reset(seed=seed, now=now)


class KernelTarget(_InProcess):
    """The kernel without any web framework behind an ideal edge, driven without an event loop: the reference, if it stands on memory."""

    capabilities = OVER_ASGI

    def __init__(self, setup: Setup, name: str = "memory") -> None:
        self.name = name
        machine = Machine()
        storage: Storage = drive(setup.backend.open(setup.url, records=setup.records, clock=machine.clock))
        self.bench = bench_on(setup, machine, Trapped(storage), drive)

    def send(self, exchange: Exchange) -> Reply:
        """The bytes as they are."""
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

    def close(self) -> None:
        """Nothing is open."""


class AsgiTarget(_InProcess):
    """An ASGI application over a storage of its own event loop."""

    def __init__(
        self, name: str, setup: Setup, application: Callable[[Kernel], asgi.App], *, capabilities: frozenset[Capability] = OVER_ASGI
    ) -> None:
        """``application`` makes it from the kernel; it is started and stopped through its lifespan."""
        self.name = name
        self.capabilities = capabilities
        self._runner = asyncio.Runner()
        machine = Machine()
        self._storage = self._run(setup.backend.open(setup.url, records=setup.records, clock=machine.clock))
        self.bench = bench_on(setup, machine, Trapped(self._storage, migrated=True), self._run)
        self._transport = AsgiTransport(application(self.bench.kernel))
        self._run(self._transport.start())

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    def send(self, exchange: Exchange) -> Reply:
        """Through the whole application."""
        return self._run(self._transport.send(exchange))

    def close(self) -> None:
        """End the lifespan, the storage and the loop."""
        self._run(self._transport.stop())
        close = getattr(self._storage, "close", None)
        if close is not None:
            self._run(close())
        self._runner.close()


class WsgiTarget(_InProcess):
    """A WSGI application over a storage that never suspends. ``storage`` is given where the application's framework holds the connection."""

    def __init__(
        self,
        name: str,
        setup: Setup,
        application: Callable[[Kernel], wsgi.App],
        *,
        storage: Callable[[Machine], Storage] | None = None,
        raw_uri: bool = True,
    ) -> None:
        """``raw_uri`` says whether the server tells the raw path, as gunicorn does."""
        self.name = name
        self.capabilities = OVER_WSGI if raw_uri else OVER_WSGI - {Capability.RAW_PATH}
        machine = Machine()
        opened: Storage = (
            drive(setup.backend.open(setup.url, records=setup.records, clock=machine.clock)) if storage is None else storage(machine)
        )
        self.bench = bench_on(setup, machine, Trapped(opened), drive)
        self._transport = WsgiTransport(application(self.bench.kernel), raw_uri=raw_uri)

    def send(self, exchange: Exchange) -> Reply:
        """Through the whole application."""
        return self._transport.send(exchange)

    def close(self) -> None:
        """Nothing is open that the application does not close itself."""
