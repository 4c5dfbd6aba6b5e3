"""How a law is told and run: an async method that gets a storage, and the bench of one implementation. It knows no port's laws."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from kingpost.kernel.store import Storage

P = TypeVar("P")
T = TypeVar("T")


class Runs(Protocol):
    """Runs a coroutine to its end: ``driving.drive``, or ``asyncio.Runner.run`` of the loop that the implementation was opened in."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """The result of the coroutine; raises what it raises."""
        ...


class Bench(Struct, Generic[P], frozen=True):
    """One implementation under test: the port and the way to run its calls.

    The same storage may serve many laws: each works in tenants and keys of its own.
    """

    port: P
    run: Runs


def law(method: Callable[[Any, Storage], Awaitable[None]]) -> Callable[[Any, Bench[Storage]], None]:
    """A law of storage as a test: the method gets the storage of the fixture ``bench`` and is run as the bench runs."""

    def told(self: object, bench: Bench[Storage]) -> None:
        async def whole() -> None:
            await method(self, bench.port)

        bench.run(whole())

    told.__name__ = told.__qualname__ = getattr(method, "__name__", "law")
    told.__doc__ = method.__doc__
    told.__module__ = method.__module__
    return told
