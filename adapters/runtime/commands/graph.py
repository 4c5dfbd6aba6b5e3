"""``graph``: print what the kernel is made of. It knows only the kernel."""

from argparse import ArgumentParser, Namespace

from kingpost.adapters.runtime.console import Console

HELP = "print the object graph: pipeline, components, services, ports"


def add(parser: ArgumentParser) -> None:
    """No arguments."""


def run(arguments: Namespace, console: Console) -> int:  # noqa: ARG001  (one signature for every command)
    """Print the graph."""
    for line in console.kernel.graph():
        console.say(line)
    return 0
