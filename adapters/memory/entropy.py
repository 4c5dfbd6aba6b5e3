"""Bytes that depend on a seed alone, for tests. It is predictable by design and never serves a deployment."""

import hashlib
import hmac

from kingpost.kernel.system import Stream


class SeededEntropy:
    """The port Entropy: HMAC-SHA256 in counter mode, keyed by seed and stream, so that a draw from one stream never shifts another."""

    def __init__(self, seed: int | str | bytes = 0) -> None:
        self._key = hashlib.sha256(seed if isinstance(seed, bytes) else str(seed).encode()).digest()
        self._draws: dict[str, int] = {}

    def draw(self, stream: Stream, size: int) -> bytes:
        """The next ``size`` bytes of the stream; they depend on how often the stream was drawn from, not on how much was taken."""
        number = self._draws[stream] = self._draws.get(stream, 0) + 1
        blocks = range((size + 31) // 32)
        drawn = b"".join(hmac.digest(self._key, f"{stream}/{number}/{block}".encode(), "sha256") for block in blocks)
        return drawn[:size]
