"""The ports of the machine: time, chance, logs, metrics, encryption at rest, outbound calls. It knows what they promise and none of how it is done."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.outbound import Http, NoHttp
from kingpost.kernel.typeid import encode

Stream: TypeAlias = Literal["record-ids", "request-ids", "secrets", "trace-ids", "jitter"]
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


class Sleeper(Protocol):
    """Waiting. Not for use inside a unit of work, which would hold its locks meanwhile."""

    async def sleep(self, *, seconds: float) -> None:
        """Return after ``seconds`` or a little later; cancelled where the caller's task is."""
        ...


class NoSleeper:
    """The port Sleeper of a machine that was given none."""

    async def sleep(self, *, seconds: float) -> None:
        """``ConfigurationError``, with the mend."""
        message = f"something was to wait for {seconds:g} s, and this machine cannot: give System(sleeper=...)"
        raise ConfigurationError(message)


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
    """Rate, errors and latency per operation, and per service that is called. No label ever carries a tenant, and unknown paths are one series."""

    def observe(self, operation: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; ``operation`` is an operation's id or ``unknown``, ``method`` one that operations have, HEAD, OPTIONS or ``other``."""
        ...

    def observe_call(self, target: str, outcome: str, seconds: float) -> None:
        """Count one attempt to call another service; ``outcome`` is a class of status (``2xx``) or one of a few words, ``target`` a target's name."""
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
    sleeper: Sleeper = NoSleeper()
    http: Http = NoHttp()
    mutex: Callable[[], AbstractContextManager[object]] = nullcontext
    """Makes a lock between threads, held for a few steps and never over an await; the default excludes nobody, which is right for one thread."""

    def new_id(self, prefix: str) -> str:
        """A fresh TypeID over a UUIDv7 (RFC 9562 section 5.7): sortable by creation to the millisecond, 74 random bits."""
        return encode(prefix, uuid7(self.clock.now(), self.entropy.draw("record-ids", 10)))


def uuid7(now: datetime, chance: bytes) -> UUID:
    """The UUIDv7 of an instant and ten random bytes."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(chance, "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 7 << 76 | (random >> 68 & 0xFFF) << 64 | 2 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)
