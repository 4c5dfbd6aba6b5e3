"""Makes a program that shows a difference as short as it can: request by request, header by header, member by member. It knows exchanges, no operation.

What a program has learned from replies stands in its later requests. So what is left of it is played again with the values that the new replies have.
"""

import json
import re
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final, TypeAlias, cast

from msgspec import structs

from kingpost.conformance.target import Exchange, Reply, Target
from kingpost.conformance.world import NOW
from kingpost.kernel.records import Record

from .comparison import Different, Parity
from .script import DRAWN, Event, Happening

SECONDS: Final = 15.0
"""How long is spent on one program."""
Replay: TypeAlias = Callable[[list[Event]], Different | None]
"""Plays events from an empty start; what it shows, if it shows anything."""


def replay(events: list[Event], targets: tuple[Target, ...], records: tuple[type[Record], ...], *, number: int) -> Different | None:
    """What the events show on targets that begin with this seed; None where all answer alike."""
    for target in targets:
        target.reset(seed=number, now=NOW)
    parity, values = Parity(targets, records), dict[bytes, bytes]()
    try:
        for event in events:
            if isinstance(event, Happening):
                parity.happen(event)
                continue
            reply = parity.send(_with(values, event[0]))
            parity.compare_rows()
            if reply is not None:
                values |= _renewed(event[1], reply)
    except Different as found:
        return found
    return None


def _renewed(before: Reply, now: Reply) -> dict[bytes, bytes]:
    """What the values of a reply have become."""
    pairs: dict[bytes, bytes] = {}
    for pattern in DRAWN.values():
        old, new = (dict.fromkeys(re.findall(pattern.encode(), reply.body)) for reply in (before, now))
        pairs |= dict(zip(old, new, strict=False))
    return pairs


def _with(values: dict[bytes, bytes], exchange: Exchange) -> Exchange:
    """The exchange with today's values."""
    changed = {old: new for old, new in values.items() if old != new}
    if not changed:
        return exchange
    pattern = re.compile(b"|".join(map(re.escape, changed)))

    def told(text: bytes) -> bytes:
        return pattern.sub(lambda match: changed[match[0]], text)

    headers = tuple((name, told(value)) for name, value in exchange.headers)
    return structs.replace(exchange, target=told(exchange.target), headers=headers, body=told(exchange.body))


def shortened(found: Different, play: Replay) -> Different:
    """The same difference in fewer and simpler requests; as it is, with a warning, where playing it again does not show it."""
    until, best = monotonic() + SECONDS, play(found.events)
    if best is None:
        raise Different("playing this again shows no difference: chance or memory that a reset does not reach", f"{found}", found.events)
    before: Different | None = None
    while before is not best and monotonic() < until:
        before = best
        for candidates in (_fewer, _simpler):
            best = _best(best, candidates, play, until)
    return best


def _best(best: Different, candidates: Callable[[list[Event]], Iterator[list[Event]]], play: Replay, until: float) -> Different:
    """Take the first candidate that shows the same, again and again."""
    tried = candidates(best.events)
    while monotonic() < until:
        candidate = next(tried, None)
        if candidate is None:
            return best
        shown = play(candidate)
        if shown is not None and shown.what == best.what:
            best = shown
            tried = candidates(best.events)
    return best


def _fewer(events: list[Event]) -> Iterator[list[Event]]:
    """Without large pieces, then without small ones, the latest first; what shows the difference stays."""
    size = len(events) // 2
    while size:
        for end in range(len(events) - 1, size - 1, -size):
            yield [*events[: end - size], *events[end:]]
        size //= 2


def _simpler(events: list[Event]) -> Iterator[list[Event]]:
    """With one request simpler."""
    for at, event in enumerate(events):
        if not isinstance(event, Happening):
            for exchange in _simpler_exchanges(event[0]):
                yield [*events[:at], (exchange, event[1]), *events[at + 1 :]]


def _simpler_exchanges(exchange: Exchange) -> Iterator[Exchange]:
    for at, (name, _) in enumerate(exchange.headers):
        if name not in (b"host", b"request-id"):
            yield structs.replace(exchange, headers=exchange.headers[:at] + exchange.headers[at + 1 :])
    if exchange.query:
        pieces = exchange.query.split(b"&")
        for at in range(len(pieces)):
            query = b"&".join((*pieces[:at], *pieces[at + 1 :]))
            yield structs.replace(exchange, target=exchange.path + (b"?" + query if query else b""))
    if exchange.chunked:
        yield structs.replace(exchange, chunked=False)
    for body in _simpler_bodies(exchange.body):
        yield structs.replace(exchange, body=body)


def _simpler_bodies(body: bytes) -> Iterator[bytes]:
    """Nothing, and an object without each of its members."""
    if body:
        yield b""
    try:
        document = json.loads(body) if body.startswith(b"{") else None
    except ValueError:
        return
    if isinstance(document, dict):
        members = cast("dict[str, object]", document)
        for name in members:
            rest = {other: value for other, value in members.items() if other != name}
            yield json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
