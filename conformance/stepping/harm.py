"""A crash and every fault at every call of an operation: nothing half done, nothing left open, and a retry works. It knows faults, no operation."""

from collections import Counter
from collections.abc import Iterable, Iterator

from kingpost.kernel.operations import Operation

from .catalogue import Fault
from .faults import has_meaning
from .laws import Broken, Judge, Order, Program, documented, status_of, told
from .playing import Case, Stepper, follow
from .requests import Asked, Cast
from .schedule import Schedule
from .scheduler import Played
from .stage import Scene


def single(cast: Cast, check: str, operation: Operation, begin: Iterable[Scene]) -> Iterator[Case]:
    """The operation alone, in every scene and with every body, each with the law that it can be tried again."""
    number = 0
    for scene in begin:
        cast.stage.begin(scene)
        for asked in cast.variants(operation):
            yield Case(check=check, number=number, program=Program(scene=scene, asked=(asked,)), settled=_Retried(cast, asked, scene))
            number += 1


def harmed(cast: Cast, case: Case, faults: tuple[Fault, ...]) -> Counter[str]:
    """Every fault at every call where it has a meaning, one at a time; how often each was tried, and how many calls there are."""
    stepper, tried = Stepper(cast, case), Counter[str]()
    played, _ = stepper.judged(follow(Schedule()))
    for number, step in enumerate(played.steps):
        tried["calls"] += step.point.call not in ("admitted", "answered")
        for fault in faults:
            if has_meaning(fault, step.point):
                stepper.judged(follow(Schedule(fault=fault, at=number)))
                tried[fault] += 1
    return tried


class _Retried:
    """The law that the same request, sent again after the fault, is answered as if there had been none, or as one that is already done."""

    def __init__(self, cast: Cast, asked: Asked, scene: Scene) -> None:
        self._cast = cast
        self._asked = asked
        cast.stage.begin(scene)
        self._undisturbed = told(cast.stage.ask(asked.request, "retry"))

    def __call__(self, judge: Judge, played: Played, _: Order) -> None:
        stage = judge.stage
        asked = self._cast.again(self._asked)
        reply = stage.ask(asked.request, "retry")
        if reply.status >= 500 or reply.status not in documented(stage)[asked.operation.id]:
            raise Broken(f"{asked}, sent again, answered {told(reply)}")
        if not played.durable and reply.status != int(self._undisturbed[:3]):
            before = status_of(played.outcomes[0])
            raise Broken(f"{asked} was not done ({before}); sent again it answered {told(reply)} instead of {self._undisturbed[:40]}")
