"""The HTTP contract, topic by topic: what holds for every operation, tried on the kit's own component. It knows where each topic stands."""

from typing import Final

from kingpost.conformance.cases.case import Case

from . import bodies, callers, documents, failures, headers, lists, methods, order, output, paths, preconditions, queries, times, values

CASES: Final[tuple[Case, ...]] = (
    *paths.CASES,
    *methods.CASES,
    *headers.CASES,
    *callers.CASES,
    *order.CASES,
    *bodies.CASES,
    *values.CASES,
    *times.CASES,
    *output.CASES,
    *queries.CASES,
    *lists.CASES,
    *preconditions.CASES,
    *documents.CASES,
    *failures.CASES,
)

__all__ = ("CASES",)
