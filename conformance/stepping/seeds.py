"""Random programs on random schedules, both from one seed: some requests of both tenants and the platform, and perhaps one fault. It knows no operation by name."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from kingpost.adapters.memory import SeededEntropy
from kingpost.kernel.operations import Operation

from .catalogue import Fault
from .faults import has_meaning
from .laws import Broken, Judge, Order, Program, told
from .playing import Case, Stepper
from .requests import TENANTS, Actor, Asked, Cast, changes
from .scheduler import Choice, Decide, Played, Situation
from .stage import Rows, Scene

T = TypeVar("T")

LONGEST = 35
"""Steps among which the fault is put."""


class Chance:
    """Choices that a seed decides."""

    def __init__(self, seed: int) -> None:
        """The same choices for the same seed."""
        self._entropy = SeededEntropy(f"stepping/{seed}")
        self._left = b""

    def below(self, limit: int) -> int:
        """A number from 0, smaller than ``limit``, which is at most 65536."""
        if len(self._left) < 2:
            self._left = self._entropy.draw("record-ids", 256)
        drawn, self._left = int.from_bytes(self._left[:2], "big"), self._left[2:]
        return drawn * limit >> 16

    def pick(self, among: Sequence[T]) -> T:
        """One of them."""
        return among[self.below(len(among))]

    def happens(self, percent: int) -> bool:
        """True so often."""
        return self.below(100) < percent


def drawn(cast: Cast, check: str, scenes: tuple[Scene, ...], seed: int) -> tuple[Case, Decide]:
    """The program of the seed, and who goes on in it."""
    chance = Chance(seed)
    scene = scenes[0] if chance.happens(70) else chance.pick(scenes)
    cast.stage.begin(scene)
    asked = tuple(_asked(cast, chance) for _ in range(3 + chance.below(3)))
    case = Case(check=check, number=seed, program=Program(scene=scene, asked=asked), settled=_Apart(cast), seeded=True)
    return case, _decide(chance)


def played(cast: Cast, check: str, scenes: tuple[Scene, ...], seeds: Iterable[int]) -> Iterator[Iterator[str]]:
    """Every seed, judged; what happened, line by line."""
    for seed in seeds:
        case, decide = drawn(cast, check, scenes, seed)
        found, _ = Stepper(cast.stage, case).judged(decide)
        yield _lines(seed, case, found)


def _lines(seed: int, case: Case, found: Played) -> Iterator[str]:
    yield f"seed {seed}"
    yield from map(str, case.program.asked)
    yield from map(str, found.steps)
    yield from map(told, found.outcomes)


def _asked(cast: Cast, chance: Chance) -> Asked:
    """Any operation, more often one that changes; most often about an own row and with the current tag."""
    changing = tuple(operation for operation in cast.operations if changes(operation))
    operation = chance.pick(changing if chance.happens(70) else cast.operations)
    actor: Actor = chance.pick(TENANTS) if operation.scope == "tenant" else "platform"
    body = chance.pick(cast.bodies(operation, actor))
    body = cast.varied(body, chance.below(3)) if chance.happens(40) else body
    etag = None if chance.happens(85) else '"x-1"'
    return cast.ask(operation, actor, body=body, rows=_rows(cast, chance, operation, actor), etag=etag)


def _rows(cast: Cast, chance: Chance, operation: Operation, actor: Actor) -> tuple[str, ...]:
    usual = cast.rows_for(operation, actor)
    if not usual or chance.happens(70):
        return usual
    prefix = usual[-1].partition("_")[0]
    known = [id_ for (_, kind), ids in cast.ids.items() if kind == prefix for id_ in ids]
    return (*usual[:-1], chance.pick(known)) if known else usual


def _decide(chance: Chance) -> Decide:
    """At each step any task that can go on, and in half of the programs one fault at some step."""
    at = chance.below(LONGEST) if chance.happens(50) else None
    done: list[Fault] = []

    def decide(situation: Situation) -> Choice:
        waiting = situation.waiting
        stays = situation.last if chance.happens(30) else None
        task = stays if stays is not None and stays in waiting else chance.pick(tuple(waiting))
        kinds = [] if at is None or done or situation.step < at else [fault for fault in Fault if has_meaning(fault, waiting[task])]
        done.extend([chance.pick(kinds)] if kinds else [])
        return Choice(task, done[-1] if kinds else None)

    return decide


class _Apart:
    """The law that nobody notices what the second tenant does: without it, everybody else gets the same answers and has the same rows."""

    def __init__(self, cast: Cast) -> None:
        self._other = cast.ids[("b", "ten")][0]

    def __call__(self, judge: Judge, _: Played, order: Order) -> None:
        asked = judge.program.asked
        apart: Order = tuple(part for part in order if asked[part[0]].actor != "b")
        if apart in (order, ()):
            return
        together, alone = judge.serial(order), judge.serial(apart)
        for task, _part in apart:
            if told(together.outcomes[task]) != told(alone.outcomes[task]):
                answers = f"{told(together.outcomes[task])}, and without the other tenant's requests {told(alone.outcomes[task])}"
                raise Broken(f"request {task}, {asked[task]}, is answered {answers}")
        if self._without(together.rows) != self._without(alone.rows):
            raise Broken("the rows of the first tenant or of the platform depend on what the second tenant asks")

    def _without(self, rows: Rows) -> Rows:
        """The rows but those of the second tenant."""
        return {table: tuple(row for row in there if self._other not in row.values()) for table, there in rows.items()}
