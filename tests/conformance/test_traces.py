"""What requests leave behind in the log and the metrics: ids of ours, and nothing of anybody's data (isolation T46; spec http, attacks 18 and 52). It knows cases."""

import pytest

from kingpost.conformance.cases import CASES, fresh, play
from kingpost.conformance.world import CANARY
from tests.conformance.targets import LitestarTarget, MemoryTarget

SAID = (
    "kp_t_",
    "kp_p_",
    "Bearer",
    CANARY,
    "Thing own",
    "SHARED-1",
    "MUG-01",
    "tenant-a",
    "tenant-b",
    "Tenant A",
    "invoice overdue",
    "evil",
    "<script",
)
"""Credentials, names and values that the cases send or read."""
FIELDS = {"request_id", "trace_id", "api_version", "operation", "method", "status", "tenant", "principal", "microseconds"}


@pytest.mark.parametrize("name", ["memory_target", "litestar_target"])
def test_log_and_metrics_hold_nobodys_data(request: pytest.FixtureRequest, name: str) -> None:
    """After every case has been played, no line and no label holds a credential, a name or a value; lines have these fields and no others."""
    target: MemoryTarget | LitestarTarget = request.getfixturevalue(name)
    machine = target.bench.machine
    machine.log.lines.clear()
    metrics = b""
    world = fresh(target)
    for case in CASES:
        if not case.id.startswith("body."):
            play(case, target, world)
            metrics += machine.render()[1]
        if case.changes:
            world = fresh(target)
    lines = [line for line in machine.log.lines if line.name == "request"]
    assert len(lines) > 300
    assert {field for line in lines for field in line.fields} == FIELDS
    told = " ".join(str(line.fields) for line in machine.log.lines) + metrics.decode()
    assert [text for text in SAID if text in told] == []
    assert {line.fields["operation"] for line in lines} >= {"unknown", "tenancy.tenants.create", "storefront.products.list"}


@pytest.mark.parametrize("name", ["memory_target", "litestar_target"])
def test_an_unforeseen_error_is_one_line_and_a_refusal_none(request: pytest.FixtureRequest, name: str) -> None:
    """Each case of a failure leaves exactly one line at ERROR with the exception; every other case leaves none."""
    target: MemoryTarget | LitestarTarget = request.getfixturevalue(name)
    log = target.bench.machine.log
    world, failures = fresh(target), 0
    for case in CASES:
        if case.id.startswith("body."):
            continue
        before = len(log.failures)
        play(case, target, world)
        wanted = sum(step.fail is not None for step in case.steps)
        assert len(log.failures) - before == wanted, case.id
        failures += wanted
        if case.changes:
            world = fresh(target)
    assert failures >= 10
