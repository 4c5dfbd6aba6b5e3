"""``drive``: run a kernel coroutine to its end without an event loop. It knows coroutines and nothing of what they do.

Under a synchronous host every port is ``async def`` and never suspends, so one ``send(None)`` finishes the call: no loop, no thread
hop, inside the caller's own thread and transaction. Anything that does suspend is a bug of a port, named here with file and line.
"""

import sys
from collections.abc import Coroutine, Iterator
from contextvars import copy_context
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType, FrameType, TracebackType
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
    place, abort = _innermost_await(coroutine), _Abort("thrown in by drive(), so that finally blocks run")
    more, cause = _unwind(coroutine, abort)
    place = _innermost_frame(abort) or place
    told = f"a driven coroutine suspended at {place}: the ports of a synchronous host must not wait for an event loop"
    raise KernelSuspended(told + more) from cause


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
    again = _innermost_await(coroutine)
    _close(coroutine)
    return f"; and while unwinding it suspended again at {again}: do not await in a finally block what can wait", None


def _innermost_frame(abort: _Abort) -> str | None:
    """Where the abort came in: it passes through what hides its frame from ``_innermost_await``, such as an async generator."""
    frames = (
        (step.tb_frame.f_code, step.tb_lineno) for step in _steps(abort.__traceback__) if step.tb_frame.f_code.co_flags & _CAN_SUSPEND
    )
    found = [f"{code.co_qualname} ({code.co_filename}:{line})" for code, line in frames]
    return found[-1] if found else None


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _close(coroutine: Coroutine[Any, Any, T]) -> None:
    try:
        coroutine.close()
    except RuntimeError:  # it ignored GeneratorExit: the message of drive names the place already
        return


def _innermost_await(coroutine: object) -> str:
    """``function (file:line)`` of the deepest Python frame that waits."""
    frame: FrameType | None = None
    code: CodeType | None = None
    current: object | None = coroutine
    while current is not None:
        frame = getattr(current, "cr_frame", None) or getattr(current, "gi_frame", None) or getattr(current, "ag_frame", None) or frame
        code = frame.f_code if frame is not None else code
        current = getattr(current, "cr_await", None) or getattr(current, "gi_yieldfrom", None) or getattr(current, "ag_await", None)
    if frame is None or code is None:
        return "an unknown place"
    return f"{code.co_qualname} ({code.co_filename}:{frame.f_lineno})"


_CAN_SUSPEND: Final = CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR
_ASYNCIO: Final = "asyncio.events"


def _loop_is_running() -> bool:
    """Whether this thread runs an asyncio loop; asks the module only if somebody has imported it, so the kernel stays free of it."""
    events = sys.modules.get(_ASYNCIO)
    return events is not None and events._get_running_loop() is not None  # noqa: SLF001  (public enough: asyncio documents it for C accelerators)
