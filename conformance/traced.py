"""A target whose conversation is fingerprinted: the same seed must give the same conversation. It knows exchanges and replies, no check."""

import hashlib
from datetime import datetime

import msgspec

from .target import BackDoor, Capability, Exchange, Reply, Target


class Traced:
    """Hands everything on, and keeps a SHA-256 over what was sent and received."""

    def __init__(self, target: Target) -> None:
        """``target`` has ``Capability.SEEDED``; of others no two conversations are equal."""
        self._target = target
        self._hash = hashlib.sha256()
        self._encode = msgspec.msgpack.Encoder().encode

    @property
    def name(self) -> str:
        """The target's."""
        return self._target.name

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The target's."""
        return self._target.capabilities

    @property
    def door(self) -> BackDoor | None:
        """The target's."""
        return self._target.door

    @property
    def trace(self) -> str:
        """The fingerprint of everything so far, in hexadecimal."""
        return self._hash.hexdigest()

    def send(self, exchange: Exchange) -> Reply:
        """Send it, and remember both sides."""
        self._hash.update(self._encode(exchange))
        reply = self._target.send(exchange)
        self._hash.update(self._encode(reply))
        return reply

    def reset(self, *, seed: int, now: datetime) -> str:
        """Begin again; the credential belongs to the conversation."""
        key = self._target.reset(seed=seed, now=now)
        self._hash.update(self._encode((seed, now, key)))
        return key

    def close(self) -> None:
        """End the target."""
        self._target.close()
