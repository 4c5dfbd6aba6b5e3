"""The ports of the machine: time, chance, logs, metrics and encryption at rest. It knows what they promise and none of how it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from msgspec import Struct

from kingpost.kernel.typeid import encode

Stream: TypeAlias = Literal["record-ids", "request-ids", "secrets"]
"""Draws from one stream never shift another, so that a test's record ids do not depend on how many requests were logged."""

Field: TypeAlias = str | int | float | bool | None


class Clock(Protocol):
    """Time of this process. Ownership times (leases, expiry) come from the database instead."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    def held(self) -> datetime | None:
        """The instant at which a test holds time, the database's too; None where time runs by itself."""
        ...


class Entropy(Protocol):
    """Cryptographically strong bytes; seeded only in tests."""

    def draw(self, stream: Stream, size: int) -> bytes:
        """``size`` unpredictable bytes of the stream."""
        ...


class Log(Protocol):
    """Structured log lines. Never raises, never blocks for long; values are escaped, secrets are the caller's duty to leave out."""

    def event(self, name: str, fields: Mapping[str, Field]) -> None:
        """One line at INFO."""
        ...

    def failure(self, name: str, error: BaseException, fields: Mapping[str, Field]) -> None:
        """One line at ERROR with the traceback."""
        ...


class Metrics(Protocol):
    """Rate, errors and latency per operation. No label ever carries a tenant, and unknown paths are one series."""

    def observe(self, operation: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; ``operation`` is an operation's id or ``unknown``, ``method`` one that operations have, HEAD, OPTIONS or ``other``."""
        ...

    def render(self) -> tuple[str, bytes]:
        """Media type and text of the exposition (Prometheus text format 0.0.4)."""
        ...


class Sealer(Protocol):
    """Encryption at rest, with authentication. It never waits, for it is called inside units of work: a key that lies elsewhere is fetched before."""

    def seal(self, plain: bytes, *, binding: bytes) -> bytes:
        """Bytes that reveal of ``plain`` no more than its length; each call gives others.

        ``binding`` says what they are and where they belong (table, key, tenant): they can be opened with the same binding only.
        """
        ...

    def open(self, sealed: bytes, *, binding: bytes) -> bytes:
        """What was sealed; ``Unsealable`` where it was changed, is bound to something else, or the key is gone."""
        ...


class System(Struct, frozen=True, kw_only=True):
    """The machine as the kernel sees it."""

    clock: Clock
    entropy: Entropy
    log: Log
    metrics: Metrics

    def new_id(self, prefix: str) -> str:
        """A fresh TypeID over a UUIDv7 (RFC 9562 section 5.7): sortable by creation to the millisecond, 74 random bits."""
        return encode(prefix, uuid7(self.clock.now(), self.entropy.draw("record-ids", 10)))


def uuid7(now: datetime, chance: bytes) -> UUID:
    """The UUIDv7 of an instant and ten random bytes."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(chance, "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 7 << 76 | (random >> 68 & 0xFFF) << 64 | 2 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)
