"""What installing Kingpost costs a view that does not use it: the example monolith beside itself with its ``install.patch``.

CPU time per request of a JSON view that reads session and employee from SQLite, without a server; each side is a process of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import UNSET

from .measure import Contestant, Effort, Row, compare, judged

EFFORT = Effort(rounds=201, batch=20)
BUDGET = 50.0
"""Microseconds that installing may add to a request."""
ROOT = Path(__file__).resolve().parents[1]
PLAIN, INSTALLED = "monolith view", "monolith view, Kingpost installed"
ALLOWED = "what installing may add"


def run(effort: Effort) -> list[Row]:
    """Both sides, and the difference beside its budget."""
    with tempfile.TemporaryDirectory(prefix="kingpost-bench-") as folder, ExitStack() as stack:
        plain, installed = (stack.enter_context(_side(Path(folder) / name, patched=name == "installed")) for name in ("plain", "installed"))
        spent = [0.0]

        def batch(ask: Callable[[int], float]) -> Callable[[int], None]:
            def played(count: int) -> None:
                spent[0] += ask(count)

            return played

        rows = compare(
            [Contestant(name=PLAIN, batch=batch(plain)), Contestant(name=INSTALLED, batch=batch(installed), baseline=PLAIN)],
            effort,
            clock=lambda: spent[0],
        )
    return [*rows, Row(name=ALLOWED, value=BUDGET, unit="us"), _added(*rows)]


def _added(plain: Row, installed: Row) -> Row:
    """By the ratio within the rounds, which the noise of the machine leaves alone."""
    assert installed.ratio is not UNSET
    added = round(max(0.0, (installed.ratio - 1) * plain.value), 2)
    return judged(Row(name="added by installing it", value=added, unit="us"), ALLOWED, added / BUDGET, 1.0)


@contextmanager
def _side(folder: Path, *, patched: bool) -> Iterator[Callable[[int], float]]:
    """A process with a copy of the monolith, which serves its view as often as asked and gives back the CPU seconds."""
    source = ROOT / "examples" / "monolith"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*"))
    if patched:
        subprocess.run(["git", "apply", "install.patch"], cwd=folder, check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KINGPOST_", "DJANGO_", "DATABASE_URL"))}
    environment = {**kept, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.monolith_view"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, heard = process.stdin, process.stdout

        def ask(count: int) -> float:
            print(count, file=told, flush=True)
            return float(heard.readline())

        yield ask
        told.close()
