"""All orders in which tasks can go on that make a difference. It knows points and their independence, no request and no law.

Depth first with sleep sets (Godefroid, 1996): what was tried first at a fork sleeps in the other branches until something happens that
depends on it, so that of all orders that differ in independent steps alone one is played. Where that is still too many, all orders with at
most so many preemptions are played: switches away from a task that could have gone on (Musuvathi and Qadeer, 2007).
"""

from collections.abc import Callable, Iterator
from math import factorial, prod
from typing import Final

from msgspec import Struct

from .points import Point
from .scheduler import Choice, Decide, Played, Situation

PREEMPTIONS: Final = 2


class _Fork:
    """A situation in which one of several tasks was chosen."""

    def __init__(self, waiting: dict[int, Point], candidates: list[int], sleeping: dict[int, Point]) -> None:
        self.waiting = waiting
        self.left = candidates[1:]
        self.task = candidates[0]
        self.sleeping = sleeping

    def next(self) -> bool:
        """Choose the next candidate; the one that was tried goes to sleep."""
        self.sleeping = {**self.sleeping, self.task: self.waiting[self.task]}
        self.left = [task for task in self.left if task not in self.sleeping]
        if not self.left:
            return False
        self.task = self.left.pop(0)
        return True

    def still_sleeping(self) -> dict[int, Point]:
        """Who sleeps on behind this fork: those whose step is independent of the one that is chosen."""
        chosen = self.waiting[self.task]
        return {task: point for task, point in self.sleeping.items() if not point.depends_on(chosen)}


class Explorer:
    """Decides for one run after the other; each takes a way that none before has taken."""

    def __init__(self, *, preemptions: int | None = None) -> None:
        """``preemptions`` None plays every order that makes a difference."""
        self._bound = preemptions
        self._forks: list[_Fork] = []
        self._depth = 0
        self._used = 0
        self._running: int | None = None

    def begin(self) -> Decide:
        """What decides in the coming run."""
        self._depth = self._used = 0
        self._running = None
        return self._decide

    def go_on(self) -> bool:
        """Turn to the next way; False when all were taken."""
        while self._forks and not self._forks[-1].next():
            self._forks.pop()
        return bool(self._forks)

    def _decide(self, situation: Situation) -> Choice | None:
        if self._depth == len(self._forks):
            candidates = self._candidates(situation)
            sleeping = self._forks[-1].still_sleeping() if self._forks and self._bound is None else {}
            awake = [task for task in candidates if task not in sleeping]
            if not awake:
                return None
            self._forks.append(_Fork(situation.waiting, awake, sleeping))
        fork = self._forks[self._depth]
        self._depth += 1
        if not situation.waiting[fork.task].is_local:
            self._used += self._running in situation.waiting and fork.task != self._running
            self._running = fork.task
        return Choice(fork.task)

    def _candidates(self, situation: Situation) -> list[int]:
        """A step that nobody notices is taken at once; else the task that went on before comes first, so that runs have few switches."""
        for task, point in situation.waiting.items():
            if point.is_local:
                return [task]
        running = self._running
        if running not in situation.waiting:
            return list(situation.waiting)
        others = [] if self._bound is not None and self._used >= self._bound else [task for task in situation.waiting if task != running]
        return [running, *others]


class Explored(Struct, frozen=True, kw_only=True):
    """How many orders were played."""

    schedules: int
    without: int
    """How many there are without reduction, at most."""
    preemptions: int | None = None
    """The bound; None where all orders were played that make a difference."""

    def __str__(self) -> str:
        if self.preemptions is None:
            return f"all {self.schedules} interleavings ({self.without} without reduction)"
        return f"bounded to {self.preemptions} preemptions: {self.schedules} of about {self.without} interleavings"


def explore(run: Callable[[Decide], Played], *, limit: int) -> Iterator[Played | Explored]:
    """Every run, then how many there were. Where more than ``limit`` make a difference, the runs with few preemptions."""
    for bound in (None, *range(PREEMPTIONS, 0, -1)):
        explorer, count, without = Explorer(preemptions=bound), 0, 0
        while count < limit or bound == 1:
            played = run(explorer.begin())
            if played.complete:
                count += 1
                without = without or interleavings(played)
                yield played
            if not explorer.go_on():
                yield Explored(schedules=count, without=without, preemptions=bound)
                return


def interleavings(played: Played) -> int:
    """In how many orders the steps of these tasks can be put."""
    numbers = [sum(step.task == task for step in played.steps) for task in range(len(played.outcomes))]
    return factorial(sum(numbers)) // prod(map(factorial, numbers))
