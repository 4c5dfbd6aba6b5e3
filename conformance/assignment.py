"""What a person asks of the kit, in the words of the command line and of pytest: it becomes a kit, checks and targets. It runs nothing."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from platform import python_version
from re import match
from typing import Final

from msgspec import Struct, structs

from kingpost.kernel import tenancy
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.scalars import format_timestamp

from . import specimen, targets
from .backend import POLICY
from .both import is_both
from .check import PROFILES, Check, Kit
from .expected import Expected, read
from .results import Facts
from .runner import Plan
from .selection import Part, Selection, selected
from .stepping.schedule import parse_schedule
from .suite import parts
from .target import Capability, Target

OWN: Final = (tenancy.COMPONENT, specimen.COMPONENT)
"""What every target serves: without these two there is no world to try anything in."""
UNREMEMBERED: Final = structs.replace(POLICY, cache_seconds=0.0)
"""For runs in which two targets share a database: what a process remembers would be the one thing in which two differ from one alone."""


class Assignment(Struct, frozen=True, kw_only=True):
    """Everything that can be asked for; without a target there is only what judges none. ``ConfigurationError`` and ``Unreachable`` say in one line what is wrong with it."""

    targets: tuple[str, ...]
    against: tuple[str, ...] = ()
    backend: str = "memory"
    components: tuple[Component, ...] = ()
    """Beside the kit's own."""
    selection: Selection = Selection()
    profile: str = "quick"
    seed: int = 0
    schedule: str = ""
    expected: tuple[str, ...] = ()
    """``FILE``, or ``TARGET=FILE`` where there are several targets."""
    key: str = ""
    """The platform credential of targets that are URLs."""
    lacks: tuple[str, ...] = ()
    """Capabilities that targets that are URLs do not have."""
    seconds: float = 300.0
    """How long one check may take."""

    @property
    def kit(self) -> Kit:
        """What is common to all targets."""
        named = {component.name: component for component in (*OWN, *self.components)}
        return Kit(
            components=tuple(named.values()),
            policy=UNREMEMBERED if any(map(is_both, (*self.targets, *self.against))) else POLICY,
            profile=PROFILES[self.profile],
            seed=self.seed,
            schedule=self.schedule,
        )

    def checks(self, found: tuple[Part, ...]) -> tuple[Check, ...]:
        """Those that are to be tried."""
        return selected(found, self.selection, self.kit.profile)

    def expectations(self) -> Mapping[str, Expected]:
        """The lists that were named, by target."""
        lists = dict[str, Expected]()
        for entry in self.expected:
            target, equals, file = entry.partition("=")
            if not equals and len(self.targets) != 1:
                raise ConfigurationError(f"--expected {entry}: which target is it for? Write --expected TARGET={entry}")
            if equals and target not in self.targets:
                raise ConfigurationError(f"--expected {entry}: {target} is not among the targets; there is: {', '.join(self.targets)}")
            lists[target if equals else self.targets[0]] = read(Path(file if equals else entry))
        return lists

    def plan(self, now: datetime) -> Plan:
        """What is to be done, with every name in it checked."""
        kit = self.kit
        found = parts(kit)
        checks = self.checks(found)
        if not self.targets and not all(check.once for check in checks):
            raise ConfigurationError(
                f"name what is to be judged: --target NAME, where NAME is {', '.join(targets.names())}, package.module:factory or a URL"
            )
        for name in (*self.targets, *self.against):
            targets.find(name)
        targets.find_backend(self.backend)
        if self.schedule:
            parse_schedule(self.schedule.rpartition(":")[2])
        return Plan(
            kit=kit,
            facts=self._facts(now),
            checks=checks,
            every=tuple(check for part in found for check in part.checks),
            targets=self.targets,
            against=self.against,
            expected=self.expectations(),
            seconds=self.seconds,
            secret=self.key,
        )

    @contextmanager
    def opened(self, name: str, folder: Path) -> Generator[Target, None, None]:
        """A target of the kit's components on a database of its own."""
        lacks = frozenset(map(Capability, self.lacks))
        kit = self.kit
        with targets.opened(
            name, kit.components, folder=folder, backend=self.backend, policy=kit.policy, key=self.key, lacks=lacks
        ) as target:
            yield target

    def _facts(self, now: datetime) -> Facts:
        return Facts(
            versions=versions(),
            profile=self.profile,
            seed=self.seed,
            schedule=self.schedule,
            backend=self.backend,
            components=tuple(component.name for component in self.kit.components),
            started=format_timestamp(now),
        )


def versions() -> dict[str, str]:
    """Of Python, Kingpost and what its extras bring, as far as it is installed."""
    wanted = (line for line in requires("kingpost") or () if not line.endswith(('extra == "dev"', "extra == 'dev'")))
    names = ("kingpost", *(name[0] for line in wanted if (name := match(r"[\w.-]+", line))))
    return {"python": python_version(), **{name: there for name in dict.fromkeys(names) if (there := _version(name))}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
