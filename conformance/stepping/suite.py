"""The checks of this part of the kit: every interleaving, every crash, every fault and random schedules. It knows profiles and notes."""

from collections.abc import Callable, Iterable
from functools import partial

from kingpost.conformance.check import Arena, Check, Kit
from kingpost.kernel.operations import Operation

from .playing import Case, Stepper, Tally, Theatre
from .races import races, scenes
from .requests import changes
from .schedule import parse_schedule

LIMITS = {"quick": 200, "ci": 2_000, "nightly": 50_000}
"""Interleavings of one program, beyond which preemptions are bounded."""


def checks(kit: Kit) -> tuple[Check, ...]:
    """Everything that is tried by stepping."""
    theatre = Theatre(kit.components)
    return tuple(_interleavings(kit, theatre, operation) for operation in kit.operations if changes(operation))


def _check(id_: str, law: str, run: Callable[[], str]) -> Check:
    def tried(_: Arena) -> str:
        return run()

    return Check(id=id_, component="stepping", law=law, run=tried, once=True)


def _interleavings(kit: Kit, theatre: Theatre, operation: Operation) -> Check:
    id_ = f"stepping.interleavings.{operation.id}"

    def cases() -> Iterable[Case]:
        cast = theatre.cast
        for number, program in enumerate(races(cast, operation, scenes(cast))):
            yield Case(check=id_, number=number, program=program)

    return _check(
        id_,
        "However its steps and those of other requests are interleaved, answers and rows are those of some order of the requests.",
        partial(_explored, kit, theatre, cases),
    )


def _explored(kit: Kit, theatre: Theatre, cases: Callable[[], Iterable[Case]]) -> str:
    if kit.schedule:
        return _replayed(kit, theatre, cases)
    tally, calls = Tally(), theatre.cast.stage.storage.calls
    for case in cases():
        explored = Stepper(theatre.cast, case).explored(limit=LIMITS[kit.profile.name])
        tally.programs += 1
        tally.schedules += explored.schedules
        tally.without += explored.without
        tally.bounded += explored.preemptions is not None
    return f"{tally}, {theatre.cast.stage.storage.calls - calls} port calls"


def _replayed(kit: Kit, theatre: Theatre, cases: Callable[[], Iterable[Case]]) -> str:
    """One schedule of one program, step by step."""
    number, _, text = kit.schedule.rpartition(":")
    case = next((case for case in cases() if case.number == int(number or 0)), None)
    if case is None:
        return f"this check has no program {number}"
    return Stepper(theatre.cast, case).replayed(parse_schedule(text))
