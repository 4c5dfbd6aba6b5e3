"""Laws of the metrics: rate, errors and latency per operation, in a number of series that no client can grow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kingpost.adapters.runtime.metrics import PrometheusMetrics

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "other")
"""What the kernel counts under."""


def series(metrics: PrometheusMetrics) -> list[str]:
    """The lines of the request histogram."""
    return [line for line in metrics.render()[1].decode().splitlines() if line.startswith("kingpost_request_seconds_")]


def test_answers_are_counted_by_operation_method_and_class_of_status() -> None:
    """200 and 201 are one series, 404 is another."""
    metrics = PrometheusMetrics()
    for status in (200, 201, 404):
        metrics.observe("tenancy.tenants.read", "GET", status, 0.003)
    found = series(metrics)
    assert 'kingpost_request_seconds_count{method="GET",operation="tenancy.tenants.read",status="2xx"} 2.0' in found
    assert 'kingpost_request_seconds_count{method="GET",operation="tenancy.tenants.read",status="4xx"} 1.0' in found
    assert 'kingpost_request_seconds_bucket{le="0.0025",method="GET",operation="tenancy.tenants.read",status="2xx"} 0.0' in found
    assert 'kingpost_request_seconds_bucket{le="0.005",method="GET",operation="tenancy.tenants.read",status="2xx"} 2.0' in found


def test_the_number_of_series_is_bounded_by_operations_methods_and_classes() -> None:
    """Every method and status of one operation: the most that can be."""
    metrics = PrometheusMetrics()
    for method in METHODS:
        for status in range(100, 600):
            metrics.observe("unknown", method, status, 0.001)
    counts = [line for line in series(metrics) if line.startswith("kingpost_request_seconds_count")]
    assert len(counts) == len(METHODS) * 5


def test_no_label_names_a_tenant() -> None:
    """The labels are these three."""
    metrics = PrometheusMetrics()
    metrics.observe("tenancy.tenant.read", "GET", 200, 0.001)
    labels = {found for line in series(metrics) for found in re.findall(r"(\w+)=", line)}
    assert labels == {"le", "method", "operation", "status"}


def test_calls_to_other_services_are_counted_by_target_and_outcome() -> None:
    """A histogram of their own, with these two labels and no other."""
    metrics = PrometheusMetrics()
    metrics.observe_call("rates", "2xx", 0.003)
    lines = [line for line in metrics.render()[1].decode().splitlines() if line.startswith("kingpost_call_seconds_")]
    assert 'kingpost_call_seconds_count{outcome="2xx",target="rates"} 1.0' in lines
    assert {found for line in lines for found in re.findall(r"(\w+)=", line)} == {"le", "outcome", "target"}


def test_kernels_in_one_process_count_apart() -> None:
    """There is no registry that two of them share."""
    one, other = PrometheusMetrics(), PrometheusMetrics()
    one.observe("unknown", "GET", 404, 0.001)
    assert series(other) == []


def test_the_process_itself_is_measured() -> None:
    """Memory, CPU and collector come along."""
    media, text = PrometheusMetrics().render()
    assert media.startswith("text/plain; version=0.0.4")
    assert b"process_resident_memory_bytes" in text
    assert b"python_gc_collections_total" in text


SHARED = """
import os
from kingpost.adapters.runtime.metrics import PrometheusMetrics
metrics = PrometheusMetrics()
children = []
for _ in range(3):
    pid = os.fork()
    if not pid:
        metrics.observe("tenancy.tenant.read", "GET", 200, 0.001)
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
print(metrics.render()[1].decode())
"""


def test_forked_processes_are_counted_together(tmp_path: Path) -> None:
    """With PROMETHEUS_MULTIPROC_DIR every process answers for all, as under gunicorn; the folder is made."""
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "shared")}
    told = subprocess.run([sys.executable, "-c", SHARED], env=environ, capture_output=True, text=True, check=True, timeout=60).stdout
    assert 'kingpost_request_seconds_count{method="GET",operation="tenancy.tenant.read",status="2xx"} 3.0' in told


@pytest.mark.parametrize("status", [200, 404])
def test_a_known_series_is_found_without_the_library(status: int) -> None:
    """The hot path is one look-up: the observer of a series is made once."""
    metrics = PrometheusMetrics()
    metrics.observe("unknown", "GET", status, 0.1)
    (observer,) = metrics._observers.values()
    metrics.observe("unknown", "GET", status, 0.1)
    assert list(metrics._observers.values()) == [observer]
