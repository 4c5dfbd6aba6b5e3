"""The HTTP contract: every case of the kit holds on every target. It knows checks and targets; the laws stand in the cases."""

from collections import Counter
from datetime import datetime

import pytest

from examples import storefront
from kingpost.conformance.backend import Setup
from kingpost.conformance.cases import CASES, checks, tried
from kingpost.conformance.cases.case import QUARTZ, Case, get, post
from kingpost.conformance.check import Arena, Check, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Capability, Target
from kingpost.conformance.world import NOW, SEED
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


def test_a_component_of_a_user_brings_its_own_cases() -> None:
    """The module ``cases`` of a component's package joins the kit, and its laws hold on the reference."""
    kit = Kit(components=(*COMPONENTS, storefront.COMPONENT))
    arena = Arena(kit, KernelTarget(Setup(components=kit.components)))
    brought = [check for check in checks(kit) if check.component == "storefront"]
    assert len(brought) >= 10
    assert {check.run(arena) for check in brought} == {""}


def test_a_case_that_fails_leaves_no_world_to_others() -> None:
    """After a broken law the world is made again, for who knows what is in it now."""
    arena = Arena(KIT, KernelTarget(Setup(components=COMPONENTS)))
    world = arena.world()
    wrong = Case(id="http.wrong", law="A tenant is absent.", steps=(get("/tenant", 404),))
    with pytest.raises(AssertionError, match="A tenant is absent"):
        tried(wrong).run(arena)
    assert arena.world() is not world


def test_cases_that_only_read_share_a_world() -> None:
    """A case that changes nothing leaves its world to others; one that does takes it along."""
    arena = Arena(KIT, KernelTarget(Setup(components=COMPONENTS)))
    world = arena.world()
    tried(Case(id="http.reads", law="A tenant is there.", steps=(get("/tenant", 200),))).run(arena)
    assert arena.world() is world
    tried(Case(id="http.writes", law="A specimen is made.", steps=(post("/specimens", QUARTZ, 201),))).run(arena)
    assert arena.world() is not world


class Elsewhere(KernelTarget):
    """A server that nobody empties and that has no back door, as one behind a URL."""

    def __init__(self) -> None:
        super().__init__(Setup(components=COMPONENTS), "elsewhere")
        self.capabilities -= {Capability.SEEDED, Capability.BACK_DOOR}
        self._key = super().reset(seed=SEED, now=NOW)

    def reset(self, *, seed: int, now: datetime) -> str:
        """What is there stays."""
        return self._key


def test_the_cases_share_a_server_with_what_they_left_behind() -> None:
    """On a server that is never emptied every case holds, and holds again: no case counts on being alone or names a unique value twice."""
    target = Elsewhere()
    for _ in range(2):
        arena = Arena(KIT, target)
        assert {check.run(arena) for check in CHECKS if check.needs <= target.capabilities} == {""}


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
