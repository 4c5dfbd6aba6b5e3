"""Mutants that no case can see: one request at a time they answer as they should. It says which other part of the kit finds each.

Parity finds what differs from the reference without being wrong; stepping finds what goes wrong only between two requests.
"""

from typing import TypeVar

from msgspec import structs

from kingpost.conformance import stepping
from kingpost.conformance.backend import Setup
from kingpost.conformance.specimen import AdjustCount, Specimen
from kingpost.conformance.specimen.model import SpecimenPath, adjusted
from kingpost.conformance.target import Exchange, Reply
from kingpost.kernel.context import Context
from kingpost.kernel.errors import NotFound
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Record

from .breaking import Answering, Faithful, answering, operating, over, storing, with_operation
from .messages import of_status, telling
from .mutant import COMPONENTS, PLAIN, Mutant

R = TypeVar("R", bound=Record)


class _GuardsNothing(Faithful):
    async def replace(self, row: R, *, expected: int | None = None) -> R:
        current = await self._store.get(type(row), str(getattr(row, row.facts.key)))
        version: int | None = getattr(current, "version", None) if expected is not None else None
        return await self._store.replace(row, expected=version)


async def _unheld(context: Context, *, path: SpecimenPath, body: AdjustCount) -> Specimen:
    specimen = await context.store.get(Specimen, path.specimen_id)
    if specimen is None:
        raise NotFound
    return await context.store.replace(adjusted(specimen, body.delta, now=context.now()), expected=specimen.version)


def _holding_nothing(operation: Operation) -> Operation:
    return structs.replace(operation, use_case=_unheld)


class _Wasteful(Answering):
    """Draws once more than the reference for whatever it answers."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, self._drawn)

    def _drawn(self, exchange: Exchange, reply: Reply) -> Reply:
        if exchange.method == "POST":
            self.bench.machine.draw("record-ids", 10)
        return reply


MUTANTS = (
    Mutant(
        name="holds-nothing",
        broken="A row that is to be counted up is not held, so that one of two adjustments is refused.",
        make=operating("specimen.count.adjust", _holding_nothing),
        stepped=lambda: stepping.checks(
            structs.replace(PLAIN, components=with_operation(COMPONENTS, "specimen.count.adjust", _holding_nothing))
        ),
    ),
    Mutant(
        name="guards-nothing",
        broken="A row is written whatever its version has become since it was read, so that an update is lost.",
        make=storing(_GuardsNothing),
        stepped=lambda: stepping.checks(PLAIN, over=over(_GuardsNothing)),
    ),
    Mutant(
        name="draws-once-more",
        broken="Chance is drawn from once more than the reference does, so that the ids that follow are others.",
        make=_Wasteful,
        beside=True,
    ),
    Mutant(
        name="words-of-its-own",
        broken="The detail of a 412 is worded otherwise than by the reference.",
        make=answering(telling(of_status(412), detail="It was changed.")),
        beside=True,
    ),
)
