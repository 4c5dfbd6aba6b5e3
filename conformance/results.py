"""What a run found, as values: one Result for each check on each target, and the Report of all. It knows no way to find or to print it."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from .check import Tier

Outcome: TypeAlias = Literal["passed", "failed", "skipped", "expected"]
"""``expected``: it failed, as the list of the target's expected failures says with a reason."""

KIT: Final = "kit"
"""Stands for the target of a check that judges none."""
INTERRUPTED: Final = "interrupted"
"""Why a run ended that a person ended."""


class Result(Struct, frozen=True, kw_only=True):
    """What came of one check on one target."""

    check: str
    """The id of the check."""
    component: str
    tier: Tier
    law: str
    target: str
    outcome: Outcome
    seconds: float
    note: str = ""
    """Figures that the check tells."""
    text: str = ""
    """Why it failed, with the script that repeats it; why it was skipped; why it was expected to fail."""


class Counts(Struct, frozen=True, kw_only=True):
    """How often each outcome was found."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    expected: int = 0

    @property
    def line(self) -> str:
        """``312 passed, 0 failed``, and the others where there are any."""
        expected = f"{self.expected} expected failure{'s' if self.expected > 1 else ''}"
        others = ((self.skipped, f"{self.skipped} skipped"), (self.expected, expected))
        return ", ".join((f"{self.passed} passed", f"{self.failed} failed", *(text for count, text in others if count)))

    @property
    def short(self) -> str:
        """For a cell of a table: without what there is none of."""
        return ", ".join(f"{getattr(self, name)} {name}" for name in self.__struct_fields__ if getattr(self, name)) or "-"


class Judged(Struct, frozen=True, kw_only=True):
    """A target of the run."""

    name: str
    capabilities: tuple[str, ...]
    against: tuple[str, ...] = ()
    """The targets that it was compared with."""
    trace: str = ""
    """SHA-256 over everything sent to it and received from it, where chance and time are seeded: equal for equal seeds."""


class Facts(Struct, frozen=True, kw_only=True):
    """Under which conditions the run took place."""

    versions: dict[str, str]
    """Of Python, Kingpost and what it works with, by distribution."""
    profile: str
    seed: int
    schedule: str
    backend: str
    components: tuple[str, ...]
    started: str
    """RFC 3339, UTC."""


class Report(Struct, frozen=True, kw_only=True):
    """Everything that is worth knowing of a run."""

    facts: Facts
    targets: tuple[Judged, ...]
    results: tuple[Result, ...]
    seconds: float
    broken: str = ""
    """Why the run ended before everything was tried; empty where everything was."""

    @property
    def code(self) -> int:
        """The exit code: 0 where every law holds, 1 where one does not, 2 where that cannot be said, 130 where a person ended the run."""
        if self.broken:
            return 130 if self.broken == INTERRUPTED else 2
        return 1 if self.counts.failed else 0

    @property
    def counts(self) -> Counts:
        """Over all results."""
        return counted(self.results)

    @property
    def columns(self) -> tuple[str, ...]:
        """The targets in order, and the kit itself where it was judged."""
        names = tuple(target.name for target in self.targets)
        return (*names, KIT) if any(result.target == KIT for result in self.results) else names

    @property
    def components(self) -> tuple[str, ...]:
        """The components in the order in which they were tried."""
        return tuple(dict.fromkeys(result.component for result in self.results))


def of_cell(report: Report, component: str, target: str) -> Counts:
    """How a component did on a target."""
    return counted(tuple(result for result in report.results if (result.component, result.target) == (component, target)))


def counted(results: tuple[Result, ...]) -> Counts:
    """How often each outcome is among these."""
    found = [result.outcome for result in results]
    return Counts(
        passed=found.count("passed"), failed=found.count("failed"), skipped=found.count("skipped"), expected=found.count("expected")
    )
