"""Named fakes for the runner: a target that answers everything alike, and checks that pass, fail, skip, raise and hang."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from kingpost.conformance import specimen
from kingpost.conformance.backend import Setup
from kingpost.conformance.check import Arena, Check, Kit, Skipped
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.results import Facts, Judged, Report, Result
from kingpost.conformance.runner import Plan, Runner
from kingpost.conformance.target import BackDoor, Capability, Exchange, Reply, Target, Unreachable
from kingpost.kernel import tenancy

KIT = Kit(components=(tenancy.COMPONENT, specimen.COMPONENT))
FACTS = Facts(
    versions={"python": "3.11.0"},
    profile="quick",
    seed=0,
    schedule="",
    backend="memory",
    components=("tenancy",),
    started="2026-11-01T09:30:00Z",
)


class Parrot:
    """Answers with what it was sent, and remembers that it was closed."""

    door: BackDoor | None = None

    def __init__(self, name: str = "parrot", *, capabilities: frozenset[Capability] = frozenset({Capability.SEEDED})) -> None:
        self.name = name
        self.capabilities = capabilities
        self.closed = False

    def send(self, exchange: Exchange) -> Reply:
        """The path as a body."""
        return Reply(status=200, headers=(), body=exchange.target)

    def reset(self, *, seed: int, now: datetime) -> str:
        """A key that the seed decides."""
        return f"key-{seed}"

    def close(self) -> None:
        """Remember it."""
        self.closed = True


class Stubborn(Parrot):
    """Does not end."""

    def close(self) -> None:
        """Wait for a signal."""
        signal.pause()


def check(run: Callable[[Arena], str], id_: str = "http.law", **others: object) -> Check:
    """A check of the contract, unless told otherwise."""
    return Check(**{"id": id_, "component": "http", "law": f"The law {id_} holds.", "run": run, **others})  # type: ignore[arg-type]  # the fields as given


def passing(arena: Arena) -> str:
    """Ask once, and find everything well."""
    arena.target.send(Exchange(target=b"/fine"))
    return ""


def noting(arena: Arena) -> str:
    """Tell figures."""
    return "812 of 812 interleavings"


def failing(arena: Arena) -> str:
    """Find a broken law."""
    raise AssertionError("status 301, expected 404\ncurl -i $'http://localhost:8000/tenant/'")


def skipping(arena: Arena) -> str:
    """Find that it cannot be tried."""
    raise Skipped("no clock to move")


def raising(arena: Arena) -> str:
    """Stumble over the target."""
    raise ValueError("unforeseen \x1b[31m<&>")


def exiting(arena: Arena) -> str:
    """Come upon a target that ends the process."""
    raise SystemExit(0)


def hanging(arena: Arena) -> str:
    """Wait for a signal."""
    signal.pause()
    return ""


def unreachable(arena: Arena) -> str:
    """Find nobody there."""
    raise Unreachable("parrot: nobody listens on port 1")


def interrupting(arena: Arena) -> str:
    """A person presses Ctrl-C."""
    raise KeyboardInterrupt


ONE_OF_EACH = (
    check(passing, "http.passes"),
    check(failing, "http.fails"),
    check(skipping, "http.skips"),
    check(raising, "http.raises", component="specimen", tier="edge"),
    check(noting, "stepping.notes", component="stepping", once=True),
)


class Witness(Struct):
    """A watcher that writes down what it is told, and the targets that were opened."""

    told: list[str] = []
    opened: list[Parrot] = []

    def begins(self, target: str, component: str, checks: int) -> None:
        """Write it down."""
        self.told.append(f"{target} {component} {checks}")

    def found(self, result: Result) -> None:
        """Write it down."""
        self.told.append(f"{result.outcome} {result.check} on {result.target}")

    def ends(self) -> None:
        """Write it down."""
        self.told.append("done")

    @contextmanager
    def open(self, name: str) -> Iterator[Target]:
        """A parrot of that name; nobody is there for ``absent``."""
        if name == "absent":
            raise Unreachable("no target 'absent'")
        made = Stubborn(name) if name == "stubborn" else Parrot(name)
        self.opened.append(made)
        try:
            yield made
        finally:
            made.close()


def plan(*checks: Check, targets: tuple[str, ...] = ("parrot",), **others: object) -> Plan:
    """A plan for these checks, all of which the kit has."""
    return Plan(**{"kit": KIT, "facts": FACTS, "checks": checks, "every": checks, "targets": targets, **others})  # type: ignore[arg-type]  # the fields as given


def ran(plan: Plan, witness: Witness | None = None) -> Report:
    """The report of a run, on a clock that goes on by a second each time it is read."""
    watcher = witness or Witness()
    seconds = count()
    return Runner(plan, watcher.open, watcher, clock=lambda: float(next(seconds))).run()


def report_of(*results: Result, targets: tuple[str, ...] = ("parrot",), broken: str = "") -> Report:
    """A report of these results."""
    judged = tuple(Judged(name=name, capabilities=("seeded",), trace="0" * 64) for name in targets)
    return Report(facts=FACTS, targets=judged, results=results, seconds=2.0, broken=broken)


def many_results(amount: int) -> tuple[Result, ...]:
    """Results on two targets, of which each hundredth is a failure."""
    return tuple(
        Result(
            check=f"http.law-{number // 2}",
            component="http",
            tier="core",
            law="A law that is as long as laws are: what was asked is answered, and nothing of the inside shows.",
            target=("parrot", "cockatoo")[number % 2],
            outcome="passed" if number % 100 else "failed",
            seconds=0.001,
            text="" if number % 100 else "status 500\n" * 20,
        )
        for number in range(amount)
    )


class Echo(KernelTarget):
    """A kernel behind an edge that tells every caller what he asked for, so that no two answers to different ids are equal."""

    def send(self, exchange: Exchange) -> Reply:
        """The kernel's reply and one header more."""
        reply = super().send(exchange)
        return replace(reply, headers=(*reply.headers, (b"asked-for", exchange.path)))


class Pit(KernelTarget):
    """A kernel behind an edge from which nothing comes back."""

    def send(self, exchange: Exchange) -> Reply:
        """Say so, and wait for a signal."""
        print("waiting", flush=True)
        signal.pause()
        return super().send(exchange)


def echo(setup: Setup) -> Target:
    """A ``TargetFactory``."""
    return Echo(setup, "echo")


def ruined(setup: Setup) -> Target:
    """A ``TargetFactory`` that stumbles."""
    raise ValueError("no roof\nand no wall")


def gone(setup: Setup) -> Target:
    """A ``TargetFactory`` that ends the process, as if all were well."""
    raise SystemExit(0)


def empty(setup: Setup) -> Target:
    """A ``TargetFactory`` that forgets to return what it makes."""
    return None  # type: ignore[return-value]  # so it does


def pit(setup: Setup) -> Target:
    """A ``TargetFactory``."""
    return Pit(setup, "pit")
