"""The HTTP contract: every case of the kit holds on every target. It knows cases and targets; the laws stand in the cases."""

from collections import Counter

import pytest

from kingpost.conformance.cases import CASES, Case, fresh, play
from kingpost.conformance.target import Target
from kingpost.conformance.world import World

WORLDS: dict[str, World] = {}
"""Of each target the world that its last case has left as it was."""


def test_there_are_many_cases_and_each_has_a_name_of_its_own() -> None:
    """The cases are at least 120, their ids differ, and each states its law in a sentence."""
    assert len(CASES) >= 120
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []
    assert [case.id for case in CASES if not case.law.endswith(".")] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_contract_holds(case: Case, target: Target) -> None:
    """The law of the case holds on the target."""
    if not case.needs <= target.capabilities:
        pytest.skip(f"{target.name} cannot {sorted(case.needs - target.capabilities)}")
    world = WORLDS.pop(target.name, None) or fresh(target)
    replies = play(case, target, world)
    assert len(replies) == len(case.steps)
    if not case.changes:
        WORLDS[target.name] = world
