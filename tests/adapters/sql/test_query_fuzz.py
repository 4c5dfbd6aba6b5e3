"""Whatever is built from scoped records, no row of another tenant is found; and what is not scoped never passes. It knows two tenants and random trees."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, assume, given, reject, settings
from hypothesis import strategies as st
from msgspec import Struct
from sqlalchemy import FromClause, Select, column, func, literal_column, select, table, text

from kingpost.adapters.memory import MemoryStorage
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.adapters.sql.queries import Query, scoped
from kingpost.conformance.laws import SPECIMENS, Bench
from kingpost.conformance.laws.asking import walked
from kingpost.conformance.laws.law import Runs
from kingpost.conformance.laws.specimens import Guest, House, Knot, Rate, fresh_id, guest, stay
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record, columns
from kingpost.kernel.store import PLATFORM, Scope, Storage

from .select_trees import Tree, below

CANARY: Final = "canary"
FAR: Final = 7000
"""Numbers of the other tenant are from here on."""
MINE, THEIRS = fresh_id("hou"), fresh_id("hou")


class Pair(Struct, frozen=True, kw_only=True):
    """What a random tree finds."""

    n: int | None
    t: str | None
    times: int


def rows_of(house: str, mark: str, far: int) -> tuple[Record, ...]:
    """A tenant with a few of everything: equal values, nulls, and links; the other tenant's are as many, marked."""
    guests = [guest(house, f"{mark}{name}", badge=badge and f"{mark}{badge}", floor=far + floor) for name, badge, floor in _GUESTS]
    stays = [
        stay(house, guest_id=guests[at % 4].id if at else None, rate_code=f"{mark}r{at % 2}" if at % 3 else None, nights=far + at % 4)
        for at in range(7)
    ]
    ends = [Knot(id=fresh_id("knt"), house_id=house, next_id=None) for _ in range(2)]
    return (House(id=house, slug=f"house-{house}"), *guests, *stays, *ends, Knot(id=fresh_id("knt"), house_id=house, next_id=ends[0].id))


_GUESTS = (("Ada", "a", 0), ("Bob", None, 1), ("aB%", "b", 1), ("eve", None, 2))
RATES = tuple(Rate(code=f"{mark}r{at}", family="all", cents=at) for mark in ("", CANARY) for at in range(2))
OWN: Final = rows_of(MINE, "", 0)
FOREIGN: Final = rows_of(THEIRS, CANARY, FAR)


async def fill(storage: Storage, rows: tuple[Record, ...]) -> None:
    """Insert the rows, those of several tenants in turn."""
    store = storage.session().store(PLATFORM)
    for row in (*RATES, *sorted(rows, key=lambda row: SPECIMENS.index(type(row)))):
        await store.insert(row)


class Pit:
    """Two databases: one that both tenants share, and one where there is nothing of the other."""

    def __init__(self, shared: Storage, alone: Storage, run: Runs) -> None:
        self.shared, self.alone, self.run = Bench(shared, run), Bench(alone, run), run
        run(fill(shared, (*FOREIGN, *OWN)))
        run(fill(alone, OWN))

    def judge(self, statement: Select[Any]) -> None:
        """The tenant finds the same in both, and nothing of the other's."""
        query: Query[[], Pair] = Query("laws.pairs.random", statement, returns=Pair, order=("n",), key=("n", "t"))
        query.verify()
        try:
            found, expected = (self.run(self._ask(bench.port, query)) for bench in (self.shared, self.alone))
        except sqlite3.OperationalError as error:  # SQLite's planner gives up on some trees with a FULL JOIN
            if "ON clause references tables to its right" not in str(error):
                raise
            reject()
        assert found == expected, statement
        assert not [row for row in found if CANARY in (row.t or "")]

    async def _ask(self, storage: Storage, query: Query[[], Pair]) -> list[Pair]:
        session = storage.session()
        try:
            return await walked(session.store(Scope(MINE)), query(), limit=7)
        finally:
            await session.close()


async def opened(url: str) -> Storage:
    """A storage on a database with the tables."""
    await create_all(url, SPECIMENS)
    return await sql_storage(url, records=SPECIMENS, clock=SystemClock())


@pytest.fixture(scope="module")
def in_memory() -> Pit:
    """Over dictionaries."""
    return Pit(MemoryStorage(records=SPECIMENS), MemoryStorage(records=SPECIMENS), drive)


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pit]:
    """Two files."""
    folder = tmp_path_factory.mktemp("fuzz")
    shared, alone = (drive(opened(f"sqlite:///{folder / name}.db")) for name in ("shared", "alone"))
    yield Pit(shared, alone, drive)
    for storage in (shared, alone):
        drive(storage.close())  # type: ignore[attr-defined]


@pytest.fixture
def on_postgresql(fresh_postgres_url: str, second_postgres_url: str) -> Iterator[Pit]:
    """Two databases."""
    with asyncio.Runner() as runner:
        shared, alone = (runner.run(opened(url)) for url in (fresh_postgres_url, second_postgres_url))
        yield Pit(shared, alone, runner.run)
        for storage in (shared, alone):
            runner.run(storage.close())  # type: ignore[attr-defined]


TREES: Final = int(os.environ.get("KINGPOST_QUERY_TREES", "40"))
"""How many random trees are judged on SQLite; a quarter of them on PostgreSQL."""
PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""A tree is not made smaller: the message holds its SQL, and to compile thousands takes minutes."""
QUIET: Final = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


@settings(max_examples=TREES, deadline=None, suppress_health_check=QUIET, phases=PHASES)
@given(st.data())
def test_no_tree_on_sqlite_finds_another_tenants_row(on_sqlite: Pit, data: st.DataObject) -> None:
    """On a database that tenants share, a random select finds what it finds where there is one tenant."""
    on_sqlite.judge(data.draw(st.composite(lambda draw: Tree(below(draw)).whole())()))


@settings(max_examples=TREES // 4, deadline=None, suppress_health_check=QUIET, phases=PHASES)
@given(st.data())
def test_no_tree_on_postgresql_finds_another_tenants_row(on_postgresql: Pit, data: st.DataObject) -> None:
    """The same on PostgreSQL, for a select of the same kind."""
    on_postgresql.judge(data.draw(st.composite(lambda draw: Tree(below(draw)).whole())()))


@settings(max_examples=TREES // 4, deadline=None, suppress_health_check=QUIET, phases=PHASES)
@given(st.data())
def test_a_tree_finds_the_same_in_memory_and_on_sqlite(in_memory: Pit, on_sqlite: Pit, data: st.DataObject) -> None:
    """What the reference answers over dictionaries is what the database answers."""
    statement = data.draw(st.composite(lambda draw: Tree(below(draw)).whole())())
    in_memory.judge(statement)
    query: Query[[], Pair] = Query("laws.pairs.random", statement, returns=Pair, order=("n",), key=("n", "t"))
    assert drive(in_memory._ask(in_memory.shared.port, query)) == drive(on_sqlite._ask(on_sqlite.shared.port, query))


def _plain(record: type[Record]) -> FromClause:
    return table(record.facts.table, *(column(field.name) for field in columns(record)))


SMUGGLED: Final[dict[str, Callable[[type[Record]], FromClause]]] = {
    "the table": _plain,
    "an alias of the table": lambda record: _plain(record).alias(),
    "a subquery of the table": lambda record: select(_plain(record)).subquery(),
    "a common table expression of the table": lambda record: select(_plain(record)).cte(),
    "a copy of the scoped one": lambda record: scoped(record).element.subquery(),
    "the scoped one for another tenant": lambda record: scoped(record).element.params(scope_tenant=THEIRS).subquery(),
    "the scoped one without a filter": lambda record: select(scoped(record).element.get_final_froms()[0]).subquery(),
    "one with text": lambda record: select(scoped(record)).where(text("1 = 1")).subquery(),
    "one with a literal": lambda record: select(scoped(record)).where(literal_column("1") == 1).subquery(),
    "one that sleeps": lambda record: select(scoped(record)).where(func.pg_sleep(1).is_(None)).subquery(),
    "one that locks": lambda record: select(scoped(record)).with_for_update().subquery(),
    "one with a prefix": lambda record: select(scoped(record)).prefix_with("ALL").subquery(),
    "one beside a hidden one": lambda record: select(scoped(record)).add_cte(select(_plain(record)).cte("hidden")).subquery(),
}


class Smuggler:
    """Gives scoped rows, but once something else."""

    def __init__(self, turn: int, smuggled: Callable[[type[Record]], FromClause]) -> None:
        self.turn = turn
        self.smuggled = smuggled
        self.calls = 0

    def __call__(self, record: type[Record]) -> FromClause:
        """The rows."""
        self.calls += 1
        return self.smuggled(record) if self.calls == self.turn else scoped(record)


@settings(max_examples=4 * TREES, deadline=None, suppress_health_check=QUIET, phases=PHASES)
@given(st.data(), st.integers(1, 6), st.sampled_from(sorted(SMUGGLED)))
def test_a_smuggled_node_is_refused_wherever_it_hides(data: st.DataObject, turn: int, what: str) -> None:
    """One unscoped node anywhere in a random tree, in whatever disguise, and the query is refused."""
    smuggler = Smuggler(turn, SMUGGLED[what])
    statement = data.draw(st.composite(lambda draw: Tree(below(draw), smuggler).whole())())
    assume(smuggler.calls >= turn)
    query: Query[[], Pair] = Query("laws.pairs.random", statement, returns=Pair, order=("n",), key=("n", "t"))
    with pytest.raises(ConfigurationError, match=r"query 'laws\.pairs\.random'"):
        query.verify()


def test_the_fuzzer_would_find_a_leak(on_sqlite: Pit) -> None:
    """Run without being verified, a table in the place of a scoped one brings the canary up: the trees see what they should."""
    rows = _plain(Guest)
    query: Query[[], Pair] = Query(
        "laws.pairs.leaking",
        select(rows.c.floor.label("n"), rows.c.name.label("t"), func.count().label("times")).group_by(rows.c.floor, rows.c.name),
        returns=Pair,
        key=("n", "t"),
    )
    session = on_sqlite.shared.port.session()
    found = drive(session.executor.fetch(str(query.statement), ()))  # type: ignore[attr-defined]
    assert [row for row in found if CANARY in row[1]]
