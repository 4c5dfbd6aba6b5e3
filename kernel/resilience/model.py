"""Decisions about calls to other services: circuit, retry budget, waits. It knows numbers and instants that it is given; no clock, no chance, no state of its own.

Rules of the circuit::

    closed     admits everybody; opens when, of at least ``calls`` within ``window``, the share ``failures`` has failed
    open       admits nobody until ``pause`` is over, then becomes half-open
    half-open  admits ``probes`` calls in all and nobody else; all succeed: closed; one fails: open; one ends without a verdict: its place is free

A ticket holds the era in which it was given. Each change of phase begins another era, and what ends in an era that is over changes nothing.
Every state is a value; a function returns the next one. ``now`` is in seconds of the monotonic clock.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kingpost.kernel.errors import Unavailable
from kingpost.kernel.outbound import (
    Breaking,
    CircuitOpen,
    HttpReply,
    HttpRequest,
    Retries,
    Target,
    UpstreamForbidden,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)

Outcome: TypeAlias = HttpReply | BaseException
"""How an attempt ended."""

SLICES: Final = 10
"""Parts of a window; it moves on by one of them at a time."""


class Verdict(Enum):
    """What an attempt tells about the service."""

    GOOD = "good"
    BAD = "bad"
    NONE = "none"
    """Nothing: it was cancelled, forbidden, or given too little time."""


class Tally(Struct, frozen=True):
    """Calls and failures within one slice of the window."""

    slice: int
    calls: int
    failures: int


class Circuit(Struct, frozen=True, kw_only=True):
    """The state of one circuit."""

    phase: Literal["closed", "open", "half-open"] = "closed"
    era: int = 0
    tallies: tuple[Tally, ...] = ()
    """Closed: what the window holds, oldest first."""
    until: float = 0.0
    """Open: when the first probe is due."""
    probing: int = 0
    """Half-open: probes that have not ended."""
    passed: int = 0
    """Half-open: probes that succeeded."""


class Budget(Struct, frozen=True):
    """Retries saved up, and when that was counted; None before the first call."""

    tokens: float = 0.0
    at: float | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """All that is remembered of one target at one origin."""

    circuit: Circuit = Circuit()
    budget: Budget = Budget()
    running: int = 0
    """Calls under way."""


class Ticket(Struct, frozen=True):
    """The right to make one attempt, to be given back by ``settle``."""

    era: int


def admit(standing: Standing, target: Target, now: float, *, first: bool) -> tuple[Standing, Ticket | UpstreamUnavailable]:
    """A ticket, or why there is none; then nothing is to be given back. The ``first`` attempt of a call earns for its retries."""
    budget = earn(standing.budget, target.retries, now) if first else standing.budget
    circuit = _awake(standing.circuit, target.breaking, now)
    refusal = _refusal(circuit, target, now)
    if refusal is None and standing.running >= target.concurrency:
        refusal = UpstreamUnavailable(params={"target": target.name})
    if refusal is not None:
        return Standing(circuit=circuit, budget=budget, running=standing.running), refusal
    if circuit.phase == "half-open":
        circuit = Circuit(phase="half-open", era=circuit.era, probing=circuit.probing + 1, passed=circuit.passed)
    return Standing(circuit=circuit, budget=budget, running=standing.running + 1), Ticket(circuit.era)


def _awake(circuit: Circuit, rules: Breaking, now: float) -> Circuit:
    if circuit.phase == "open" and now >= circuit.until and rules.mode == "automatic":
        return Circuit(phase="half-open", era=circuit.era + 1)
    return circuit


def _refusal(circuit: Circuit, target: Target, now: float) -> UpstreamUnavailable | None:
    rules, params = target.breaking, {"target": target.name}
    if rules.mode == "off":
        return None
    if rules.mode == "open":
        return CircuitOpen(params=params, retry_after=max(1, math.ceil(rules.pause)))
    if circuit.phase == "open":
        return CircuitOpen(params=params, retry_after=max(1, math.ceil(circuit.until - now)))
    if circuit.phase == "half-open" and circuit.probing + circuit.passed >= rules.probes:
        return CircuitOpen(params=params)
    return None


def settle(standing: Standing, rules: Breaking, ticket: Ticket, verdict: Verdict, now: float) -> Standing:
    """The standing once the attempt has ended."""
    circuit = standing.circuit
    if rules.mode == "automatic" and ticket.era == circuit.era:
        circuit = _probed(circuit, rules, verdict, now) if circuit.phase == "half-open" else _counted(circuit, rules, verdict, now)
    return Standing(circuit=circuit, budget=standing.budget, running=standing.running - 1)


def _probed(circuit: Circuit, rules: Breaking, verdict: Verdict, now: float) -> Circuit:
    if verdict is Verdict.BAD:
        return _opened(circuit, rules, now)
    passed = circuit.passed + (verdict is Verdict.GOOD)
    if passed >= rules.probes:
        return Circuit(era=circuit.era + 1)
    return Circuit(phase="half-open", era=circuit.era, probing=circuit.probing - 1, passed=passed)


def _counted(circuit: Circuit, rules: Breaking, verdict: Verdict, now: float) -> Circuit:
    if verdict is Verdict.NONE:
        return circuit
    failed = int(verdict is Verdict.BAD)
    here, tallies = int(now * SLICES / rules.window), circuit.tallies
    if tallies and tallies[-1].slice == here:
        last = tallies[-1]
        tallies = (*tallies[:-1], Tally(here, last.calls + 1, last.failures + failed))
    else:
        tallies = (*(tally for tally in tallies if tally.slice > here - SLICES), Tally(here, 1, failed))
    if failed and _is_broken(tallies, rules):
        return _opened(circuit, rules, now)
    return Circuit(era=circuit.era, tallies=tallies)


def _is_broken(tallies: tuple[Tally, ...], rules: Breaking) -> bool:
    calls, failures = sum(tally.calls for tally in tallies), sum(tally.failures for tally in tallies)
    return calls >= rules.calls and failures >= rules.failures * calls


def _opened(circuit: Circuit, rules: Breaking, now: float) -> Circuit:
    return Circuit(phase="open", era=circuit.era + 1, until=now + rules.pause)


def earn(budget: Budget, rules: Retries, now: float, *, calls: int = 1) -> Budget:
    """The budget after so many calls and the time since it was last counted; it begins full."""
    if budget.at is None:
        return Budget(rules.saved, now)
    earned = rules.share * calls + rules.per_second * max(0.0, now - budget.at)
    return Budget(min(rules.saved, budget.tokens + earned), max(now, budget.at))


def spend(budget: Budget, rules: Retries, now: float) -> tuple[Budget, bool]:
    """The budget less one retry, if it has one to give."""
    counted = earn(budget, rules, now, calls=0)
    return (Budget(counted.tokens - 1, counted.at), True) if counted.tokens >= 1 else (counted, False)


def judge(outcome: Outcome, target: Target, *, given: float, elapsed: float) -> Verdict:
    """What the outcome of an attempt that was ``given`` so many seconds tells about the service."""
    if isinstance(outcome, UpstreamTimeout):
        return Verdict.BAD if given >= min(target.seconds, target.breaking.slow) else Verdict.NONE
    if isinstance(outcome, UpstreamUnavailable):
        return Verdict.BAD
    if not isinstance(outcome, HttpReply | UpstreamInvalid):
        return Verdict.NONE
    failed = isinstance(outcome, HttpReply) and outcome.status >= 500
    return Verdict.BAD if failed or elapsed >= target.breaking.slow else Verdict.GOOD


_IDEMPOTENT: Final = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
"""RFC 9110 section 9.2.2."""
_TEMPORARY: Final = frozenset((429, 502, 503, 504))


def is_repeatable(request: HttpRequest) -> bool:
    """Whether sending it twice does what sending it once does: its method says so, or the service tells repetitions by their key."""
    return request.method in _IDEMPOTENT or bool(request.header("idempotency-key"))


def may_retry(request: HttpRequest, outcome: Outcome, *, attempt: int) -> bool:
    """Whether there may be another attempt after the ``attempt``-th (from 1)."""
    return _is_temporary(outcome) and attempt < request.target.retries.attempts and is_repeatable(request)


def wait_before_retry(rules: Retries, outcome: Outcome, *, attempt: int, chance: float, now: datetime) -> float | None:
    """Seconds to wait after the ``attempt``-th attempt, or None where the service asks for more than ``longest_wait``; ``chance`` is from 0 to 1."""
    jittered = chance * min(rules.longest_wait, rules.first_wait * 2.0 ** (attempt - 1))
    asked = retry_after(outcome, now=now) if isinstance(outcome, HttpReply) else None
    if asked is None:
        return jittered
    return max(asked, jittered) if asked <= rules.longest_wait else None


def _is_temporary(outcome: Outcome) -> bool:
    if isinstance(outcome, HttpReply):
        return outcome.status in _TEMPORARY
    return isinstance(outcome, UpstreamUnavailable) and not isinstance(outcome, CircuitOpen)


def retry_after(reply: HttpReply, *, now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110 section 10.2.3), as a number or a date; None without one, or with one that is neither."""
    value = (reply.header("retry-after") or "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())


_WORDS: Final[Mapping[type[BaseException], str]] = {
    UpstreamTimeout: "timeout",
    UpstreamUnavailable: "unreachable",
    UpstreamInvalid: "invalid",
    UpstreamForbidden: "forbidden",
    Unavailable: "refused",
}


def word(outcome: Outcome) -> str:
    """One word for logs and metrics: the class of a status, or what there was in place of a reply."""
    if isinstance(outcome, HttpReply):
        return f"{outcome.status // 100}xx"
    return next((told for condition, told in _WORDS.items() if isinstance(outcome, condition)), "ended")
