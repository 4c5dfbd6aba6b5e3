"""The cases of the kit, as data: what is sent, and what must come back on every target."""

from kingpost.conformance.world import fresh

from . import bodies, exposure, headers, isolation, preconditions, queries, routing
from .case import Case, Expect, Step
from .player import play

CASES: tuple[Case, ...] = (
    *routing.CASES,
    *bodies.CASES,
    *queries.CASES,
    *headers.CASES,
    *isolation.CASES,
    *preconditions.CASES,
    *exposure.CASES,
)

__all__ = ("CASES", "Case", "Expect", "Step", "fresh", "play")
