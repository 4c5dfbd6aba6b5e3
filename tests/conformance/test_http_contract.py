"""The HTTP contract: every case of the kit holds on every target. It knows checks and targets; the laws stand in the cases."""

from collections import Counter

import pytest

from kingpost.conformance.cases import CASES, checks
from kingpost.conformance.check import Arena, Check, Kit
from kingpost.conformance.target import Target
from kingpost.kernel import tenancy
from tests.conformance.targets import COMPONENTS

KIT = Kit(components=COMPONENTS)
CHECKS = checks(KIT)
ARENAS: dict[str, Arena] = {}
"""Of each target the arena, so that cases that change nothing share a world."""


def topic(check: Check) -> str:
    """What a check is about: the first two words of its id."""
    return ".".join(check.id.split(".")[:2])


def test_there_are_many_exchanges() -> None:
    """The cases judge more than 400 exchanges, each component has some, and so has the edge."""
    assert sum(len(case.steps) for case in CASES) > 1_000
    assert {case.component for case in CASES} == {"http", "isolation", "specimen", "tenancy"}
    assert Counter(case.tier for case in CASES)["edge"] > 200


def test_cases_are_tried_only_where_their_world_is_served() -> None:
    """Without the kit's specimens there is no world to start from, so there is no check."""
    assert checks(Kit(components=(tenancy.COMPONENT,))) == ()
    assert [check.id for check in CHECKS] == [case.id for case in CASES]


@pytest.mark.parametrize("about", sorted(set(map(topic, CHECKS))))
def test_the_contract_holds(about: str, target: Target) -> None:
    """Every law of the topic holds on the target, as far as the target can be tried."""
    arena = ARENAS.setdefault(target.name, Arena(KIT, target))
    broken: list[str] = []
    for check in CHECKS:
        if topic(check) != about or not check.needs <= target.capabilities:
            continue
        try:
            check.run(arena)
        except AssertionError as error:
            broken.append(str(error))
    assert not broken, "\n\n".join(broken)
