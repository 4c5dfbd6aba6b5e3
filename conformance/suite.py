"""All checks of the kit. It knows its parts, and no target."""

from collections.abc import Callable, Mapping
from typing import Final

from . import cases, isolation, stepping
from .check import Check, Kit
from .selection import Part

PARTS: Final[Mapping[str, Callable[[Kit], tuple[Check, ...]]]] = {
    "cases": cases.checks,
    "isolation": isolation.checks,
    "stepping": stepping.checks,
}
"""Each part of the kit with what makes its checks, in the order in which they are tried."""


def parts(kit: Kit) -> tuple[Part, ...]:
    """Every part with its checks."""
    return tuple(Part(name=name, checks=make(kit)) for name, make in PARTS.items())


def checks(kit: Kit) -> tuple[Check, ...]:
    """All checks of the kit for these components."""
    return tuple(check for part in parts(kit) for check in part.checks)
