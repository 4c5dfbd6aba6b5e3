"""Runs checks on targets, one after the other, and closes what it opened. It knows checks and targets by their protocols; others print and store."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import groupby
from time import perf_counter
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from .alarm import Hung, limited
from .backend import Setup
from .check import Arena, Check, Kit
from .expected import Expected, stale, written_for
from .inprocess import KernelTarget
from .results import INTERRUPTED, KIT, Facts, Judged, Report, Result
from .target import Capability, Target, Unreachable
from .traced import Traced
from .trying import Trial

Opener: TypeAlias = Callable[[str], AbstractContextManager[Target]]
"""Opens a target by the name that the user gave and ends it afterwards; ``Unreachable`` where that cannot be."""
CLOSING_SECONDS: Final = 60.0
"""How long a target may take to end."""


class Watcher(Protocol):
    """Is told what happens while it happens."""

    def begins(self, target: str, component: str, checks: int) -> None:
        """The checks of a component begin on a target."""
        ...

    def found(self, result: Result) -> None:
        """A check was tried."""
        ...

    def ends(self) -> None:
        """The component is done on that target."""
        ...


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be done."""

    kit: Kit
    facts: Facts
    checks: tuple[Check, ...]
    """Those to be tried, the checks of one component together."""
    every: tuple[Check, ...]
    """All checks of the kit: what an expected failure may name."""
    targets: tuple[str, ...]
    """As the user named them; so are the following."""
    against: tuple[str, ...] = ()
    """What the targets are compared with; these are judged too, but for what compares."""
    expected: Mapping[str, Expected] = {}
    """Expected failures by target; for others those that the kit brings."""
    seconds: float = 300.0
    """How long one check may take."""
    secret: str = ""
    """What no report may hold."""

    def trial(self, name: str, clock: Callable[[], float] = perf_counter) -> Trial:
        """How the checks of a target are tried."""
        return Trial(expected=self.expected_of(name), seconds=self.seconds, secret=self.secret, clock=clock)

    def expected_of(self, name: str) -> Expected:
        """The expected failures of a target."""
        return self.expected.get(name, written_for(name))


class Runner:
    """One run. Whatever ends it, what was found until then is in the report."""

    def __init__(self, plan: Plan, opened: Opener, watcher: Watcher, *, clock: Callable[[], float] = perf_counter) -> None:
        """``clock`` counts seconds."""
        self._plan = plan
        self._opened = opened
        self._watcher = watcher
        self._clock = clock
        self._results: list[Result] = []
        self._arenas: list[Arena] = []

    def run(self) -> Report:
        """Try everything; end every target, whatever happens."""
        begun, broken = self._clock(), ""
        try:
            self._run()
        except (Hung, Unreachable) as ended:
            broken = str(ended)
        except KeyboardInterrupt:
            broken = INTERRUPTED
        return Report(
            facts=self._plan.facts,
            targets=tuple(map(_judged, self._arenas)),
            results=tuple(self._results),
            seconds=self._clock() - begun,
            broken=broken,
        )

    def _run(self) -> None:
        plan = self._plan
        with ExitStack() as stack:
            targets = [(name, stack.enter_context(self._held(name))) for name in plan.targets]
            against = tuple(stack.enter_context(self._held(name)) for name in plan.against)
            for name, target in targets:
                self._judge(
                    self._arena(target, against or oracle(target, plan.kit)), name, tuple(check for check in plan.checks if not check.once)
                )
            alone = tuple(check for check in plan.checks if not check.once and not check.compares)
            for name, target in zip(plan.against, against, strict=True):
                if name not in plan.targets:
                    self._judge(self._arena(target, ()), name, alone)
        once = tuple(check for check in plan.checks if check.once)
        if once:
            self._judge(kit_arena(plan.kit), KIT, once)

    def _arena(self, target: Target, against: tuple[Target, ...]) -> Arena:
        arena = Arena(self._plan.kit, traced(target), against=against)
        self._arenas.append(arena)
        return arena

    def _judge(self, arena: Arena, name: str, checks: tuple[Check, ...]) -> None:
        """Try the checks on one target."""
        trial = self._plan.trial(name, self._clock)
        for component, group in groupby(checks, key=lambda check: check.component):
            some = tuple(group)
            self._watcher.begins(arena.target.name, component, len(some))
            for check in some:
                self._keep(trial.of(check, arena))
            self._watcher.ends()
        for result in stale(trial.expected, arena.target.name, tuple(check.id for check in self._plan.every)):
            self._keep(result)

    def _keep(self, result: Result) -> None:
        self._results.append(result)
        self._watcher.found(result)

    @contextmanager
    def _held(self, name: str) -> Generator[Target, None, None]:
        """The target while it is needed; to begin and to end it has a limit too."""
        stack = ExitStack()
        try:
            with limited(self._plan.seconds, f"{name}: it did not start within {self._plan.seconds:g} seconds"):
                target = stack.enter_context(self._opened(name))
            yield target
        finally:
            with limited(CLOSING_SECONDS, f"{name}: it did not end within {CLOSING_SECONDS:g} seconds"):
                stack.close()


def traced(target: Target) -> Target:
    """The target with its conversation fingerprinted, where that can be the same twice: in process, with time and chance seeded."""
    seeded, served = Capability.SEEDED in target.capabilities, Capability.BYTES in target.capabilities
    return Traced(target) if seeded and not served else target


def oracle(target: Target, kit: Kit) -> tuple[Target, ...]:
    """What a target is compared with where nothing is named: the kernel on memory, if chance and time can be made equal."""
    reference = KernelTarget(Setup(components=kit.components, policy=kit.policy))
    return (reference,) if Capability.SEEDED in target.capabilities and target.name != reference.name else ()


def kit_arena(kit: Kit) -> Arena:
    """Where checks are tried that judge no target."""
    return Arena(kit, KernelTarget(Setup(components=kit.components), name=KIT))


def _judged(arena: Arena) -> Judged:
    target = arena.target
    return Judged(
        name=target.name,
        capabilities=tuple(sorted(target.capabilities)),
        against=tuple(other.name for other in arena.against),
        trace=target.trace if isinstance(target, Traced) else "",
    )
