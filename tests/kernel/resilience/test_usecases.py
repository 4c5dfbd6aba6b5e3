"""One call of a use case: its attempts, its end, and what is told about it. Time stands still but for the waits."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import svcs

from kingpost.kernel.context import Outbound
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, KernelError, Timeout
from kingpost.kernel.outbound import (
    Breaking,
    CircuitOpen,
    HttpReply,
    HttpRequest,
    Retries,
    Target,
    UpstreamForbidden,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnavailable,
)
from kingpost.kernel.resilience.model import Standing
from kingpost.kernel.resilience.ports import Standings
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.urls import Origin
from tests.kernel.resilience.errands import URL, Errands

TARGET = Target(name="rates", seconds=5.0, retries=Retries(attempts=3, first_wait=1.0), breaking=Breaking(calls=4, pause=10.0, probes=1))
OK = HttpReply(status=200, body=b"{}")
BUSY = HttpReply(status=503)


def outcomes(errands: Errands) -> list[str]:
    """What the log tells of each attempt."""
    return [str(line.fields["outcome"]) for line in errands.log.events("outbound.attempt")]


class TestAttempts:
    """How often something is sent."""

    def test_a_success_is_sent_once(self) -> None:
        """And is not waited for."""
        errands = Errands(OK)
        assert errands.get(TARGET) is OK
        assert (len(errands.http.sent), errands.sleeper.slept) == (1, [])

    def test_what_is_temporary_is_sent_again(self) -> None:
        """After a drawn wait each; the first success ends it."""
        errands = Errands(UpstreamUnavailable(), BUSY, OK)
        assert errands.get(TARGET) is OK
        assert outcomes(errands) == ["unreachable", "503", "200"]
        first, second = errands.sleeper.slept
        assert 0 <= first <= 1.0
        assert 0 <= second <= 2.0

    @pytest.mark.parametrize(
        ("last", "told"), [(BUSY, None), (UpstreamTimeout(), UpstreamTimeout), (UpstreamUnavailable(), UpstreamUnavailable)]
    )
    def test_the_last_outcome_stands(self, last: Any, told: type[KernelError] | None) -> None:
        """A reply is a reply, whatever its status; else the condition of the last attempt is raised."""
        errands = Errands(BUSY, BUSY, last)
        if told is None:
            assert errands.get(TARGET) is BUSY
        else:
            with pytest.raises(told):
                errands.get(TARGET)
        assert len(errands.http.sent) == 3

    @pytest.mark.parametrize("condition", [UpstreamForbidden("x"), UpstreamTooLarge()])
    def test_what_is_final_is_not_sent_again(self, condition: KernelError) -> None:
        """It would end the same way."""
        errands = Errands(condition)
        with pytest.raises(type(condition)):
            errands.get(TARGET)
        assert len(errands.http.sent) == 1

    def test_a_post_is_sent_once_unless_it_has_a_key(self) -> None:
        """Who cannot tell a repetition would be charged twice."""
        errands = Errands(UpstreamUnavailable(), UpstreamUnavailable(), OK)
        with pytest.raises(UpstreamUnavailable):
            errands.send(HttpRequest(target=TARGET, method="POST", url=URL))
        keyed = HttpRequest(target=TARGET, method="POST", url=URL, headers=(("Idempotency-Key", "k-1"),))
        assert errands.send(keyed) is OK
        assert len(errands.http.sent) == 3

    def test_the_budget_ends_a_storm(self) -> None:
        """A service that fails altogether gets little more than one attempt for each call, not three."""
        target = Target(name="down", retries=Retries(saved=5, share=0.1, per_second=0.0), breaking=Breaking(mode="off"))
        errands = Errands(otherwise=BUSY)
        for _ in range(200):
            errands.get(target)
        assert 200 + 5 <= len(errands.http.sent) <= 200 + 5 + 20


class TestDeadline:
    """The deadline of the context bounds everything."""

    def test_an_attempt_gets_what_is_left(self) -> None:
        """The target's time, or less."""
        errands = Errands(OK, OK)
        errands.get(TARGET, seconds=30)
        errands.get(TARGET, seconds=2)
        assert [sent.seconds for sent in errands.http.sent] == [5.0, 2.0]

    def test_a_wait_that_would_reach_it_is_not_begun(self) -> None:
        """The answer to the caller is worth more than another attempt."""
        errands = Errands(HttpReply(status=503, headers=(("retry-after", "2"),)), OK)
        assert errands.get(TARGET, seconds=2).status == 503
        assert errands.sleeper.slept == []

    def test_who_has_no_time_sends_nothing(self) -> None:
        """``Timeout``, as from the store."""
        errands = Errands()
        with pytest.raises(Timeout):
            errands.get(TARGET, seconds=0)
        assert errands.http.sent == []

    def test_the_sum_of_attempts_stays_within(self) -> None:
        """However slowly each attempt fails, all of them together end by the deadline."""
        errands = Errands()

        def slow(request: HttpRequest) -> HttpReply:
            errands.clock.advance(errands.http.sent[-1].seconds)
            raise UpstreamTimeout

        errands.http.otherwise = slow
        with pytest.raises(UpstreamTimeout):
            errands.get(TARGET, seconds=12)
        assert errands.clock.monotonic() <= 12


class TestCircuit:
    """A service that fails is left alone."""

    def test_an_open_circuit_sends_nothing(self) -> None:
        """Whoever comes is told at once, with the time to the next probe; one probe closes it again."""
        errands = Errands(otherwise=HttpReply(status=500))
        for _ in range(4):
            assert errands.get(TARGET).status == 500
        with pytest.raises(CircuitOpen) as opened:
            errands.get(TARGET)
        assert opened.value.headers == (("retry-after", "10"),)
        assert len(errands.http.sent) == 4
        errands.clock.advance(10)
        errands.http.otherwise = OK
        assert errands.get(TARGET) is OK
        assert errands.get(TARGET) is OK
        changes = [(line.fields["was"], line.fields["is"]) for line in errands.log.events("outbound.circuit")]
        assert changes == [("closed", "open"), ("half-open", "closed")]

    def test_it_opens_within_a_call_too(self) -> None:
        """The third attempt of the second call is not sent."""
        errands = Errands(otherwise=UpstreamUnavailable())
        with pytest.raises(UpstreamUnavailable):
            errands.get(TARGET)
        with pytest.raises(CircuitOpen):
            errands.get(TARGET)
        assert len(errands.http.sent) == 4

    def test_each_origin_has_its_own(self) -> None:
        """One tenant's dead webhook stops nobody else's; scheme and port count too."""
        errands = Errands(otherwise=HttpReply(status=500))
        for _ in range(4):
            errands.get(TARGET)
        errands.http.otherwise = OK
        for url in ("https://other.example/", "https://rates.example:8443/", "http://rates.example/"):
            assert errands.get(TARGET, url) is OK
        assert errands.get(Target(name="others"), URL) is OK
        with pytest.raises(CircuitOpen):
            errands.get(TARGET, "https://RATES.example:443/elsewhere")

    def test_a_cancelled_call_gives_its_place_back(self) -> None:
        """A coroutine that is closed while it waits holds nothing afterwards, and says so."""
        errands = Errands(GeneratorExit(), OK)
        narrow = Target(name="narrow", concurrency=1)
        with pytest.raises(GeneratorExit):
            errands.get(narrow)
        assert errands.get(narrow) is OK
        assert outcomes(errands) == ["ended", "200"]

    def test_a_bug_gives_its_place_back_too(self) -> None:
        """An exception that nobody foresaw passes through."""
        errands = Errands(ZeroDivisionError(), OK)
        narrow = Target(name="narrow", concurrency=1)
        with pytest.raises(ZeroDivisionError):
            errands.get(narrow)
        assert errands.get(narrow) is OK


class TestUnits:
    """Nobody waits for another machine while holding locks."""

    def test_a_call_inside_a_unit_is_refused(self) -> None:
        """Before anything is sent, with the mend."""
        errands = Errands()
        with pytest.raises(ConfigurationError, match="unit=False"):
            errands.get(TARGET, write=True)
        assert errands.http.sent == []

    def test_a_unit_that_the_use_case_opened_itself_is_seen_too(self) -> None:
        """The session knows; before and behind it the call is made."""
        errands = Errands(OK, OK)

        async def act() -> None:
            request = HttpRequest(target=TARGET, method="GET", url=URL)
            async with errands.context() as context:
                await context.send(request)
                async with context.session.unit(PLATFORM) as unit:
                    with pytest.raises(ConfigurationError, match="inside a unit of work"):
                        await context.send(request)
                    await unit.commit()
                await context.send(request)

        drive(act())
        assert len(errands.http.sent) == 2


class TestTraces:
    """Both sides find each other's log lines, and neither finds a secret."""

    TRACE = "0af7651916cd43dd8448eb211c80319c"

    def test_each_attempt_is_a_span_of_the_callers_trace(self) -> None:
        """W3C Trace Context: one trace, another span for each attempt; the log line has both, and the request id."""
        errands = Errands(BUSY, OK)
        errands.get(TARGET, trace_id=self.TRACE)
        stamps = [dict(sent.stamp) for sent in errands.http.sent]
        lines = errands.log.events("outbound.attempt")
        for stamp, line in zip(stamps, lines, strict=True):
            assert stamp == {"request-id": "r-1", "traceparent": f"00-{self.TRACE}-{line.fields['span_id']}-01"}
            assert (line.fields["request_id"], line.fields["trace_id"]) == ("r-1", self.TRACE)
            assert re.fullmatch(r"(?!0{16})[0-9a-f]{16}", str(line.fields["span_id"]))
        assert len({line.fields["span_id"] for line in lines}) == 2

    def test_a_trace_that_is_not_recorded_is_not(self) -> None:
        """What the caller said about sampling is passed on."""
        errands = Errands(OK)
        errands.get(TARGET, trace_id=self.TRACE, sampled=False)
        assert dict(errands.http.sent[0].stamp)["traceparent"].endswith("-00")

    def test_calls_of_one_request_without_a_trace_share_one(self) -> None:
        """Where nobody began a trace, as in a command, the request id names it."""
        errands = Errands(OK, OK, OK)
        for request_id in ("r-1", "r-1", "r-2"):
            errands.get(TARGET, request_id=request_id)
        one, again, other = (str(line.fields["trace_id"]) for line in errands.log.events("outbound.attempt"))
        assert one == again != other
        assert re.fullmatch(r"[0-9a-f]{32}", one)

    def test_a_line_says_what_an_operator_needs(self) -> None:
        """Target, host, method, attempt, outcome and duration; for a condition its reason, which the caller is not told."""
        errands = Errands(UpstreamForbidden("10.0.0.7 is no public address"))
        with pytest.raises(UpstreamForbidden):
            errands.get(TARGET)
        (line,) = errands.log.events("outbound.attempt")
        told = {name: line.fields[name] for name in ("target", "host", "method", "attempt", "outcome", "microseconds", "tenant", "reason")}
        assert told == {
            "target": "rates",
            "host": "rates.example",
            "method": "GET",
            "attempt": 1,
            "outcome": "forbidden",
            "microseconds": 0,
            "tenant": None,
            "reason": "10.0.0.7 is no public address",
        }

    def test_no_secret_is_logged(self) -> None:
        """Neither path nor query nor headers nor bodies, in log or metrics."""
        errands = Errands(HttpReply(status=200, headers=(("set-cookie", "secret"),), body=b"secret"), UpstreamUnavailable())
        headers = (("Authorization", "Bearer secret"),)
        request = HttpRequest(
            target=TARGET, method="POST", url="https://rates.example/secret?token=secret", headers=headers, body=b"secret"
        )
        errands.send(request)
        with pytest.raises(UpstreamUnavailable):
            errands.send(request)
        assert len(errands.log.lines) == 2
        assert "secret" not in f"{errands.log.lines}{errands.metrics.render()}"

    def test_a_malformed_url_is_told_in_the_log(self) -> None:
        """It has no origin, so nothing is counted for one; the reason is there."""
        errands = Errands()
        with pytest.raises(UpstreamForbidden):
            errands.get(TARGET, "https://user:secret@rates.example/")
        (line,) = errands.log.events("outbound.refused")
        assert line.fields == {"request_id": "r-1", "target": "rates", "reason": "malformed URL"}


class TestMetrics:
    """Counts by the target's name."""

    def test_attempts_are_counted_by_target_and_outcome(self) -> None:
        """Those that were sent, and those that were refused; no host, no tenant, no path."""
        errands = Errands(BUSY, OK, *(UpstreamUnavailable() for _ in range(6)))
        errands.get(TARGET)
        with pytest.raises(UpstreamUnavailable):
            errands.get(TARGET)
        with pytest.raises(CircuitOpen):
            errands.get(TARGET)
        counted = {series: count for series, (count, _) in errands.metrics.calls.items()}
        assert counted == {("rates", "5xx"): 1, ("rates", "2xx"): 1, ("rates", "unreachable"): 2, ("rates", "refused"): 2}
        assert b'kingpost_calls_total{target="rates",outcome="2xx"} 1' in errands.metrics.render()[1]

    def test_names_made_from_data_do_not_grow_the_series(self) -> None:
        """Beyond a hundred they are one."""
        errands = Errands(otherwise=OK)
        for number in range(150):
            errands.get(Target(name=f"customer-{number}"))
        assert len(errands.metrics.calls) == 101
        assert errands.metrics.calls["other", "2xx"][0] == 50


class Door:
    """A mutex that knows whether somebody is inside."""

    def __init__(self) -> None:
        self.entered = False
        self.times = 0

    def __enter__(self) -> None:
        assert not self.entered
        self.entered, self.times = True, self.times + 1

    def __exit__(self, *fault: object) -> None:
        self.entered = False


class TestStandings:
    """What a process remembers."""

    def test_entries_are_bounded_and_the_idle_ones_go(self) -> None:
        """A thousand places; the one that was not called for the longest time goes first, never one that is being called."""
        standings = Standings(threading.Lock())

        def keep(running: int) -> Callable[[Standing], tuple[Standing, None]]:
            return lambda standing: (Standing(circuit=standing.circuit, budget=standing.budget, running=standing.running + running), None)

        keys = [("hooks", Origin("https", f"customer-{number}.example", 443)) for number in range(1500)]
        standings.change(keys[0], keep(1))
        for key in keys[1:]:
            standings.change(key, keep(0))
        assert len(standings) == 1000
        assert standings.change(keys[0], lambda standing: (standing, standing.running)) == 1

    def test_a_change_is_made_under_the_mutex(self) -> None:
        """From the look at the old standing until the new one is there, and never longer: threads lose none of each other's changes."""
        mutex = Door()
        standings, key = Standings(mutex), ("rates", Origin("https", "rates.example", 443))
        assert standings.change(key, lambda standing: (standing, mutex.entered)) is True
        assert standings.label("rates") == "rates"
        assert (mutex.entered, mutex.times) == (False, 2)

    def test_nothing_is_awaited_under_the_mutex(self) -> None:
        """While another service answers and while a wait lasts, the door is open."""
        mutex = Door()
        errands = Errands(otherwise=BUSY, mutex=lambda: mutex)
        seen: list[bool] = []

        def look(request: HttpRequest) -> HttpReply:
            seen.append(mutex.entered)
            return BUSY

        errands.http.otherwise = look
        errands.get(TARGET)
        assert seen == [False] * 3
        assert mutex.times > 3

    def test_each_kernel_has_its_own(self) -> None:
        """Two kernels in one process do not share circuits; all calls of one do."""
        first, second = Errands(), Errands()
        made = []
        for errands in (first, first, second):
            with svcs.Container(errands.kernel.services) as services:
                made.append(services.get(Outbound))
        assert made[0] is made[1]
        assert made[0] is not made[2]


def test_a_script_that_ends_says_what_was_sent() -> None:
    """The fake tells its author what is missing."""
    with pytest.raises(ConfigurationError, match=r"nothing is scripted for HttpRequest\('rates', GET 'https://rates.example/v1/rates'"):
        Errands().get(TARGET)
