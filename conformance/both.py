"""Two targets on one database that take turns, so that whoever asks cannot know which of them answers. It knows benches, no framework.

A deployment that is moved route by route is asked like this: a row that one side makes is changed by the other and read by the first. Clock, chance
and log are one machine's, so that the two draw ids in one order and the answers can be compared with those of one side alone, byte for byte. What a
process remembers of callers is its own, as it is in life: under ``cache_seconds=0`` nothing is, and only then is a comparison fair, because a change on one
side is seen by the other when that time is over and not before.
"""

from collections import Counter
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from kingpost.kernel.records import Record

from .bench import Bench
from .target import BackDoor, Exchange, Reply, Row, Target, Unreachable

AND: Final = "+"
"""Stands between the names of the two."""


def is_both(name: str) -> bool:
    """Whether the name is one of two targets."""
    return AND in name and "://" not in name


class Both:
    """Hands each exchange to one of two targets, which share a machine and a database."""

    def __init__(self, name: str, first: Target, second: Target) -> None:
        """``Unreachable`` where one of them has a machine of its own."""
        self.name = name
        self.sides = (first, second)
        self.capabilities = first.capabilities & second.capabilities
        self.doors = _sharing(self.sides)
        self._seed = 0
        self._sent = Counter[bytes]()
        self._last = 0

    @property
    def door(self) -> BackDoor:
        """The back door of both."""
        return self

    def send(self, exchange: Exchange) -> Reply:
        """The reply of the side that is drawn."""
        self._last = self._drawn(exchange)
        return self.sides[self._last].send(exchange)

    def _drawn(self, exchange: Exchange) -> int:
        """0 or 1, by the seed, the exchange and how often it was sent: so a program that is played again, or made shorter, keeps its sides."""
        sent = sha256(msgspec.msgpack.encode(exchange)).digest()
        self._sent[sent] += 1
        return sha256(b"%d %d " % (self._seed, self._sent[sent]) + sent).digest()[0] & 1

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again, once for both: rows and machine are the same. What the second remembers is too old then, as the machine's hours go on."""
        self._seed = seed
        self._sent.clear()
        return self.sides[0].reset(seed=seed, now=now)

    def advance(self, seconds: float) -> None:
        """Let time pass, for both."""
        self.doors[0].advance(seconds)

    def fail_next(self, port_call: str, error: BaseException) -> None:
        """Make the next call fail, whichever side makes it."""
        self.doors[0].fail_next(port_call, error)

    def rows(self, record: type[Record]) -> tuple[Row, ...]:
        """Every row, as the side reads it that has not answered last: what one has written is what the other finds."""
        return self.doors[1 - self._last].rows(record)

    def told(self) -> str:
        """Everything that both have logged and measured."""
        return self.doors[0].told()

    def close(self) -> None:
        """End both."""
        for side in self.sides:
            side.close()


def _sharing(sides: tuple[Target, Target]) -> tuple[Bench, Bench]:
    """The benches of both; they stand on one machine."""
    first, second = (side.door for side in sides)
    if not isinstance(first, Bench) or not isinstance(second, Bench) or first.machine is not second.machine:
        raise Unreachable("the two share no clock, chance and log; both must be made in process, from the whole setup")
    return first, second
