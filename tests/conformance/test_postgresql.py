"""The isolation of tenants and the rules of concurrency on PostgreSQL, through both adapters (isolation, section 1). It knows cases; other databases have tests of their own."""

from kingpost.conformance.cases import CASES, fresh, play
from kingpost.conformance.target import Target
from tests.conformance.operations import OF_TENANTS, id_kind
from tests.conformance.test_every_operation import check_foreign_is_absent, check_state_is_refused

CONCERNED = ("isolation.", "precondition.", "query.", "exposure.failure.", "exposure.secret", "body.text-as-sent", "body.largest-numbers")
"""Cases whose answer depends on what the database holds."""


def test_the_cases_about_stored_rows_hold_on_postgresql(postgres_targets: tuple[Target, Target]) -> None:
    """Every case that reads or writes rows gives the answers that it gives on memory and SQLite."""
    cases = [case for case in CASES if case.id.startswith(CONCERNED)]
    assert len(cases) > 100
    for target in postgres_targets:
        world = fresh(target)
        for case in cases:
            if case.needs <= target.capabilities:
                play(case, target, world)
            if case.changes:
                world = fresh(target)


def test_tenants_are_apart_on_postgresql(postgres_targets: tuple[Target, Target]) -> None:
    """Another tenant's object is like none, and a tenant that is not active is refused, for every operation of the registry."""
    asked = 0
    for target in postgres_targets:
        world = fresh(target)
        for operation in OF_TENANTS:
            asked += 1
            if id_kind(operation) is not None:
                check_foreign_is_absent(target, world, operation)
            for kind in ("suspended", "closed"):
                check_state_is_refused(target, world, operation, kind)
    assert asked == 2 * len(OF_TENANTS)
