"""Prints what departs from ``kills.toml``, as the lines that would stand there: for whoever has added a check or a mutant, to be read before it is written."""

import sys
from collections.abc import Iterator

import msgspec

from . import MUTANTS, judges, tried
from .kills import departures, shortened, written


def _lines() -> Iterator[str]:
    by, known = judges(), written()
    ids = tuple(check.id for check in by)
    for mutant in MUTANTS:
        failed = tried(mutant, by)
        if any(departures(known.get(mutant.name, ()), failed, ids)):
            names = "".join(f"    {msgspec.json.encode(name).decode()},\n" for name in shortened(failed, ids))
            yield f'"{mutant.name}" = [\n{names}]\n' if names else f"# {mutant.name} survives\n"


if __name__ == "__main__":
    sys.stdout.writelines(_lines())
