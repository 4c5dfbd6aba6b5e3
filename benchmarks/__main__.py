"""``python -m benchmarks NAME [--json]``: runs a benchmark and prints its rows. It knows names and output; it measures nothing."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

import msgspec
from msgspec import structs

from .measure import Row, table

NAMES = ("inprocess", "storage", "http", "differential", "monolith", "outbound", "testing")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Compare Kingpost with the bare frameworks and drivers, side by side."
    )
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--rounds", type=int, default=None, help="rounds per contestant")
    parser.add_argument("--batch", type=int, default=None, help="calls per round")
    chosen = parser.parse_args(arguments)
    benchmark = import_module(f"benchmarks.{chosen.name}")
    given = {name: value for name in ("rounds", "batch") if (value := getattr(chosen, name)) is not None}
    rows: list[Row] = benchmark.run(structs.replace(benchmark.EFFORT, **given))
    print(msgspec.json.format(msgspec.json.encode(rows)).decode() if chosen.json else table(rows))
    return 1 if any(row.verdict == "MISSED" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
