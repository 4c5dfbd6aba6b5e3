"""How a law is told and run, and that none is dropped in silence. It knows no port's laws."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

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


class Laws:
    """What every umbrella derives from: a subclass may add laws and give fixtures; where it replaces a law, it says why.

    ``TypeError`` when the class is made, so that no run can pass over it.
    """

    exempt: ClassVar[Mapping[str, str]] = {}
    """The laws that this very class replaces or drops, each with the reason why they cannot hold for its implementation as they stand."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for fault in _faults(cls):
            message = f"{cls.__name__}: {fault}"
            raise TypeError(message)


def _faults(cls: type[Laws]) -> Iterator[str]:
    reasons: Mapping[str, str] = vars(cls).get("exempt", {})
    replaced = {name for name, value in _inherited(cls).items() if getattr(cls, name) is not value}
    yield from (f"{name} is a law of the port; name it in 'exempt' with the reason" for name in sorted(replaced - reasons.keys()))
    yield from (f"'exempt' names {name}, which this class does not replace" for name in sorted(reasons.keys() - replaced))
    yield from (f"'exempt' gives no reason for {name}" for name, reason in reasons.items() if not reason.strip())
    if vars(cls).get("__test__") is False:
        yield "__test__ would drop every law"


def _inherited(cls: type[Laws]) -> dict[str, object]:
    """The laws of the classes above, as the nearest one has them."""
    above = [base for base in reversed(cls.__mro__) if issubclass(base, Laws) and base is not cls]
    return {name: value for base in above for name, value in vars(base).items() if name.startswith("test_")}


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
