"""``worker``: delivers what the outbox holds, until it is told to stop. It knows rounds and signals; what a delivery is the kernel decides."""

import signal
import threading
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from kingpost.adapters.runtime.console import Console
from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.outbox import Desk, Outcome, deliver_due, desk_of

HELP = "deliver events and mails that are due, until it is stopped"

_SHORTEST_WAIT: Final = 0.05
_LONGEST_WAIT: Final = 1.0
"""Seconds between two looks at an empty outbox: doubled from the shortest to the longest while nothing comes."""
_LONGEST_OUTAGE: Final = 30.0
"""Seconds between two looks at a database that does not answer, at most."""


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--once", action="store_true", help="stop when nothing is due any more")


def run(arguments: Namespace, console: Console) -> int:
    """Work; any number of workers may run, on any number of machines. SIGTERM and SIGINT end it behind what it has begun."""
    if all(component.name != "outbox" for component in console.kernel.components):
        message = "the component outbox is off, so there is nothing to deliver; add it to KINGPOST_COMPONENTS"
        raise ConfigurationError(message)
    desk = desk_of(console.kernel.services, api_version=console.kernel.policy.versions[-1])
    with _stopping() as stop:
        done = _drained(console, desk, stop) if arguments.once else _endless(console, desk, stop)
    console.say(_told(done))
    return 0


def _drained(console: Console, desk: Desk, stop: threading.Event) -> Counter[Outcome]:
    """Rounds until one is empty; a database that does not answer ends it."""
    done: Counter[Outcome] = Counter()
    while not stop.is_set():
        outcomes = console.run(deliver_due(desk))
        if not outcomes:
            break
        done += outcomes
    return done


def _endless(console: Console, desk: Desk, stop: threading.Event) -> Counter[Outcome]:
    """Rounds until the signal; a database that does not answer is waited for."""
    console.say("working; Ctrl-C or SIGTERM stops it")
    done: Counter[Outcome] = Counter()
    wait = outage = _SHORTEST_WAIT
    while not stop.is_set():
        try:
            outcomes = console.run(deliver_due(desk))
        except Unavailable as error:
            desk.system.log.failure("worker.unavailable", error, {"seconds": outage})
            stop.wait(outage)
            outage = min(outage * 2, _LONGEST_OUTAGE)
            continue
        done += outcomes
        wait = _SHORTEST_WAIT if outcomes else min(wait * 2, _LONGEST_WAIT)
        outage = _SHORTEST_WAIT
        if not outcomes:
            stop.wait(wait)
    return done


def _told(done: Counter[Outcome]) -> str:
    return ", ".join(f"{number} {outcome}" for outcome, number in sorted(done.items())) or "nothing was due"


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Set by SIGTERM and SIGINT; what these did before, they do again afterwards."""
    stop = threading.Event()

    def tell(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {each: signal.signal(each, tell) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
