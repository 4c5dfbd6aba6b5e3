"""Targets in process: the kernel itself, and any ASGI or WSGI application around one. It knows transports, no framework.

Everything here is stable: an adapter of a third party may rely on it. A target for another framework is one call::

    def my_target(setup: Setup) -> Target:
        return AsgiTarget("mine", setup, lambda kernel: MyApplication(kernel))
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final, TypeVar

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.driving import drive
from kingpost.kernel.wire import RawRequest

from .backend import Setup
from .bench import Bench, Machine, Trapped, bench_on
from .target import BackDoor, Capability, Exchange, Reply, Target
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
        machine = setup.machine or Machine()
        self.bench = bench_on(setup, machine, driven(setup)(machine), drive)

    def send(self, exchange: Exchange) -> Reply:
        """The bytes as they are."""
        kernel = self.bench.kernel
        raw = RawRequest(
            method="GET" if exchange.websocket else exchange.method,
            path=exchange.path,
            query=exchange.query,
            headers=(*exchange.headers, *exchange.framing),
            body=exchange.body[: kernel.policy.limits.body + 1],
            upgrade=exchange.websocket,
        )
        answer = drive(kernel.answer(raw))
        reply = Reply(status=answer.status, headers=answer.headers, body=answer.body)
        check_framing(exchange.method, reply)
        return reply

    def close(self) -> None:
        """Nothing is open."""


def memory(setup: Setup) -> Target:
    """The reference, whatever the backend of the others."""
    return KernelTarget(Setup(components=setup.components, policy=setup.policy))


class AsgiTarget(_InProcess):
    """An ASGI application over a storage of its own event loop."""

    def __init__(
        self,
        name: str,
        setup: Setup,
        application: Callable[[Kernel], asgi.App],
        *,
        capabilities: frozenset[Capability] = OVER_ASGI,
        storage: Callable[[Machine], Trapped] | None = None,
    ) -> None:
        """``application`` makes it from the kernel; it is started and stopped through its lifespan.

        ``storage`` is given where the application works in threads (``driven(setup)``) or its framework holds the connection: one that never
        suspends, reached without the loop.
        """
        self.name = name
        self.capabilities = capabilities
        with ExitStack() as ending:
            runner = ending.enter_context(asyncio.Runner())
            self._loop = runner.get_loop()
            machine = setup.machine or Machine()
            self.bench = self._looped(setup, machine, ending) if storage is None else bench_on(setup, machine, storage(machine), drive)
            self._transport = AsgiTransport(application(self.bench.kernel))
            self._run(self._transport.start())
            ending.callback(lambda: self._run(self._transport.stop()))
            self._ending = ending.pop_all()

    def _looped(self, setup: Setup, machine: Machine, ending: ExitStack) -> Bench:
        """A bench over the backend's storage, opened in the loop and closed with it."""
        storage = self._run(setup.backend.open(setup.url, records=setup.records, clock=machine.clock))
        close = getattr(storage, "close", None)
        if close is not None:
            ending.callback(lambda: self._run(close()))
        return bench_on(setup, machine, Trapped(storage, migrated=True), self._run)

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Finish it in the loop. (``Runner.run`` would also set up signals, which takes longer than many an answer.)"""
        return self._loop.run_until_complete(coroutine)

    def send(self, exchange: Exchange) -> Reply:
        """Through the whole application."""
        return self._run(self._transport.send(exchange))

    def close(self) -> None:
        """End the lifespan, the storage and the loop."""
        self._ending.close()


class WsgiTarget(_InProcess):
    """A WSGI application over a storage that never suspends."""

    def __init__(
        self,
        name: str,
        setup: Setup,
        application: Callable[[Kernel], wsgi.App],
        *,
        storage: Callable[[Machine], Trapped] | None = None,
        raw_uri: bool = True,
    ) -> None:
        """``storage`` is given where the framework holds the connection; ``raw_uri`` says whether the server tells the raw path, as gunicorn does."""
        self.name = name
        self.capabilities = OVER_WSGI if raw_uri else OVER_WSGI - {Capability.RAW_PATH}
        machine = setup.machine or Machine()
        self.bench = bench_on(setup, machine, (storage or driven(setup))(machine), drive)
        self._transport = WsgiTransport(application(self.bench.kernel), raw_uri=raw_uri)

    def send(self, exchange: Exchange) -> Reply:
        """Through the whole application."""
        return self._transport.send(exchange)

    def close(self) -> None:
        """Nothing is open that the application does not close itself."""


def driven(setup: Setup) -> Callable[[Machine], Trapped]:
    """The backend's storage, opened without an event loop, for an application that has none or works in threads."""
    return lambda machine: Trapped(drive(setup.backend.open(setup.url, records=setup.records, clock=machine.clock)), migrated=True)
