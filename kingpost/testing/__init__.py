"""Testing a component without a server and without a database. This door loads nothing until a name is asked for.

In pytest the fixture ``kingpost`` is a ``Workbench`` of the components that ``kingpost_components`` names; elsewhere ``with Workbench(COMPONENT)``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kingpost.conformance.stepping.catalogue import Fault

    from .bench import Bench, TestClock
    from .client import Answer, AsyncClient, Client
    from .laws import ComponentLaws, check_component
    from .parties import Party
    from .prepared import Prepared
    from .workbench import Workbench

_PLACES: Final = {
    "Answer": ".client",
    "Bench": ".bench",
    "AsyncClient": ".client",
    "Client": ".client",
    "ComponentLaws": ".laws",
    "Fault": "kingpost.conformance.stepping.catalogue",
    "Party": ".parties",
    "Prepared": ".prepared",
    "TestClock": ".bench",
    "Workbench": ".workbench",
    "check_component": ".laws",
}

__all__ = (
    "Answer",
    "AsyncClient",
    "Bench",
    "Client",
    "ComponentLaws",
    "Fault",
    "Party",
    "Prepared",
    "TestClock",
    "Workbench",
    "check_component",
)


def __getattr__(name: str) -> object:
    """The name, loaded now: pytest loads this package in every run, and most runs ask for nothing of it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name], __name__), name)
