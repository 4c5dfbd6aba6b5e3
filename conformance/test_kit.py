"""What ``pytest --pyargs kingpost.conformance --target NAME`` collects: one test for each check and target. It knows outcomes, no law."""

from collections.abc import Callable

import pytest

from kingpost.conformance.check import Check
from kingpost.conformance.pytest_judging import Court, trials


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each check and target."""
    found = trials(metafunc.config)
    metafunc.parametrize(("name", "check"), found, ids=[f"{name}-{check.id}" for name, check in found])


def test_law(name: str, check: Check, court: Court, record_property: Callable[[str, object], None]) -> None:
    """The law holds on the target."""
    result = court.judged(name, check)
    if result.note:
        record_property("note", result.note)
    if result.outcome == "failed":
        pytest.fail(f"{result.law}\n{result.text}", pytrace=False)
    if result.outcome == "skipped":
        pytest.skip(result.text)
    if result.outcome == "expected":
        pytest.xfail(result.text)
