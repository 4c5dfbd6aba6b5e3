"""Deliberately broken targets: each must fail exactly the checks that are named for it, or the kit proves nothing. It knows where the mutants stand.

A mutant that no check finds shows a missing law. One that other checks find than those in ``kills.toml`` shows that a check says more, or less,
than its sentence, or that there is a new check: ``python -m kingpost.conformance.mutants`` prints the lines that would stand there.
"""

from collections.abc import Callable
from functools import cache

from kingpost.conformance import cases, isolation, parity
from kingpost.conformance.backend import Setup
from kingpost.conformance.check import Arena, Check, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.stepping.named import OF_SPECIMENS

from . import hidden, operations, parts, replies, requests, stores
from .kills import departures, written
from .mutant import COMPONENTS, PLAIN, Mutant, failing
from .resuming import Kept, Resumed

MUTANTS: tuple[Mutant, ...] = (
    *stores.MUTANTS,
    *parts.MUTANTS,
    *operations.MUTANTS,
    *requests.MUTANTS,
    *replies.MUTANTS,
    *hidden.MUTANTS,
)

__all__ = ("MUTANTS", "Mutant", "checks", "failing", "judged", "judges", "judges_of", "tried")


def checks(kit: Kit) -> tuple[Check, ...]:  # noqa: ARG001  (the same for every kit)
    """A check per mutant."""
    return tuple(
        Check(
            id=f"mutants.{mutant.name}",
            component="mutants",
            law=f"The kit finds what is wrong here, and nothing else: {mutant.broken}",
            run=_judging(mutant),
            once=True,
        )
        for mutant in MUTANTS
    )


@cache
def judges() -> tuple[Check, ...]:
    """The checks that every mutant is tried by: what can be seen of one target from outside."""
    return tuple(check for part in (cases.checks, isolation.checks) for check in part(PLAIN) if not check.once and not check.compares)


def judges_of(mutant: Mutant) -> tuple[Check, ...]:
    """The checks that this mutant is tried by."""
    by = judges()
    if mutant.stepped is not None:
        laws = {f"stepping.laws.{race.id}" for race in OF_SPECIMENS}
        by = (*by, *(check for check in mutant.stepped() if check.id in laws))
    if mutant.beside:
        by = (*by, *(check for check in parity.checks(PLAIN) if check.id.startswith("parity.programs.")))
    return by


def tried(mutant: Mutant, by: tuple[Check, ...]) -> frozenset[str]:
    """The ids of the checks that fail on the mutant."""
    kept = Kept()
    target = mutant.make(Setup(components=COMPONENTS, backend=kept))
    against = (KernelTarget(Setup(components=COMPONENTS)),) if mutant.beside else ()
    return failing(by, Resumed(PLAIN, target, kept, against=against))


def judged(mutant: Mutant, patterns: tuple[str, ...], by: tuple[Check, ...]) -> str:
    """A note on the mutant's death; ``AssertionError`` where it dies of anything but what is named."""
    failed = tried(mutant, by)
    problems = tuple(departures(patterns, failed, tuple(check.id for check in by)))
    if problems:
        raise AssertionError("\n".join((f"{mutant.name}: {mutant.broken}", *problems)))
    return f"killed by {len(failed)} checks"


def _judging(mutant: Mutant) -> Callable[[Arena], str]:
    return lambda _: judged(mutant, written().get(mutant.name, ()), judges_of(mutant))
