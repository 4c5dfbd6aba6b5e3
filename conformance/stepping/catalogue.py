"""The catalogue of faults: what can go wrong with one call of a storage, and what of it has no meaning there. It knows no storage."""

from enum import StrEnum
from typing import Final


class Ended(BaseException):
    """The task ends here, whatever it was about to do. No kernel code may catch it."""


class Fault(StrEnum):
    """A kind of fault. The first eight are the commonest; ``profile.every_fault`` tries all."""

    REFUSED = "refused"
    """The call is not executed; the caller is told so."""
    ACK_LOST = "ack-lost"
    """The call is executed; the caller is told that it failed."""
    TWICE = "twice"
    """The call is executed twice; the caller is told how the second one went."""
    DELAYED = "delayed"
    """The call reaches the storage when the deadline of the request has passed."""
    HANGS = "hangs"
    """The call never reaches the storage, and the task is cancelled while it waits."""
    STALE = "stale"
    """A read without lock is answered with rows as they were some time ago."""
    CLOSED = "closed"
    """The connection is closed: the open unit of work is rolled back, and nothing of it can be called any more."""
    SERIALIZATION = "serialization"
    """The database gives the unit up, for a serialization failure or a deadlock (SQLSTATE 40001, 40P01)."""
    HANGS_AFTER = "hangs-after"
    """The call is executed, its answer never comes, and the task is cancelled while it waits."""
    UNIQUE_RACE = "unique-race"
    """Somebody else takes the unique value at the last moment."""
    DISK_FULL = "disk-full"
    """There is no room for the change; the unit is rolled back (SQLite does so by itself)."""
    AHEAD = "clock-ahead"
    """The clock is corrected by an hour forwards before the call."""
    BACK = "clock-back"
    """The clock is corrected by an hour backwards before the call."""
    PAUSED = "paused"
    """The process stands still after the call, beyond the deadline."""
    KILLED = "killed"
    """The process dies before the call: nothing of the task runs any more, and the database rolls back what was open."""
    KILLED_AFTER = "killed-after"
    """The process dies after the call."""


COMMONEST: Final = tuple(Fault)[:8]
CRASHES: Final = (Fault.HANGS, Fault.HANGS_AFTER, Fault.KILLED, Fault.KILLED_AFTER)
"""Those that end the task by a BaseException."""
LEFT_OUT: Final = {
    "reordered delivery": "a session makes one call at a time and waits for its answer",
    "partial batch": "the port has no call that writes several rows",
    "cache returns another version": "the port has no cache; an old row is what the stale read gives",
    "queue redelivers after acknowledgement": "no queue stands behind the port",
    "lock lease lost silently": "a row is held by its unit of work and by no lease; a unit that is lost is what the closed connection gives",
}
"""The kinds of the catalogue that have no meaning for a storage, each with the reason."""
