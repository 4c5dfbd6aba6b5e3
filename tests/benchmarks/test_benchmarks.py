"""The benchmarks run and tell what they measured. No test here is timed: figures are for people, with a machine of their own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.measure import Contestant, Effort, Row, compare, table

ROOT = Path(__file__).parents[2]


def rows_of(name: str) -> list[dict[str, Any]]:
    """The rows of a benchmark with next to no effort; a missed bar is no failure here."""
    command = [sys.executable, "-m", "benchmarks", name, "--json", "--rounds", "1", "--batch", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()[-2000:]
    rows: list[dict[str, Any]] = msgspec.json.decode(done.stdout)
    return rows


def check_rows(rows: list[dict[str, Any]]) -> None:
    """Names are unique, values are positive, and every baseline is a row of the same run."""
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names))
    for row in rows:
        assert row["value"] >= 0
        assert row["unit"] in ("us", "req/s")
        assert ("baseline" in row) == ("ratio" in row)
        assert row.get("baseline", names[0]) in names
        assert ("bar" in row) == (row.get("verdict") in ("ok", "MISSED"))


def test_inprocess_judges_the_kernel_and_both_frameworks() -> None:
    """GET and POST of each, bars where the budget has them."""
    rows = rows_of("inprocess")
    check_rows(rows)
    assert {row["name"]: row["bar"] for row in rows if "bar" in row} == {
        "kernel GET, memory": 3.0,
        "Litestar GET, SQLite": 2.8,
        "Ninja GET, WSGI, SQLite": 2.0,
    }
    assert len([row for row in rows if "POST" in row["name"] and "ratio" in row]) == 3


def test_monolith_compares_a_view_with_and_without_kingpost() -> None:
    """Both sides, and what installing adds, of 50 microseconds that it may."""
    rows = rows_of("monolith")
    check_rows(rows)
    assert {row["name"]: row["bar"] for row in rows if "bar" in row} == {"added by installing it": 1.0}
    assert len(rows) == 4


def test_storage_compares_five_operations_with_driver_and_orm(postgres_server_url: str) -> None:
    """Get, insert, update, page and a join through both executors on both databases, beside the drivers; all but the join beside the Django ORM."""
    rows = rows_of("storage")
    check_rows(rows)
    names = {row["name"] for row in rows}
    for database in ("SQLite", "PostgreSQL"):
        for operation in ("get", "insert", "update", "page", "join"):
            for contestant in ("raw driver", "Kingpost, own pool", "Kingpost in Django", *(("Django ORM",) if operation != "join" else ())):
                assert f"{database} {operation}: {contestant}" in names
    assert {row["bar"] for row in rows if "bar" in row} == {2.0, 1.3}


def test_outbound_compares_a_call_with_the_bare_client() -> None:
    """httpcore, the guarded client, and the call of a use case, in both colours."""
    rows = rows_of("outbound")
    check_rows(rows)
    names = [f"{contestant}, {colour}" for colour in ("loop", "thread") for contestant in ("httpcore", "client", "context.send")]
    assert [row["name"] for row in rows] == names


def test_differential_judges_a_step_of_the_kit() -> None:
    """The kernel alone, the budget of a step, and the step against it."""
    rows = rows_of("differential")
    check_rows(rows)
    assert [(row["name"], row.get("bar")) for row in rows] == [
        ("kernel, memory", None),
        ("step at 3,000/s", None),
        ("Litestar against Django, WSGI, memory", 1.0),
    ]


def test_testing_judges_a_unit_test() -> None:
    """A use case against its budget, and what a request and a race cost beside it."""
    rows = rows_of("testing")
    check_rows(rows)
    assert [(row["name"], row.get("bar")) for row in rows] == [
        ("2 ms", None),
        ("test of a use case", 1.0),
        ("test of a request", None),
        ("every interleaving of two calls", None),
    ]


@pytest.mark.slow
def test_http_loads_every_server() -> None:
    """Each pair of framework and server answers GET and POST, bare and with Kingpost."""
    rows = rows_of("http")
    check_rows(rows)
    for framework, server in (("litestar", "uvicorn"), ("litestar", "granian"), ("ninja", "gunicorn"), ("ninja", "granian")):
        for method in ("GET", "POST"):
            assert {row["name"] for row in rows} >= {
                f"{method} bare {framework}, {server}: CPU",
                f"{method} Kingpost in {framework}, {server}: rate",
            }


class Ticking:
    """A clock that each unit of work moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def work(self, seconds: float) -> Any:
        """A batch whose every call takes this long."""

        def batch(times: int) -> None:
            self.now += seconds * times

        return batch


def test_ratios_are_judged_against_their_bar() -> None:
    """Value per call in microseconds, ratio to the baseline, verdict by the bar."""
    clock = Ticking()
    rows = compare(
        [
            Contestant(name="base", batch=clock.work(0.5)),
            Contestant(name="good", batch=clock.work(1.0), baseline="base", bar=2.0),
            Contestant(name="bad", batch=clock.work(1.5), baseline="base", bar=2.0),
            Contestant(name="free", batch=clock.work(1.5), baseline="base"),
        ],
        Effort(rounds=3, batch=5),
        clock=lambda: clock.now,
    )
    assert rows == [
        Row(name="base", value=500_000.0, unit="us"),
        Row(name="good", value=1_000_000.0, unit="us", baseline="base", ratio=2.0, bar=2.0, verdict="ok"),
        Row(name="bad", value=1_500_000.0, unit="us", baseline="base", ratio=3.0, bar=2.0, verdict="MISSED"),
        Row(name="free", value=1_500_000.0, unit="us", baseline="base", ratio=3.0),
    ]
    assert table(rows).splitlines()[3].split() == ["bad", "1500000.00", "us", "3.00x", "2.00x", "MISSED", "base"]
