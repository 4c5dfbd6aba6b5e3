"""What each kind of fault does to a call of the storage, and at which calls it has a meaning. It knows no schedule."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from kingpost.adapters.memory import MemoryClock
from kingpost.kernel.errors import Conflict, Unavailable

from .catalogue import CRASHES, Ended, Fault
from .points import WRITES, Point

T = TypeVar("T")

VERY_LONG: Final = 3600.0
"""Seconds: beyond the deadline of any request."""


class Shaken(Protocol):
    """What a fault does to a session."""

    @property
    def clock(self) -> MemoryClock:
        """The clock of the machine."""
        ...

    async def lose_unit(self) -> None:
        """Roll back what is open; every call is refused until the unit is left."""
        ...

    async def die(self) -> None:
        """Roll back what is open; every call is refused from now on."""
        ...


def has_meaning(fault: Fault, point: Point) -> bool:  # noqa: PLR0911  (one answer for each kind)
    """Whether the fault can happen at such a call. Leaving a unit and closing a session tell nothing, so only the end of the task can come there."""
    if point.call in ("admitted", "answered"):
        return False
    if fault in (*CRASHES, Fault.PAUSED, Fault.AHEAD, Fault.BACK):
        return True
    if point.call in ("leave", "close"):
        return False
    match fault:
        case Fault.TWICE:
            return point.call not in ("unit", "commit")
        case Fault.STALE:
            return point.call in ("find", "ask") or (point.call == "get" and not point.exclusive)
        case Fault.SERIALIZATION:
            return point.in_unit and (point.call == "commit" or bool(point.exclusive))
        case Fault.UNIQUE_RACE:
            return bool(point.unique)
        case Fault.DISK_FULL:
            return point.call == "commit" or point.call in WRITES
        case _:
            return True


async def suffer(fault: Fault, point: Point, session: Shaken, perform: Callable[[], Awaitable[T]], past: Callable[[], Awaitable[T]]) -> T:
    """What the caller gets of the call when the fault happens to it. ``past`` answers a read from older rows."""
    await _before(fault, point, session)
    result = await (past() if fault is Fault.STALE else perform())
    if fault is Fault.TWICE:
        result = await perform()
    await _after(fault, session)
    return result


async def _before(fault: Fault, point: Point, session: Shaken) -> None:
    match fault:
        case Fault.REFUSED:
            raise Unavailable
        case Fault.DELAYED:
            session.clock.advance(VERY_LONG)
        case Fault.AHEAD | Fault.BACK:
            session.clock.set(session.clock.now() + timedelta(hours=1 if fault is Fault.AHEAD else -1))
        case Fault.HANGS:
            raise Ended
        case Fault.CLOSED | Fault.SERIALIZATION | Fault.DISK_FULL:
            await session.lose_unit()
            raise Unavailable
        case Fault.UNIQUE_RACE:
            raise Conflict(params={"rule": point.unique})
        case Fault.KILLED:
            await session.die()
            raise Ended
        case _:
            return


async def _after(fault: Fault, session: Shaken) -> None:
    match fault:
        case Fault.ACK_LOST:
            raise Unavailable
        case Fault.PAUSED:
            session.clock.advance(VERY_LONG)
        case Fault.HANGS_AFTER:
            raise Ended
        case Fault.KILLED_AFTER:
            await session.die()
            raise Ended
        case _:
            return
