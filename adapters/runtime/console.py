"""What a command works with: a kernel, a way to run its coroutines, a place to write. It knows no loop, no database and no framework."""

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, TextIO, TypeVar

from msgspec import Struct

from kingpost.kernel.assembly import Kernel

T = TypeVar("T")


class Run(Protocol):
    """Runs one coroutine to its end: ``asyncio.Runner().run``, or ``drive`` where every port is synchronous."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """What the coroutine returns; raises what it raises."""
        ...


class Console(Struct, frozen=True, kw_only=True):
    """The surroundings of a command; a host's management command supplies its own."""

    kernel: Kernel
    run: Run
    out: TextIO

    def say(self, line: str = "") -> None:
        """One line for the reader."""
        print(line, file=self.out, flush=True)

    def show(self, rows: Iterable[Mapping[str, object]], columns: Sequence[str], *, as_json: bool) -> None:
        """Rows as JSON lines for programs, or as a table for people."""
        if as_json:
            for row in rows:
                self.say(json.dumps(dict(row)))
            return
        for line in table([[cell(row[column]) for column in columns] for row in rows], columns):
            self.say(line)


def cell(value: object) -> str:
    """A value as a person reads it: ``-`` for nothing, printable on any terminal."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    text = "-" if value is None else str(value)
    return text if text.isprintable() else ascii(text)


def table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Iterable[str]:
    """Left-aligned columns under their names."""
    whole = [[column.upper().replace("_", " ") for column in columns], *rows]
    widths = [max(len(row[at]) for row in whole) for at in range(len(columns))]
    for row in whole:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = timedelta(days=3650)


def duration(text: str) -> timedelta:
    """``90d``, ``24h``, ``30m``, ``0s``; for argparse."""
    parts = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if parts is None:
        raise ArgumentTypeError(f"{text!r} is not a duration; write 30m, 24h or 90d")
    length = timedelta(seconds=int(parts[1]) * _UNITS[parts[2]])
    if length > _LONGEST:
        raise ArgumentTypeError(f"{text!r} is longer than ten years")
    return length
