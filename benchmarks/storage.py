"""The store against the drivers beneath it and the Django ORM beside it: get by key, insert, compare-and-set update, a page of 50, a join.

Wall time, as a database waits. SQLite over a file; PostgreSQL over the server that the tests use, in a scratch database, left out where there is none.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from msgspec import structs

from examples.storefront import Product
from kingpost.adapters.sql import SqlStorage, create_all, sql_storage
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Scope, Storage, Store
from kingpost.kernel.typeid import decode

from . import shop, site
from .databases import scratch
from .joined_query import PAIRED, by_hand
from .measure import Contestant, Effort, Row, compare
from .shop import Shop

EFFORT = Effort(rounds=15, batch=300)
PAGE = 50
TABLE = Product.facts.table
FIELDS = Product.__struct_fields__
COLUMNS = ", ".join(FIELDS)
OPERATIONS = ("get", "insert", "update", "page", "join")
BARS = {("SQLite", "get"): 2.0, ("PostgreSQL", "get"): 1.3}


def run(effort: Effort) -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory(prefix="kingpost-bench-") as folder, scratch() as postgresql, asyncio.Runner() as runner:
        sqlite = f"sqlite:///{folder}/bench.sqlite3"
        site.configure(Path(folder) / "bench.sqlite3", postgresql)
        rows = _measure("SQLite", sqlite, "default", runner, effort)
        if postgresql is None:
            print("no PostgreSQL here (set KINGPOST_TEST_POSTGRES_URL): its rows are left out", file=sys.stderr)
            return rows
        return [*rows, *_measure("PostgreSQL", postgresql, "postgresql", runner, effort)]


def _measure(database: str, url: str, alias: str, runner: asyncio.Runner, effort: Effort) -> list[Row]:
    machine = shop.system()
    goods = shop.shop(machine)
    runner.run(create_all(url, shop.RECORDS))
    storage = runner.run(sql_storage(url, records=shop.RECORDS, clock=machine.clock))
    runner.run(shop.stock(storage, goods))
    try:
        with _contestants(database, (url, alias), storage, goods, runner) as contestants:
            return [row for operation in OPERATIONS for row in _rows(database, operation, contestants, effort)]
    finally:
        runner.run(storage.close())
        _close(alias)


def _close(alias: str) -> None:
    from django.db import connections  # noqa: PLC0415  (only once Django is configured)

    connections[alias].close()


Works = dict[str, Callable[[int], object]]
"""Operation -> batch."""


def _rows(database: str, operation: str, contestants: dict[str, Works], effort: Effort) -> list[Row]:
    bar = BARS.get((database, operation))
    fewer = structs.replace(effort, batch=max(1, effort.batch // (10 if operation in ("page", "join") else 3)))
    # Django's cursor alone costs several times sqlite3, so nothing inside Django gets below it
    cursor = "raw SQL, Django's cursor" if operation == "get" else "raw driver"
    against = {"Kingpost in Django": cursor if database == "SQLite" else "raw driver, in Django's way"}
    entrants = [
        Contestant(
            name=f"{database} {operation}: {name}",
            batch=works[operation],
            baseline=f"{database} {operation}: {against.get(name, 'raw driver')}" if not name.startswith("raw") else None,
            bar=bar if name.startswith("Kingpost") else None,
        )
        for name, works in contestants.items()
        if operation in works
    ]
    return compare(entrants, fewer, clock=time.perf_counter)


@contextmanager
def _contestants(
    database: str, place: tuple[str, str], storage: SqlStorage, goods: Shop, runner: asyncio.Runner
) -> Iterator[dict[str, Works]]:
    from kingpost.adapters.django_app.executor import DjangoExecutors  # noqa: PLC0415  (only once Django is configured)

    url, alias = place
    raw = _raw_sqlite if database == "SQLite" else _raw_postgresql
    with raw(url, goods, runner) as drivers:
        in_django = SqlStorage(DjangoExecutors(alias, monotonic=time.monotonic), records=shop.RECORDS)
        yield {
            **drivers,
            "raw SQL, Django's cursor": _cursor(alias, goods),
            "Kingpost, own pool": _kingpost(storage, goods, runner.run, "own"),
            "Kingpost in Django": _kingpost(in_django, goods, drive, "django"),
            "Django ORM": _orm(alias, goods),
        }


# ---------------------------------------------------------------- Kingpost


def _kingpost(storage: Storage, goods: Shop, finish: Callable[[Any], object], prefix: str) -> Works:
    scope, products = Scope(goods.tenant.id), goods.products
    machine, numbers = shop.system(), count()
    current = {"row": products[1 if prefix == "own" else 2]}

    async def get(store: Store) -> None:
        assert await store.get(Product, products[0].id) is not None

    async def insert(store: Store) -> None:
        await store.insert(shop.product(machine, goods.tenant.id, f"{prefix}-{next(numbers)}"))

    async def update(store: Store) -> None:
        row = current["row"]
        current["row"] = await store.replace(row, expected=row.version)

    async def page(store: Store) -> None:
        assert len((await store.find(Product, order=("id",), limit=PAGE)).items) == PAGE

    async def join(store: Store) -> None:
        assert len((await store.ask(PAIRED(), limit=PAGE)).items) == PAGE

    def batch(work: Callable[[Store], Awaitable[None]]) -> Callable[[int], object]:
        async def repeat(times: int) -> None:
            session = storage.session()
            store = session.store(scope)
            for _ in range(times):
                await work(store)
            await session.close()

        return lambda times: finish(repeat(times))

    return {"get": batch(get), "insert": batch(insert), "update": batch(update), "page": batch(page), "join": batch(join)}


# ---------------------------------------------------------------- raw drivers


def _statements(mark: str) -> dict[str, str]:
    """The statements that anybody would write; ``mark`` is the driver's placeholder."""
    return {
        "get": f"SELECT {COLUMNS} FROM {TABLE} WHERE tenant_id = {mark} AND id = {mark}",  # noqa: S608  (names of our own)
        "insert": f"INSERT INTO {TABLE} ({COLUMNS}) VALUES ({', '.join([mark] * len(FIELDS))})",  # noqa: S608
        "update": f"UPDATE {TABLE} SET {', '.join(f'{name} = {mark}' for name in FIELDS)} WHERE tenant_id = {mark} AND id = {mark} AND version = {mark}",  # noqa: S608
        "page": f"SELECT {COLUMNS} FROM {TABLE} WHERE tenant_id = {mark} ORDER BY id LIMIT {PAGE + 1}",  # noqa: S608
        "join": by_hand(mark, PAGE + 1),
    }


class _Values:
    """Parameters in the form that a database stores, made without Kingpost's codecs."""

    def __init__(self, connection: Any, goods: Shop, number: int, prefix: str) -> None:
        """Start from a stored row, so that every column has the stored form; ``number`` is the row that updates change."""
        self.tenant, self.first, self.changed = (
            self._key(connection, id_) for id_ in (goods.tenant.id, goods.products[0].id, goods.products[number].id)
        )
        self._numbers, self._prefix = count(), prefix
        self._connection = connection
        self.row: tuple[Any, ...] = ()
        self.version = 1

    @staticmethod
    def _key(connection: Any, id_: str) -> Any:
        value = decode(id_, id_.partition("_")[0])
        return value if not isinstance(connection, sqlite3.Connection) else value.hex

    def key(self) -> Any:
        """A new primary key."""
        made: UUID = uuid4()
        return made if not isinstance(self._connection, sqlite3.Connection) else made.hex

    def fresh(self) -> tuple[Any, ...]:
        """A new row."""
        row = dict(zip(FIELDS, self.row, strict=True))
        return tuple({**row, "id": self.key(), "sku": f"{self._prefix}-{next(self._numbers)}"}.values())

    def change(self) -> tuple[Any, ...]:
        """The row to be changed, one version on, and what guards it."""
        row = dict(zip(FIELDS, self.row, strict=True))
        self.version += 1
        changed = {**row, "id": self.changed, "sku": f"{self._prefix}-changed", "version": self.version}
        return (*changed.values(), self.tenant, self.changed, self.version - 1)


@contextmanager
def _raw_sqlite(url: str, goods: Shop, _: asyncio.Runner) -> Iterator[dict[str, Works]]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA synchronous=NORMAL")
    sql, values = _statements("?"), _Values(connection, goods, 3, "raw")

    def fetched(statement: str, *parameters: Any) -> list[Any]:
        rows: list[Any] = connection.execute(statement, parameters).fetchall()
        return rows

    values.row = fetched(sql["get"], values.tenant, values.first)[0]
    works: Works = {
        "get": _repeated(lambda: _some(fetched(sql["get"], values.tenant, values.first), 1)),
        "insert": _repeated(lambda: connection.execute(sql["insert"], values.fresh())),
        "update": _repeated(lambda: _one(connection.execute(sql["update"], values.change()).rowcount)),
        "page": _repeated(lambda: _some(fetched(sql["page"], values.tenant), PAGE + 1)),
        "join": _repeated(lambda: _some(fetched(sql["join"], values.tenant, values.tenant), PAGE + 1)),
    }
    yield {"raw driver": works}
    connection.close()


@contextmanager
def _raw_postgresql(url: str, goods: Shop, runner: asyncio.Runner) -> Iterator[dict[str, Works]]:
    """What psycopg costs as Kingpost's own pool uses it (async, prepared), and as Django uses it (a cursor that binds on the client)."""
    import psycopg  # noqa: PLC0415  (an extra)

    connection = runner.run(psycopg.AsyncConnection.connect(url, autocommit=True))
    like_django = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor)
    sql, values, others = _statements("%s"), _Values(connection, goods, 4, "raw"), _Values(connection, goods, 5, "like-django")

    async def fetched(statement: str, *parameters: Any) -> list[Any]:
        return await (await connection.execute(statement, parameters)).fetchall()

    def fetched_at_once(statement: str, *parameters: Any) -> list[Any]:
        return like_django.execute(statement, parameters).fetchall()

    values.row = others.row = _plain(like_django.execute(sql["get"], (values.tenant, values.first)).fetchall()[0])

    async def get() -> None:
        _some(await fetched(sql["get"], values.tenant, values.first), 1)

    async def insert() -> None:
        await connection.execute(sql["insert"], values.fresh())

    async def update() -> None:
        _one((await connection.execute(sql["update"], values.change())).rowcount)

    async def page() -> None:
        _some(await fetched(sql["page"], values.tenant), PAGE + 1)

    async def join() -> None:
        _some(await fetched(sql["join"], values.tenant, values.tenant), PAGE + 1)

    works = (("get", get), ("insert", insert), ("update", update), ("page", page), ("join", join))
    yield {
        "raw driver": {name: _awaited(work, runner) for name, work in works},
        "raw driver, in Django's way": {
            "get": _repeated(lambda: _some(fetched_at_once(sql["get"], others.tenant, others.first), 1)),
            "insert": _repeated(lambda: like_django.execute(sql["insert"], others.fresh())),
            "update": _repeated(lambda: _one(like_django.execute(sql["update"], others.change()).rowcount)),
            "page": _repeated(lambda: _some(fetched_at_once(sql["page"], others.tenant), PAGE + 1)),
            "join": _repeated(lambda: _some(fetched_at_once(sql["join"], others.tenant, others.tenant), PAGE + 1)),
        },
    }
    runner.run(connection.close())
    like_django.close()


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as parameters: psycopg reads jsonb as an object and writes it only where it is told so."""
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    return tuple(Jsonb(value) if isinstance(value, dict | list) else value for value in row)


def _repeated(work: Callable[[], object]) -> Callable[[int], None]:
    def batch(times: int) -> None:
        for _ in range(times):
            work()

    return batch


def _awaited(work: Callable[[], Awaitable[None]], runner: asyncio.Runner) -> Callable[[int], object]:
    async def batch(times: int) -> None:
        for _ in range(times):
            await work()

    return lambda times: runner.run(batch(times))


def _some(rows: list[Any], wanted: int) -> None:
    if len(rows) != wanted:
        raise SystemExit(f"a raw statement gave {len(rows)} rows instead of {wanted}")


def _one(changed: int) -> None:
    if changed != 1:
        raise SystemExit(f"a raw update changed {changed} rows instead of 1")


# ---------------------------------------------------------------- Django


def _cursor(alias: str, goods: Shop) -> Works:
    """What Django's own cursor costs over the driver: no executor inside Django can be faster."""
    from django.db import connections  # noqa: PLC0415  (only once Django is configured)

    connection = connections[alias]
    connection.ensure_connection()
    values, sql = _Values(connection.connection, goods, 7, "cursor"), _statements("%s")

    def get() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql["get"], (values.tenant, values.first))
            _some(cursor.fetchall(), 1)

    return {"get": _repeated(get)}


def _orm(alias: str, goods: Shop) -> Works:
    from django.apps import apps  # noqa: PLC0415  (only once Django is configured)

    model: Any = apps.get_model("kingpost_storefront", "product")
    rows, numbers = model.objects.using(alias), count()
    first, changed, tenant = goods.products[0].id, goods.products[6].id, goods.tenant.id
    version = count(1)

    def insert() -> None:
        row = shop.product(shop.system(), tenant, f"orm-{next(numbers)}")
        model(**structs.asdict(row)).save(using=alias, force_insert=True)

    def update() -> None:
        old = next(version)
        _one(rows.filter(id=changed, version=old).update(name="Mug", stock=41, updated_at=datetime.now(UTC), version=old + 1))

    return {
        "get": _repeated(lambda: rows.get(tenant_id=tenant, id=first)),
        "insert": _repeated(insert),
        "update": _repeated(update),
        "page": _repeated(lambda: _some(list(rows.filter(tenant_id=tenant).order_by("id")[: PAGE + 1]), PAGE + 1)),
    }
