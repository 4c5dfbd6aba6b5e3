"""The scheduler itself: which orders it plays, how it waits, what a schedule says, and that the same seed gives the same trace. It knows toy tasks and the kernel."""

import re
import subprocess
import sys

import pytest

from examples import helpdesk
from kingpost.conformance.backend import Setup
from kingpost.conformance.check import PROFILES, Arena, Check, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.specimen import COMPONENT as SPECIMEN
from kingpost.conformance.stepping import checks
from kingpost.conformance.stepping.catalogue import COMMONEST, LEFT_OUT, Fault
from kingpost.conformance.stepping.exploring import Explored, Explorer, explore
from kingpost.conformance.stepping.laws import told
from kingpost.conformance.stepping.playing import Case, Stepper, Theatre, follow, written
from kingpost.conformance.stepping.points import Locks, Place, Point
from kingpost.conformance.stepping.races import races
from kingpost.conformance.stepping.requests import Asked
from kingpost.conformance.stepping.schedule import Schedule, parse_schedule
from kingpost.conformance.stepping.scheduler import Choice, Deadlock, Decide, Played, Task, play
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.wire import RawRequest

KIT = Kit(components=(TENANCY, SPECIMEN), profile=PROFILES["quick"])
THEATRE = Theatre(KIT.components)


def places(*names: str) -> frozenset[Place]:
    """Places with these names."""
    return frozenset((name,) for name in names)


class Toys:
    """Tasks that change and look at places by name, and write down in which order they do."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.locks = Locks()

    def task(self, name: str, *steps: str) -> Task:
        """``w:x`` changes x, ``r:x`` looks at it, ``l:x`` holds it to the end, ``-`` does nothing that others notice."""

        async def run() -> str:
            session = object()
            for step in steps:
                kind, _, place = step.partition(":")
                point = Point(
                    session=session,
                    call="get",
                    what=step,
                    changes=places(place) if kind == "w" else frozenset(),
                    looks=places(place) if kind == "r" else frozenset(),
                    exclusive=places(place) if kind == "l" else frozenset(),
                )
                await point
                self.locks.take(point)
                self.told.append(f"{name}{step}")
            self.locks.free(session)
            return name

        return Task(name=name, start=run)

    def orders(self, *tasks: Task, preemptions: int | None = None) -> list[str]:
        """What is written down in each of the runs."""
        explorer, found = Explorer(preemptions=preemptions), list[str]()
        while True:
            self.told.clear()
            if self.play(tasks, explorer.begin()).complete:
                found.append(" ".join(self.told))
            if not explorer.go_on():
                return found

    def play(self, tasks: tuple[Task, ...], decide: Decide) -> Played:
        """One run."""
        return play(tasks, decide, locks=self.locks, enter=lambda _: None)


def test_independent_steps_are_played_in_one_order() -> None:
    """Tasks that never meet, and readers of one place, are played once."""
    toys = Toys()
    assert len(toys.orders(toys.task("a", "w:1", "w:2"), toys.task("b", "w:3", "w:4"))) == 1
    assert len(toys.orders(toys.task("a", "r:1", "r:2"), toys.task("b", "r:2", "r:1"))) == 1


def test_dependent_steps_are_played_in_every_order() -> None:
    """Where each step meets each other there are as many orders as there are ways to shuffle the tasks; no two are the same."""
    toys = Toys()
    two = toys.orders(toys.task("a", "w:1", "w:1"), toys.task("b", "w:1", "w:1"))
    assert len(two) == len(set(two)) == 6
    three = toys.orders(*(toys.task(name, "w:1", "w:1") for name in "abc"))
    assert len(three) == len(set(three)) == 90


def test_a_reader_meets_each_state_once() -> None:
    """A look at one place is put before, between and behind the two changes of it, and nowhere else."""
    toys = Toys()
    assert len(toys.orders(toys.task("a", "w:1", "w:2", "w:1"), toys.task("b", "w:3", "r:1"))) == 3


def test_preemptions_are_bounded() -> None:
    """Without a preemption tasks follow each other; with one there is one switch more; with enough there is every order."""
    toys = Toys()
    tasks = (toys.task("a", "w:1", "w:1"), toys.task("b", "w:1", "w:1"))
    assert toys.orders(*tasks, preemptions=0) == ["aw:1 aw:1 bw:1 bw:1", "bw:1 bw:1 aw:1 aw:1"]
    assert len(toys.orders(*tasks, preemptions=1)) == 4
    assert len(toys.orders(*tasks, preemptions=9)) == 6


def test_too_many_orders_are_bounded_and_the_bound_is_told() -> None:
    """Above the limit runs with few preemptions are played, and the figures say so."""
    toys = Toys()
    tasks = tuple(toys.task(name, "w:1", "w:1", "w:1") for name in "abc")
    found = [each for each in explore(lambda decide: toys.play(tasks, decide), limit=50) if isinstance(each, Explored)]
    assert str(found[0]).startswith("bounded to 1 preemptions: ")
    assert str(found[0]).endswith("of about 1680 interleavings")


def test_a_holder_is_waited_for() -> None:
    """Of two that want one place the second goes on when the first has ended, so nothing of it comes in between."""
    toys = Toys()
    orders = toys.orders(toys.task("a", "l:1", "w:2"), toys.task("b", "l:1", "w:2"))
    assert orders == ["al:1 aw:2 bl:1 bw:2", "bl:1 bw:2 al:1 aw:2"]


def test_a_deadlock_is_told() -> None:
    """Two that each want what the other holds are named with what they wait for."""
    toys = Toys()
    with pytest.raises(Deadlock, match=r"0 \(a\) waits at get l:2 for 1; 1 \(b\) waits at get l:1 for 0"):
        toys.orders(toys.task("a", "l:1", "l:2"), toys.task("b", "l:2", "l:1"))


def test_a_bare_coroutine_is_a_task() -> None:
    """What a task returns and what it raises are its outcome, and the others go on."""
    toys = Toys()

    async def fail() -> None:
        raise LookupError

    played = toys.play((Task(name="f", start=fail), toys.task("a", "w:1")), lambda _: Choice(1))
    assert [type(played.outcomes[0]), played.outcomes[1]] == [LookupError, "a"]


def outcomes(stepper: Stepper, explorer: Explorer) -> tuple[set[str], int]:
    """What comes of all runs: answers and rows; and how many runs there were."""
    found, runs = set[str](), 0
    while True:
        played = stepper.run(explorer.begin())
        if played.complete:
            runs += 1
            found.add(f"{[told(outcome) for outcome in played.outcomes]} {stepper.stage.rows()}")
        if not explorer.go_on():
            return found, runs


@pytest.mark.parametrize(
    "id_", ["specimen.count.adjust", "specimen.specimens.update", "specimen.specimens.delete", "tenancy.tenants.suspend"]
)
def test_the_reduction_loses_nothing(id_: str) -> None:
    """Every outcome that some order of the steps has, some order that is played has too; checked for pairs by playing them all."""
    cast = THEATRE.cast
    pairs = [program for program in races(cast, cast.named(id_), THEATRE.scenes[:1]) if len(program.asked) == 2]
    reduced, everything = 0, 0
    for program in pairs[:4]:
        stepper = Stepper(cast.stage, Case(check="", number=0, program=program))
        few, runs = outcomes(stepper, Explorer())
        all_of_them, all_runs = outcomes(stepper, Explorer(preemptions=99))
        assert few == all_of_them
        reduced, everything = reduced + runs, everything + all_runs
    assert reduced * 5 < everything


def test_every_choice_is_written_and_followed() -> None:
    """A schedule is read as it is written, and following it gives the same steps."""
    assert str(parse_schedule("0.0.1!ack-lost@2")) == "0.0.1!ack-lost@2"
    assert parse_schedule("") == Schedule()
    assert parse_schedule("!hangs@4") == Schedule(fault=Fault.HANGS, at=4)
    assert str(written([Choice(1), Choice(0, Fault.TWICE)])) == "1.0!twice@1"
    toys = Toys()
    tasks = (toys.task("a", "w:1", "w:1"), toys.task("b", "w:1", "w:1"))
    played = toys.play(tasks, follow(parse_schedule("1.0.1.0")))
    assert [step.task for step in played.steps] == [1, 0, 1, 0]
    assert [step.task for step in toys.play(tasks, follow(parse_schedule("1"))).steps] == [1, 1, 0, 0]


@pytest.mark.parametrize("text", ["0.", "a", "0.1!lost@1", "0.1!hangs", "0,1"])
def test_a_bad_schedule_is_refused(text: str) -> None:
    """The message says how one looks and which faults there are."""
    with pytest.raises(ConfigurationError, match=r"must look like .* ack-lost"):
        parse_schedule(text)


def test_the_catalogue_is_complete() -> None:
    """Each kind of fault says what it does, eight are the commonest, and what is left out has a reason."""
    assert len(COMMONEST) == 8
    assert len(Fault) == 16
    assert all(LEFT_OUT.values())


def check_of(id_: str, kit: Kit = KIT) -> Check:
    """The check with this id."""
    return next(check for check in checks(kit) if check.id == id_)


def run(check: Check, kit: Kit = KIT) -> str:
    """The note of the check."""
    return check.run(Arena(kit, KernelTarget(Setup(components=kit.components))))


SHARED: dict[str, Check] = {check.id: check for check in checks(KIT)}
"""One set of checks, which share a stage."""
NAMED = tuple(id_ for id_ in SHARED if id_.startswith("stepping.laws."))


@pytest.mark.parametrize("id_", [*NAMED, *tuple(SHARED)[len(NAMED) :: 8]])
def test_the_kernel_keeps_its_laws(id_: str) -> None:
    """The races with a name and one in eight of the others pass and say how much was tried; ``--profile ci`` tries all."""
    assert re.search(r"\d", run(SHARED[id_]))


def test_every_fault_is_tried_by_the_nightly_profile() -> None:
    """All sixteen kinds hit an update of the kit's own component, and it keeps every law."""
    kit = Kit(components=KIT.components, profile=PROFILES["nightly"])
    note = run(check_of("stepping.faults.specimen.specimens.update", kit), kit)
    crashes = run(check_of("stepping.crashes.specimen.specimens.update", kit), kit)
    assert {kind for kind in Fault if f" {kind} " in f"{note}, {crashes} ".replace(":", "")} == set(Fault)


def test_the_same_seed_gives_the_same_trace() -> None:
    """The trace hash of some seeds is the same in another process with other hashes of strings; other seeds have another one."""
    program = (
        "from kingpost.conformance.check import *; from kingpost.conformance.specimen import COMPONENT as S; from kingpost.conformance.stepping import checks\n"
        "from kingpost.kernel.tenancy import COMPONENT as T; kit = Kit(components=(T, S), profile=PROFILES['quick'])\n"
        "print(next(check for check in checks(kit) if check.id == 'stepping.seeds.0').run(None))"
    )
    notes = [
        subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert notes[0] == notes[1]
    assert notes[0].strip() == run(check_of("stepping.seeds.0"))
    other = Kit(components=KIT.components, profile=KIT.profile, seed=7)
    assert run(check_of("stepping.seeds.0", other), other).partition("trace")[2] != notes[0].strip().partition("trace")[2]


def test_a_schedule_is_played_step_by_step() -> None:
    """With a schedule a check plays that one alone and tells requests, steps and answers."""
    kit = Kit(components=KIT.components, profile=KIT.profile, schedule="0.0.1!ack-lost@5")
    note = run(check_of("stepping.laws.one-writer-wins", kit), kit)
    assert "0 is specimen.specimens.update by a PATCH /specimens/" in note
    assert "  5: 1 unit !ack-lost" in note
    assert "1 answered 503 unavailable" in note


def test_programs_are_those_that_make_a_difference() -> None:
    """A race is left out where neither request can be done alone, and every scene is one in which some operation answers otherwise."""
    cast = THEATRE.cast
    assert len(THEATRE.scenes) >= 3
    found = list(races(cast, cast.named("tenancy.tenants.resume"), THEATRE.scenes[:1]))
    assert found
    assert all("tenancy.tenants.resume" not in str(program.asked[1]) for program in found)


def test_what_has_no_unit_of_work_need_not_change_a_row() -> None:
    """A call to another service is a success although nothing was committed; only what a GET changes is refused in any case."""
    request = RawRequest(method="POST", path=b"/", query=b"", headers=(), body=b"")
    asked = {operation.id: Asked(operation=operation, actor="a", request=request) for operation in helpdesk.COMPONENT.operations}
    told = {name: (each.reads, each.changes) for name, each in asked.items()}
    assert told["helpdesk.tickets.announce"] == (False, False)
    assert told["helpdesk.tickets.move"] == (False, True)
    assert told["helpdesk.tickets.read"] == (True, False)
