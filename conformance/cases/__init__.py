"""The cases of the kit, as data: what is sent, and what must come back on every target.

A case has an id that begins with the component that it judges (``http`` and ``isolation`` are nobody's alone), a law in one sentence, and the
exchanges that try it. Where to look: ``http`` holds the contract that every operation keeps, a file for each topic; ``isolation`` what is another
tenant's; ``tenancy`` and ``specimen`` what those components decide. A component of your own joins with a module ``cases`` in its package that has
``CASES``; ``examples.storefront.cases`` shows one.

How ids are versioned, so that a verdict of last year can be compared with one of today:

- An id is given to one law for ever. Steps may be added or sharpened while the sentence stays true as it is.
- A law that changes gets a new id: the old one with ``-2`` behind it, then ``-3``. The old id is withdrawn.
- A withdrawn id stands in ``withdrawn.toml`` with the reason, and is never used again.
- ``laws.txt`` lists every id with a digest of its law. ``laws.faults`` compares the cases with it, so that no law goes or changes unseen;
  ``python -m kingpost.conformance.cases.laws`` prints the lines that are missing.
"""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from kingpost.conformance.check import Arena, Check, Kit
from kingpost.conformance.world import fresh
from kingpost.kernel.component import Component

from . import http, isolation, specimen, tenancy
from .case import Case, Expect, Step
from .player import play

CASES: Final[tuple[Case, ...]] = (*http.CASES, *isolation.CASES, *tenancy.CASES, *specimen.CASES)
"""All cases of the kit."""
_OF_THE_WORLD: Final = frozenset({"tenancy", "specimen"})
"""What must be served, because every case starts from the world."""


def checks(kit: Kit) -> tuple[Check, ...]:
    """A check for each case that can be tried."""
    return tuple(map(tried, cases_of(kit)))


def cases_of(kit: Kit) -> tuple[Case, ...]:
    """The cases that can be tried, those of a user's components among them; none where the world that all start from cannot be made."""
    if not {component.name for component in kit.components} >= _OF_THE_WORLD:
        return ()
    return (*CASES, *(case for component in kit.components for case in _brought(component)))


def _brought(component: Component) -> Iterator[Case]:
    """The cases in the component's own package."""
    place = f"{component.package}.cases"
    if find_spec(component.package) is not None and find_spec(place) is not None:
        yield from import_module(place).CASES


def tried(case: Case) -> Check:
    """The case as a check of one target."""
    run: Callable[[Arena], str] = partial(_try, case)
    return Check(id=case.id, component=case.component, law=case.law, run=run, tier=case.tier, needs=case.requires)


def _try(case: Case, arena: Arena) -> str:
    """Play the case in the world, which it leaves as it was unless it changes something or fails."""
    world = arena.world()
    try:
        play(case, arena.target, world)
    except BaseException:
        arena.spoil()
        raise
    if case.changes:
        arena.spoil()
    return ""


__all__ = ("CASES", "Case", "Expect", "Step", "cases_of", "checks", "fresh", "play", "tried")
