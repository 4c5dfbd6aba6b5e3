"""The command line's commands as a group of Litestar's: ``litestar kingpost tenant list``. It knows click; what a command does is the runtime's."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from click import UNPROCESSED, Argument, ClickException, Command, Group

from kingpost.adapters.runtime.commands import bootstrap, graph, key, openapi, routes, tenant, worker
from kingpost.adapters.runtime.console import Console
from kingpost.adapters.runtime.reasons import told
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.errors import ConfigurationError, KernelError

Lifespan = Callable[[], AbstractAsyncContextManager[object]]


class _Module(Protocol):
    HELP: str

    def add(self, parser: ArgumentParser) -> None: ...

    def run(self, arguments: Namespace, console: Console) -> int: ...


_ASKING: Final[dict[str, _Module]] = {"bootstrap": bootstrap, "key": key, "tenant": tenant, "worker": worker}
"""Commands that need the database, at this version."""
_LOOKING: Final[dict[str, _Module]] = {"graph": graph, "openapi": openapi, "routes": routes}
"""Commands that only look at the kernel."""
NAMES: Final = (*_ASKING, *_LOOKING)


def group(kernel: Kernel, lifespan: Lifespan) -> Group:
    """The group ``kingpost`` over the kernel of an application."""
    made = Group("kingpost", help="Look after Kingpost: tenants, keys, routes.")
    for name, module in sorted((_ASKING | _LOOKING).items()):
        made.add_command(_command(name, module, kernel, lifespan))
    return made


def _command(name: str, module: _Module, kernel: Kernel, lifespan: Lifespan) -> Command:
    """One command; its arguments are read by the runtime's own parser, so that they are the same everywhere."""
    meaning = f"{module.HELP.capitalize()}."

    def run(arguments: tuple[str, ...]) -> None:
        parser = ArgumentParser(prog=f"litestar kingpost {name}", description=meaning)
        module.add(parser)
        code = _run(module, parser.parse_args(arguments), kernel, lifespan, asks=name in _ASKING)
        if code:
            sys.exit(code)

    given = Argument(["arguments"], nargs=-1, type=UNPROCESSED)
    passing = {"ignore_unknown_options": True, "help_option_names": []}
    return Command(name, callback=run, params=[given], help=meaning, context_settings=passing, options_metavar="")


def _run(module: _Module, arguments: Namespace, kernel: Kernel, lifespan: Lifespan, *, asks: bool) -> int:
    try:
        with asyncio.Runner() as runner:
            console = Console(kernel=kernel, run=runner.run, out=sys.stdout)
            if not asks:
                return module.run(arguments, console)
            ports = lifespan()
            runner.run(ports.__aenter__())
            try:
                runner.run(kernel.storage.check())
                return module.run(arguments, console)
            finally:
                runner.run(ports.__aexit__(None, None, None))
    except ConfigurationError as error:
        raise ClickException(str(error)) from error
    except KernelError as error:
        raise ClickException("\n".join(told(error))) from error
