"""``conformance``: judge targets. It knows arguments, signals and files; the kit does the judging."""

import os
import signal
import tempfile
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from kingpost.adapters.runtime import discovery
from kingpost.conformance.results import INTERRUPTED, Report
from kingpost.conformance.target import Capability, Unreachable
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError

if TYPE_CHECKING:
    from kingpost.conformance.assignment import Assignment

HELP = "judge a deployment, or any server, by the conformance kit"
TIERS, PROFILES = ("core", "edge", "server"), ("quick", "ci", "nightly")
PARTS = ("cases", "isolation", "parity", "stepping", "mutants", "schema")


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--target", action="append", default=[], metavar="NAME", help="judge this: an installed name, package.module:factory, or a URL"
    )
    parser.add_argument("--against", action="append", default=[], metavar="NAME", help="compare the targets with this one, byte for byte")
    parser.add_argument(
        "--backend",
        default="memory",
        metavar="NAME",
        help="where targets in process keep their rows: memory (default), sqlite or postgresql",
    )
    parser.add_argument(
        "--components",
        type=_names,
        default=(),
        metavar="NAME,...",
        help="what the targets serve beside tenancy and the kit's own component",
    )
    which = parser.add_argument_group("what is tried")
    which.add_argument("--component", action="append", default=[], metavar="NAME", help="these components alone")
    which.add_argument("--case", action="append", default=[], metavar="ID", help="these checks alone; * stands for anything")
    which.add_argument("--tier", action="append", default=[], choices=TIERS, help="these tiers alone")
    which.add_argument("--part", action="append", default=[], choices=PARTS, help="these parts of the kit alone")
    which.add_argument("--list", action="store_true", help="tell the checks and try none")
    how = parser.add_argument_group("how it is tried")
    how.add_argument("--profile", choices=PROFILES, default="quick", help="how much is tried (default quick)")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="of everything drawn by chance (default 0)")
    how.add_argument("--schedule", default="", metavar="TEXT", help="play this schedule of the stepping part again")
    how.add_argument(
        "--timeout", type=_seconds, default=300.0, metavar="SECONDS", help="after which a check counts as hanging (default 300)"
    )
    url = parser.add_argument_group("targets that are URLs")
    url.add_argument("--key", metavar="KEY", help="their platform key; better in KINGPOST_CONFORMANCE_KEY, where nobody else sees it")
    url.add_argument(
        "--lacks",
        action="append",
        default=[],
        choices=tuple(Capability),
        metavar="CAPABILITY",
        help=f"what they cannot do: {', '.join(Capability)}",
    )
    out = parser.add_argument_group("what comes out")
    out.add_argument("--expected", action="append", default=[], metavar="[TARGET=]FILE", help="the list of expected failures")
    out.add_argument("--report", type=Path, metavar="FOLDER", help="write report.json, junit.xml and report.html there")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def run(arguments: Namespace, out: TextIO) -> int:
    """Judge, tell, and leave nothing running. What a user can mend is a ``ConfigurationError``."""
    try:
        assignment = _assignment(arguments)
        if arguments.list:
            return _listed(assignment, out)
        return _judged(assignment, arguments.report, out)
    except Unreachable as unreachable:
        raise ConfigurationError(str(unreachable)) from None


def _assignment(arguments: Namespace) -> "Assignment":
    from kingpost.conformance.assignment import OWN, Assignment
    from kingpost.conformance.selection import Selection
    from kingpost.conformance.trying import KEY

    own = {component.name: component for component in OWN}
    return Assignment(
        targets=tuple(dict.fromkeys(arguments.target)),
        against=tuple(dict.fromkeys(arguments.against)),
        backend=arguments.backend,
        components=tuple(own.get(name) or _component(name) for name in arguments.components),
        selection=Selection(
            parts=tuple(arguments.part), components=tuple(arguments.component), cases=tuple(arguments.case), tiers=tuple(arguments.tier)
        ),
        profile=arguments.profile,
        seed=arguments.seed,
        schedule=arguments.schedule,
        expected=tuple(arguments.expected),
        lacks=tuple(arguments.lacks),
        key=arguments.key or os.environ.get(KEY, ""),
        seconds=arguments.timeout,
    )


def _component(name: str) -> Component:
    (found,) = discovery.components((name,))
    return found


def _listed(assignment: "Assignment", out: TextIO) -> int:
    from kingpost.conformance.suite import parts

    for check in assignment.checks(parts(assignment.kit)):
        print(f"{check.id}  [{check.component}, {check.tier}]  {check.law}", file=out)
    return 0


def _judged(assignment: "Assignment", folder: Path | None, out: TextIO) -> int:
    """Run, and tell: while it happens, in a table, in files."""
    from kingpost.conformance.report import Console, prepare, write
    from kingpost.conformance.runner import Runner

    plan = assignment.plan(datetime.now(UTC))
    if folder is not None:
        prepare(folder)
    console = Console(out)
    with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="kingpost-conformance-") as scratch:
        report = Runner(plan, lambda name: assignment.opened(name, Path(scratch)), console).run()
    if folder is not None:
        print(f"wrote {', '.join(write(report, folder))}", file=out, flush=True)
    if report.results:
        console.close(report)
    return _code(report)


def _code(report: Report) -> int:
    """The exit code; what broke the run is told as every command tells it."""
    if report.broken == INTERRUPTED:
        raise KeyboardInterrupt
    if report.broken:
        raise ConfigurationError(report.broken)
    return report.code


@contextmanager
def _ended_by_signals() -> Generator[None, None, None]:
    """Being told to stop (SIGTERM), or that the terminal is gone (SIGHUP, unless ``nohup`` ignores it), is taken as a person's interruption, so that everything that was started is ended."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    heeded = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, stop)) for number in heeded]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
