"""``manage.py kingpost_doctor``: what is wrong with a project that installs Kingpost. It runs the checks and asks the database; it changes nothing."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.management.base import BaseCommand, CommandError

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.checks import TAG
from kingpost.adapters.django_app.commands import in_django, lines
from kingpost.adapters.runtime.commands.doctor import report
from kingpost.adapters.runtime.findings import Finding, Level
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, KernelError


class Command(BaseCommand):
    """One line per finding, and one with its mend."""

    help = "Examine settings, apps and database, and say how to mend what is wrong."
    requires_system_checks: list[str] = []

    def handle(self, *_: str, **__: Any) -> None:
        """Exit code 1 where something keeps the project from working."""
        findings = [_finding(message) for message in run_checks(tags=[TAG])]
        if all(finding.level != "fail" for finding in findings):
            findings += _of_database()
        if report(findings, lines(self.stdout)):
            raise CommandError("the project needs mending", returncode=1)


def _finding(message: CheckMessage) -> Finding:
    level: Level = "fail" if message.level >= ERROR else "warn"
    return Finding(level, message.id or TAG, str(message.msg), str(message.hint or ""))


def _of_database() -> Iterator[Finding]:
    try:
        made = kernel()
        drive(made.storage.check())
    except (KernelError, ConfigurationError) as error:
        what, _, mend = in_django(str(error)).partition(": ")
        yield Finding("fail", "database", what, mend or "start the database, or correct DATABASES")
        return
    yield Finding("ok", "components", f"{len(made.components)} components, {len(made.registry.operations)} operations")
    yield Finding("ok", "database", "answers, with tables that serve this version, and with this secret")
