"""The machine's clock and chance as ports of the kernel. It knows the operating system and nothing of who asks."""

import os
import time
from datetime import UTC, datetime

from kingpost.kernel.system import Stream


class SystemClock:
    """The port Clock over the machine's clocks."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)

    def held(self) -> None:
        """Never: time runs."""
        return


class SystemEntropy:
    """The port Entropy over the operating system. It keeps no state, so neither a fork nor a thread can draw the same bytes again."""

    def draw(self, stream: Stream, size: int) -> bytes:
        """``size`` bytes from the kernel's generator."""
        return os.urandom(size)
