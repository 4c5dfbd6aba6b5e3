"""All checks of the kit. It knows its parts, and no target."""

from collections.abc import Callable, Mapping
from typing import Final

from . import cases, isolation, mutants, parity, schema, stepping
from .cases import bytes as raw_bytes
from .check import Check, Kit
from .selection import Part


def _cases(kit: Kit) -> tuple[Check, ...]:
    """The cases of all targets, and those of servers behind a socket."""
    return (*cases.checks(kit), *raw_bytes.checks(kit))


PARTS: Final[Mapping[str, Callable[[Kit], tuple[Check, ...]]]] = {
    "cases": _cases,
    "isolation": isolation.checks,
    "parity": parity.checks,
    "stepping": stepping.checks,
    "mutants": mutants.checks,
    "schema": schema.checks,
}
"""Each part of the kit with what makes its checks, in the order in which they are tried."""


def parts(kit: Kit) -> tuple[Part, ...]:
    """Every part with its checks."""
    return tuple(Part(name=name, checks=make(kit)) for name, make in PARTS.items())


def checks(kit: Kit) -> tuple[Check, ...]:
    """All checks of the kit for these components."""
    return tuple(check for part in parts(kit) for check in part.checks)
