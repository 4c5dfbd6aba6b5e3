"""The command ``kingpost``: reads arguments and settings, calls one command, turns what goes wrong into one clear line and an exit code.

Exit codes: 0 done; 1 the machine is not as it should be (``doctor``), or something that is needed cannot be reached now; 2 settings, arguments or the
request itself have to be changed; 130 interrupted.
"""

import argparse
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from kingpost.kernel.errors import ConfigurationError, KernelError, Unavailable

from . import embedded, sources
from .commands import (
    bootstrap,
    conformance,
    doctor,
    graph,
    id,  # noqa: A004  (the command is called so)
    key,
    migrate,
    new_component,
    openapi,
    routes,
    serve,
    tenant,
    worker,
)
from .console import Console
from .reasons import driver_said
from .settings import Settings


class _Group(Protocol):
    HELP: str

    def add(self, parser: ArgumentParser) -> None: ...


class _WithOutput(_Group, Protocol):
    def run(self, arguments: Namespace, out: TextIO) -> int: ...


class _WithConsole(_Group, Protocol):
    def run(self, arguments: Namespace, console: Console) -> int: ...


class _WithSettings(_Group, Protocol):
    def run(self, arguments: Namespace, settings: Settings, out: TextIO) -> int: ...


_ASKING: Mapping[str, _WithConsole] = {"bootstrap": bootstrap, "key": key, "tenant": tenant, "worker": worker}
"""Commands that need the database."""
_LOOKING: Mapping[str, _WithConsole] = {"graph": graph, "openapi": openapi, "routes": routes}
"""Commands that only look at the kernel."""
_OWN: Mapping[str, _WithSettings] = {"migrate": migrate, "serve": serve}
"""Commands that start from the settings."""
_ALONE: Mapping[str, _WithOutput] = {"conformance": conformance, "doctor": doctor, "id": id, "new-component": new_component}
"""Commands that read no settings, or read them themselves."""

_DESCRIPTION = "Kingpost: a multi-tenant backend kernel, served by Litestar or Django."
_EPILOG = """\
settings: environment variables KINGPOST_* (or KINGPOST_*_FILE, naming a file with the value), then ./kingpost.toml
(or the file that KINGPOST_CONFIG names). 'kingpost doctor' says what is wrong with them.
exit codes: 0 done, 1 not as it should be or not reachable now, 2 something has to be changed first."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Nothing that a user can cause ends in a traceback."""
    arguments = parser().parse_args(argv)
    _import_from_here()
    try:
        return _run(arguments, sys.stdout)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has seen enough: `kingpost routes | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        code, lines = _told(error)
        if not lines:
            raise
        for line in lines:
            print(f"kingpost: {line}", file=sys.stderr)
        return code


class _Help(argparse.RawDescriptionHelpFormatter):
    """Leaves line breaks alone and the names of commands on the line of their help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=16, width=120)


def parser() -> ArgumentParser:
    """The arguments of every command."""
    whole = ArgumentParser(prog="kingpost", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=_Help)
    groups_of: Mapping[str, _Group] = {**_ASKING, **_LOOKING, **_OWN, **_ALONE}
    groups = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in sorted(groups_of.items()):
        module.add(groups.add_parser(name, help=module.HELP, description=module.HELP.capitalize() + "."))
    return whole


def _import_from_here() -> None:
    """Components of a project are importable from its folder, behind everything that is installed."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)


def _run(arguments: Namespace, out: TextIO) -> int:
    if arguments.command in _ALONE:
        return _ALONE[arguments.command].run(arguments, out)
    settings = sources.load(os.environ, directory=Path.cwd())
    if arguments.command in _OWN:
        return _OWN[arguments.command].run(arguments, settings, out)
    from . import consoles

    if arguments.command in _LOOKING:
        with consoles.looking(settings, out) as console:
            return _LOOKING[arguments.command].run(arguments, console)
    with consoles.asking(embedded.complete(settings, create=False), out) as console:
        return _ASKING[arguments.command].run(arguments, console)


_EXTRAS = {
    "alembic": "'kingpost[litestar]' or 'kingpost[django]'",
    "hypothesis": "'kingpost[conformance]'",
    "prometheus_client": "'kingpost[litestar]' or 'kingpost[django]'",
    "psycopg": "'kingpost[postgres]'",
    "sqlalchemy": "'kingpost[litestar]' or 'kingpost[django]'",
}
"""What brings the modules that a command may miss."""


def _told(error: Exception) -> tuple[int, tuple[str, ...]]:
    """Exit code and lines for what a user can cause; no lines for a bug."""
    if isinstance(error, ConfigurationError):
        return 2, tuple(str(error).splitlines())
    if isinstance(error, KernelError):
        lines = tuple(f"{wrong.pointer.strip('/') or 'the request'}: {wrong.detail}" for wrong in error.errors)
        said = driver_said(error)
        return (1 if isinstance(error, Unavailable) else 2), (
            *(lines or (error.detail,)),
            *((f"the database says: {said}",) if said else ()),
        )
    missing = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if missing in _EXTRAS:
        return 2, (f"the module {missing} is not installed; run: pip install {_EXTRAS[missing]}",)
    return 1, ()
