"""What the annotations of a use case and of its view say, held against the operation that names them. It knows types, and calls nothing.

A checker cannot see this: an operation takes any use case. What is wrong here would otherwise be an ``AttributeError`` in the first request.
Whatever is not annotated, or cannot be resolved, is believed.
"""

import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeVar, get_args, get_origin

from msgspec import Struct

from kingpost.kernel.context import Context
from kingpost.kernel.operations import Operation
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.store import Page

_UNKNOWN: object = Any
"""What any annotation takes, and what may be given to any."""


def problems(operation: Operation) -> Iterator[str]:
    """What a use case or a view says otherwise than its operation, each with its mend."""
    hints = _hints(operation.use_case)
    if _is_synchronous(operation.use_case, hints.get("return", _UNKNOWN)):
        yield "the use case is awaited and is no coroutine function; write 'async def'"
    context = next(iter(inspect.signature(operation.use_case).parameters), "")
    if not _takes(hints.get(context, _UNKNOWN), Context):
        yield f"the use case takes {_name(hints[context])} as {context!r}, its first parameter, and is called with a Context; annotate it as Context"
    for name, field, given in _given(operation):
        if not _takes(hints.get(name, _UNKNOWN), given):
            yield f"the use case takes {_name(hints[name])} as {name!r} and the operation gives {_name(given)} ({field}); make them equal"
    yield from _result_problems(operation, hints.get("return", _UNKNOWN))


def _given(operation: Operation) -> Iterator[tuple[str, str, object]]:
    """Each input: its name, what the operation declares it by, and its type."""
    for name, field in (("path", "path_parameters"), ("query", "query"), ("body", "body")):
        declared: type[Struct] | None = getattr(operation, field)
        if declared is not None:
            yield name, f"{field}={_name(declared)}", declared
    if operation.if_match:
        yield "if_match", "if_match=True", IfMatch
    if operation.paged:
        yield "after", "a list: 'tuple[Value, ...] | None'", tuple


def _result_problems(operation: Operation, result: object) -> Iterator[str]:
    """A result that no view, or another one than the operation's, could turn into what it returns."""
    if operation.raw:
        return
    if operation.paged and get_origin(result) is not Page and result not in (_UNKNOWN, Page):
        yield f"the use case of a list returns {_name(result)}; let it return a Page of what the list holds"
        return
    item = next(iter(get_args(result)), _UNKNOWN) if operation.paged else result
    if operation.view is None:
        if operation.returns is not None and not _may_be(operation.returns, item):
            yield f"the use case returns {_name(item)} and the operation {_name(operation.returns)}; give it a view that makes one of the other, or make them equal"
        return
    hints = _hints(operation.view)
    taken = next((hints[name] for name in _parameters(operation.view) if name in hints), _UNKNOWN)
    if not _may_be(taken, item):
        yield f"the view takes {_name(taken)} and the use case returns {_name(item)}; give the operation the view of {_name(item)}"
    if operation.returns is not None and not _may_be(operation.returns, hints.get("return", _UNKNOWN)):
        yield f"the view returns {_name(hints['return'])} and the operation {_name(operation.returns)}; make them equal"


def _is_synchronous(use_case: Callable[..., object], result: object) -> bool:
    """A plain function whose result is told and cannot be awaited; a decorator may well be one that passes a coroutine on."""
    wrapped = hasattr(use_case, "__wrapped__") or not inspect.isfunction(use_case)
    return not (wrapped or inspect.iscoroutinefunction(use_case) or _takes(Awaitable, result))


def _hints(function: Callable[..., object]) -> Mapping[str, object]:
    """The resolved annotations; none where one of them names what is not there at run time."""
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001  (an annotation is any expression, and resolving it may raise anything)
        return {}


def _parameters(function: Callable[..., object]) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a callable of C
        return ()


def _may_be(annotation: object, result: object) -> bool:
    """The same for a result, which may be more special than its annotation tells."""
    return _takes(annotation, result) or _takes(result, annotation)


def _takes(annotation: object, given: object) -> bool:
    """Whether a value of the type ``given`` may be passed for the annotation; True wherever that is not certainly wrong."""
    if _is_open(annotation) or _is_open(given):
        return True
    if get_origin(given) in _UNIONS:
        return all(_takes(annotation, each) for each in get_args(given))
    if get_origin(annotation) in _UNIONS:
        return any(_takes(each, given) for each in get_args(annotation))
    wanted: object = get_origin(annotation) or annotation
    there: object = get_origin(given) or given
    if wanted in _ARRAYS and there in _ARRAYS:
        return True
    if isinstance(wanted, type) and isinstance(there, type) and not getattr(wanted, "_is_protocol", False):
        return issubclass(there, wanted)
    return True


def _is_open(annotation: object) -> bool:
    """Whether it says nothing."""
    return annotation is Any or annotation is object or isinstance(annotation, TypeVar)


_UNIONS = (typing.Union, types.UnionType)
_ARRAYS: tuple[object, ...] = (list, tuple, set, frozenset)
"""Of which JSON makes no difference."""


def _name(annotation: object) -> str:
    return annotation.__qualname__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
