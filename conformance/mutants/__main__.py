"""Prints what departs from ``kills.toml``, as the lines that would stand there: for whoever has added a check or a mutant, to be read before it is written."""

import sys
from collections.abc import Iterator

import msgspec

from . import MUTANTS, judges_of, tried
from .kills import departures, shortened, written


def _lines() -> Iterator[str]:
    known = written()
    for mutant in MUTANTS:
        by = judges_of(mutant)
        ids, failed = tuple(check.id for check in by), tried(mutant, by)
        if any(departures(known.get(mutant.name, ()), failed, ids)):
            names = "".join(f"    {msgspec.json.encode(name).decode()},\n" for name in shortened(failed, ids))
            yield f'"{mutant.name}" = [\n{names}]\n' if names else f"# {mutant.name} survives\n"


if __name__ == "__main__":
    sys.stdout.writelines(_lines())
