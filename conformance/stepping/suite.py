"""The checks of this part of the kit: every interleaving, every crash, every fault and random schedules. It knows profiles and notes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from kingpost.conformance.check import Arena, Check, Kit, Skipped
from kingpost.kernel.operations import Operation

from .catalogue import COMMONEST, CRASHES, Fault
from .deeds import DEEDS
from .harm import alone, harmed, single
from .laws import Act
from .named import OF_SPECIMENS, OF_TENANCY, Race
from .playing import Case, Stepper, Tally, Theatre
from .races import races
from .remembering import remembered
from .requests import Cast, changes
from .schedule import parse_schedule
from .seeds import drawn, played
from .stage import Over, as_it_is

LIMITS: Final = {"quick": 200, "ci": 2_000, "nightly": 50_000}
"""Interleavings of one program, beyond which preemptions are bounded."""

NEVER_DONE: Final = (
    "no request for it succeeds on the stage; give the operation an Example that does, with a body for a row that was just made"
)
SEEDS_AT_LEAST: Final = 250
SEED_CHECKS: Final = 20

Cases = Callable[[], Iterable[Case]]


class Part:
    """What the checks of one kit share."""

    def __init__(self, kit: Kit, over: Over) -> None:
        """Nothing is made before a check runs."""
        self.kit = kit
        self.theatre = Theatre(kit.components, over=over)
        self.remembering = Theatre(kit.components, remembers=True, over=over)
        self.changing = tuple(operation for operation in kit.operations if changes(operation))

    def explored(self, theatre: Theatre, cases: Cases) -> str:
        """Every interleaving of every case."""
        tally, storage = Tally(), theatre.cast.stage.storage
        calls = storage.calls
        for case in cases():
            explored = Stepper(theatre.cast.stage, case).explored(limit=LIMITS[self.kit.profile.name])
            tally.programs += 1
            tally.schedules += explored.schedules
            tally.without += explored.without
            tally.bounded += explored.preemptions is not None
        if not tally.programs:
            raise Skipped(NEVER_DONE)
        return f"{tally}, {storage.calls - calls} port calls"

    def harmed(self, faults: tuple[Fault, ...], cases: Cases) -> str:
        """Every fault at every call of every case."""
        tried = sum((harmed(self.theatre.cast.stage, case, faults) for case in cases()), Counter[str]())
        calls, done = tried.pop("calls", 0), tried.pop("done", 0)
        if not done:
            raise Skipped(NEVER_DONE)
        return f"{tried.total()} faults at {calls} calls: {', '.join(f'{kind} {number}' for kind, number in tried.items())}"

    def check(self, id_: str, law: str, cases: Cases, run: Callable[[Cases], str], *, theatre: Theatre | None = None) -> Check:
        """A check that plays its cases, or again the one schedule that the kit was given."""

        def tried(_: Arena) -> str:
            return self._replayed(theatre or self.theatre, cases) if self.kit.schedule else run(cases)

        return Check(id=id_, component="stepping", law=law, run=tried, once=True)

    def _replayed(self, theatre: Theatre, cases: Cases) -> str:
        number, _, text = self.kit.schedule.rpartition(":")
        case = next((case for case in cases() if case.seeded or str(case.number) == (number or "0")), None)
        if case is None:
            raise Skipped(f"this check has no program {number}")
        return Stepper(theatre.cast.stage, case).replayed(parse_schedule(text))


def checks(kit: Kit, *, over: Over = as_it_is) -> tuple[Check, ...]:
    """Everything that is tried by stepping. ``over`` puts a storage of one's own over the one on memory, to see that a broken one is found out."""
    part = Part(kit, over)
    there = {operation.id for operation in kit.operations}
    named = (*OF_TENANCY, *(OF_SPECIMENS if "specimen.specimens.create" in there else ()))
    return (
        *(_race(part, race) for race in named),
        *(_interleavings(part, operation) for operation in part.changing),
        *_memory(part),
        *_harm(part),
        *(_seeds(part, number, chunk) for number, chunk in enumerate(_chunks(kit))),
    )


def _race(part: Part, race: Race) -> Check:
    id_ = f"stepping.laws.{race.id}"
    return part.check(id_, race.law, lambda: (race.case(part.theatre.cast, id_),), partial(part.explored, part.theatre))


def _interleavings(part: Part, operation: Operation) -> Check:
    id_ = f"stepping.interleavings.{operation.id}"

    def cases() -> Iterable[Case]:
        theatre = part.theatre
        for number, program in enumerate(races(theatre.cast, operation, theatre.scenes)):
            yield Case(check=id_, number=number, program=program)

    law = "However its steps and those of other requests are interleaved, answers and rows are those of some order of the requests."
    return part.check(id_, law, cases, partial(part.explored, part.theatre))


def _memory(part: Part) -> Iterator[Check]:
    """What is remembered of callers, for whatever the platform changes."""
    made: dict[str, Callable[[Cast], Act]] = {
        operation.id: partial(Cast.ask, operation=operation) for operation in part.changing if operation.scope == "platform"
    }
    law = "Once it is done, the process that has done it answers nobody from what it remembered before, however requests are interleaved."
    for name, make in (*made.items(), *DEEDS.items()):
        id_, theatre = f"stepping.memory.{name}", part.remembering
        yield part.check(id_, law, partial(_remembered, theatre, id_, make), partial(part.explored, theatre), theatre=theatre)


def _remembered(theatre: Theatre, check: str, make: Callable[[Cast], Act]) -> Iterable[Case]:
    return remembered(theatre.cast, check, make, theatre.scenes)


CRASHED: Final = (
    "Wherever it is cancelled or its process dies, the rows are as before or as after, nothing stays locked, and it can be done again."
)
FAULTED: Final = (
    "Whatever goes wrong with a call, the answer is a documented one, the rows are as before or as after, and it can be done again."
)


def _harm(part: Part) -> Iterator[Check]:
    """Crashes and faults of every operation, and of what is done with keys without one."""
    most = tuple(fault for fault in Fault if fault in COMMONEST or fault not in CRASHES)
    for kind, law, faults in (("crashes", CRASHED, CRASHES), ("faults", FAULTED, most if part.kit.profile.every_fault else COMMONEST)):
        run = partial(part.harmed, faults)
        for operation in part.kit.operations:
            id_ = f"stepping.{kind}.{operation.id}"
            yield part.check(id_, law, partial(_alone_in_every_scene, part.theatre, id_, operation), run)
        for deed in DEEDS:
            id_ = f"stepping.{kind}.{deed}"
            yield part.check(id_, law, partial(_bare, part.theatre, id_, deed), run)


def _alone_in_every_scene(theatre: Theatre, check: str, operation: Operation) -> Iterable[Case]:
    return single(theatre.cast, check, operation, theatre.scenes)


def _bare(theatre: Theatre, check: str, deed: str) -> Iterable[Case]:
    return alone(theatre.cast, check, DEEDS[deed](theatre.cast))


def _chunks(kit: Kit) -> list[range]:
    """The seeds of the run, split so that one check takes some seconds, or in long runs a minute."""
    total = kit.profile.seeds
    size = max(SEEDS_AT_LEAST, total // SEED_CHECKS)
    return [range(kit.seed + at, kit.seed + min(at + size, total)) for at in range(0, total, size)]


def _seeds(part: Part, number: int, seeds: range) -> Check:
    id_, theatre = f"stepping.seeds.{number}", part.theatre

    def cases() -> Iterable[Case]:
        return (drawn(theatre.cast, id_, theatre.scenes, part.kit.seed)[0],)

    def run(_: Cases) -> str:
        storage, faults = theatre.cast.stage.storage, 0
        calls, digest = storage.calls, hashlib.sha256()
        for lines in played(theatre.cast, id_, theatre.scenes, seeds):
            text = "\n".join(lines)
            faults += "!" in text
            digest.update(text.encode())
        return f"{len(seeds)} seeds from {seeds.start}, {faults} faults, {storage.calls - calls} port calls, trace {digest.hexdigest()}"

    law = "However some requests of two tenants and the platform meet, with a fault or without, it is as if they had come in some order, and no tenant notices the other."
    return part.check(id_, law, cases, run)
