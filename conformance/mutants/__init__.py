"""Deliberately broken targets: each must fail exactly the checks that are named for it, or the kit proves nothing. It knows where the mutants stand.

A mutant that no check finds shows a missing law. One that other checks find than those in ``kills.toml`` shows that a check says more, or less,
than its sentence, or that there is a new check: ``python -m kingpost.conformance.mutants`` prints the lines that would stand there.
"""

from collections.abc import Callable
from functools import cache

from kingpost.conformance import cases, isolation, specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.check import Arena, Check, Kit, Profile
from kingpost.kernel import tenancy

from . import operations, parts, replies, requests, stores
from .kills import departures, written
from .mutant import Mutant, failing
from .resuming import Kept, Resumed

MUTANTS: tuple[Mutant, ...] = (*stores.MUTANTS, *parts.MUTANTS, *operations.MUTANTS, *requests.MUTANTS, *replies.MUTANTS)

COMPONENTS = (tenancy.COMPONENT, specimen.COMPONENT)
PLAIN = Kit(components=COMPONENTS, profile=Profile(name="quick", steps=0, probes=120, seeds=0))
"""What mutants are judged by: the same in every run, so that what kills them can be written down."""

__all__ = ("MUTANTS", "Mutant", "checks", "failing", "judged", "judges", "tried")


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
    """The checks that mutants are tried by: what can be seen of one target from outside."""
    return tuple(check for part in (cases.checks, isolation.checks) for check in part(PLAIN) if not check.once and not check.compares)


def tried(mutant: Mutant, by: tuple[Check, ...]) -> frozenset[str]:
    """The ids of the checks that fail on the mutant."""
    kept = Kept()
    target = mutant.make(Setup(components=COMPONENTS, backend=kept))
    return failing(by, Resumed(PLAIN, target, kept))


def judged(mutant: Mutant, patterns: tuple[str, ...], by: tuple[Check, ...]) -> str:
    """A note on the mutant's death; ``AssertionError`` where it dies of anything but what is named."""
    failed = tried(mutant, by)
    problems = tuple(departures(patterns, failed, tuple(check.id for check in by)))
    if problems:
        raise AssertionError("\n".join((f"{mutant.name}: {mutant.broken}", *problems)))
    return f"killed by {len(failed)} checks"


def _judging(mutant: Mutant) -> Callable[[Arena], str]:
    return lambda _: judged(mutant, written().get(mutant.name, ()), judges())
