"""The machine's clock, chance and sleep as ports of the kernel. It knows the operating system and nothing of who asks."""

import asyncio
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


class LoopSleeper:
    """The port Sleeper in an event loop (asyncio): others run meanwhile."""

    async def sleep(self, *, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class ThreadSleeper:
    """The port Sleeper in a thread that is blocked meanwhile; it never suspends."""

    async def sleep(self, *, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)  # noqa: ASYNC251  (there is no loop: the coroutine is driven)
