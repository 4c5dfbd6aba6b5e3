"""Counts of answers in a dictionary. It knows the exposition format's two simplest families and no client library."""

import threading


class MemoryMetrics:
    """The port Metrics: per operation, method and status the number of answers and their seconds, and the same for calls to other services."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.answers: dict[tuple[str, str, int], tuple[int, float]] = {}
        self.calls: dict[tuple[str, str], tuple[int, float]] = {}
        """Attempts to call other services, by target and outcome."""

    def observe(self, operation: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self._guard:
            count, total = self.answers.get((operation, method, status), (0, 0.0))
            self.answers[(operation, method, status)] = (count + 1, total + seconds)

    def observe_call(self, target: str, outcome: str, seconds: float) -> None:
        """Count one attempt to call another service."""
        with self._guard:
            count, total = self.calls.get((target, outcome), (0, 0.0))
            self.calls[target, outcome] = (count + 1, total + seconds)

    def render(self) -> tuple[str, bytes]:
        """The counts in the Prometheus text format 0.0.4."""
        with self._guard:
            answers, calls = sorted(self.answers.items()), sorted(self.calls.items())
        lines = ["# TYPE kingpost_requests_total counter"]
        lines += [f"kingpost_requests_total{_labels(series)} {count}" for series, (count, _) in answers]
        lines += ["# TYPE kingpost_request_seconds_total counter"]
        lines += [f"kingpost_request_seconds_total{_labels(series)} {seconds!r}" for series, (_, seconds) in answers]
        if calls:
            lines += ["# TYPE kingpost_calls_total counter"]
            lines += [f"kingpost_calls_total{_call_labels(series)} {count}" for series, (count, _) in calls]
            lines += ["# TYPE kingpost_call_seconds_total counter"]
            lines += [f"kingpost_call_seconds_total{_call_labels(series)} {seconds!r}" for series, (_, seconds) in calls]
        return "text/plain; version=0.0.4; charset=utf-8", ("\n".join(lines) + "\n").encode()


def _labels(series: tuple[str, str, int]) -> str:
    operation, method, status = series
    return f'{{operation="{_escaped(operation)}",method="{_escaped(method)}",status="{status}"}}'


def _call_labels(series: tuple[str, str]) -> str:
    target, outcome = series
    return f'{{target="{_escaped(target)}",outcome="{_escaped(outcome)}"}}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
