"""The proof that the kit finds what it is there to find: each deliberately broken target fails exactly the checks that are named for it."""

from collections import Counter

import pytest

from kingpost.conformance import mutants
from kingpost.conformance.check import PROFILES, Arena, Check, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.mutants import MUTANTS, Mutant, judged, judges
from kingpost.conformance.mutants.kills import departures, matching, shortened, written
from tests.conformance.targets import COMPONENTS, MemoryTarget

HEALTHY = Mutant(name="healthy", broken="Nothing.", make=KernelTarget)
IDS = ("a.x.one", "a.x.two", "a.y-one", "a.y-two", "b")
CHECKS = mutants.checks(Kit(components=COMPONENTS, profile=PROFILES["ci"]))


@pytest.mark.parametrize("check", CHECKS[::12], ids=lambda check: check.id)
def test_a_mutant_dies_of_what_is_named(check: Check, memory_target: MemoryTarget) -> None:
    """A mutant survives no run, and dies of exactly the checks that ``kills.toml`` names. One in twelve; ``--profile ci`` tries all."""
    note = check.run(Arena(Kit(components=COMPONENTS), memory_target))
    assert note.startswith("killed by ")


def test_there_are_enough_mutants_and_each_is_written_down() -> None:
    """Sixty at least, each with a name, a sentence and an entry of its own, and no entry is left over."""
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) >= 60
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [mutant.name for mutant in MUTANTS if not mutant.broken.endswith(".")] == []
    assert set(names) == set(written())


def test_a_target_that_is_not_broken_counts_as_a_mutant_that_survives() -> None:
    """A mutant that no check finds is a failure, even where nothing is named for it."""
    with pytest.raises(AssertionError, match="it survives: no check fails"):
        judged(HEALTHY, (), judges()[:20])


def test_a_mutant_may_neither_spare_a_check_that_is_named_nor_fail_another() -> None:
    """Both are told by id, and so is a name that names nothing."""
    told = list(departures(("a.x.*", "c"), frozenset({"a.x.one", "b"}), IDS))
    assert told == ["these should fail and pass: a.x.two", "these fail and are not named: b", "'c' names no check"]
    assert list(departures(("a.x.*",), frozenset({"a.x.one", "a.x.two"}), IDS)) == []


def test_a_check_that_breaks_down_counts_as_failed() -> None:
    """Whatever a mutant makes of a check, an error that is no AssertionError too, is its death."""

    def breaks(arena: Arena) -> str:
        raise KeyError(arena.target.name)

    check = Check(id="broken", component="isolation", law="Nothing.", run=breaks)
    assert judged(HEALTHY, ("broken",), (check,)) == "killed by 1 checks"


def test_a_list_of_ids_is_put_shortly_and_means_the_same() -> None:
    """Whole families become patterns, and no pattern names what is not in the list."""
    for failed in (frozenset({"a.x.one", "a.x.two"}), frozenset({"a.x.one", "a.y-one", "a.y-two"}), frozenset(IDS)):
        assert matching(shortened(failed, IDS), IDS) == failed
    assert shortened(frozenset({"a.x.one", "a.y-one", "a.y-two"}), IDS) == ("a.x.one", "a.y-*")
