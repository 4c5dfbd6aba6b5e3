"""Plays programs and tells what broke, with a schedule that plays it again. It knows stages, judges and schedules, no kind of check."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct, structs

from kingpost.kernel.component import Component

from .catalogue import Fault
from .exploring import Explored, explore
from .faults import has_meaning
from .laws import Broken, Judge, Order, Program, told
from .races import scenes
from .requests import Cast
from .schedule import Schedule
from .scheduler import Choice, Deadlock, Decide, Played, Situation, Step
from .stage import Over, Scene, Stage, as_it_is

FIRST_SEEDS: Final = "stepping.seeds.0"
"""The check of random schedules that every profile has."""
Law = Callable[[Judge, Played], None]
"""Raises ``AssertionError`` where it does not hold; may change the rows no more than its requests do."""
"""What must hold besides the general laws; raises ``AssertionError``."""


class Theatre:
    """The stage and the cast of one set of components, made when they are first asked for."""

    def __init__(self, components: tuple[Component, ...], *, remembers: bool = False, over: Over = as_it_is) -> None:
        """See ``Stage``."""
        self._components = components
        self._remembers = remembers
        self._over = over
        self._cast: Cast | None = None
        self._scenes: tuple[Scene, ...] | None = None

    @property
    def cast(self) -> Cast:
        """Who and what there is."""
        if self._cast is None:
            self._cast = Cast(Stage(self._components, remembers=self._remembers, over=self._over), self._components)
        return self._cast

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """Where programs begin."""
        if self._scenes is None:
            self._scenes = scenes(self.cast)
        return self._scenes


class Tally(Struct):
    """What was done, for the note of a check."""

    programs: int = 0
    schedules: int = 0
    without: int = 0
    bounded: int = 0
    """Programs whose schedules were too many to play all."""

    def __str__(self) -> str:
        reach = f"all {self.schedules} interleavings" if not self.bounded else f"{self.schedules} interleavings"
        more = f", {self.bounded} programs bounded to two preemptions or fewer" if self.bounded else ""
        return f"{self.programs} programs: {reach} ({self.without} without reduction){more}"


class Case(Struct, frozen=True, kw_only=True):
    """One program, numbered within its check, and what must hold of it."""

    check: str
    number: int
    program: Program
    law: Law | None = None
    """What must hold besides the general laws, judged before them."""
    settled: Callable[[Judge, Played, Order], None] | None = None
    """What must hold behind them, given the order that explains the run; the rows stand as the run has left them."""
    seeded: bool = False
    """The number is that of a seed."""
    again: Callable[[Schedule], str] | None = None
    """Says how a schedule is played again; without it, with the command of the kit."""


class Stepper:
    """Plays one case."""

    def __init__(self, stage: Stage, case: Case) -> None:
        self.stage = stage
        self.case = case
        self.judge = Judge(stage, case.program)

    def run(self, decide: Decide) -> Played:
        """One run from the beginning of the scene."""
        self.stage.begin(self.case.program.scene)
        return self.stage.play(self.judge.tasks, decide)

    def judged(self, decide: Decide) -> tuple[Played, Order]:
        """One run, with the order that explains it; where it breaks a law, ``Broken`` tells a short schedule that does."""
        seen: list[Choice] = []

        def watched(situation: Situation) -> Choice | None:
            choice = decide(situation)
            seen.extend(() if choice is None else (choice,))
            return choice

        try:
            return self._kept(watched)
        except (AssertionError, Deadlock):
            raise self._broken(written(seen)) from None

    def explored(self, *, limit: int) -> Explored:
        """Every interleaving keeps every law."""
        for found in explore(lambda decide: self.judged(decide)[0], limit=limit):
            if isinstance(found, Explored):
                return found
        message = "exploring ends with its figures"
        raise AssertionError(message)

    def replayed(self, schedule: Schedule) -> str:
        """Play the schedule again; tells every step. ``Broken`` as it was."""
        lines: list[str] = []
        try:
            played, _ = self._kept(_telling(follow(schedule), lines))
        except (AssertionError, Deadlock) as error:
            raise Broken("\n".join((str(error), *self._requests(), *lines))) from None
        answers = (f"  {task} answered {told(outcome)}" for task, outcome in enumerate(played.outcomes))
        return "\n".join((*self._requests(), *lines, *answers))

    def _kept(self, decide: Decide) -> tuple[Played, Order]:
        played = self.run(decide)
        if not played.complete:
            return played, ()
        if self.case.law is not None:
            self.case.law(self.judge, played)
        kept = self.stage.snapshot()
        order = self.judge.judge(played)
        if self.case.settled is not None:
            self.stage.put_back(kept)
            self.case.settled(self.judge, played, order)
        return played, order

    def _broken(self, schedule: Schedule) -> Broken:
        """The shortest beginning of the schedule that breaks a law too, and how to play it again."""
        for length in range(len(schedule.choices) + 1):
            short, lines = structs.replace(schedule, choices=schedule.choices[:length]), list[str]()
            try:
                self._kept(_telling(follow(short), lines))
            except (AssertionError, Deadlock) as error:
                return Broken("\n".join((str(error), *self._requests(), *lines, self._again(short))))
        return Broken(f"a law was broken once and not again: {schedule}")

    def _requests(self) -> Iterator[str]:
        for number, asked in enumerate(self.case.program.asked):
            yield f"  {number} is {asked.shown}"

    def _again(self, schedule: Schedule) -> str:
        case = self.case
        if case.again is not None:
            return case.again(schedule)
        if case.seeded:
            return f"again: kingpost conformance --case {FIRST_SEEDS} --seed {case.number} --schedule '{schedule}'"
        return f"again: kingpost conformance --case {case.check} --schedule '{case.number}:{schedule}'"


def _telling(decide: Decide, lines: list[str]) -> Decide:
    """The same decisions, each written down as a line."""

    def telling(situation: Situation) -> Choice | None:
        choice = decide(situation)
        if choice is not None:
            step = Step(task=choice.task, point=situation.waiting[choice.task], fault=choice.fault)
            lines.append(f"  {situation.step}: {step}")
        return choice

    return telling


def written(choices: list[Choice]) -> Schedule:
    """The schedule that makes these choices."""
    faults = [(at, choice.fault) for at, choice in enumerate(choices) if choice.fault is not None]
    at, fault = faults[0] if faults else (0, None)
    return Schedule(choices=tuple(choice.task for choice in choices), fault=fault, at=at)


def follow(schedule: Schedule) -> Decide:
    """What decides as the schedule says. Behind its end, and where its task cannot go on, the same task goes on, or the first that can."""

    def decide(situation: Situation) -> Choice:
        step, waiting = situation.step, situation.waiting
        wanted = schedule.choices[step] if step < len(schedule.choices) else situation.last
        task = wanted if wanted is not None and wanted in waiting else next(iter(waiting))
        fault: Fault | None = schedule.fault_at(step)
        return Choice(task, fault if fault is not None and has_meaning(fault, waiting[task]) else None)

    return decide
