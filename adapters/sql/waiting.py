"""Waiting that a cancellation cannot leave half done, and callbacks that all run. It knows event loops and threads; no database."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def unhurried(work: Callable[[], T]) -> T:
    """Run what may wait: in a thread where an event loop runs, and to its end whatever is cancelled; else here."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return work()
    return await to_its_end(loop.run_in_executor(None, work))


async def to_its_end(future: "asyncio.Future[T]") -> T:
    """The result of the future. A cancellation meanwhile is raised only when the future is done, so that its outcome is known."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait((future,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not future.cancelled():
            future.exception()  # looked at, so that asyncio does not report it
        raise cancelled
    return future.result()


def run_all(callbacks: list[Callable[[], None]]) -> None:
    """Run every callback, even where one fails; the first failure is raised at the end, when the others have run."""
    failure: Exception | None = None
    for callback in callbacks:
        try:
            callback()
        except Exception as error:  # noqa: BLE001  (raised below)
            failure = failure or error
    if failure is not None:
        raise failure
