"""The decisions of identity, pure: nothing here awaits, reads a clock or knows a store."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct

from kingpost.kernel.context import Principal
from kingpost.kernel.wire import Person

from .records import MirroredSession


class MirrorSession(Struct, frozen=True, kw_only=True):
    """A session of the host as it is now."""

    session_key: str
    password: str
    """The account's password column, which is a hash of the host's."""
    person: Person
    read_at: datetime
    """When the facts about the person were read; what was read before what is kept changes nothing."""
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the key and the hash, as error trackers print what they find in a traceback."""
        return f"MirrorSession(person={self.person!r})"


def session_digest(session_key: str, key: bytes) -> bytes:
    """What is kept of a session's key."""
    return hmac.digest(key, b"host-session\0" + session_key.encode(), sha256)


def password_digest(account: str, password: str, key: bytes) -> bytes:
    """What is kept of an account's password column; two accounts with one hash have two digests."""
    return hmac.digest(key, b"\0".join((b"host-password", account.encode(), password.encode())), sha256)


def is_fresh(mirrored: MirroredSession, now: datetime, *, seconds: float) -> bool:
    """Whether the session has not ended, and the host has confirmed it lately."""
    return now < mirrored.expires_at and now - mirrored.confirmed_at < timedelta(seconds=seconds)


def principal_of(account: str, side: str, tenant_id: str | None, permissions: frozenset[str] | None) -> Principal:
    """Somebody of the host as a principal of the kernel."""
    return Principal(
        id=f"account-{account}", side="platform" if side == "platform" else "tenant", tenant_id=tenant_id, permissions=permissions
    )
