"""A limit for how long something may take, by the alarm of POSIX (``setitimer``). It knows signals and nothing of what is limited."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class Hung(BaseException):
    """It took too long. Not an ``Exception``, so that nothing on the way takes it for a broken law."""


@contextmanager
def limited(seconds: float, message: str) -> Generator[None, None, None]:
    """Raise ``Hung`` in the body after ``seconds``; outside the main thread, which alone receives signals, there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hung(message)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
