"""A use case or a view that says otherwise than its operation is refused at assembly; whatever cannot be told is believed."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

import pytest
from msgspec import Struct

from kingpost.adapters.memory import MemoryStorage
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component, Permission
from kingpost.kernel.context import Context
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.operations import Operation, PageQuery, Raw
from kingpost.kernel.policy import Policy
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.signatures import problems
from kingpost.kernel.store import Page, Value

from .workshop import Tool
from .world import World

T = TypeVar("T")


class Paint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body."""

    colour: str


class Gloss(Paint, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A more special one."""


class Shade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another one, and an answer."""

    name: str


class Query(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list's query."""


async def paint(context: Context, *, body: Paint) -> Shade:
    """Right."""
    return Shade(name=body.colour)


async def shades(context: Context, *, query: PageQuery, after: tuple[Value, ...] | None) -> Page[Tool]:
    """A right list, whose query is that of every list."""
    return Page((), None)


def shade(tool: Tool) -> Shade:
    """A right view."""
    return Shade(name=tool.name)


def operation(use_case: Callable[..., Any], **changes: Any) -> Operation:
    """An operation with a body and an answer, but for the changes."""
    fields = {"id": "paint.shades.mix", "method": "POST", "path": "/shades", "summary": "Mix", "permission": "paint.shades:mix"}
    return Operation(**{**fields, "body": Paint, "returns": Shade, "use_case": use_case, **changes})


def listing(use_case: Callable[..., Any], **changes: Any) -> Operation:
    """A list, but for the changes."""
    return operation(use_case, **{"method": "GET", "body": None, "query": Query, "view": shade, **changes})


async def other_body(context: Context, *, body: Shade) -> Shade:
    """Takes another body."""
    return body


async def special_body(context: Context, *, body: Gloss) -> Shade:
    """Takes a more special body than it is given."""
    return Shade(name=body.colour)


async def other_context(call: Shade, *, body: Paint) -> Shade:
    """Takes no context."""
    return call


def waits_for_nothing(context: Context, *, body: Paint) -> Shade:
    """Is no coroutine function."""
    return Shade(name=body.colour)


async def returns_body(context: Context, *, body: Paint) -> Paint:
    """Returns what the operation does not."""
    return body


async def returns_nothing(context: Context, *, body: Paint) -> None:
    """Forgot to return."""


async def no_tag(context: Context, *, body: Paint, if_match: str) -> Shade:
    """Takes a header as text."""
    return Shade(name=if_match)


async def no_position(context: Context, *, query: Query, after: str) -> Page[Tool]:
    """Takes a cursor as text."""
    return Page((), None)


async def no_page(context: Context, *, query: Query, after: tuple[Value, ...] | None) -> tuple[Tool, ...]:
    """Returns all."""
    return ()


def view_of_paint(paint: Paint) -> Shade:
    """Shows something else."""
    return Shade(name=paint.colour)


def view_to_paint(tool: Tool) -> Paint:
    """Shows it as something else."""
    return Paint(colour=tool.name)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (operation(other_body), r"takes Shade as 'body' and the operation gives Paint \(body=Paint\); make them equal"),
        (operation(special_body), r"takes Gloss as 'body' and the operation gives Paint"),
        (operation(other_context), r"takes Shade as 'call', its first parameter, and is called with a Context"),
        (operation(waits_for_nothing), "write 'async def'"),
        (operation(returns_body), "the use case returns Paint and the operation Shade; give it a view"),
        (operation(returns_nothing), "the use case returns NoneType and the operation Shade"),
        (operation(no_tag, if_match=True), r"takes str as 'if_match' and the operation gives IfMatch \(if_match=True\)"),
        (listing(no_position), r"takes str as 'after' and the operation gives tuple"),
        (listing(no_page), r"the use case of a list returns tuple\[.*\]; let it return a Page"),
        (listing(shades, view=None), "the use case returns Tool and the operation Shade"),
        (listing(shades, view=view_of_paint), "the view takes Paint and the use case returns Tool; give the operation the view of Tool"),
        (listing(shades, view=view_to_paint), "the view returns Paint and the operation Shade; make them equal"),
    ],
)
def test_what_would_fail_in_the_first_request_is_refused_with_a_mend(wrong: Operation, told: str) -> None:
    """The message names what is annotated, what is given, and where to make them equal."""
    component = Component(name="paint", package="paint", operations=(wrong,), permissions=(Permission("paint.shades:mix", "Mix."),))
    with pytest.raises(ConfigurationError, match=rf"'paint\.shades\.mix'.*{told}"):
        assembled(component)


def assembled(component: Component) -> Kernel:
    """A kernel of this component alone."""
    system = World().kernel.system
    return assemble(
        ports=Ports(storage=MemoryStorage(records=(), clock=system.clock), system=system),
        components=(component,),
        policy=Policy(hosts=("localhost",), secrets=("only-for-this-test-and-long-enough-for-it",)),
    )


def decorated(use_case: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """A decorator that is itself no coroutine function."""

    @wraps(use_case)
    def passing(context: Context, **inputs: Any) -> Awaitable[T]:
        return use_case(context, **inputs)

    return passing


async def takes_more(context: object, *, body: Paint | Shade | None) -> Shade | None:
    """Takes and returns more than it needs to."""
    return None


async def untold(context, *, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Says nothing."""


async def unknown(context: "NotThere", *, body: "Neither") -> "Nowhere":  # type: ignore[name-defined]  # noqa: F821
    """Names what is there for a checker alone."""


async def generic(context: Context, *, body: T) -> T:
    """Returns what it is given."""
    return body


async def parametrised(context: Context, *, body: Paint) -> list[Shade]:
    """Of JSON's arrays it makes no difference which."""
    return []


async def page(context: Context) -> Raw:
    """No JSON."""
    return Raw(media="text/plain", body=b"")


async def gives_back(context: Context, *, body: Paint, if_match: IfMatch) -> Paint:
    """May return a more special one."""
    return body


@pytest.mark.parametrize(
    "right",
    [
        operation(paint),
        operation(decorated(paint)),
        operation(takes_more),
        operation(untold),
        operation(unknown),
        operation(generic),
        operation(parametrised, returns=tuple[Shade, ...]),
        operation(page, body=None, returns=None, raw=True),
        operation(gives_back, if_match=True, returns=Gloss),
        operation(lambda context, body: paint(context, body=body)),
        operation(paint, view=lambda made: made),
        operation(paint, view=dict, returns=dict),
        listing(shades),
        listing(shades, view=lambda tool: Shade(name=tool.name)),
    ],
)
def test_what_may_be_right_is_believed(right: Operation) -> None:
    """An annotation that is wider, missing, generic or only there for a checker is no reason to refuse."""
    assert list(problems(right)) == []
