"""The decisions about calls: circuit, budget, waits. Pure functions, so every law is tried on sequences that Hypothesis writes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.kernel.errors import KernelError, Unavailable
from kingpost.kernel.outbound import (
    Breaking,
    CircuitOpen,
    HttpReply,
    HttpRequest,
    Method,
    Retries,
    Target,
    UpstreamForbidden,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnavailable,
)
from kingpost.kernel.resilience.model import (
    Budget,
    Standing,
    Ticket,
    Verdict,
    admit,
    earn,
    is_repeatable,
    judge,
    may_retry,
    retry_after,
    settle,
    spend,
    wait_before_retry,
    word,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULES = Breaking(window=10.0, calls=4, failures=0.5, pause=5.0, probes=2)
TARGET = Target(name="rates", concurrency=3, breaking=RULES)
HISTORIES = st.lists(
    st.tuples(st.floats(0, 8, allow_nan=False), st.sampled_from(["begin", "good", "bad", "none"]), st.integers(0, 5)), max_size=80
)


def ask(standing: Standing, now: float, target: Target = TARGET) -> tuple[Standing, Ticket | UpstreamUnavailable]:
    """Ask for a ticket, as a first attempt does."""
    return admit(standing, target, now, first=True)


def after(*verdicts: Verdict, at: float = 0.0, standing: Standing | None = None) -> Standing:
    """The standing after calls that began and ended one after the other."""
    standing = standing or Standing()
    for verdict in verdicts:
        standing, ticket = ask(standing, at)
        assert isinstance(ticket, Ticket)
        standing = settle(standing, RULES, ticket, verdict, at)
    return standing


BAD, GOOD, NONE = Verdict.BAD, Verdict.GOOD, Verdict.NONE
OPEN = after(GOOD, BAD, GOOD, BAD)


class TestCircuit:
    """Closed, open, half-open."""

    def test_it_opens_at_the_share_of_failures(self) -> None:
        """Two of four within the window; whoever comes is told when to come back."""
        assert OPEN.circuit.phase == "open"
        _, refused = ask(OPEN, 0.5)
        assert isinstance(refused, CircuitOpen)
        assert refused.headers == (("retry-after", "5"),)
        assert refused.params == {"target": "rates"}

    def test_a_few_calls_prove_nothing(self) -> None:
        """Three failures of three are not enough calls; three of seven are not enough failures."""
        assert after(BAD, BAD, BAD).circuit.phase == "closed"
        assert after(GOOD, GOOD, GOOD, GOOD, BAD, BAD, BAD).circuit.phase == "closed"

    def test_what_is_older_than_the_window_is_forgotten(self) -> None:
        """Failures do not add up over a day."""
        standing = after(BAD, BAD, BAD)
        assert after(BAD, at=10.5, standing=standing).circuit.phase == "closed"
        assert after(BAD, at=8.5, standing=standing).circuit.phase == "open"

    def test_what_tells_nothing_counts_for_nothing(self) -> None:
        """A cancelled call is neither a success nor a failure."""
        assert after(NONE, NONE, NONE, NONE, BAD, BAD, BAD).circuit.phase == "closed"

    def test_half_open_lets_so_many_probes_through_and_nobody_else(self) -> None:
        """The third caller is refused while two probes are under way, and when one of them has succeeded too."""
        standing, first = ask(OPEN, 5.0)
        standing, second = ask(standing, 5.0)
        standing, third = ask(standing, 5.0)
        assert isinstance(first, Ticket)
        assert isinstance(second, Ticket)
        assert isinstance(third, CircuitOpen)
        standing = settle(standing, RULES, first, GOOD, 5.1)
        assert isinstance(ask(standing, 5.1)[1], CircuitOpen)
        standing = settle(standing, RULES, second, GOOD, 5.2)
        assert standing.circuit.phase == "closed"
        assert standing.circuit.tallies == ()

    def test_one_failed_probe_opens_it_again(self) -> None:
        """For another pause; what the other probe says then is of an era that is over."""
        standing, first = ask(OPEN, 5.0)
        standing, second = ask(standing, 5.0)
        assert isinstance(first, Ticket)
        assert isinstance(second, Ticket)
        standing = settle(standing, RULES, first, BAD, 6.0)
        assert (standing.circuit.phase, standing.circuit.until) == ("open", 11.0)
        assert settle(standing, RULES, second, GOOD, 6.1).circuit == standing.circuit

    def test_a_probe_that_ends_without_a_verdict_frees_its_place(self) -> None:
        """Else a cancelled probe would keep the circuit half-open for ever."""
        standing, first = ask(OPEN, 5.0)
        standing, _ = ask(standing, 5.0)
        assert isinstance(first, Ticket)
        standing = settle(standing, RULES, first, NONE, 5.1)
        assert isinstance(ask(standing, 5.1)[1], Ticket)

    def test_a_call_that_began_before_it_opened_is_no_probe(self) -> None:
        """It ends while the circuit is half-open and decides nothing."""
        standing, early = ask(Standing(), 0.0)
        assert isinstance(early, Ticket)
        standing = after(BAD, BAD, BAD, BAD, standing=standing)
        standing, _ = ask(standing, 5.0)
        assert settle(standing, RULES, early, GOOD, 5.1).circuit == standing.circuit
        assert settle(standing, RULES, early, BAD, 5.1).circuit == standing.circuit

    def test_its_switches(self) -> None:
        """``open`` refuses everybody, ``off`` nobody, whatever has happened."""
        shut = Target(name="rates", breaking=Breaking(mode="open", pause=7))
        refused = ask(Standing(), 0.0, shut)[1]
        assert isinstance(refused, CircuitOpen)
        assert refused.headers == (("retry-after", "7"),)
        off = Target(name="rates", breaking=Breaking(mode="off", calls=1))
        assert isinstance(ask(OPEN, 0.1, off)[1], Ticket)
        standing, ticket = ask(Standing(), 0.0, off)
        assert isinstance(ticket, Ticket)
        assert settle(standing, off.breaking, ticket, BAD, 0.0).circuit.phase == "closed"

    def test_too_many_at_once_are_refused(self) -> None:
        """The fourth of three is unavailable, which is no failure of the service; a place that is given back is free."""
        standing, tickets = Standing(), list[Ticket]()
        for _ in range(3):
            standing, ticket = ask(standing, 0.0)
            assert isinstance(ticket, Ticket)
            tickets.append(ticket)
        refused = ask(standing, 0.0)[1]
        assert type(refused) is UpstreamUnavailable
        standing = settle(standing, RULES, tickets[0], GOOD, 0.0)
        assert isinstance(ask(standing, 0.0)[1], Ticket)

    @given(history=HISTORIES)
    def test_its_books_balance(self, history: list[tuple[float, str, int]]) -> None:
        """Whatever happens in whatever order: places are as many as tickets out, probes never more than allowed, and the state stays small."""
        standing, now, out = Standing(), 0.0, list[Ticket]()
        for passed, what, which in history:
            now += passed
            if what == "begin":
                standing, answer = ask(standing, now)
                if isinstance(answer, Ticket):
                    out.append(answer)
            elif out:
                standing = settle(standing, RULES, out.pop(which % len(out)), Verdict(what), now)
            circuit = standing.circuit
            assert standing.running == len(out) <= TARGET.concurrency
            assert circuit.probing >= 0
            assert circuit.probing + circuit.passed <= RULES.probes
            assert circuit.probing == (sum(ticket.era == circuit.era for ticket in out) if circuit.phase == "half-open" else 0)
            assert len(circuit.tallies) <= 10
            assert all(0 <= tally.failures <= tally.calls for tally in circuit.tallies)

    @given(history=HISTORIES)
    def test_it_always_recovers(self, history: list[tuple[float, str, int]]) -> None:
        """Once the service is well again, a pause and the probes close the circuit, whatever was before."""
        standing, now, out = Standing(), 0.0, list[Ticket]()
        for passed, what, which in history:
            now += passed
            if what == "begin":
                standing, answer = ask(standing, now)
                out += [answer] if isinstance(answer, Ticket) else []
            elif out:
                standing = settle(standing, RULES, out.pop(which % len(out)), Verdict(what), now)
        for ticket in out:
            standing = settle(standing, RULES, ticket, NONE, now)
        now += RULES.pause
        for _ in range(RULES.probes):
            standing, answer = ask(standing, now)
            assert isinstance(answer, Ticket)
            standing = settle(standing, RULES, answer, GOOD, now)
        assert standing.circuit.phase == "closed"


class TestBudget:
    """How much of the traffic may be repetition."""

    RULES = Retries(share=0.1, per_second=0.5, saved=3.0)

    def test_it_begins_full_and_runs_out(self) -> None:
        """Three saved retries, then none until calls or time have earned one."""
        budget = earn(Budget(), self.RULES, 0.0)
        granted = []
        for _ in range(4):
            budget, one = spend(budget, self.RULES, 0.0)
            granted.append(one)
        assert granted == [True, True, True, False]
        for _ in range(11):
            budget = earn(budget, self.RULES, 0.0)
        assert spend(budget, self.RULES, 0.0)[1]
        assert not spend(spend(budget, self.RULES, 0.0)[0], self.RULES, 1.0)[1]
        assert spend(spend(budget, self.RULES, 0.0)[0], self.RULES, 2.0)[1]

    @given(events=st.lists(st.tuples(st.booleans(), st.floats(0, 5, allow_nan=False)), max_size=200))
    def test_no_more_is_spent_than_was_saved_and_earned(self, events: list[tuple[bool, float]]) -> None:
        """Retries never exceed what was saved, a share of the calls, and what time has earned: no storm of retries."""
        budget, now, calls, spent = Budget(), 0.0, 0, 0
        for is_call, passed in events:
            now += passed
            if is_call:
                budget, calls = earn(budget, self.RULES, now), calls + 1
            else:
                budget, granted = spend(budget, self.RULES, now)
                spent += granted
            assert 0 <= budget.tokens <= self.RULES.saved
        assert spent <= self.RULES.saved + self.RULES.share * calls + self.RULES.per_second * now + 1e-6

    def test_a_clock_that_is_read_late_takes_nothing_back(self) -> None:
        """Another thread may have counted a later instant already."""
        assert earn(Budget(1.0, 10.0), self.RULES, 9.0, calls=0) == Budget(1.0, 10.0)


class TestVerdicts:
    """What an outcome tells about the service."""

    @pytest.mark.parametrize(
        ("outcome", "verdict", "told"),
        [
            (HttpReply(status=200), GOOD, "2xx"),
            (HttpReply(status=404), GOOD, "4xx"),
            (HttpReply(status=429), GOOD, "4xx"),
            (HttpReply(status=500), BAD, "5xx"),
            (HttpReply(status=503), BAD, "5xx"),
            (UpstreamUnavailable(), BAD, "unreachable"),
            (UpstreamTimeout(), BAD, "timeout"),
            (UpstreamInvalid(), GOOD, "invalid"),
            (UpstreamTooLarge(), GOOD, "invalid"),
            (UpstreamForbidden("x"), NONE, "forbidden"),
            (Unavailable(), NONE, "refused"),
            (GeneratorExit(), NONE, "ended"),
        ],
    )
    def test_each_outcome_has_a_verdict_and_a_word(self, outcome: HttpReply | BaseException, verdict: Verdict, told: str) -> None:
        """A 4xx is the caller's fault; what was forbidden or cancelled says nothing."""
        assert judge(outcome, TARGET, given=10.0, elapsed=0.1) is verdict
        assert word(outcome) == told

    def test_a_slow_answer_is_a_failure(self) -> None:
        """Whatever it says."""
        slow = Target(name="rates", breaking=Breaking(slow=2.0))
        assert judge(HttpReply(status=200), slow, given=10.0, elapsed=2.0) is BAD
        assert judge(HttpReply(status=200), slow, given=10.0, elapsed=1.9) is GOOD

    def test_who_gave_too_little_time_cannot_blame_the_service(self) -> None:
        """A timeout counts only where the attempt had the target's time, or as long as counts as slow."""
        target = Target(name="rates", seconds=10.0, breaking=Breaking(slow=2.0))
        assert judge(UpstreamTimeout(), target, given=1.9, elapsed=1.9) is NONE
        assert judge(UpstreamTimeout(), target, given=2.0, elapsed=2.0) is BAD


def request(method: Method = "GET", **headers: str) -> HttpRequest:
    """A request with the headers."""
    return HttpRequest(
        target=Target(name="rates", retries=Retries(attempts=4, first_wait=1.0, longest_wait=3.0)),
        method=method,
        url="https://rates.example/",
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
    )


def wait(outcome: HttpReply | KernelError, *, attempt: int = 1, chance: float = 1.0, of: HttpRequest | None = None) -> float | None:
    """The wait after an outcome."""
    asking = of or request()
    if not may_retry(asking, outcome, attempt=attempt):
        return None
    return wait_before_retry(asking.target.retries, outcome, attempt=attempt, chance=chance, now=NOW)


class TestWaits:
    """Whether and when there is another attempt."""

    @pytest.mark.parametrize(
        ("method", "repeated"),
        [("GET", True), ("HEAD", True), ("OPTIONS", True), ("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False)],
    )
    def test_only_what_does_no_harm_twice_is_repeated(self, method: Method, repeated: bool) -> None:
        """Idempotent methods (RFC 9110 section 9.2.2), and any with an Idempotency-Key; an empty key is none."""
        assert is_repeatable(request(method)) is repeated
        assert is_repeatable(request(method, Idempotency_Key="k-1"))
        assert is_repeatable(request(method, idempotency_key="")) is repeated
        assert (wait(UpstreamUnavailable(), of=request(method)) is not None) is repeated

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_what_is_temporary_is_tried_again(self, status: int) -> None:
        """Statuses that say so, no connection, no answer in time."""
        assert wait(HttpReply(status=status)) == 1.0
        assert wait(UpstreamTimeout()) == 1.0

    @pytest.mark.parametrize("status", [200, 301, 400, 404, 409, 500, 501])
    def test_what_is_final_is_not(self, status: int) -> None:
        """Nor is a reply that cannot be used, a place that is not called, or a circuit that is open."""
        assert wait(HttpReply(status=status)) is None
        for condition in (UpstreamInvalid(), UpstreamTooLarge(), UpstreamForbidden(), CircuitOpen()):
            assert wait(condition) is None

    def test_waits_double_up_to_the_longest_and_attempts_end(self) -> None:
        """1, 2, then 3 in place of 4, and no fifth attempt of four."""
        assert [wait(UpstreamUnavailable(), attempt=attempt) for attempt in (1, 2, 3, 4)] == [1.0, 2.0, 3.0, None]

    @given(chance=st.floats(0, 1), attempt=st.integers(1, 3))
    def test_the_jitter_is_full(self, chance: float, attempt: int) -> None:
        """Any wait from none to the whole, so that callers who failed together do not come back together."""
        whole = wait(UpstreamUnavailable(), attempt=attempt)
        assert whole is not None
        assert wait(UpstreamUnavailable(), attempt=attempt, chance=chance) == chance * whole

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("2", 2.0),
            ("0", 0.0),
            ("Sun, 01 Nov 2026 12:00:02 GMT", 2.0),
            ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
            ("Sun Nov  1 12:00:03 2026", 3.0),
            (None, None),
            ("", None),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("²", None),
            ("9" * 400, float("inf")),
            ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ],
    )
    def test_retry_after_is_a_number_or_a_date(self, value: str | None, seconds: float | None) -> None:
        """RFC 9110 section 10.2.3; what is neither is as good as none, and the past is at once."""
        headers = () if value is None else (("retry-after", value),)
        assert retry_after(HttpReply(status=503, headers=headers), now=NOW) == seconds

    def test_the_service_decides_when_to_come_back(self) -> None:
        """No earlier than it asks; where it asks for longer than we wait, not again."""
        assert wait(HttpReply(status=503, headers=(("retry-after", "2"),)), chance=0.0) == 2.0
        assert wait(HttpReply(status=503, headers=(("retry-after", "0"),)), chance=0.5) == 0.5
        assert wait(HttpReply(status=503, headers=(("retry-after", "4"),))) is None
