"""Isolation from the registry, on every target (isolation T01, T03 to T06, T08 to T10, T13, T46; spec http, attacks 1 to 8, 13, 16 to 19, 49).

It knows checks and targets; what is asked of which operation stands in the kit.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import pytest

from kingpost.conformance import isolation
from kingpost.conformance.check import PROFILES, Arena, Check, Kit, Skipped
from kingpost.conformance.target import Target
from tests.conformance.targets import COMPONENTS

KIT = Kit(components=COMPONENTS, profile=PROFILES["ci"])
CHECKS = isolation.checks(KIT)
ARENAS: WeakKeyDictionary[object, Arena] = WeakKeyDictionary()
"""Of each target its arena, so that the checks share a world."""


def arena_of(target: Target) -> Arena:
    """The arena of the target."""
    return ARENAS.setdefault(target, Arena(KIT, target))


def tried(checks: Iterable[Check], arena: Arena) -> dict[str, str]:
    """The checks that fail, each with what it says."""
    broken: dict[str, str] = {}
    for check in checks:
        try:
            check.run(arena)
        except Skipped:
            continue
        except AssertionError as error:
            broken[check.id] = str(error)
            arena.spoil()
    return broken


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_operation_keeps_tenants_apart(check: Check, target: Target) -> None:
    """The law holds on the target."""
    assert tried((check,), arena_of(target)) == {}


def test_tenants_are_apart_on_postgresql(postgres_targets: tuple[Target, Target]) -> None:
    """All of it holds on PostgreSQL too, through both adapters."""
    quick = Kit(components=COMPONENTS, profile=PROFILES["quick"])
    for target in postgres_targets:
        assert tried(isolation.checks(quick), Arena(quick, target)) == {}


def test_every_operation_joins_by_itself() -> None:
    """Each operation that is not public is asked through every channel that it has, and by everybody who may not."""
    ids = {check.id for check in CHECKS}
    for operation in KIT.operations:
        assert f"isolation.nobody.{operation.id}" in ids
        assert f"isolation.foreign-header.{operation.id}" in ids
        assert (f"isolation.foreign-path.{operation.id}" in ids) == ("{" in operation.path)
        assert (f"isolation.foreign-body.{operation.id}" in ids) == (operation.body is not None)
    assert len(ids) == len(CHECKS)
