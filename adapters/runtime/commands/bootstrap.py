"""``bootstrap``: the first platform key, once. It knows where to put it and never shows it twice."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from kingpost.adapters.runtime import private_files
from kingpost.adapters.runtime.calls import platform_context
from kingpost.adapters.runtime.console import Console
from kingpost.kernel.errors import ConfigurationError, Conflict
from kingpost.kernel.tenancy import IssuedKey, issue_first_key

HELP = "make the first platform key; does nothing where there is one"


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the key to this file (mode 0600) instead of standard output")


def run(arguments: Namespace, console: Console) -> int:
    """Issue the key where the platform has none yet; of several processes at once, one does."""
    try:
        issued = console.run(_bootstrap(console, arguments.out))
    except Conflict:
        console.say("There is a platform key already; nothing was changed. For another: kingpost key issue --platform")
        return 0
    console.say(issued.text if arguments.out is None else f"The first platform key is in {arguments.out}.")
    return 0


async def _bootstrap(console: Console, out: Path | None) -> IssuedKey:
    """The file is written before the commit, so that no key is made that nobody has; without a commit the file's key is worth nothing."""
    async with platform_context(console.kernel, write=True) as context:
        issued = await issue_first_key(context)
        if out is not None:
            _write(out, issued.text)
        return issued


def _write(out: Path, key: str) -> None:
    try:
        private_files.replace(out, key + "\n")
    except OSError as error:
        raise ConfigurationError(f"--out {out}: {error.strerror}; name a file in a folder that can be written") from None
