"""What requests leave behind in the log and the metrics: ids of ours, and nothing of anybody's data (isolation T46; spec http, attacks 18 and 52). It knows cases."""

import pytest

from kingpost.adapters.memory.log import Line
from kingpost.conformance.cases import CASES, fresh, play
from kingpost.conformance.inprocess import AsgiTarget
from kingpost.conformance.world import CANARY
from tests.conformance.targets import MemoryTarget

SAID = (
    "kp_t_",
    "kp_p_",
    "Bearer",
    CANARY,
    "Thing own",
    "SHARED-1",
    "QUARTZ-1",
    "Tenant a",
    "invoice overdue",
    "evil",
    "SCRIPT",
    "secret-",
)
"""Credentials, names and values that the cases send or read; the slugs of the world are added."""
FIELDS = {"request_id", "trace_id", "api_version", "operation", "method", "status", "tenant", "principal", "microseconds"}


@pytest.mark.parametrize("name", ["memory_target", "litestar_target"])
def test_log_and_metrics_hold_nobodys_data(request: pytest.FixtureRequest, name: str) -> None:
    """After every case has been played, no line and no label holds a credential, a name or a value; lines have these fields and no others."""
    target: MemoryTarget | AsgiTarget = request.getfixturevalue(name)
    machine, lines, metrics = target.bench.machine, list[Line](), b""
    world = fresh(target)
    for case in CASES:
        play(case, target, world)
        if case.changes:
            lines += machine.log.lines
            metrics += machine.render()[1]
            world = fresh(target)
    asked = [line for line in lines if line.name == "request"]
    assert len(asked) > 1_000
    assert {field for line in asked for field in line.fields} == FIELDS
    told = " ".join(str(line.fields) for line in lines) + metrics.decode()
    assert [text for text in (*SAID, world["nonce"]) if text in told] == []
    assert {line.fields["operation"] for line in asked} >= {"unknown", "tenancy.tenants.create", "specimen.specimens.list"}


@pytest.mark.parametrize("name", ["memory_target", "litestar_target"])
def test_an_unforeseen_error_is_one_line_and_a_refusal_none(request: pytest.FixtureRequest, name: str) -> None:
    """Each case of a failure leaves exactly one line at ERROR with the exception; every other case leaves none."""
    target: MemoryTarget | AsgiTarget = request.getfixturevalue(name)
    log = target.bench.machine.log
    world, failures = fresh(target), 0
    for case in CASES:
        before = len(log.failures)
        play(case, target, world)
        wanted = sum(step.fail is not None and step.fault == "unforeseen" for step in case.steps)
        assert len(log.failures) - before == wanted, case.id
        failures += wanted
        if case.changes:
            world = fresh(target)
    assert failures >= 10
