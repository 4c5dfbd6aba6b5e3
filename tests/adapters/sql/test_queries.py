"""What a query tells of rows that break its promises, how it is compiled, and that an index can serve it. It knows the specimens."""

import asyncio
import sys
import unicodedata
from collections.abc import Callable, Iterable

import pytest
from msgspec import Struct
from sqlalchemy import func, select

from kingpost.adapters.memory import MemoryStorage, MemoryStore
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import create_all, searching, sql_storage
from kingpost.adapters.sql.queries import Query, scoped
from kingpost.conformance.laws import SPECIMENS, Bench
from kingpost.conformance.laws.asking import Named
from kingpost.conformance.laws.specimens import Guest, House, fresh_id, guest, open_house, open_store, owner
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record
from kingpost.kernel.store import PLATFORM, Asked, Page, Scope, Storage, Store, Value
from tests.adapters.memory.everybody import Everybody

from .questions import COPIED, NAMED, QUESTIONS, TALLY, VISITORS
from .test_asking_laws import SqlAskingLaws

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL tests need the extra postgres")


class Floor(Struct, frozen=True, kw_only=True):
    """A floor and a name on it."""

    floor: int
    badge: str


class Sum(Struct, frozen=True, kw_only=True):
    """A number."""

    n: int


rows = scoped(Guest)
BY_FLOOR = Query(
    "laws.guests.floors",
    select(rows.c.floor, func.coalesce(rows.c.badge, "").label("badge")),
    returns=Floor,
    key=("floor",),
)
BADGES = Query(
    "laws.guests.badges",
    select(rows.c.floor, func.nullif(rows.c.badge, "", type_=rows.c.name.type).label("badge")),
    returns=Floor,
    key=("floor",),
)
FLOORS = Query("laws.guests.floor", select(rows.c.floor, rows.c.name.label("badge")), returns=Floor)
PRODUCT = Query("laws.guests.product", select((rows.c.floor * 3).label("n")), returns=Sum)


async def two_guests(storage: Storage, *, floor: int = 1) -> Store:
    """A store of two guests on one floor, without badges."""
    store = await open_store(storage)
    for name in ("Ada", "Bob"):
        await store.insert(guest(owner(store), name, floor=floor))
    return store


@pytest.mark.parametrize(
    ("asked", "limit", "told"),
    [
        (BY_FLOOR, 5, r"query 'laws.guests.floors': two rows agree in \('floor',\); name fields in key="),
        (BY_FLOOR, 1, "two rows agree"),
        (FLOORS, 5, r"two rows agree in \(\)"),
        (BADGES, 5, "two rows agree"),
    ],
)
def test_a_key_that_is_none_is_told(asked: Query[[], Floor], limit: int, told: str) -> None:
    """Two rows in one place, the row behind the page among them, are refused before one of them is lost."""
    store = drive(two_guests(MemoryStorage(records=SPECIMENS)))
    with pytest.raises(ConfigurationError, match=told):
        drive(store.ask(asked(), limit=limit))


def test_a_null_that_is_not_declared_is_told() -> None:
    """A null in a field without ``| None`` names the field, and how to mend it."""
    storage = MemoryStorage(records=SPECIMENS)
    store = drive(open_store(storage))
    drive(store.insert(guest(owner(store), "Ada")))
    with pytest.raises(ConfigurationError, match=r"badge is null in a row; declare Floor.badge with \| None"):
        drive(store.ask(BADGES(), limit=5))


def test_a_number_beyond_the_database_is_no_number() -> None:
    """What SQLite has turned into a float is not handed on as an integer."""
    storage = MemoryStorage(records=SPECIMENS)
    store = drive(open_store(storage))
    drive(store.insert(guest(owner(store), "Ada", floor=2**62)))
    with pytest.raises(OverflowError, match="beyond the integers"):
        drive(store.ask(PRODUCT(), limit=5))


def test_a_storage_answers_only_what_it_was_opened_for() -> None:
    """A query over records of another storage, and one in another language, are refused with what to do."""
    for storage in (MemoryStorage(records=(House, Guest)), drive(sql_storage("sqlite://", records=(House, Guest), clock=SystemClock()))):
        store = storage.session().store(Scope(fresh_id("hou")))
        with pytest.raises(ConfigurationError, match="not opened for"):
            drive(store.ask(VISITORS(least=0), limit=5))
    with pytest.raises(ConfigurationError, match=r"is not written in SQL: make it with kingpost\.adapters\.sql\.queries\.Query"):
        drive(store.ask(Everybody(), limit=5))


def test_a_query_is_called_before_it_is_asked() -> None:
    """Whoever hands a store the bare query is told to call it."""
    for storage in (MemoryStorage(records=SPECIMENS), drive(sql_storage("sqlite://", records=SPECIMENS, clock=SystemClock()))):
        store = storage.session().store(Scope(fresh_id("hou")))
        with pytest.raises(ConfigurationError, match=r"'laws\.stays\.tally' is asked without its parameters: call it"):
            drive(store.ask(TALLY, limit=1))  # type: ignore[arg-type]  # what no checker would let through


def test_a_query_is_refused_where_it_was_never_put_together() -> None:
    """A store verifies what no component registered: nothing unscoped is ever sent to a database."""
    storage = drive(sql_storage("sqlite://", records=SPECIMENS, clock=SystemClock()))
    drive(storage.create_all())
    store = drive(open_store(storage))
    bare = Query("laws.guests.bare", select(rows.element.get_final_froms()[0].c.floor.label("n")), returns=Sum)
    for storage_of in (storage, MemoryStorage(records=SPECIMENS)):
        asked = storage_of.session().store(store.scope)
        with pytest.raises(ConfigurationError, match="a table with every tenant's rows"):
            drive(asked.ask(bare(), limit=5))


def test_a_statement_is_compiled_once() -> None:
    """The same query on the same kind of executor has one statement for each form of position."""
    first = NAMED.asking("sqlite", "qmark")
    assert NAMED.asking("sqlite", "qmark") is first
    assert first.prepared(None) is first.prepared(None)
    assert COPIED.asking("sqlite", "qmark").prepared((True, True)) is not COPIED.asking("sqlite", "qmark").prepared((False, True))


class Leaky(MemoryStore):
    """A store that answers queries with everybody's rows."""

    async def ask(self, asked: Asked[Named], *, after: tuple[Value, ...] | None = None, limit: int) -> Page[Named]:  # type: ignore[override]
        """Whatever the scope."""
        everything = MemoryStore(self._work, PLATFORM)

        def seen(record: type[Record]) -> Iterable[Record]:
            return [_as_of(row, self.scope) for row in everything._seen(record)]

        return asked.over(seen, scope=self.scope, after=after, limit=limit)


def _as_of(row: Record, scope: Scope) -> Record:
    from msgspec import structs

    return structs.replace(row, **{row.facts.tenant: scope.tenant}) if row.facts.tenant not in (None, row.facts.key) else row


class LeakyStorage(MemoryStorage):
    """Hands it out."""

    def session(self, *, deadline: float | None = None) -> object:  # type: ignore[override]
        """A session whose stores leak."""
        inner = super().session(deadline=deadline)
        inner.store = lambda scope: Leaky(inner._work, scope) if scope.tenant else MemoryStore(inner._work, scope)  # type: ignore[method-assign]
        return inner


def test_the_laws_find_a_store_that_forgets_its_tenant() -> None:
    """A storage whose queries see other tenants' rows breaks the laws of queries."""
    bench: Bench[Storage] = Bench(LeakyStorage(records=SPECIMENS), drive)
    with pytest.raises(AssertionError):
        SqlAskingLaws().test_a_join_counts_the_tenant_s_own_rows(bench)
    with pytest.raises(AssertionError):
        SqlAskingLaws().test_an_aggregate_of_nothing_is_one_row(bench)


def test_every_letter_is_folded_alike(postgres_url: str) -> None:
    """PostgreSQL's ICU and Python fold every letter that both know to the same text, so that a search finds the same on both databases."""
    letters = [
        chr(code) for code in range(1, sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Lu", "Ll", "Lt", "Lo", "Nl", "So")
    ]
    text = "\n".join(letters)
    with psycopg.connect(postgres_url) as connection:
        sql = "SELECT translate(lower(%s::text COLLATE \"und-x-icu\"), U&'\\03C2', U&'\\03C3')"
        ((folded,),) = connection.execute(sql, (text,)).fetchall()
    assert folded.split("\n") == (searching.lowered(text) or "").split("\n")


async def filled(url: str) -> str:
    """A tenant with twenty thousand guests."""
    await create_all(url, SPECIMENS)
    storage = await sql_storage(url, records=SPECIMENS, clock=SystemClock())
    house = await open_house(storage)
    await storage.close()
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO kingpost_laws_guest (id, house_id, name, floor, version) "
            "SELECT gen_random_uuid(), h.id, 'Guest number ' || n, n % 5, 1 FROM kingpost_laws_house h, generate_series(1, 20000) n"
        )
    return house


def plan_of(url: str, statement: Callable[[], Asked[Struct]], tenant: str, *, before: str = "") -> str:
    """How PostgreSQL would run it."""
    asked = statement()
    _, sql, parameters = asked.question(("postgresql", "format"), scope=Scope(tenant), after=None, limit=10)  # type: ignore[attr-defined]
    with psycopg.connect(url) as connection:
        if before:
            connection.execute(before)
        connection.execute("ANALYZE")
        return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {sql}", parameters))


def test_an_index_serves_a_search_and_a_join(fresh_postgres_url: str) -> None:
    """The index that the documents name is used by ``contains``, and a page by key walks the tenant's index through the author's select."""
    with psycopg.connect(fresh_postgres_url) as connection:
        found = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone()
    if found is None:
        pytest.skip("the extension pg_trgm is not there")
    with asyncio.Runner() as runner:
        house = runner.run(filled(fresh_postgres_url))
    index = (
        "CREATE EXTENSION pg_trgm; CREATE INDEX guest_search ON kingpost_laws_guest "
        "USING gin (translate(lower(name COLLATE \"und-x-icu\"), U&'\\03C2', U&'\\03C3') gin_trgm_ops)"
    )
    assert "guest_search" in plan_of(fresh_postgres_url, lambda: QUESTIONS.named("NUMBER 1999"), house, before=index)
    by_key = Query("laws.guests.all", select(rows.c.id, rows.c.name), returns=Named, key=("id",))
    walk = plan_of(fresh_postgres_url, by_key, house)
    assert "Index" in walk
    assert "Sort" not in walk
