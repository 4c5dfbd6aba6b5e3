"""Plays the cases of the kit on several targets and compares the answers, not with what a case expects but with each other. It knows cases and worlds."""

from collections.abc import Iterable
from datetime import datetime
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from kingpost.conformance.cases import Case, fresh, play
from kingpost.conformance.renaming import Normal, Renaming
from kingpost.conformance.target import BackDoor, Capability, Exchange, Reply, Target

from .comparison import Different, comparable, shown
from .differences import concerned
from .script import Event, Happening

TICK_SECONDS: Final = 0.002


class Side:
    """A target, the world that it is in, and what was sent to it since the world began."""

    def __init__(self, target: Target, *, ticking: bool) -> None:
        """``ticking``: its clock goes on with each exchange, as that of a server does, so that what is listed by age is in the order of its making."""
        self.target = target
        self._ticking = ticking
        self.events: list[Event] = []
        self.renew()

    @property
    def name(self) -> str:
        """The target's."""
        return self.target.name

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The target's."""
        return self.target.capabilities

    @property
    def door(self) -> BackDoor | None:
        """The target's."""
        return self.target.door

    def send(self, exchange: Exchange) -> Reply:
        """Send it, and remember both sides."""
        if self._ticking and self.door is not None:
            self.door.advance(TICK_SECONDS)
        reply = self.target.send(exchange)
        self.events.append((exchange, reply))
        return reply

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again."""
        self.events.clear()
        return self.target.reset(seed=seed, now=now)

    def close(self) -> None:
        """The target belongs to somebody else."""

    def renew(self) -> None:
        """Make the world again."""
        self.world = fresh(self)
        self._made = len(self.events)

    def answers(self, case: Case) -> tuple[Reply, ...]:
        """What comes back; what the case expects is the business of its own check."""
        before = len(self.events)
        try:
            return play(case, self, self.world)
        except AssertionError:
            return tuple(event[1] for event in self.events[before:] if not isinstance(event, Happening))

    def last(self, count: int) -> tuple[Exchange, ...]:
        """The last exchanges that were sent."""
        return tuple(event[0] for event in self.events[-count:] if not isinstance(event, Happening))

    def way(self, count: int) -> list[Event]:
        """How the world was made, and the last exchanges."""
        return [*self.events[: self._made], *self.events[-count:]]


class Compared(Struct, frozen=True):
    """How much was compared."""

    cases: int
    exchanges: int


def compare(cases: Iterable[Case], targets: tuple[Target, ...]) -> Compared:
    """Play each case on all targets that can be asked it; ``Different`` with the first that is not answered alike, and the ids of all such."""
    seeded = all(Capability.SEEDED in target.capabilities for target in targets)
    sides = tuple(Side(target, ticking=not seeded) for target in targets)
    played, exchanges, found = 0, 0, dict[str, Different]()
    for case in cases:
        able = [side for side in sides if case.requires <= side.capabilities]
        if len(able) < 2:
            continue
        played += 1
        exchanges += len(case.steps)
        try:
            _compare(case, able, seeded=seeded)
        except Different as difference:
            found[case.id] = difference
        if case.changes or case.id in found:
            for side in sides:
                side.renew()
    if found:
        first = next(iter(found.values()))
        raise Different(f"{len(found)} of {played} cases are not answered alike: {', '.join(found)}", first.shown, first.events)
    return Compared(played, exchanges)


def _compare(case: Case, able: list[Side], *, seeded: bool) -> None:
    reference, *others = able
    expected = reference.answers(case)
    wanted, sent = _normal(reference, expected, seeded=seeded), reference.last(len(expected))
    for side in others:
        if concerned(side, sent) or concerned(reference, sent):
            continue
        got = side.answers(case)
        for number, (ours, theirs) in enumerate(zip_longest(wanted, _normal(side, got, seeded=seeded))):
            if ours != theirs:
                lines = (f"  {each.name}: {_told(replies, number)}" for each, replies in ((reference, expected), (side, got)))
                what = f"{case.id}: {side.name} differs from {reference.name} in answer {number + 1} of {len(case.steps)}"
                raise Different(what, "\n".join((what, *lines)), reference.way(len(expected)))


def _normal(side: Side, replies: tuple[Reply, ...], *, seeded: bool) -> list[Normal]:
    """The replies as they can be compared: as they are, or in names where chance and clock cannot be set."""
    names = Renaming(side.world)
    return [comparable(reply) if seeded else names.normalised(reply) for reply in replies]


def _told(replies: tuple[Reply, ...], number: int) -> str:
    return shown(replies[number]) if number < len(replies) else "no answer that the case could go on with"
