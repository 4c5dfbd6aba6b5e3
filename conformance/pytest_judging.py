"""The kit in pytest: options, and the targets that the tests judge. It knows pytest; the tests themselves stand in ``test_kit``."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn, get_args

import pytest

from kingpost.kernel.errors import ConfigurationError

from .alarm import Hung
from .assignment import Assignment
from .check import PROFILES, Arena, Check, Tier
from .expected import stale
from .results import KIT, Result
from .runner import Plan, kit_arena, oracle
from .selection import Selection
from .suite import PARTS
from .target import Capability, Target, Unreachable
from .trying import KEY

ASSIGNMENT: Final = pytest.StashKey[Assignment]()
PLAN: Final = pytest.StashKey[Plan]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of ``kingpost conformance`` that pytest has no own way for."""
    group = parser.getgroup("kingpost", "conformance kit")
    group.addoption("--target", action="append", default=[], metavar="NAME", help="judge this target")
    group.addoption("--against", action="append", default=[], metavar="NAME", help="compare the targets with this one, byte for byte")
    group.addoption("--backend", default="memory", metavar="NAME", help="where targets in process keep their rows")
    group.addoption("--component", action="append", default=[], metavar="NAME", help="the checks of this component alone")
    group.addoption("--case", action="append", default=[], metavar="ID", help="these checks alone; * stands for anything")
    group.addoption("--tier", action="append", default=[], choices=get_args(Tier), help="the checks of this tier alone")
    group.addoption("--part", action="append", default=[], choices=tuple(PARTS), help="this part of the kit alone")
    group.addoption("--profile", default="quick", choices=tuple(PROFILES), help="how much is tried")
    group.addoption("--seed", type=int, default=0, metavar="N", help="of everything drawn by chance")
    group.addoption("--lacks", action="append", default=[], choices=tuple(Capability), help="what targets that are URLs cannot do")
    group.addoption("--expected", action="append", default=[], metavar="[TARGET=]FILE", help="the list of expected failures")


def pytest_configure(config: pytest.Config) -> None:
    """Say in one line what is wrong with the options, before anything is collected."""
    given = config.option
    assignment = Assignment(
        targets=tuple(dict.fromkeys(given.target)),
        against=tuple(dict.fromkeys(given.against)),
        backend=given.backend,
        selection=Selection(parts=tuple(given.part), components=tuple(given.component), cases=tuple(given.case), tiers=tuple(given.tier)),
        profile=given.profile,
        seed=given.seed,
        key=os.environ.get(KEY, ""),
        lacks=tuple(given.lacks),
        expected=tuple(given.expected),
    )
    try:
        config.stash[ASSIGNMENT], config.stash[PLAN] = assignment, assignment.plan(datetime.now(UTC))
    except (ConfigurationError, Unreachable) as wrong:
        raise pytest.UsageError(str(wrong)) from None
    _refuse_stale(config.stash[PLAN])


def _refuse_stale(plan: Plan) -> None:
    for name in plan.targets:
        for result in stale(plan.expected_of(name), name, tuple(check.id for check in plan.every)):
            raise pytest.UsageError(result.text)


def trials(config: pytest.Config) -> list[tuple[str, Check]]:
    """Every check with every target that it judges."""
    plan = config.stash[PLAN]
    on_targets = [(name, check) for name in plan.targets for check in plan.checks if not check.once]
    return on_targets + [(KIT, check) for check in plan.checks if check.once]


class Court:
    """The targets of the run, each opened when it is first needed and ended with the session."""

    def __init__(self, config: pytest.Config, folder: Path, stack: ExitStack) -> None:
        self._assignment, self._plan = config.stash[ASSIGNMENT], config.stash[PLAN]
        self._alone = not hasattr(config, "workerinput")
        self._ended = ""
        self._folder = folder
        self._stack = stack
        self._targets: dict[tuple[str, str], Target] = {}
        self._arenas: dict[str, Arena] = {}

    def judged(self, name: str, check: Check) -> Result:
        """What comes of a check on a target; where a target cannot be asked, nothing more is tried."""
        if self._ended:
            self._end()
        try:
            return self._plan.trial(name).of(check, self._arena(name))
        except (Hung, Unreachable) as ended:
            self._ended = str(ended)
            self._end()

    def _end(self) -> NoReturn:
        """End the session; a process of pytest-xdist may only fail its tests, or another would be started in its place."""
        if self._alone:
            pytest.exit(self._ended, returncode=2)
        pytest.fail(self._ended, pytrace=False)

    def _arena(self, name: str) -> Arena:
        if name not in self._arenas:
            self._arenas[name] = kit_arena(self._plan.kit) if name == KIT else self._opened(name)
        return self._arenas[name]

    def _opened(self, name: str) -> Arena:
        target = self._target("judged", name)
        against = tuple(self._target("against", other) for other in self._plan.against)
        return Arena(self._plan.kit, target, against=against or oracle(target, self._plan.kit))

    def _target(self, use: str, name: str) -> Target:
        if (use, name) not in self._targets:
            self._targets[use, name] = self._stack.enter_context(self._assignment.opened(name, self._folder))
        return self._targets[use, name]


@pytest.fixture(scope="session")
def court(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """Where targets are judged."""
    with ExitStack() as stack:
        yield Court(pytestconfig, tmp_path_factory.mktemp("kingpost"), stack)
