"""What identity needs besides Store: how to make and compare digests of what a host keeps secret."""

import hmac

from msgspec import Struct

from .model import password_digest, session_digest


class Digester(Struct, frozen=True, kw_only=True):
    """Makes digests of session keys and password columns; the first digest key signs, all verify."""

    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Without the keys."""
        return "Digester(...)"

    def sessions(self, session_key: str) -> tuple[bytes, ...]:
        """What a store may hold for this session, one per digest key, the one that signs first."""
        return tuple(session_digest(session_key, key) for key in self.keys)

    def password(self, account: str, password: str) -> bytes:
        """What is kept of an account's password column."""
        return password_digest(account, password, self.keys[0])

    def is_password(self, account: str, password: str, kept: bytes) -> bool:
        """Whether the column is as it was when ``kept`` was made."""
        return any(hmac.compare_digest(password_digest(account, password, key), kept) for key in self.keys)
