"""``doctor``: what is wrong with a deployment and how to mend it. It knows what to look at; it changes nothing."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from kingpost.adapters.runtime import embedded, sources
from kingpost.adapters.runtime.findings import Finding, of_settings
from kingpost.adapters.runtime.settings import Settings, SettingsInvalid
from kingpost.kernel.errors import ConfigurationError

HELP = "examine settings, files, database and clock, and say how to mend what is wrong"


def add(parser: ArgumentParser) -> None:
    """No arguments."""


def run(arguments: Namespace, out: TextIO) -> int:  # noqa: ARG001  (one signature for every command)
    """Examine this process's settings and what they lead to; 1 where something keeps it from working."""
    try:
        settings = sources.load(os.environ, directory=Path.cwd())
    except SettingsInvalid as invalid:
        return report((Finding("fail", "settings", problem, "correct the setting") for problem in invalid.problems), out)
    return report(_findings(settings), out)


def _findings(settings: Settings) -> Iterable[Finding]:
    yield Finding("ok", "settings", f"bound to {settings.bind.authority}, components {', '.join(settings.components)}")
    yield from of_settings(settings)
    try:
        complete = embedded.complete(settings, create=False)
    except SettingsInvalid as invalid:
        yield from (Finding("fail", "settings", *_parted(problem)) for problem in invalid.problems)
        return
    except ConfigurationError as missing:
        yield Finding("note" if not embedded.database_file(settings).exists() else "fail", "embedded defaults", *_parted(str(missing)))
        return
    yield from _beyond_settings(complete)


def _beyond_settings(settings: Settings) -> Iterable[Finding]:
    try:
        from kingpost.adapters.runtime import examination
    except ModuleNotFoundError as missing:
        yield Finding(
            "fail", "extras", f"the module {missing.name} is not installed", "pip install 'kingpost[litestar]' or 'kingpost[django]'"
        )
        return
    yield from examination.of_components(settings)


def _parted(problem: str) -> tuple[str, str]:
    what, _, mend = problem.partition("; ")
    return what, mend or "correct the setting"


def report(findings: Iterable[Finding], out: TextIO) -> int:
    """One line per finding and one with its mend; 1 where one of them fails."""
    failed = False
    for finding in findings:
        failed = failed or finding.level == "fail"
        print(f"{finding.level:5} {finding.subject}: {finding.text}", file=out, flush=True)
        if finding.mend:
            print(f"      mend: {finding.mend}", file=out, flush=True)
    print("something keeps this deployment from working" if failed else "nothing keeps this deployment from working", file=out, flush=True)
    return int(failed)
