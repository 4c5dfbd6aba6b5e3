"""Clock, chance, log, metrics and other services of a target in process. It knows ports of the system, no storage.

Everything here is stable: an adapter of a third party may rely on it.
"""

import threading
from datetime import datetime, timedelta
from typing import Final

from kingpost.adapters.memory import MemoryClock, MemoryMetrics, MemorySleeper, RecordedLog, ScriptedHttp, SeededEntropy
from kingpost.kernel.outbound import HttpReply
from kingpost.kernel.system import Stream, System

THANKS: Final = HttpReply(status=204)


class Machine:
    """Clock, chance, log, metrics and scripted other services that a target can set back to where they began."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.log = RecordedLog()
        self.http = ScriptedHttp(otherwise=THANKS)
        """What other services answer: 204, until a test says otherwise."""
        self.faults: dict[str, list[BaseException]] = {}
        """What the next call of a port raises, whichever target on this machine makes it."""
        self._entropy = SeededEntropy()
        self._metrics = MemoryMetrics()
        self.system = System(
            clock=self.clock,
            entropy=self,
            log=self.log,
            metrics=self,
            sleeper=MemorySleeper(self.clock),
            http=self.http,
            mutex=threading.Lock,
        )

    def reset(self, seed: int | str, now: datetime) -> None:
        """Begin again; the monotonic clock goes on, so that whatever was remembered for some seconds is forgotten."""
        self.clock.advance(timedelta(hours=1).total_seconds())
        self.clock.set(now)
        self._entropy = SeededEntropy(seed)
        self._metrics = MemoryMetrics()
        self.log.lines.clear()
        self.http.forget()
        self.http.otherwise = THANKS
        self.faults.clear()

    def draw(self, stream: Stream, size: int) -> bytes:
        """Bytes that the seed decides."""
        return self._entropy.draw(stream, size)

    def observe(self, operation: str, method: str, status: int, seconds: float) -> None:
        """Count since the last reset."""
        self._metrics.observe(operation, method, status, seconds)

    def observe_call(self, target: str, outcome: str, seconds: float) -> None:
        """Count since the last reset."""
        self._metrics.observe_call(target, outcome, seconds)

    def render(self) -> tuple[str, bytes]:
        """What was counted since the last reset."""
        return self._metrics.render()
