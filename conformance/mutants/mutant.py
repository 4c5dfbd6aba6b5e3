"""What a mutant is: a target with one fault in it. It knows how to try one, no fault in particular."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from kingpost.conformance import specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.check import Arena, Check, Kit, Profile, Skipped
from kingpost.conformance.inprocess import KernelTarget
from kingpost.kernel import tenancy

COMPONENTS: Final = (tenancy.COMPONENT, specimen.COMPONENT)
PLAIN: Final = Kit(components=COMPONENTS, profile=Profile(name="quick", steps=200, probes=120, seeds=0))
"""What mutants are judged by: the same in every run, so that what kills them can be written down."""


class Mutant(Struct, frozen=True, kw_only=True):
    """A deliberately broken target. Which checks must fail on it stands in ``kills.toml``, under its name."""

    name: str
    broken: str
    """What is wrong with it, in one sentence."""
    make: Callable[[Setup], KernelTarget]
    stepped: Callable[[], tuple[Check, ...]] | None = None
    """The checks of stepping on a kernel with the same fault, where it is tried by their laws too."""
    beside: bool = False
    """Whether it is held against the reference too, by parity."""


def failing(checks: Iterable[Check], arena: Arena) -> frozenset[str]:
    """The ids of the checks that fail in the arena, for whatever reason."""
    return frozenset(check.id for check in checks if check.needs <= arena.target.capabilities and _fails(check, arena))


def _fails(check: Check, arena: Arena) -> bool:
    try:
        check.run(arena)
    except Skipped:
        return False
    except Exception:  # noqa: BLE001  (a mutant may break in any way, the kit's own reading of its answers too)
        arena.spoil()
        return True
    return False
