"""Holds targets against each other: the same exchange, the same answer, the same rows. It knows what is not the application's, and no program."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from kingpost.conformance.target import BackDoor, Exchange, HeaderLines, Reply, Target
from kingpost.kernel.records import Record

from .differences import differences
from .script import Event, Happening, script

FRAMING: Final = frozenset({b"connection", b"date", b"keep-alive", b"server", b"transfer-encoding"})
"""Headers of the server, not of the application."""


def comparable(reply: Reply) -> tuple[int, HeaderLines, bytes]:
    """What must be equal: status, every header line but the server's, body. Nothing is normalised."""
    return reply.status, tuple(sorted(line for line in reply.headers if line[0] not in FRAMING)), reply.body


class Different(AssertionError):
    """Two targets do not answer alike."""

    def __init__(self, what: str, shown: str, events: list[Event]) -> None:
        """``what`` in one line, both sides as they are shown, and the events that lead there."""
        super().__init__("\n".join((what, shown, "", script(events))))
        self.what = what
        self.shown = shown
        self.events = events


class Parity:
    """Several targets that are told the same; the first is the reference. It remembers what was sent, for the script of a counter-example."""

    def __init__(self, targets: tuple[Target, ...], records: tuple[type[Record], ...] = ()) -> None:
        """All in the same state."""
        self.targets = targets
        self.records = records
        self.sent: list[Event] = []
        self.trace = sha256()
        """Over everything that was sent and that the reference answered."""
        self._accepted = {target.name: differences(target) for target in targets}
        self._doors: tuple[tuple[str, BackDoor], ...] = tuple(
            (target.name, door) for target in targets if (door := target.door) is not None
        )

    def send(self, exchange: Exchange) -> Reply | None:
        """The reply that all give; None where fewer than two can be asked; ``Different`` with both answers and a script where one differs."""
        able = [target for target in self.targets if not any(entry.concerns(exchange) for entry in self._accepted[target.name])]
        if len(able) < 2:
            return None
        reference, *others = able
        reply = reference.send(exchange)
        expected = comparable(reply)
        self.sent.append((exchange, reply))
        self.trace.update(repr((exchange, expected)).encode())
        for target in others:
            got = target.send(exchange)
            if comparable(got) != expected:
                raise self._different(f"{target.name} differs from {reference.name}", (reference.name, reply), (target.name, got))
        return reply

    def happen(self, what: Happening) -> None:
        """Do something behind the back of all targets, if all have a back door."""
        if len(self._doors) == len(self.targets):
            self.sent.append(what)
            for _, door in self._doors:
                what.do(door)

    def compare_rows(self) -> None:
        """``Different`` where a record's rows are not the same behind all back doors."""
        if len(self._doors) < 2:
            return
        (name, door), *others = self._doors
        for record in self.records:
            expected = door.rows(record)
            for other, theirs in others:
                if (got := theirs.rows(record)) != expected:
                    what = f"the rows of {record.__name__} on {other} differ from {name}"
                    raise self._different(what, *_unlike(name, expected, other, got))

    def _different(self, what: str, *sides: tuple[str, object]) -> Different:
        lines = (f"  {name}: {shown(each) if isinstance(each, Reply) else each}" for name, each in sides)
        return Different(what, "\n".join(lines), [*self.sent])


def _unlike(name: str, ours: Iterable[object], other: str, theirs: Iterable[object]) -> tuple[tuple[str, object], tuple[str, object]]:
    """The rows that only one of the two has."""
    mine, yours = list(ours), list(theirs)
    return (name, [row for row in mine if row not in yours]), (other, [row for row in yours if row not in mine])


def shown(reply: Reply) -> str:
    """A reply for people."""
    status, headers, body = comparable(reply)
    lines = "\n".join(f"    {line[0].decode('latin-1')}: {line[1].decode('latin-1')}" for line in headers)
    return f"{status}\n{lines}\n    {body!r}"
