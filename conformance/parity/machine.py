"""Programs: a Hypothesis state machine with one rule for each operation of the registry, and some for mischief. It knows targets and forms, no operation by name."""

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from typing import ClassVar, Final

from hypothesis import Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from kingpost.conformance.target import Capability, Reply, Target, Unreachable
from kingpost.conformance.world import NOW
from kingpost.kernel.errors import Unavailable
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Record

from .chance import SEED_ALONE
from .comparison import Different, Parity
from .forms import Asked, Form, encoded
from .script import Happening
from .shortening import replay, shortened
from .turn import Known, Turn
from .values import PATIENT

CHOSEN: Final = st.binary(min_size=44, max_size=44)
"""The choices of one step: enough for a large body."""
SOWN: Final = st.lists(CHOSEN, min_size=3, max_size=9)
STEPS: Final = 50
"""Of one program."""
FEWEST: Final = 5
"""Programs of a run; the first that Hypothesis tries is the plainest, which does nothing."""
TENANTS: Final = ("first", "second", "third")
CALLS: Final = {
    "GET": ("get", "find", "ask"),
    "POST": ("insert", "commit", "get", "replace"),
    "PATCH": ("replace", "commit", "get"),
    "DELETE": ("remove", "commit", "get"),
}
"""The port calls that can fail while a request with this method is answered."""


class Unforeseen(Exception):
    """What the back door makes a port raise."""


FAULTS: Final = (Unforeseen("a secret of the inside"), Unavailable())


class Ended(BaseException):
    """Play no further: not an ``Exception``, so that Hypothesis does not take it for a counter-example."""


class Tally:
    """What all programs of a run have done together, and the last difference that they have shown, with the seed that its targets began with."""

    def __init__(self) -> None:
        self.steps = 0
        self.trace = sha256()
        self.found: tuple[Different, int] | None = None


class Program(RuleBasedStateMachine):
    """Whatever can be asked is asked, well and badly; every target gives the same answers and holds the same rows after each step."""

    targets: ClassVar[tuple[Target, ...]] = ()
    records: ClassVar[tuple[type[Record], ...]] = ()
    forms: ClassVar[tuple[Form, ...]] = ()
    tally: ClassVar[Tally] = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.parity = Parity(self.targets, self.records)
        self.sowing = [form for form in self.forms if form.operation.location is not None and form.operation.scope == "tenant"]
        self.known = Known()
        self.chunks = all(Capability.CHUNKED in target.capabilities for target in self.targets)
        self.asked = 0
        self.number = 0

    @initialize(number=st.integers(0, 3), tenants=st.sampled_from((0, 2, 3, 1, 2, 2, 3, 3)), sown=SOWN)
    def begin(self, number: int, tenants: int, sown: list[bytes]) -> None:
        """Every target starts empty, with the same platform key, some tenants, and some of what can be made."""
        self.number = number
        keys = {target.reset(seed=number, now=NOW) for target in self.targets}
        assert len(keys) == 1, "targets do not draw the same credential from the same seed"
        self.known.platform = keys.pop()
        for slug in TENANTS[:tenants]:
            body = encoded({"slug": slug, "name": slug})
            self.send(Asked(method="POST", path="/platform/tenants", body=body, caller=self.known.platform, secret=True))
        for chosen in sown if self.sowing else ():
            turn = Turn(chosen, self.known)
            self.send(turn.of(self.sowing).ask(turn))

    def send(self, asked: Asked) -> Reply | None:
        """One exchange with all targets, and a look at their rows."""
        self.asked += 1
        exchange = asked.exchange(self.asked, chunks=self.chunks)
        try:
            reply = self.parity.send(exchange)
            if reply is None:
                return None
            self.parity.compare_rows()
        except Different as found:
            self.tally.found = found, self.number
            raise
        except Unreachable as error:
            raise Ended from error
        self.tally.steps += 1
        self.known.learn(exchange, asked.caller, reply, secret=asked.secret)
        return reply

    def some_form(self, turn: Turn) -> Form:
        """One of the operations."""
        return turn.of(self.forms)

    @precondition(lambda self: self.known.links)
    @rule(chosen=CHOSEN)
    def follow_link(self, chosen: bytes) -> None:
        """The next page of an earlier list, though rows may have come and gone."""
        caller, target = Turn(chosen, self.known).of(self.known.links[::-1])
        path, _, query = target.partition("?")
        self.send(Asked(method="GET", path=path, query=query, caller=caller))

    @rule(chosen=CHOSEN)
    def misuse(self, chosen: bytes) -> None:
        """An operation is sent a body that is not what it wants."""
        turn = Turn(chosen, self.known)
        self.send(self.some_form(turn).misuse(turn))

    @rule(chosen=CHOSEN)
    def wander(self, chosen: bytes) -> None:
        """Any method on any path with any query and headers."""
        turn = Turn(chosen, self.known)
        self.send(self.some_form(turn).wander(turn))

    @rule(seconds=st.sampled_from((0.5, 2.0, 86_400.0, 31 * 86_400.0)))
    def let_time_pass(self, seconds: float) -> None:
        """Time passes for all."""
        self.parity.happen(Happening(f"{seconds:g} seconds pass", lambda door: door.advance(seconds)))

    @rule(chosen=CHOSEN)
    def stumble(self, chosen: bytes) -> None:
        """A port fails while an operation is asked."""
        turn = Turn(chosen, self.known)
        form = self.some_form(turn)
        call, error = turn.of(CALLS[form.operation.method]), turn.of(FAULTS)
        told = f"the next {call} fails with {type(error).__name__}"
        self.parity.happen(Happening(told, lambda door: door.fail_next(call, error)))
        self.send(form.ask(turn))

    def teardown(self) -> None:
        """What was played counts."""
        self.tally.trace.update(self.parity.trace.digest())


def machine_of(operations: Iterable[Operation], records: tuple[type[Record], ...], targets: tuple[Target, ...]) -> type[Program]:
    """The state machine of these operations: each is a rule of its own, so that a new one joins by being declared."""
    forms = tuple(map(Form, operations))
    rules = {
        f"{form.operation.id.replace('.', '_')}_{number}": _rule_of(form) for form in forms for number in range(_weight(form.operation))
    }
    return type("Program", (Program,), {**rules, "targets": targets, "records": records, "forms": forms, "tally": Tally()})


def _weight(operation: Operation) -> int:
    """What makes something is asked more often, so that there is something to ask about."""
    return 4 if operation.location is not None else 2


def _rule_of(form: Form) -> Callable[..., None]:
    def ask(self: Program, chosen: bytes) -> None:
        self.send(form.ask(Turn(chosen, self.known)))

    ask.__name__ = form.operation.id.replace(".", "_")
    ask.__doc__ = form.operation.summary
    return rule(chosen=CHOSEN)(ask)


def play(machine: type[Program], *, steps: int, seeded: int) -> None:
    """Play programs of at least so many steps in all. The first difference is made short and raised as ``Different`` with its script."""
    begun, again = machine.tally.steps, 0
    while machine.tally.steps - begun < steps:
        left = steps - (machine.tally.steps - begun)
        _run(seed(seeded * 1_000 + again)(machine), programs=max(FEWEST, -(-left // STEPS)))
        again += 1


def _run(machine: type[Program], *, programs: int) -> None:
    profile = settings(
        max_examples=programs,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        backend=SEED_ALONE,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate,),
        suppress_health_check=PATIENT,
    )
    try:
        run_state_machine_as_test(machine, settings=profile)
    except (AssertionError, Flaky, Ended) as end:
        if isinstance(end.__cause__, Unreachable):
            raise end.__cause__ from None
        if machine.tally.found is None:
            raise
        found, number = machine.tally.found
        raise shortened(found, partial(replay, targets=machine.targets, records=machine.records, number=number)) from None
