"""A crash and every fault at every call of an operation: nothing half done, nothing left open, and a retry works. It knows faults, no operation."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from kingpost.kernel.operations import Operation

from .catalogue import Fault
from .deeds import Deed
from .faults import has_meaning
from .laws import Act, Broken, Judge, Order, Program, status_of, told
from .playing import Case, Stepper, follow
from .requests import Cast
from .schedule import Schedule
from .scheduler import Played
from .stage import Scene, Stage


def single(cast: Cast, check: str, operation: Operation, begin: Iterable[Scene]) -> Iterator[Case]:
    """The operation alone, in every scene and with every body, each with the law that it can be tried again."""
    number = 0
    for scene in begin:
        cast.stage.begin(scene)
        for asked in cast.variants(operation):
            retried = Retried(cast.stage, scene, asked, partial(cast.again, asked))
            yield Case(check=check, number=number, program=Program(scene=scene, asked=(asked,)), settled=retried)
            number += 1


def alone(cast: Cast, check: str, deed: Deed) -> Iterator[Case]:
    """The bare use case alone, in the world as it is."""
    retried = Retried(cast.stage, cast.scene, deed, lambda: deed)
    yield Case(check=check, number=0, program=Program(scene=cast.scene, asked=(deed,)), settled=retried)


def harmed(stage: Stage, case: Case, faults: tuple[Fault, ...]) -> Counter[str]:
    """Every fault at every call where it has a meaning, one at a time; how often each was tried, how many ``calls`` there are, and whether it is ``done``."""
    stepper, tried = Stepper(stage, case), Counter[str]()
    played, _ = stepper.judged(follow(Schedule()))
    tried["done"] = int((status_of(played.outcomes[0]) or 500) < 300)
    for number, step in enumerate(played.steps):
        tried["calls"] += step.point.call not in ("admitted", "answered")
        for fault in faults:
            if has_meaning(fault, step.point):
                stepper.judged(follow(Schedule(fault=fault, at=number)))
                tried[fault] += 1
    return tried


class Retried:
    """The law that the same, done again after the fault, is answered as if there had been none, or as what is already done."""

    def __init__(self, stage: Stage, scene: Scene, act: Act, again: Callable[[], Act]) -> None:
        self._again = again
        stage.begin(scene)
        self._undisturbed = stage.done(act.start(stage.kernel), "again")

    def __call__(self, judge: Judge, played: Played, _: Order) -> None:
        """``Broken`` where it does not hold."""
        stage = judge.stage
        act = self._again()
        reply = stage.done(act.start(stage.kernel), "again")
        if reply.status >= 500 or reply.status not in act.statuses(stage):
            raise Broken(f"{act}, sent again, answered {told(reply)}")
        if not played.durable and reply.status != self._undisturbed.status:
            first, usual = told(played.outcomes[0])[:40], told(self._undisturbed)[:40]
            raise Broken(f"{act} was not done ({first}); sent again it answered {told(reply)} instead of {usual}")
