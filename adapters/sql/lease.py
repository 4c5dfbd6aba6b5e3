"""A first-in-first-out lease on one thing, for tasks of event loops and for plain threads alike. It knows no database."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from kingpost.kernel.errors import Unavailable

from .driver_errors import BUSY


class _Waiter:
    """One who waits; ``wake`` tells them, ``granted`` is decided under the lease's mutex."""

    __slots__ = ("granted", "thread", "wake")

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.granted = False
        self.thread = threading.get_ident()


class Lease:
    """Held by one at a time; whoever asked first gets it first."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._thread = 0
        self._waiters: deque[_Waiter] = deque()

    @property
    def held(self) -> bool:
        """Whether anybody holds it."""
        return self._held

    def try_acquire(self) -> bool:
        """Take it if it is free and nobody waits."""
        with self._mutex:
            if self._held or self._waiters:
                return False
            self._held, self._thread = True, threading.get_ident()
            return True

    async def acquire(self, *, seconds: float) -> None:
        """Wait for one's turn, at most ``seconds``; then ``Unavailable``.

        Without a running event loop the thread waits; where this very thread holds it, waiting could never end: ``Unavailable`` at once.
        """
        if self.try_acquire():
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._wait_in_thread(seconds)
        else:
            await self._wait_in_loop(loop, seconds)

    def release(self) -> None:
        """Give it to the next one in line."""
        while True:
            with self._mutex:
                if not self._waiters:
                    self._held = False
                    return
                waiter = self._waiters.popleft()
                waiter.granted, self._thread = True, waiter.thread
            try:
                waiter.wake()
            except RuntimeError:  # its event loop is closed: nobody is there any more
                continue
            return

    def _queue(self, waiter: _Waiter) -> bool:
        """Stand in line; True when it was free after all."""
        with self._mutex:
            if not self._held and not self._waiters:
                self._held, self._thread = True, waiter.thread
                return True
            self._waiters.append(waiter)
            return False

    def _give_up(self, waiter: _Waiter) -> bool:
        """Leave the line; False when the lease had been granted meanwhile."""
        with self._mutex:
            if waiter.granted:
                return False
            self._waiters.remove(waiter)
            return True

    def _wait_in_thread(self, seconds: float) -> None:
        if self._held and self._thread == threading.get_ident():
            message = "another unit of work of this thread is still open, so that waiting for it would never end: end it first"
            raise Unavailable(message)
        told = threading.Event()
        waiter = _Waiter(told.set)
        if self._queue(waiter) or told.wait(max(seconds, 0)):
            return
        if self._give_up(waiter):
            raise Unavailable(BUSY)

    async def _wait_in_loop(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        turn: asyncio.Future[None] = loop.create_future()
        waiter = _Waiter(lambda: _tell(loop, turn))
        if self._queue(waiter):
            return
        timer = loop.call_later(max(seconds, 0), _settle, turn)
        try:
            await turn
        except BaseException:
            if not self._give_up(waiter):
                self.release()
            raise
        finally:
            timer.cancel()
        if not waiter.granted and self._give_up(waiter):
            raise Unavailable(BUSY)


def _tell(loop: asyncio.AbstractEventLoop, turn: asyncio.Future[None]) -> None:
    """Settle the future from whatever thread this is."""
    if asyncio._get_running_loop() is loop:  # noqa: SLF001  (documented as public for speed; None outside a loop)
        _settle(turn)
    else:
        loop.call_soon_threadsafe(_settle, turn)


def _settle(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
