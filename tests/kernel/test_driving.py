"""What ``drive`` promises to a synchronous host, and everything it refuses."""

import asyncio
import inspect
import re
import traceback
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from kingpost.kernel.driving import KernelSuspended, drive, explain

PLACE: ContextVar[str] = ContextVar("PLACE", default="outside")


class Waits:
    """An awaitable that suspends, as a socket does."""

    def __await__(self) -> Generator[str, None, None]:
        yield "I wait for an event loop"


def line_of(function: object, text: str) -> int:
    """The number of the line of the function that holds the text."""
    lines, first = inspect.getsourcelines(function)  # type: ignore[arg-type]
    return first + next(number for number, line in enumerate(lines) if text in line)


async def innermost() -> None:
    """Wait."""
    await Waits()  # here


async def outermost() -> None:
    """Wait two frames down."""
    await innermost()


def test_the_result_comes_back() -> None:
    """What the coroutine returns is what ``drive`` returns."""

    async def add(a: int, b: int) -> int:
        return a + b

    assert drive(add(2, 3)) == 5


def test_an_exception_passes_through_as_it_is() -> None:
    """The very exception of the coroutine, with the frames of ``drive`` above it and nothing chained to it."""
    error = ValueError("mine")

    async def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="mine") as caught:
        drive(fail())
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (None, None)
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert frames == ["test_an_exception_passes_through_as_it_is", "drive", "_send", "fail"]


def test_a_stop_iteration_of_the_coroutine_is_an_error_and_no_result() -> None:
    """``StopIteration`` raised inside cannot be taken for the end (PEP 479)."""

    async def stop() -> None:
        raise StopIteration("not a result")

    with pytest.raises(RuntimeError, match="coroutine raised StopIteration"):
        drive(stop())


def test_a_suspending_await_is_named_with_file_and_line() -> None:
    """The message names the function, the file and the line of the innermost await."""
    with pytest.raises(KernelSuspended) as caught:
        drive(outermost())
    told = str(caught.value)
    assert f"suspended at Waits.__await__ ({__file__}:{line_of(Waits.__await__, 'yield')})" in told
    assert "ports of a synchronous host must not wait" in told
    assert "innermost" in "".join(traceback.format_exception(caught.value))


def test_a_foreign_awaitable_is_named_by_the_line_that_awaits_it() -> None:
    """Where the waiting thing has no Python frame (a future), the place is the await itself."""

    class Opaque:
        """An awaitable without a frame."""

        def __await__(self) -> Any:
            return iter(["suspended"])

    async def waits() -> None:
        await Opaque()  # here

    with pytest.raises(KernelSuspended) as caught:
        drive(waits())
    assert f"waits ({__file__}:{line_of(waits, '# here')})" in str(caught.value)


def test_a_suspension_inside_an_async_generator_is_named() -> None:
    """The await is found through ``async for`` and ``@asynccontextmanager`` as well, which hide their frames."""

    async def rows() -> AsyncIterator[int]:
        yield 1
        await Waits()

    async def read() -> list[int]:
        return [row async for row in rows()]

    @asynccontextmanager
    async def unit() -> AsyncIterator[int]:
        await innermost()
        yield 1

    async def write() -> None:
        async with unit():
            return

    for work in (read, write):
        with pytest.raises(KernelSuspended, match=r"suspended at Waits\.__await__"):
            drive(work())


def test_cleanup_runs_before_the_refusal() -> None:
    """A suspended coroutine is unwound: its ``finally`` blocks run, so no unit of work stays open."""
    closed = []

    async def work() -> None:
        try:
            await Waits()
        finally:
            closed.append("unit")

    with pytest.raises(KernelSuspended) as caught:
        drive(work())
    assert closed == ["unit"]
    assert "swallowed" not in str(caught.value)


def test_except_exception_does_not_swallow_the_refusal() -> None:
    """The abort is no ``Exception``: a use case that catches all errors of a port does not go on after it."""
    went_on = []

    async def careless() -> None:
        try:
            await Waits()
        except Exception:  # noqa: BLE001  (what careless code does)
            went_on.append(1)

    with pytest.raises(KernelSuspended):
        drive(careless())
    assert went_on == []


def test_a_swallowed_abort_is_reported() -> None:
    """Code that catches ``BaseException`` and returns is told not to."""

    async def greedy() -> str:
        try:
            await Waits()
        except BaseException:  # noqa: BLE001  (the subject)
            return "as if nothing had happened"
        return "never"

    with pytest.raises(KernelSuspended, match="swallowed the abort and returned: catch Exception there, not BaseException"):
        drive(greedy())


def test_a_second_suspension_is_reported_and_closed() -> None:
    """A ``finally`` that waits too is named with its own line, and nothing is left to the garbage collector."""

    async def stubborn() -> None:
        try:
            await Waits()
        finally:
            await innermost()

    with pytest.raises(KernelSuspended, match=r"while unwinding it suspended again at .*do not await in a finally block"):
        drive(stubborn())


def test_a_coroutine_that_ignores_its_end_is_reported_without_a_warning() -> None:
    """Even a coroutine that suspends a third time, when it is closed, ends in the refusal."""

    async def endless() -> None:
        try:
            try:
                await Waits()
            finally:
                await Waits()
        finally:
            await Waits()

    with pytest.raises(KernelSuspended, match="suspended again"):
        drive(endless())


def test_an_error_during_the_unwinding_is_named() -> None:
    """What a ``finally`` block raises is told, with its name, and is the cause."""

    async def clumsy() -> None:
        try:
            await Waits()
        finally:
            raise OSError("the socket is closed")

    with pytest.raises(KernelSuspended, match="unwinding it raised OSError: the socket is closed") as caught:
        drive(clumsy())
    assert isinstance(caught.value.__cause__, OSError)


def test_context_variables_do_not_leak_out() -> None:
    """The coroutine reads the caller's variables, and what it sets is gone afterwards."""

    async def enter() -> tuple[str, str]:
        before = PLACE.get()
        PLACE.set("inside")
        return before, PLACE.get()

    token = PLACE.set("caller")
    try:
        assert drive(enter()) == ("caller", "inside")
        assert PLACE.get() == "caller"
    finally:
        PLACE.reset(token)


def test_a_running_loop_in_the_thread_is_refused() -> None:
    """Driving would block the loop: refused, and the coroutine is closed without having begun and without a warning."""
    begun = []

    async def work() -> None:
        begun.append(1)

    async def host() -> None:
        drive(work())

    with pytest.raises(
        KernelSuspended, match="event loop runs in this thread: await the coroutine there, or move the call to a worker thread"
    ):
        asyncio.run(host())
    assert begun == []


def test_a_worker_thread_of_a_loop_may_drive() -> None:
    """A loop in another thread is no obstacle."""

    async def three() -> int:
        return 3

    async def host() -> int:
        return await asyncio.to_thread(drive, three())

    assert asyncio.run(host()) == 3


def test_driving_may_be_nested() -> None:
    """A driven coroutine may call synchronous code that drives another."""

    async def inner() -> str:
        return "inner"

    async def outer() -> str:
        return drive(inner())

    assert drive(outer()) == "inner"


def test_the_suspension_of_a_bare_awaitable_still_says_something() -> None:
    """Where no frame can be found at all, the message says so instead of failing."""

    class Frameless:
        """A coroutine of another language, as far as Python can see."""

        def send(self, value: object) -> str:
            return "suspended"

        def throw(self, error: BaseException) -> None:
            raise error

        def close(self) -> None:
            return None

    with pytest.raises(KernelSuspended, match="suspended at an unknown place"):
        drive(Frameless())  # type: ignore[arg-type]


async def sleeping(seconds: float) -> None:
    """Asks a library to wait."""
    await asyncio.sleep(seconds)  # there is no loop that could: that is the subject


def test_a_librarys_suspension_is_named_with_who_called_it() -> None:
    """The frame of one's own comes first, then the library's, and what to do instead."""
    with pytest.raises(KernelSuspended, match=r"suspended at sleeping \(.*test_driving\.py:\d+\), in __sleep0 \(.*; in a use case await"):
        drive(sleeping(0))


def test_what_is_raised_for_want_of_a_loop_gets_a_note() -> None:
    """Where it was awaited, and what to do; the error stays the library's."""
    with pytest.raises(RuntimeError) as caught:
        drive(sleeping(1))
    explain(caught.value)
    [note] = caught.value.__notes__
    assert re.match(r"awaited at sleeping \(.*test_driving\.py:\d+\), in sleep \(.*where no event loop runs: in a use case await", note)


def test_any_other_error_gets_none() -> None:
    """What is wrong with it is for its own message to say."""
    error = RuntimeError("something else")
    explain(error)
    assert not hasattr(error, "__notes__")
