"""The clock, chance, log and metrics of tests. It knows what a test may rely on."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kingpost.adapters.memory import MemoryClock, MemoryMetrics, MemorySleeper, RecordedLog, ScriptedHttp, SeededEntropy
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.outbound import HttpReply, HttpRequest, Target, UpstreamTimeout


class TestMemoryClock:
    """The clock that stands still."""

    def test_it_moves_only_when_moved(self) -> None:
        """Two readings agree; after advance both kinds of time have moved by as much."""
        clock = MemoryClock()
        before, ticks = clock.now(), clock.monotonic()
        assert (clock.now(), clock.monotonic()) == (before, ticks)
        clock.advance(1.5)
        assert clock.now() - before == timedelta(seconds=1.5)
        assert clock.monotonic() - ticks == 1.5

    def test_setting_it_leaves_the_monotonic_reading(self) -> None:
        """A corrected clock may jump back; durations do not notice, and the zone becomes UTC."""
        clock = MemoryClock()
        clock.set(datetime(2020, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
        assert (clock.now(), clock.now().tzinfo, clock.monotonic()) == (datetime(2020, 1, 1, tzinfo=UTC), UTC, 0.0)

    def test_time_does_not_go_back_and_has_a_zone(self) -> None:
        """A negative step and a naive instant are refused."""
        with pytest.raises(ValueError, match="back"):
            MemoryClock().advance(-1)
        with pytest.raises(ValueError, match="aware"):
            MemoryClock().set(datetime(2026, 1, 1))  # noqa: DTZ001  (naive is what is refused)


class TestSeededEntropy:
    """Chance that repeats."""

    def test_its_bytes_are_fixed(self) -> None:
        """The bytes of a seed never change between versions, for tests have written ids down."""
        assert SeededEntropy(0).draw("record-ids", 10).hex() == "48bc2e4db5c39a4dc9f8"

    def test_a_longer_draw_does_not_shift_the_next(self) -> None:
        """The second draw depends on there having been a first, not on its size."""
        short, long = SeededEntropy("s"), SeededEntropy("s")
        short.draw("secrets", 1)
        long.draw("secrets", 1000)
        assert short.draw("secrets", 16) == long.draw("secrets", 16)


class TestRecordedLog:
    """The log that tests read."""

    def test_lines_are_kept_in_order(self) -> None:
        """Events and failures stand in one list, with their own copy of the fields."""
        log = RecordedLog()
        fields: dict[str, str | int | float | bool | None] = {"n": 1}
        error = ValueError("broken")
        log.event("started", fields)
        fields["n"] = 2
        log.failure("failed", error, fields)
        assert [(line.name, line.fields["n"], line.error) for line in log.lines] == [("started", 1, None), ("failed", 2, error)]
        assert [line.name for line in log.events("started")] == ["started"]
        assert [line.error for line in log.failures] == [error]


class TestMemoryMetrics:
    """The metrics that tests read."""

    def test_answers_are_counted_and_rendered(self) -> None:
        """One series per operation, method and status, in a stable order, with escaped labels."""
        metrics = MemoryMetrics()
        metrics.observe("b", "GET", 200, 0.5)
        metrics.observe("a", "GET", 200, 0.25)
        metrics.observe("a", "GET", 200, 0.25)
        metrics.observe('"\\\n', "GET", 404, 0.0)
        assert metrics.answers[("a", "GET", 200)] == (2, 0.5)
        media_type, text = metrics.render()
        assert media_type.startswith("text/plain; version=0.0.4")
        assert text.decode().splitlines() == [
            "# TYPE kingpost_requests_total counter",
            r'kingpost_requests_total{operation="\"\\\n",method="GET",status="404"} 1',
            'kingpost_requests_total{operation="a",method="GET",status="200"} 2',
            'kingpost_requests_total{operation="b",method="GET",status="200"} 1',
            "# TYPE kingpost_request_seconds_total counter",
            r'kingpost_request_seconds_total{operation="\"\\\n",method="GET",status="404"} 0.0',
            'kingpost_request_seconds_total{operation="a",method="GET",status="200"} 0.5',
            'kingpost_request_seconds_total{operation="b",method="GET",status="200"} 0.5',
        ]

    def test_calls_are_counted_and_rendered(self) -> None:
        """Attempts to call other services are one more family, which is absent where nobody is called."""
        metrics = MemoryMetrics()
        assert b"kingpost_calls" not in metrics.render()[1]
        metrics.observe_call("rates", "2xx", 0.5)
        metrics.observe_call("rates", "2xx", 0.25)
        assert metrics.calls["rates", "2xx"] == (2, 0.75)
        lines = metrics.render()[1].decode().splitlines()
        assert 'kingpost_calls_total{target="rates",outcome="2xx"} 2' in lines
        assert 'kingpost_call_seconds_total{target="rates",outcome="2xx"} 0.75' in lines


class TestScriptedHttp:
    """Other services that tests script."""

    REQUEST = HttpRequest(target=Target(name="rates"), method="GET", url="https://rates.example/")

    def send(self, http: ScriptedHttp) -> HttpReply:
        """One exchange."""
        return drive(http.send(request=self.REQUEST, seconds=1.0, stamp=(("a", "b"),)))

    def test_answers_come_in_order_and_what_was_sent_is_kept(self) -> None:
        """A reply, an exception, a function that sees the request; then ``otherwise``."""
        first, other = HttpReply(status=200), HttpReply(status=404)
        http = ScriptedHttp(first, UpstreamTimeout(), lambda request: HttpReply(status=201, body=request.url.encode()), otherwise=other)
        assert self.send(http) is first
        with pytest.raises(UpstreamTimeout):
            self.send(http)
        assert self.send(http).body == b"https://rates.example/"
        assert self.send(http) is other
        assert [(sent.request, sent.seconds, sent.stamp) for sent in http.sent] == [(self.REQUEST, 1.0, (("a", "b"),))] * 4

    def test_it_can_begin_again(self) -> None:
        """Nothing of the script or of what was sent is left."""
        http = ScriptedHttp(HttpReply(status=200), otherwise=HttpReply(status=200))
        self.send(http)
        http.forget()
        assert http.sent == []
        with pytest.raises(ConfigurationError, match="nothing is scripted"):
            self.send(http)


def test_a_sleep_moves_the_clock() -> None:
    """No time passes but on the clock, and what was slept is kept."""
    clock = MemoryClock()
    sleeper = MemorySleeper(clock)
    drive(sleeper.sleep(seconds=1.5))
    assert (sleeper.slept, clock.monotonic()) == ([1.5], 1.5)
