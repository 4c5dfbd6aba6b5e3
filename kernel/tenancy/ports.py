"""What tenancy needs besides Store: a memory for what it has looked up, how to make and check static keys, and who is told of changes."""

from datetime import datetime
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from kingpost.kernel.context import Caller
from kingpost.kernel.system import System

from .model import Credential, Kind, digest, new_credential
from .records import Tenant

Change: TypeAlias = Literal["created", "updated", "suspended", "resumed", "closed", "reopened"]


class Observer:
    """Is told of every change to a tenant that this process has committed; a host registers its own in place of this one, which does nothing."""

    def tenant_changed(self, change: Change, tenant: Tenant) -> None:
        """After the commit, in the thread that committed; must not raise. What other processes change is not told here."""


class KeyCutter(Struct, frozen=True, kw_only=True):
    """Makes static keys and their digests; the first digest key signs, all verify."""

    system: System
    digest_keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Without the keys."""
        return "KeyCutter(...)"

    def cut(self, kind: Kind) -> tuple[Credential, bytes]:
        """A fresh key and its digest."""
        credential = new_credential(kind, self.system.entropy.draw("secrets", 41))
        return credential, digest(credential, self.digest_keys[0])

    def digests(self, credential: Credential) -> tuple[bytes, ...]:
        """What a store may hold for this key, one per digest key."""
        return tuple(digest(credential, key) for key in self.digest_keys)


V = TypeVar("V")
_LARGEST = 10_000
"""Entries per memory; the oldest go first."""


class Memory:
    """What this process has looked up lately: callers by credential, tenants by host. Bounded in number and age.

    A change in this process forgets at commit; one in another process is seen once the age is reached. Whoever looks something up takes a
    ``mark`` before, so that what was read before a change is not remembered after it.
    """

    def __init__(self, *, system: System, seconds: float) -> None:
        """``seconds`` is the greatest age; 0 remembers nothing."""
        self._system = system
        self._seconds = seconds
        self._callers: dict[str, tuple[float, Caller]] = {}
        self._hosts: dict[str, tuple[float, str | None]] = {}
        self._forgotten = 0

    def mark(self) -> int:
        """The point in time before which a look-up may have read; every change moves it."""
        return self._forgotten

    def caller(self, credential: str) -> Caller | None:
        """The caller that this very credential text proved, if that is fresh."""
        entry = self._callers.get(credential)
        return entry[1] if entry is not None and entry[0] > self._system.clock.monotonic() else None

    def remember_caller(self, credential: str, caller: Caller, *, mark: int, expires_at: datetime | None) -> None:
        """Keep the caller until the age is reached, and never beyond the end of the credential."""
        clock = self._system.clock
        left = self._seconds if expires_at is None else min(self._seconds, (expires_at - clock.now()).total_seconds())
        self._keep(self._callers, credential, (clock.monotonic() + left, caller), mark)

    def host(self, host: str) -> tuple[str | None] | None:
        """The tenant that claims the host, in a tuple of one, if that is fresh."""
        entry = self._hosts.get(host)
        return (entry[1],) if entry is not None and entry[0] > self._system.clock.monotonic() else None

    def remember_host(self, host: str, tenant: str | None, *, mark: int) -> None:
        """Keep the answer, "nobody" too, until the age is reached."""
        self._keep(self._hosts, host, (self._system.clock.monotonic() + self._seconds, tenant), mark)

    def forget(self) -> None:
        """Drop everything: a tenant, a host name or a key has changed."""
        self._forgotten += 1  # first, so that another thread that keeps something meanwhile finds out
        self._callers.clear()
        self._hosts.clear()

    def _keep(self, entries: dict[str, tuple[float, V]], key: str, entry: tuple[float, V], mark: int) -> None:
        _put(entries, key, entry)
        if self._forgotten != mark:
            entries.pop(key, None)


def _put(entries: dict[str, tuple[float, V]], key: str, entry: tuple[float, V]) -> None:
    while len(entries) >= _LARGEST:
        try:
            entries.pop(next(iter(entries), key), None)
        except RuntimeError:  # another thread has changed the entries between the two looks: look again
            continue
    entries[key] = entry
