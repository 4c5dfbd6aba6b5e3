"""The command line's commands as management commands. It knows how Django parses and reports; what a command does is the runtime's."""

import argparse
import io
from argparse import ArgumentParser, Namespace
from typing import Any, Protocol, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.runtime.console import Console
from kingpost.adapters.runtime.reasons import told
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, KernelError


class Group(Protocol):
    """A command of the runtime that works with a console."""

    HELP: str

    def add(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, arguments: Namespace, console: Console) -> int:
        """Run; the exit code."""
        ...


class Lines(io.TextIOBase):
    """A text stream over Django's, which would end every piece with a line break of its own; commands get the names they have here."""

    def __init__(self, stdout: Any) -> None:
        super().__init__()
        self._stdout = stdout

    def write(self, text: str) -> int:
        """Write it as it is."""
        self._stdout.write(in_django(text), ending="")
        return len(text)

    def flush(self) -> None:
        """Show what was written."""
        self._stdout.flush()


def lines(stdout: Any) -> TextIO:
    """A text stream over a command's ``stdout``."""
    return cast("TextIO", Lines(stdout))


class KernelCommand(BaseCommand):
    """A management command over one of the runtime's."""

    group: Group
    asks = False
    """Whether it needs the database, at this version."""
    requires_system_checks = ["kingpost"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.help = self.group.HELP.capitalize() + "."

    def create_parser(self, prog_name: str, subcommand: str, **named: Any) -> Any:
        """A plain formatter: the texts are the runtime's."""
        return super().create_parser(prog_name, subcommand, formatter_class=argparse.HelpFormatter, **named)

    def add_arguments(self, parser: Any) -> None:
        """The runtime's arguments."""
        self.group.add(parser)

    def handle(self, *_: str, **options: Any) -> None:
        """Run it in this thread; one clear line for what a user can cause."""
        try:
            made = kernel()
            if self.asks:
                drive(made.storage.check())
            code = self.group.run(Namespace(**options), Console(kernel=made, run=drive, out=lines(self.stdout)))
        except ConfigurationError as error:
            raise CommandError(in_django(str(error))) from error
        except KernelError as error:
            raise CommandError(in_django("\n".join(told(error)))) from error
        if code:
            raise CommandError("it did not succeed; see above", returncode=code)


def in_django(text: str) -> str:
    """Commands have other names here."""
    for name in ("key", "tenant", "bootstrap", "graph", "routes", "openapi", "id", "worker"):
        text = text.replace(f"kingpost {name}", f"manage.py kingpost_{name}")
    return text.replace("kingpost migrate", "manage.py migrate")
