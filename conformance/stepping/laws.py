"""What holds after every schedule, whatever was asked: it is as if the requests had come one after the other. It knows outcomes and rows, no operation.

The oracle is the kernel itself, asked in some order without a stop. What a single request may do to the rows is judged there too.
"""

import re
from collections.abc import Coroutine, Iterable, Iterator
from functools import partial
from itertools import permutations
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.driving import raised_at
from kingpost.kernel.wire import RawReply

from .catalogue import Ended, Fault
from .scheduler import Choice, Played, Situation, Task
from .stage import Rows, Scene, Stage

TIMED: Final = frozenset({Fault.DELAYED, Fault.PAUSED, Fault.AHEAD, Fault.BACK})
"""These move the clock, so that ids and times are other ones."""
_ON_WRITES: Final = frozenset({Fault.TWICE, Fault.UNIQUE_RACE})
_OF_THE_STORE: Final = frozenset({404, 409, 412})
"""What a guarded write says when it finds the row otherwise than it was; where only these faults can make it so, no operation need document it."""
_ID: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
_PUNCTUATION: Final = re.compile(r"[\[\]{},]+")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z")


class Act(Protocol):
    """A request, or a bare use case, and what may be expected of it."""

    @property
    def actor(self) -> str:
        """Who does it."""
        ...

    @property
    def shown(self) -> str:
        """What a person needs to know of it."""
        ...

    @property
    def reads(self) -> bool:
        """Whether it must not change any row."""
        ...

    @property
    def changes(self) -> bool:
        """Whether some row must be another one after its success."""
        ...

    @property
    def removes(self) -> str:
        """The key of the row that is gone after its success, or nothing."""
        ...

    def start(self, kernel: Kernel) -> Coroutine[Any, Any, RawReply]:
        """Do it."""
        ...

    def statuses(self, stage: Stage) -> frozenset[int]:
        """What may be answered."""
        ...


class Program(Struct, frozen=True, kw_only=True):
    """Some acts that run at the same time, from a scene."""

    scene: Scene
    asked: tuple[Act, ...]


Part: TypeAlias = Literal["admission", "whole"]
Order: TypeAlias = tuple[tuple[int, Part], ...]
"""Requests one after the other; one that was admitted before does the rest at its place."""


class Serial(Struct, frozen=True, kw_only=True):
    """What comes of some of the requests, one after the other."""

    outcomes: dict[int, object]
    rows: Rows


class Broken(AssertionError):
    """A law does not hold; the message is which, and by what."""


class Judge:
    """Judges the runs of one program."""

    def __init__(self, stage: Stage, program: Program) -> None:
        """The orders are played when they are needed, once each."""
        self.stage = stage
        self.program = program
        self.tasks = tuple(Task(name=str(number), start=partial(act.start, stage.kernel)) for number, act in enumerate(program.asked))
        self._orders: dict[Order, Serial] = {}

    def judge(self, played: Played) -> Order:
        """The order that explains the run; ``Broken`` or ``Leftover`` where a law does not hold.

        The stage stands as the run has left it; afterwards it stands otherwise.
        """
        self.stage.check_nothing_is_left()
        rows, durable = self.stage.rows(), played.durable
        fault = next((step.fault for step in played.steps if step.fault is not None), None)
        hit = {step.task for step in played.steps if step.fault is not None}
        if fault in TIMED:
            hit |= {task for task, outcome in enumerate(played.outcomes) if status_of(outcome) == 503}
        if fault is None and self.stage.machine.log.failures:
            logged = "; ".join(f"{line.name}: {_shown(line.error)}" for line in self.stage.machine.log.failures)
            raise Broken(f"without a fault these failures are logged: {logged}")
        for task, outcome in enumerate(played.outcomes):
            self._check_answer(task, outcome, fault if task in hit else None)
        self._check_refusals(played, hit, durable)
        compared = {task for task in range(len(played.outcomes)) if task not in hit or self._has_changed(task, played.outcomes[task])}
        return self._check_serial(played, rows, compared | durable.keys(), compared, blurred=fault in TIMED)

    def serial(self, order: Order) -> Serial:
        """What comes of the requests in this order."""
        known = self._orders.get(order)
        if known is None:
            made = self._one_by_one if all(part == "whole" for _, part in order) else self._in_parts
            known = self._orders[order] = made(order)
        return known

    def _one_by_one(self, order: Order) -> Serial:
        stage, outcomes = self.stage, dict[int, object]()
        stage.begin(self.program.scene)
        rows = stage.rows()
        for task, _ in order:
            asked = self.program.asked[task]
            reply = outcomes[task] = stage.done(asked.start(stage.kernel), str(task))
            before, rows = rows, stage.rows()
            check_effect(asked, reply, before, rows)
        return Serial(outcomes=outcomes, rows=rows)

    def _in_parts(self, order: Order) -> Serial:
        """Some are admitted before the work of others and do their own behind it."""
        numbers = sorted({task for task, _ in order})
        left = [(numbers.index(task), part) for task, part in order]

        def decide(situation: Situation) -> Choice:
            while left[0][0] not in situation.waiting:
                left.pop(0)
            task, part = left[0]
            if part == "admission" and situation.waiting[task].call == "admitted":
                left.pop(0)
            return Choice(task)

        self.stage.begin(self.program.scene)
        played = self.stage.play(tuple(self.tasks[task] for task in numbers), decide)
        return Serial(outcomes=dict(zip(numbers, played.outcomes, strict=True)), rows=self.stage.rows())

    def _check_answer(self, task: int, outcome: object, fault: Fault | None) -> None:
        """A status that is documented for the operation; 5xx and the end of the task only for a fault."""
        asked, status = self.program.asked[task], status_of(outcome)
        if status is None:
            if fault is None or not isinstance(outcome, Ended):
                raise Broken(f"{asked} ended with {_shown(outcome)}")
            return
        if status not in asked.statuses(self.stage) | (_OF_THE_STORE if fault in _ON_WRITES else frozenset()):
            raise Broken(f"{asked} answered {status}, which is not documented: {told(outcome)}")
        if status >= 500 and (fault is None or status != 503):
            raise Broken(f"{asked} answered {status}: {told(outcome)}")

    def _has_changed(self, task: int, outcome: object) -> bool:
        """Whether the request says that it has changed something."""
        return self.program.asked[task].changes and (status_of(outcome) or 500) < 300

    def _check_refusals(self, played: Played, hit: set[int], durable: dict[int, int]) -> None:
        """What was refused has changed nothing, unless its commit was done before the fault; what was done has changed something."""
        faults = {step.task: number for number, step in enumerate(played.steps) if step.fault is not None}
        for task, outcome in enumerate(played.outcomes):
            asked = self.program.asked[task]
            refused = (status_of(outcome) or 500) >= 400
            if refused and task in durable and not (task in hit and faults.get(task, -1) >= durable[task]):
                raise Broken(f"{asked} answered {told(outcome)} and has changed rows")
            if self._has_changed(task, outcome) and task not in durable:
                raise Broken(f"{asked} answered {told(outcome)} and nothing was committed")

    def _check_serial(self, played: Played, rows: Rows, included: Iterable[int], compared: set[int], *, blurred: bool) -> Order:
        """The order of the requests whose outcomes and rows these are."""
        wanted = {task: told(played.outcomes[task]) for task in compared}
        tried: list[str] = []
        for order in _orders(played, set(included)):
            serial = self.serial(order)
            found = {task: told(serial.outcomes[task]) for task in compared}
            if (found, serial.rows) == (wanted, rows) or (blurred and _blurred(found, serial.rows) == _blurred(wanted, rows)):
                return order
            tried.append(f"  {_written(order)}: {_difference(wanted, found, rows, serial.rows)}")
        raise Broken("\n".join(("no order of the requests explains what happened:", *tried[:6])))


def check_effect(act: Act, reply: RawReply, before: Rows, after: Rows) -> None:
    """What one act alone does: a refusal and a read change nothing; what was done is in the rows. ``Broken`` otherwise."""
    if reply.status >= 400 or act.reads:
        if before != after:
            raise Broken(f"{act} answered {told(reply)} and has changed rows")
        return
    if act.changes and before == after:
        raise Broken(f"{act} answered {told(reply)} and has changed no row")
    tag = next((value.decode() for name, value in reply.headers if name == b"etag"), None)
    if tag is not None and tag not in _tags(after):
        raise Broken(f"{act} answered with the tag {tag}, and no row has it")
    if act.removes and any(row.get("id") == act.removes for row in _rows(after)):
        raise Broken(f"{act} answered {told(reply)}, and the row is still there")


def status_of(outcome: object) -> int | None:
    """The status of a reply; None for a task that was ended."""
    return outcome.status if isinstance(outcome, RawReply) else None


def _shown(outcome: object) -> str:
    """What ended a task, and where it was raised."""
    if not isinstance(outcome, BaseException):
        return repr(outcome)
    return "; ".join((f"{outcome!r}, raised at {raised_at(outcome)}", *getattr(outcome, "__notes__", ())))


def told(outcome: object) -> str:
    """What the caller learns: a success as it is, a refusal by its status and code, an end by its name."""
    if not isinstance(outcome, RawReply):
        return type(outcome).__name__
    if outcome.status < 400:
        return f"{outcome.status} {outcome.headers} {outcome.body.decode()}"
    return f"{outcome.status} {msgspec.json.decode(outcome.body, type=dict[str, object]).get('code')}"


def _orders(played: Played, included: set[int]) -> Iterator[Order]:
    """The orders of the requests, beginning with the one in which they ended their work, which is most often the right one."""
    done = {step.task: number for number, step in enumerate(played.steps) if step.point.call not in ("leave", "close")}
    done |= {step.task: number for number, step in enumerate(played.steps) if step.point.call == "commit"}
    admitted = _admitted(played)
    likely = tuple(sorted(included, key=lambda task: done.get(task, -1)))
    orders = (likely, *(order for order in permutations(sorted(included)) if order != likely)) if included else ((),)
    for order in orders:
        yield tuple((task, "whole") for task in order)
        parted = _parted(order, done, admitted)
        if len(parted) > len(order):
            yield parted


def _admitted(played: Played) -> dict[int, int]:
    """The step with which each request's caller was looked up; -1 where the caller was remembered."""
    found: dict[int, int] = {}
    before: dict[int, int] = {}
    for number, step in enumerate(played.steps):
        if step.point.call == "admitted":
            found[step.task] = before.get(step.task, -1)
        elif step.point.call != "answered":
            before[step.task] = number
    return found


def _parted(order: tuple[int, ...], done: dict[int, int], admitted: dict[int, int]) -> Order:
    """The order, with each admission before the first work that was really done behind it.

    Who asks is looked up before the work and may be remembered for a while, so a request may be admitted as things stood then.
    """
    parts: list[tuple[int, Part]] = []
    for at, task in enumerate(order):
        early = [later for later in order[at + 1 :] if later in admitted and admitted[later] < done.get(task, -1)]
        known = {number for number, _ in parts}
        parts.extend((later, "admission") for later in early if later not in known)
        parts.append((task, "whole"))
    return tuple(parts)


def _written(order: Order) -> str:
    return ", ".join(f"{task}" if part == "whole" else f"{task} admitted" for task, part in order) or "nothing"


def _rows(rows: Rows) -> Iterator[dict[str, object]]:
    for table in rows.values():
        yield from table


def _tags(rows: Rows) -> set[str]:
    """The entity tags of all versioned rows, whatever their key is called."""
    return {f'"{str(value).rpartition("_")[2]}-{row["version"]}"' for row in _rows(rows) if "version" in row for value in row.values()}


def _blurred(outcomes: dict[int, str], rows: Rows) -> tuple[dict[int, list[str]], list[list[str]]]:
    """Without ids and times, and without the order that those give."""
    lines = sorted(_blur(msgspec.json.encode(row, order="sorted").decode()) for row in _rows(rows))
    return {task: _blur(text) for task, text in outcomes.items()}, lines


def _blur(text: str) -> list[str]:
    return sorted(_PUNCTUATION.split(_TIME.sub("<time>", _ID.sub("<id>", text))))


def _difference(wanted: dict[int, str], found: dict[int, str], rows: Rows, expected: Rows) -> str:
    """What is not as in the order that was tried."""
    differing = [f"{task} answered {wanted[task][:200]}, here {found[task][:200]}" for task in wanted if wanted[task] != found[task]]
    for table, there in rows.items():
        differing += [f"{table} has {row}" for row in there if row not in expected[table]]
        differing += [f"{table} lacks {row}" for row in expected[table] if row not in there]
    return "; ".join(differing[:4])
