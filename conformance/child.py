"""A target in a process of its own, for frameworks that a process can hold only once. It knows a pipe and what goes through it, no framework.

Everything here is stable: an adapter of a third party may rely on it. Its factory asks for ``ChildTarget(factory, setup)``.
"""

import multiprocessing
import signal
from datetime import datetime
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, Final

from msgspec import Struct

from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record

from .backend import Backend, Setup
from .target import BackDoor, Capability, Exchange, ProtocolError, Reply, Row, Target, TargetFactory, Unreachable

SECONDS: Final = 60.0
"""How long a call may take before the child is given up."""
_LAST_WORDS: Final = 10.0
"""Seconds for a child to end by itself."""


class Order(Struct, frozen=True, kw_only=True):
    """What the child shall make, as it goes through a pipe: functions stay where they are, so what holds them is named."""

    module: str
    factory: str
    arguments: tuple[str, ...]
    """What the factory wants before the setup."""
    packages: tuple[str, ...]
    """Those of the components."""
    backend: Backend
    url: str
    policy: Policy

    def target(self) -> Target:
        """The target."""
        factory = partial(getattr(import_module(self.module), self.factory), *self.arguments)
        components = tuple(import_module(package).COMPONENT for package in self.packages)
        made: Target = factory(Setup(components=components, backend=self.backend, url=self.url, policy=self.policy))
        return made


class Call(Struct, frozen=True):
    """One request to the child. Numbers tell a late answer from the one that is waited for."""

    number: int
    what: str
    values: tuple[object, ...]


class Outcome(Struct, frozen=True):
    """The answer to a call, or why there is none."""

    number: int
    value: Any = None
    error: str | None = None
    unreachable: bool = False


class Facts(Struct, frozen=True):
    """What the child's target says of itself."""

    name: str
    capabilities: frozenset[Capability]


class ChildTarget:
    """Asks a target that another process holds."""

    def __init__(self, factory: TargetFactory, setup: Setup, *, seconds: float = SECONDS) -> None:
        """``factory`` stands at the top of a module, or is a ``partial`` of one that does, with texts. ``Unreachable`` where the target cannot be made there, with the reason."""
        order = _order(factory, setup)
        self.name = " ".join((order.factory, *order.arguments))
        self._seconds = seconds
        self._number = 0
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, order), daemon=True)
        self._process.start()
        theirs.close()
        try:
            facts: Facts = self._ask("facts")
        except BaseException:
            self.close()
            raise
        self.name, self.capabilities = facts.name, facts.capabilities

    @property
    def door(self) -> BackDoor | None:
        """The back door, through the pipe."""
        return self if Capability.BACK_DOOR in self.capabilities else None

    def send(self, exchange: Exchange) -> Reply:
        """The reply of the child's target."""
        reply: Reply = self._ask("send", exchange)
        return reply

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again."""
        return str(self._ask("reset", seed, now))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ask("advance", seconds)

    def fail_next(self, port_call: str, error: BaseException) -> None:
        """Spring a trapdoor."""
        self._ask("fail_next", port_call, error)

    def rows(self, record: type[Record]) -> tuple[Row, ...]:
        """Every row in the order of its key."""
        found: tuple[Row, ...] = self._ask("rows", record)
        return found

    def told(self) -> str:
        """Everything logged and measured since the last reset."""
        return str(self._ask("told"))

    def close(self) -> None:
        """End the process: it is asked, then made to."""
        if not self._pipe.closed:
            self._pipe.close()  # the end of the pipe is the end of the child's work
            self._process.join(_LAST_WORDS)
        self._kill()

    def _kill(self) -> None:
        self._pipe.close()
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _ask(self, what: str, *values: object) -> Any:
        """What the child answers to this call; late answers to calls that somebody broke off are passed over."""
        self._number += 1
        try:
            self._pipe.send(Call(self._number, what, values))
            while (outcome := self._received(what)).number != self._number:
                pass
        except (EOFError, ConnectionError):
            self._process.join(_LAST_WORDS)
            self._kill()
            raise Unreachable(f"{self.name}: its process has ended (exit code {self._process.exitcode}) at {what!r}") from None
        if outcome.error is not None:
            raise (Unreachable if outcome.unreachable else ProtocolError)(f"{self.name}: {outcome.error}")
        return outcome.value

    def _received(self, what: str) -> Outcome:
        if not self._pipe.poll(self._seconds):
            self._kill()
            raise Unreachable(f"{self.name}: no answer to {what!r} within {self._seconds:g} s, so its process was ended")
        outcome: Outcome = self._pipe.recv()
        return outcome


def _order(factory: TargetFactory, setup: Setup) -> Order:
    made, arguments = (factory.func, factory.args) if isinstance(factory, partial) else (factory, ())
    if setup.machine is not None:
        raise Unreachable(f"{made.__qualname__} needs a process of its own, where no other target can share its clock and chance")
    for component in setup.components:
        if getattr(import_module(component.package), "COMPONENT", None) is not component:
            raise Unreachable(
                f"the component {component.name!r} is not COMPONENT of {component.package}, so no other process could find it"
            )
    packages = tuple(component.package for component in setup.components)
    return Order(
        module=made.__module__,
        factory=made.__qualname__,
        arguments=arguments,
        packages=packages,
        backend=setup.backend,
        url=setup.url,
        policy=setup.policy,
    )


def serve(pipe: Connection, order: Order) -> None:
    """The child: make the target, then do what comes through the pipe until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the whole group; the parent decides when this process ends
    target: Target | None = None
    try:
        while True:
            call: Call = pipe.recv()
            try:
                target = target or order.target()
                pipe.send(Outcome(call.number, _done(target, call)))
            except Exception as error:  # noqa: BLE001  (told to the parent, which raises it)
                pipe.send(Outcome(call.number, error=_told(error), unreachable=target is None or isinstance(error, Unreachable)))
    except (EOFError, ConnectionError):
        return
    finally:
        if target is not None:
            target.close()


def _done(target: Target, call: Call) -> object:
    if call.what == "facts":
        return Facts(target.name, target.capabilities)
    if call.what == "send":
        return target.send(*call.values)  # type: ignore[arg-type]  # what the parent's own method was given
    if call.what == "reset":
        seed, now = call.values
        return target.reset(seed=seed, now=now)  # type: ignore[arg-type]  # as above
    return getattr(target.door, call.what)(*call.values)


def _told(error: BaseException) -> str:
    """The error in one line."""
    kind = "" if isinstance(error, (Unreachable, ProtocolError)) else f"{type(error).__name__}: "
    return kind + " ".join(str(error).split())
