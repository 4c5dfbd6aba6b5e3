"""The isolation of tenants and the rules of concurrency on PostgreSQL, through both adapters (isolation, section 1). It knows cases; other databases have tests of their own."""

from kingpost.conformance.cases import CASES, fresh, play
from kingpost.conformance.target import Target

CONCERNED = (
    "isolation.",
    "specimen.",
    "tenancy.",
    "http.if-",
    "http.list.",
    "http.cursor.",
    "http.query.",
    "http.failure.",
    "http.text.",
    "http.numbers.",
    "http.map.",
    "http.time.taken.",
)
"""Cases whose answer depends on what the database holds."""


def test_the_cases_about_stored_rows_hold_on_postgresql(postgres_targets: tuple[Target, Target]) -> None:
    """Every case that reads or writes rows gives the answers that it gives on memory and SQLite."""
    cases = [case for case in CASES if case.id.startswith(CONCERNED)]
    assert len(cases) > 100
    for target in postgres_targets:
        world = fresh(target)
        for case in cases:
            if case.requires <= target.capabilities:
                play(case, target, world)
            if case.changes:
                world = fresh(target)
