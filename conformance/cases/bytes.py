"""The raw bytes that are tried on a server behind a socket, as checks; and two servers held against each other. It knows no server."""

from functools import partial
from typing import Final, cast

from kingpost.conformance.check import Arena, Check, Kit, Skipped
from kingpost.conformance.renaming import Normal, Renaming
from kingpost.conformance.target import ByteTarget, Capability, Exchange, ProtocolError, Reply, Target
from kingpost.conformance.transports.sockets import replies
from kingpost.conformance.world import World, exchange_headers, fresh

from . import bytes_connections, bytes_framing, bytes_headers, bytes_lines
from .bytes_case import ByteCase, asked, play, shortened

CASES: Final[tuple[ByteCase, ...]] = (*bytes_lines.CASES, *bytes_headers.CASES, *bytes_framing.CASES, *bytes_connections.CASES)
_NEEDS: Final = frozenset({Capability.BYTES})


def checks(kit: Kit) -> tuple[Check, ...]:  # noqa: ARG001  (every part is asked alike)
    """One for each case, and one that compares."""
    tried = (Check(id=case.id, component="http", law=case.law, run=partial(_try, case), tier=case.tier, needs=_NEEDS) for case in CASES)
    law = "Raw bytes are answered alike by two deployments: all of them on the same server, those that the kernel decides on any."
    return *tried, Check(id="parity.bytes", component="parity", law=law, run=_compare, tier="edge", needs=_NEEDS, compares=True)


def _try(case: ByteCase, arena: Arena) -> str:
    target, world = cast("ByteTarget", arena.target), arena.world()
    try:
        found = play(case, target, world)
    except AssertionError:
        arena.spoil()
        raise
    if case.changes and (case.racing or not _removed(found, target, world)):
        arena.spoil()
    return ""


def _removed(made: tuple[Reply, ...], target: ByteTarget, world: World) -> bool:
    """Whether every specimen that was made could be removed: one request, where a new world is a dozen."""
    tags = {reply.one("location") or "": reply.one("etag") or "" for reply in made if reply.status == 201}
    return all(_remove(place, tag, target, world["a.key"]) == 204 for place, tag in tags.items())


def _remove(place: str, tag: str, target: ByteTarget, key: str) -> int:
    headers = (*exchange_headers(key, request_id="bytes", json=False), (b"if-match", tag.encode()))
    return target.send(Exchange(method="DELETE", target=place.encode(), headers=headers)).status


def _compare(arena: Arena) -> str:
    others = [target for target in arena.against if Capability.BYTES in target.capabilities]
    if not others:
        raise Skipped("nothing to compare with takes raw bytes")
    arena.spoil()
    compared = [compare(cast("ByteTarget", arena.target), cast("ByteTarget", other)) for other in others]
    return f"{sum(compared)} answers to raw bytes compared"


def compare(reference: ByteTarget, other: ByteTarget) -> int:
    """How many cases were played on both, each from a fresh world; ``AssertionError`` with every difference in what they answered."""
    alike = _server(reference) == _server(other)
    chosen = [case for case in CASES if not case.racing and (alike or case.tier == "edge")]
    ours, theirs = _Side(reference), _Side(other)
    told = [difference for case in chosen if (difference := _difference(case, ours, theirs, whole=alike))]
    if told:
        raise AssertionError(f"{other.name} differs from {reference.name} in {len(told)} of {len(chosen)} answers\n" + "\n".join(told))
    return len(chosen)


class _Side:
    """A target with a world that all the cases share."""

    def __init__(self, target: ByteTarget) -> None:
        self.target = target
        self.world: World = fresh(target)

    def answer(self, case: ByteCase, *, whole: bool) -> tuple[Normal, ...] | str:
        """The replies in names, or what is wrong with them; not ``whole``: without the one to the good request behind."""
        names = Renaming(self.world)
        try:
            found = replies(asked(case, self.target, self.world), head=case.head)
            return tuple(map(names.normalised, found if whole else found[: len(case.statuses)]))
        except ProtocolError as error:
            return str(error)


def _difference(case: ByteCase, ours: _Side, theirs: _Side, *, whole: bool) -> str:
    expected, got = ours.answer(case, whole=whole), theirs.answer(case, whole=whole)
    if expected == got:
        return ""
    sent = shortened(b" ... ".join(case.sent))
    return f"{case.id}: {case.law}\n  sent: {sent}\n  {ours.target.name}: {expected}\n  {theirs.target.name}: {got}"


def _server(target: Target) -> str:
    """What stands behind the deployment in the name of a target that the kit has started; of any other the whole name."""
    return target.name.rpartition("@")[2]
