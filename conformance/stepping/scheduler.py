"""Runs tasks step by step, by hand: no event loop, no thread. It knows points and who may go on, and judges nothing."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from msgspec import Struct

from kingpost.kernel.driving import INSTEAD, KernelSuspended, waiting_at

from .catalogue import Ended, Fault
from .points import Locks, Point


class Task(Struct, frozen=True, kw_only=True):
    """Something that runs from point to point: a whole request, or a bare use case."""

    name: str
    start: Callable[[], Coroutine[Any, Any, object]]


class Step(Struct, frozen=True, kw_only=True):
    """What happened: the task, the point that it passed, and the fault that happened there."""

    task: int
    point: Point
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.task} {self.point}" + (f" !{self.fault}" if self.fault is not None else "")


class Situation(Struct, frozen=True, kw_only=True):
    """Where all tasks stand before a step."""

    step: int
    last: int | None
    """The task that went on before."""
    waiting: dict[int, Point]
    """The tasks that can go on, and their points."""


class Choice(Struct, frozen=True):
    """Which task goes on, and what happens to its call."""

    task: int
    fault: Fault | None = None


Decide: TypeAlias = Callable[[Situation], Choice | None]
"""Who goes on; None when nothing would be learnt from going on."""


class Deadlock(Exception):
    """Every task that is left waits for another one."""


class Played(Struct, frozen=True, kw_only=True):
    """How it went."""

    steps: tuple[Step, ...]
    outcomes: tuple[object, ...]
    """For each task what it returned, or the exception that ended it."""
    complete: bool = True
    durable: dict[int, int] = {}
    """The tasks whose changes were committed, each with the last step that did so."""


class _Runner:
    """One task on its way."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.point: Point | None = None
        self.outcome: object = None
        self._coroutine = task.start()

    def go_on(self, fault: Fault | None) -> None:
        """To the point behind the present one, or to the end."""
        try:
            self.point = self._to_a_point(self._coroutine.send(fault))
        except StopIteration as stop:
            self.point, self.outcome = None, stop.value
        except Ended as ended:
            self.point, self.outcome = None, ended
        except Exception as error:  # noqa: BLE001  (whatever a task raises is its outcome)
            self.point, self.outcome = None, error

    def _to_a_point(self, awaited: object) -> Point:
        """The point that the task awaits. What else it awaits raises ``KernelSuspended`` there, for nothing goes on that it could wait for."""
        while not isinstance(awaited, Point):
            awaited = self._coroutine.throw(KernelSuspended(f"a stepped coroutine suspended at {waiting_at(self._coroutine)}; {INSTEAD}"))
        return awaited

    def abandon(self) -> None:
        """Let it come to an end without letting it do anything more."""
        while self.point is not None:
            self.go_on(Fault.KILLED)


def play(tasks: tuple[Task, ...], decide: Decide, *, locks: Locks, enter: Callable[[str], None]) -> Played:
    """Run the tasks as ``decide`` says. ``enter`` is told the name of the task that goes on. ``Deadlock`` names who waits for what."""
    runners = tuple(map(_Runner, tasks))
    for runner in runners:
        enter(runner.task.name)
        runner.go_on(None)
    steps: list[Step] = []
    last: int | None = None
    try:
        while any(runner.point is not None for runner in runners):
            waiting = {number: point for number, runner in enumerate(runners) if (point := _free(runner, locks)) is not None}
            if not waiting:
                raise Deadlock(_told(runners, locks, steps))
            choice = decide(Situation(step=len(steps), last=last, waiting=waiting))
            if choice is None:
                return Played(steps=tuple(steps), outcomes=(), complete=False)
            last = choice.task
            steps.append(Step(task=last, point=waiting[last], fault=choice.fault))
            enter(runners[last].task.name)
            runners[last].go_on(choice.fault)
    finally:
        for runner in runners:
            runner.abandon()
    return Played(steps=tuple(steps), outcomes=tuple(runner.outcome for runner in runners))


def _free(runner: _Runner, locks: Locks) -> Point | None:
    """The point of a task that nobody stands in the way of."""
    point = runner.point
    return None if point is None or locks.blockers(point) else point


def _told(runners: tuple[_Runner, ...], locks: Locks, steps: list[Step]) -> str:
    sessions = {id(step.point.session): step.task for step in steps}
    lines: list[str] = []
    for number, runner in enumerate(runners):
        if runner.point is not None:
            others = sorted(sessions.get(id(session), -1) for session in locks.blockers(runner.point))
            lines.append(f"{number} ({runner.task.name}) waits at {runner.point} for {', '.join(map(str, others))}")
    return "deadlock: " + "; ".join(lines)
