"""``openapi``: print or write the OpenAPI document. It knows where to put it; the kernel makes it."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from kingpost.adapters.runtime.console import Console
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.openapi import document

HELP = "print the OpenAPI 3.1 document"


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it to this file instead of standard output")


def run(arguments: Namespace, console: Console) -> int:
    """Print the document, indented, or write it."""
    text = json.dumps(document(console.kernel), indent=2, ensure_ascii=False)
    if arguments.out is None:
        console.say(text)
        return 0
    try:
        arguments.out.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise ConfigurationError(f"--out {arguments.out}: {error.strerror}; name a file that can be written") from None
    console.say(f"wrote {arguments.out}")
    return 0
