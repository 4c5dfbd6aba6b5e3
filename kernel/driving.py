"""``drive``: run a kernel coroutine to its end without an event loop. It knows coroutines and nothing of what they do.

Under a synchronous host every port is ``async def`` and never suspends, so one ``send(None)`` finishes the call: no loop, no thread
hop, inside the caller's own thread and transaction. Anything that does suspend is a bug of a port, named here with file and line.
"""

import inspect
import sys
from collections.abc import Coroutine, Iterator
from contextvars import copy_context
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import FrameType, TracebackType
from typing import Any, Final, TypeVar

T = TypeVar("T")


class KernelSuspended(RuntimeError):
    """Something inside a driven coroutine waited for an event loop."""


class _Abort(BaseException):
    """Thrown into a suspended coroutine, so that its ``finally`` blocks run; user code must not catch it."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of ``coroutine``, run in this thread, in a copy of the current ``contextvars`` context.

    Raises what the coroutine raises. ``KernelSuspended`` when it suspends (the message names the innermost await), and when an event
    loop is running in this thread: driving there would block the loop.
    """
    if _loop_is_running():
        coroutine.close()
        message = (
            "drive() was called where an event loop runs in this thread: await the coroutine there, or move the call to a worker thread"
        )
        raise KernelSuspended(message)
    return copy_context().run(_send, coroutine)


def _send(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    place, abort = waiting_at(coroutine), _Abort("thrown in by drive(), so that finally blocks run")
    more, cause = _unwind(coroutine, abort)
    place = _innermost_frame(abort) or place
    told = f"a driven coroutine suspended at {place}: the ports of a synchronous host must not wait for an event loop"
    raise KernelSuspended(f"{told}; {INSTEAD}{more}") from cause


def _unwind(coroutine: Coroutine[Any, Any, T], abort: _Abort) -> tuple[str, BaseException | None]:
    """Throw the abort in, so that cleanup runs; what went wrong with that, and the exception whose traceback shows the await."""
    try:
        coroutine.throw(abort)
    except _Abort as seen:
        return "", seen
    except StopIteration:
        return "; and it swallowed the abort and returned: catch Exception there, not BaseException", None
    except BaseException as error:  # noqa: BLE001  (reported by name: the unwinding itself failed)
        return f"; and unwinding it raised {type(error).__name__}: {error}", error
    again = waiting_at(coroutine)
    _close(coroutine)
    return f"; and while unwinding it suspended again at {again}: do not await in a finally block what can wait", None


def _innermost_frame(abort: _Abort) -> str | None:
    """Where the abort came in: it passes through what hides its frame from ``waiting_at``, such as an async generator."""
    steps = _steps(abort.__traceback__)
    frames = [(step.tb_frame, step.tb_lineno) for step in steps if step.tb_frame.f_code.co_flags & _CAN_SUSPEND]
    return _told(frames) if frames else None


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _close(coroutine: Coroutine[Any, Any, T]) -> None:
    try:
        coroutine.close()
    except RuntimeError:  # it ignored GeneratorExit: the message of drive names the place already
        return


def explain(error: BaseException) -> None:
    """Note on an error that a library raises for want of an event loop where it was awaited, and what to do (PEP 678); any other stays as it is."""
    wanted_loop = isinstance(error, RuntimeError) and "no running event loop" in str(error)
    if wanted_loop or type(error).__name__ in _WITHOUT_LOOP:
        error.add_note(f"awaited at {raised_at(error)}, where no event loop runs: {INSTEAD}")


def raised_at(error: BaseException) -> str:
    """``function (file:line)`` of the frame that raised the error; where that is a library's, of the last one that called it too."""
    return _told([(step.tb_frame, step.tb_lineno) for step in _steps(error.__traceback__)])


def waiting_at(coroutine: object) -> str:
    """``function (file:line)`` of the deepest Python frame that waits; where that is a library's, of the deepest one that called it too."""
    frames: list[tuple[FrameType, int]] = []
    current: object | None = coroutine
    while current is not None:
        frame = getattr(current, "cr_frame", None) or getattr(current, "gi_frame", None) or getattr(current, "ag_frame", None)
        if frame is not None:
            frames.append((frame, frame.f_lineno))
        current = getattr(current, "cr_await", None) or getattr(current, "gi_yieldfrom", None) or getattr(current, "ag_await", None)
    return _told(frames) if frames else "an unknown place"


def _told(frames: list[tuple[FrameType, int]]) -> str:
    """The last of the frames; where that is a library's, behind the one that called the library."""
    written = [f"{frame.f_code.co_qualname} ({frame.f_code.co_filename}:{line})" for frame, line in frames]
    last, library = written[-1], _package(frames[-1][0])
    if not _is_python(frames[-1][0]) and "site-packages" not in last:
        return last
    callers = [told for told, (frame, _) in zip(written, frames, strict=True) if _package(frame) != library and not _is_python(frame)]
    return f"{callers[-1]}, in {last}" if callers else last


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_python(frame: FrameType) -> bool:
    """Whether the code is Python's own, and nothing that was installed beside it."""
    file = frame.f_code.co_filename
    return file.startswith((_STANDARD_LIBRARY, "<frozen ")) and "site-packages" not in file


INSTEAD: Final = "in a use case await the store and the ports that the context gives, and nothing that waits by itself"
_STANDARD_LIBRARY: Final = inspect.__file__.removesuffix("inspect.py")
_WITHOUT_LOOP: Final = frozenset({"AsyncLibraryNotFoundError", "NoEventLoopError"})
"""How sniffio and anyio call it."""
_CAN_SUSPEND: Final = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR
_ASYNCIO: Final = "asyncio.events"


def _loop_is_running() -> bool:
    """Whether this thread runs an asyncio loop; asks the module only if somebody has imported it, so the kernel stays free of it."""
    events = sys.modules.get(_ASYNCIO)
    return events is not None and events._get_running_loop() is not None  # noqa: SLF001  (public enough: asyncio documents it for C accelerators)
