"""Stepping finds what is broken, with a short schedule that breaks it again: a check that cannot fail proves nothing. It knows what is wrong with each subject."""

import re

import pytest

from kingpost.conformance.backend import Setup
from kingpost.conformance.check import PROFILES, Arena, Check, Kit, Skipped
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.specimen import COMPONENT as SPECIMEN
from kingpost.conformance.stepping import checks
from kingpost.conformance.stepping.deeds import Deed
from kingpost.conformance.stepping.laws import Program
from kingpost.conformance.stepping.playing import Case, Stepper, Theatre
from kingpost.conformance.stepping.requests import TENANTS
from kingpost.conformance.stepping.stage import Over, as_it_is
from kingpost.kernel.component import Component
from kingpost.kernel.context import Context
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.tenancy import Tenant
from tests.conformance.broken_storages import CommitsOnError, ForgetsToCommit, IgnoresVersions, StaysOpen
from tests.conformance.counting import LATE, bump_for_ever, bump_naively, bump_or_not, bump_twice, counting

AGAIN = re.compile(r"again: kingpost conformance --case (\S+)(?: --seed (\d+))? --schedule '([^']*)'")
BUMP = "counting.counters.bump"


def found(id_: str, *components: Component, over: Over = as_it_is, seed: int = 0, schedule: str = "") -> str:
    """What the check tells when it fails; empty where it passes."""
    kit = Kit(components=(TENANCY, *components), profile=PROFILES["quick"], seed=seed, schedule=schedule)
    check = next(check for check in checks(kit, over=over) if check.id == id_)
    try:
        run(check, kit)
    except AssertionError as broken:
        return str(broken)
    return ""


def run(check: Check, kit: Kit) -> str:
    """The note of the check."""
    return check.run(Arena(kit, KernelTarget(Setup(components=kit.components))))


def check_found_again(id_: str, *components: Component, over: Over = as_it_is, told: str, longest: int) -> None:
    """The check fails for the reason, with a short schedule; that schedule fails for the same reason."""
    first = found(id_, *components, over=over)
    assert told in first
    again = AGAIN.search(first)
    assert again is not None
    assert again[1] == id_
    assert len(again[3]) <= longest
    second = found(id_, *components, over=over, seed=int(again[2] or 0), schedule=again[3])
    assert second.splitlines()[0] == first.splitlines()[0]


def test_the_naive_read_then_write_is_caught() -> None:
    """Two that read a number, then write it with one more, lose an increment; the schedule is a switch behind the read."""
    check_found_again(f"stepping.interleavings.{BUMP}", counting(bump_naively), told="no order of the requests explains", longest=20)


def test_the_same_with_a_lock_is_not() -> None:
    """A row that is held from the look to the write passes every check."""
    for kind in ("interleavings", "crashes", "faults"):
        assert found(f"stepping.{kind}.{BUMP}", counting()) == ""


def test_the_naive_read_then_write_is_caught_by_chance_too() -> None:
    """Among random schedules there is one that loses an increment, and its seed and schedule play it again."""
    check_found_again("stepping.seeds.0", counting(bump_naively), told="no order of the requests explains", longest=80)


def test_an_operation_that_is_never_done_is_skipped() -> None:
    """Where no request for an operation succeeds on the stage nothing would be proved, and the check says what is missing."""
    kit = Kit(components=(TENANCY, counting(bump_for_ever)), profile=PROFILES["quick"])
    with pytest.raises(Skipped, match="give the operation an Example that does"):
        run(next(check for check in checks(kit) if check.id == f"stepping.interleavings.{BUMP}"), kit)


def test_two_writes_without_a_unit_are_caught() -> None:
    """What dies between two writes that belong together leaves rows that are neither as before nor as after."""
    check_found_again(f"stepping.crashes.{BUMP}", counting(bump_twice, unit=False), told="no order of the requests explains", longest=20)


def test_a_success_without_effect_is_caught() -> None:
    """Who swallows the error of a write answers 200 for nothing."""
    check_found_again(f"stepping.faults.{BUMP}", counting(bump_or_not), told="and nothing was committed", longest=20)


def test_an_answer_that_is_not_documented_is_caught() -> None:
    """A status that the OpenAPI document does not name is told, whatever it is."""
    assert "418, which is not documented" in found(f"stepping.crashes.{BUMP}", counting(bump_for_ever))


def test_a_memory_of_what_was_changed_meanwhile_is_caught() -> None:
    """An authenticator that remembers late lets a suspended tenant in."""
    id_ = "stepping.memory.tenancy.tenants.suspend"
    assert found(id_) == ""
    check_found_again(id_, LATE, told="from what the process remembers", longest=40)


@pytest.mark.parametrize(
    ("id_", "over", "told"),
    [
        ("stepping.crashes.specimen.specimens.create", CommitsOnError, "no order of the requests explains"),
        ("stepping.faults.specimen.specimens.update", CommitsOnError, "internal-error"),
        ("stepping.laws.one-writer-wins", IgnoresVersions, "exactly one is done"),
        ("stepping.interleavings.specimen.specimens.update", IgnoresVersions, "no order of the requests explains"),
    ],
)
def test_a_storage_that_breaks_a_promise_is_caught(id_: str, over: Over, told: str) -> None:
    """Commit on error and blind writes are found, and found again by the schedule."""
    check_found_again(id_, SPECIMEN, over=over, told=told, longest=40)


def test_a_deadlock_is_caught() -> None:
    """Two bare use cases that hold the same tenants in opposite order wait for each other; the schedule is one switch."""
    cast = Theatre((TENANCY, SPECIMEN)).cast
    first, second = (cast.ids[(actor, "ten")][0] for actor in TENANTS)

    def holding(*tenants: str) -> Deed:
        async def hold(context: Context) -> None:
            for tenant in tenants:
                await context.store.get(Tenant, tenant, lock=True)

        return Deed(name=f"hold {len(tenants)}", use_case=hold)

    program = Program(scene=cast.scene, asked=(holding(first, second), holding(second, first)))
    with pytest.raises(AssertionError, match=r"deadlock: 0 .* waits at get Tenant \w+ for 1; 1 .* for 0") as told:
        Stepper(cast.stage, Case(check="deadlock", number=0, program=program)).explored(limit=100)
    assert "--case deadlock --schedule '0:0.1.0.1'" in str(told.value)
    in_order = Program(scene=cast.scene, asked=(holding(first, second), holding(first, second)))
    assert Stepper(cast.stage, Case(check="order", number=0, program=in_order)).explored(limit=100).schedules == 2


def test_a_unit_that_stays_open_is_caught() -> None:
    """What a refused request leaves open is told."""
    assert "a unit of work is open" in found("stepping.crashes.specimen.specimens.delete", SPECIMEN, over=StaysOpen)


def test_a_storage_that_forgets_to_commit_cannot_even_be_filled() -> None:
    """Where nothing is kept the world cannot be made, and the check says with which request."""
    with pytest.raises(AssertionError, match="while the world of the stage was made"):
        found_or_raised("stepping.crashes.specimen.specimens.create", over=ForgetsToCommit)


def found_or_raised(id_: str, *, over: Over) -> None:
    """Run the check; what it raises is raised."""
    kit = Kit(components=(TENANCY, SPECIMEN), profile=PROFILES["quick"])
    run(next(check for check in checks(kit, over=over) if check.id == id_), kit)
