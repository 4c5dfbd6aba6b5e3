"""Prometheus metrics: rate, errors and latency per operation and per service that is called. It knows labels and their bound; it knows no tenant.

One histogram each holds all three: its count by status class is rate and errors, its buckets are the latency. The series are bounded by
operations x methods x status classes, and by targets x outcomes, whatever clients and services send.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from kingpost.kernel.errors import ConfigurationError

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds: fine where a healthy request is, coarse where it is only a question of how bad."""

_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"


class PrometheusMetrics:
    """The port Metrics. Where ``PROMETHEUS_MULTIPROC_DIR`` names a folder at import, several processes are counted together (gunicorn)."""

    def __init__(self) -> None:
        _make_shared_folder()
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "kingpost_request_seconds",
            "Time from the first byte read to the reply, in seconds, by operation, method and class of status.",
            ("operation", "method", "status"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._call_seconds = Histogram(
            "kingpost_call_seconds",
            "Time of one attempt to call another service, in seconds, by target and outcome.",
            ("target", "outcome"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._observers: dict[tuple[str, str, int], Callable[[float], None]] = {}
        if _SHARED not in os.environ:
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=self._registry)

    def observe(self, operation: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        observer = self._observers.get((operation, method, status))
        if observer is None:
            observer = self._observer(operation, method, status)
        observer(seconds)

    def observe_call(self, target: str, outcome: str, seconds: float) -> None:
        """Count one attempt to call another service."""
        self._call_seconds.labels(target, outcome).observe(seconds)

    def _observer(self, operation: str, method: str, status: int) -> Callable[[float], None]:
        labels = self._seconds.labels(operation, method, f"{status // 100}xx")
        observer = self._observers[operation, method, status] = labels.observe
        return observer

    def render(self) -> tuple[str, bytes]:
        """The exposition of this process, or of all that share the folder."""
        return MEDIA_TYPE, generate_latest(self._gathered())

    def _gathered(self) -> CollectorRegistry:
        if _SHARED not in os.environ:
            return self._registry
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]  # the library's own, untyped
        return gathered


def _make_shared_folder() -> None:
    folder = os.environ.get(_SHARED)
    if folder is None:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{_SHARED} names {folder!r}, which cannot be made: {error.strerror}; name a folder that can be written"
        ) from None
