"""The decisions of the outbox, pure: what becomes of an event after an attempt. Nothing here awaits, reads a clock or draws.

::

    waiting ──every consumer has had it──> delivered
    waiting ──a consumer failed──> waiting, due later ──after the last attempt──> parked
    waiting ──its tenant is suspended──> waiting, due in an hour, no attempt counted
    waiting ──its tenant is closed──> parked
"""

from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from msgspec import Struct, structs

from .records import Event

LEASE_SECONDS: Final = 60.0
"""How long a worker may take for what it has claimed."""
BATCH: Final = 20
"""Events that a worker claims at once."""
LAST_ATTEMPT: Final = 25
"""With the delays below about fourteen hours after the first."""
LONGEST_DELAY: Final = 3600.0
"""Seconds between two attempts, at most."""
SUSPENDED_DELAY: Final = 3600.0
"""Seconds until the event of a suspended tenant is looked at again."""

Outcome: TypeAlias = Literal["delivered", "postponed", "parked", "lost"]


class Failure(Struct, frozen=True, kw_only=True):
    """Which consumer could not have the event, and the condition's code or the exception's name."""

    consumer: str
    reason: str

    def __str__(self) -> str:
        return f"{self.consumer}: {self.reason}"[:200]


def delay(attempts: int, chance: float) -> float:
    """Seconds until the next attempt: doubling from one, with ``chance`` (0 to 1) between half of it and all, so that failures do not come back together."""
    return min(2.0 ** min(attempts - 1, 30), LONGEST_DELAY) * (0.5 + chance / 2)


def delivered(event: Event, *, now: datetime) -> Event:
    """Every consumer has had it."""
    return structs.replace(event, state="delivered", due_at=None, payload=b"", failure=None, settled_at=now)


def failed(event: Event, failure: Failure, *, claimed_at: datetime, now: datetime, chance: float) -> Event:
    """Tried again later, or parked after the last attempt. Times that others compare go by ``claimed_at``, which is the database's clock."""
    if event.attempts >= LAST_ATTEMPT:
        return parked(event, str(failure), now=now)
    return structs.replace(event, due_at=claimed_at + timedelta(seconds=delay(event.attempts, chance)), failure=str(failure))


def parked(event: Event, reason: str, *, now: datetime) -> Event:
    """Left for an operator."""
    return structs.replace(event, state="parked", due_at=None, failure=reason, settled_at=now)


def given_back(event: Event, *, due_at: datetime) -> Event:
    """Nobody has tried: the claim counts for nothing."""
    return structs.replace(event, due_at=due_at, attempts=event.attempts - 1)


def binding(event_id: str, tenant_id: str | None, type_: str) -> bytes:
    """What a payload is sealed to: it opens in no other row, for no other tenant and as no other type."""
    return f"outbox.event:{event_id}:{tenant_id or 'platform'}:{type_}".encode()
