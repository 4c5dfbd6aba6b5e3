"""One call to another service: attempts under circuit, budget and deadline, each with a line in the log. It knows when to send, not how."""

import hashlib
from typing import Final

from msgspec import Struct

from kingpost.kernel.context import Context
from kingpost.kernel.errors import ConfigurationError, KernelError, Timeout
from kingpost.kernel.outbound import Headers, HttpReply, HttpRequest, UpstreamForbidden
from kingpost.kernel.system import Field
from kingpost.kernel.urls import Origin, read_url

from .model import Outcome, Standing, Ticket, Verdict, admit, judge, may_retry, settle, spend, wait_before_retry, word
from .ports import Key, Standings

_LONGEST_REASON: Final = 200


class _Call(Struct, frozen=True, kw_only=True):
    """One call of a use case, over all its attempts."""

    context: Context
    request: HttpRequest
    origin: Origin
    trace_id: str

    @property
    def key(self) -> Key:
        """Whose standing counts."""
        return self.request.target.name, self.origin

    def left(self) -> float:
        """Seconds until the deadline of the context; ``Timeout`` where there are none."""
        left = self.context.deadline - self.context.system.clock.monotonic()
        if left <= 0:
            raise Timeout
        return left


class _Attempt(Struct, frozen=True, kw_only=True):
    number: int
    span: str
    ticket: Ticket
    given: float
    """Seconds that it may take."""
    started: float


class ResilientHttp:
    """The port Outbound over the wire of the machine."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    async def send(self, *, context: Context, request: HttpRequest) -> HttpReply:
        """As ``Context.send`` says."""
        _refuse_inside_a_unit(context, request)
        call = _Call(context=context, request=request, origin=_origin(context, request), trace_id=_trace_id(context))
        attempt = 1
        while True:
            outcome = await self._attempt(call, attempt)
            wait = self._wait(call, outcome, attempt)
            if wait is None:
                break
            await context.system.sleeper.sleep(seconds=wait)
            attempt += 1
        if isinstance(outcome, HttpReply):
            return outcome
        raise outcome

    async def _attempt(self, call: _Call, number: int) -> HttpReply | KernelError:
        """The reply, or the condition in its place; the ticket is given back whatever happens. ``CircuitOpen`` where nothing was sent."""
        system, request = call.context.system, call.request
        given, started = min(request.target.seconds, call.left()), system.clock.monotonic()
        ticket = self._admitted(call, started, first=number == 1)
        attempt = _Attempt(number=number, span=system.entropy.draw("trace-ids", 8).hex(), ticket=ticket, given=given, started=started)
        outcome: HttpReply | KernelError
        try:
            outcome = await system.http.send(request=request, seconds=given, stamp=_stamp(call, attempt))
        except KernelError as error:
            outcome = error
        except BaseException as error:  # a cancellation, or a bug: told, and not the service's fault
            self._end(call, attempt, error)
            raise
        self._end(call, attempt, outcome)
        return outcome

    def _end(self, call: _Call, attempt: _Attempt, outcome: Outcome) -> None:
        target = call.request.target
        elapsed = call.context.system.clock.monotonic() - attempt.started
        self._give_back(call, attempt.ticket, judge(outcome, target, given=attempt.given, elapsed=elapsed))
        self._tell(call, attempt, outcome, seconds=elapsed)

    def _admitted(self, call: _Call, now: float, *, first: bool) -> Ticket:
        answer = self._standings.change(call.key, lambda standing: admit(standing, call.request.target, now, first=first))
        if isinstance(answer, Ticket):
            return answer
        call.context.system.metrics.observe_call(self._standings.label(call.request.target.name), "refused", 0.0)
        raise answer

    def _give_back(self, call: _Call, ticket: Ticket, verdict: Verdict) -> None:
        rules, now = call.request.target.breaking, call.context.system.clock.monotonic()
        before, after = self._standings.change(call.key, lambda standing: _settled(standing, settle(standing, rules, ticket, verdict, now)))
        if before != after:  # once for each change, not for each call that is refused meanwhile
            fields: dict[str, Field] = {"target": call.request.target.name, "host": call.origin.host, "was": before, "is": after}
            call.context.system.log.event("outbound.circuit", fields)

    def _wait(self, call: _Call, outcome: HttpReply | KernelError, attempt: int) -> float | None:
        """Seconds until the next attempt, or None where the outcome stands; a wait that would reach the deadline is not begun."""
        system, rules = call.context.system, call.request.target.retries
        if not may_retry(call.request, outcome, attempt=attempt):
            return None
        chance = int.from_bytes(system.entropy.draw("jitter", 4), "big") / 0xFFFF_FFFF
        wait = wait_before_retry(rules, outcome, attempt=attempt, chance=chance, now=system.clock.now())
        now = system.clock.monotonic()
        if wait is None or now + wait >= call.context.deadline:
            return None

        def decide(standing: Standing) -> tuple[Standing, bool]:
            budget, granted = spend(standing.budget, rules, now)
            return Standing(circuit=standing.circuit, budget=budget, running=standing.running), granted

        return wait if self._standings.change(call.key, decide) else None

    def _tell(self, call: _Call, attempt: _Attempt, outcome: Outcome, *, seconds: float) -> None:
        """One line and one observation; neither path nor query nor headers, which may hold secrets or name people."""
        context, target = call.context, call.request.target.name
        context.system.metrics.observe_call(self._standings.label(target), word(outcome), seconds)
        fields: dict[str, Field] = {
            "request_id": context.request_id,
            "trace_id": call.trace_id,
            "span_id": attempt.span,
            "tenant": context.scope.tenant,
            "target": target,
            "host": call.origin.host,
            "method": call.request.method,
            "attempt": attempt.number,
            "outcome": str(outcome.status) if isinstance(outcome, HttpReply) else word(outcome),
            "microseconds": int(seconds * 1_000_000),
        }
        if isinstance(outcome, BaseException):
            fields["reason"] = _reason(outcome)
        context.system.log.event("outbound.attempt", fields)


def _settled(before: Standing, after: Standing) -> tuple[Standing, tuple[str, str]]:
    return after, (before.circuit.phase, after.circuit.phase)


def _refuse_inside_a_unit(context: Context, request: HttpRequest) -> None:
    if context.unit is None and not context.session.in_unit():
        return
    message = (
        f"{request.target.name!r} is called inside a unit of work, which would hold its locks while another machine answers: "
        "declare the operation with unit=False (in a host's own handler take a context without write=True), call first, "
        "and write in a unit of its own behind it: async with context.atomic() as inside"
    )
    raise ConfigurationError(message)


def _origin(context: Context, request: HttpRequest) -> Origin:
    try:
        return read_url(request.url).origin
    except UpstreamForbidden as error:
        context.system.log.event(
            "outbound.refused", {"request_id": context.request_id, "target": request.target.name, "reason": error.reason}
        )
        raise


def _trace_id(context: Context) -> str:
    """The trace of the context; else one that all calls of this request share."""
    return context.trace_id or hashlib.sha256(context.request_id.encode()).hexdigest()[:32]


def _stamp(call: _Call, attempt: _Attempt) -> Headers:
    """What lets both sides find each other's log lines: our request id, and W3C Trace Context with a span for each attempt."""
    flags = "01" if call.context.sampled else "00"
    return ("request-id", call.context.request_id), ("traceparent", f"00-{call.trace_id}-{attempt.span}-{flags}")


def _reason(outcome: BaseException) -> str:
    """For the log: what the condition does not tell the caller."""
    if isinstance(outcome, UpstreamForbidden):
        return outcome.reason
    cause = outcome.__cause__
    return type(outcome).__name__ if cause is None else f"{type(cause).__name__}: {cause}"[:_LONGEST_REASON]
