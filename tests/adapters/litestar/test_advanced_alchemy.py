"""Kernel writes in the session that advanced-alchemy's plugin provides (RULES 3 and 4), on every driver. It knows one host, and no session of its own."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.extensions.litestar import AsyncSessionConfig, SQLAlchemyAsyncConfig, SQLAlchemyPlugin
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from litestar import Litestar, Request, Response, post
from litestar.di import NamedDependency
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from examples.storefront import CreateProduct, Price
from examples.storefront.usecases import create_product
from kingpost.adapters.litestar_app import HostCall, KingpostPlugin
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.conformance.target import Reply
from kingpost.kernel.errors import Conflict
from tests.adapters.litestar.hosted import RECORDS, Hosted
from tests.adapters.sql.hosting import host_engine

DRIVERS: Final = ("aiosqlite", "psycopg", "asyncpg")
MODES: Final = ("autocommit", "explicit")
PLACES: Final = ("first", "between", "last")
ENDS: Final = {"kept": 201, "caught": 201, "nested": 201, "refused": 409, "broken": 500, "answered": 402}
"""What a handler does behind its rows -> the status of its answer. In the mode ``autocommit`` the status alone decides; else the handler commits."""
TOLD: list[str] = []
"""What followed a commit."""


class Line(DefaultBase):
    """The host's table; what a line refers to is looked for at the commit."""

    __tablename__ = "host_line"
    name: Mapped[str] = mapped_column(primary_key=True)
    above: Mapped[str | None] = mapped_column(ForeignKey("host_line.name", deferrable=True, initially="DEFERRED"))


class Lines(SQLAlchemyAsyncRepository[Line]):
    """The host's repository."""

    model_type = Line
    id_attribute = "name"


def ware(sku: str) -> CreateProduct:
    """A product to make."""
    return CreateProduct(sku=sku.replace(" ", "-").upper(), name=sku, price=Price(amount=1, currency="EUR"))


async def place_rows(kingpost: HostCall, session: AsyncSession, name: str, place: str) -> None:
    """Two rows of the host and one of the kernel, in the order that ``place`` says."""
    lines = Lines(session=session)
    for turn in PLACES:
        if turn != place:
            await lines.add(Line(name=f"{name} {turn}"))
            continue
        async with kingpost.context(write=True, joining=session) as context:
            await create_product(context, body=ware(name))
            context.on_commit(lambda: TOLD.append(name))


@post("/{place:str}/{end:str}")
async def order(
    kingpost: NamedDependency[HostCall], db_session: NamedDependency[AsyncSession], request: Request[Any, Any, Any]
) -> Response[str]:
    """Rows of both sides, then what ``end`` says."""
    place, end = str(request.path_params["place"]), str(request.path_params["end"])
    name = f"{end} {place}"
    await place_rows(kingpost, db_session, name, place)
    if end == "refused":
        await kingpost.call(create_product, joining=db_session, body=ware(name))
    if end == "caught":
        with pytest.raises(Conflict):
            await kingpost.call(create_product, joining=db_session, body=ware(name))
    if end == "nested":
        async with kingpost.context(write=True, joining=db_session) as context, db_session.begin_nested() as inner:
            await create_product(context, body=ware(f"{name} undone"))
            await inner.rollback()
    if end == "broken":
        raise RuntimeError
    if end == "orphan":
        await Lines(session=db_session).add(Line(name=name, above="nobody"))
    if end != "answered" and db_session.info["mode"] == "explicit":
        await db_session.commit()
    return Response(str(TOLD.count(name)), status_code=ENDS.get(end, 201))


class Shop:
    """A host whose session comes from advanced-alchemy's plugin."""

    def __init__(self, url: str, driver: str, mode: str) -> None:
        asyncio.run(create_all(url, RECORDS))
        TOLD.clear()
        self.engine: AsyncEngine = host_engine(url.replace("postgresql:", f"postgresql+{driver}:").replace("sqlite:", "sqlite+aiosqlite:"))
        config = SQLAlchemyAsyncConfig(
            engine_instance=self.engine,
            before_send_handler="autocommit" if mode == "autocommit" else None,
            session_config=AsyncSessionConfig(expire_on_commit=False, info={"mode": mode}),
        )

        def make(plugin: KingpostPlugin) -> Litestar:
            return Litestar([order], plugins=[SQLAlchemyPlugin(config=config), plugin], openapi_config=None, logging_config=None)

        self.hosted = Hosted(make, prefix="/kingpost", open_storage=lambda machine: sql_storage(url, records=RECORDS, clock=machine.clock))
        self.hosted.run(self._make())

    async def _make(self) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(Line.metadata.tables["host_line"].create)

    async def _lines(self) -> list[str]:
        async with AsyncSession(self.engine) as own:
            return sorted((await own.scalars(select(Line.name))).all())

    def order(self, place: str, end: str) -> Reply:
        """Ask the host's handler."""
        return self.hosted.ask("POST", f"/{place}/{end}", key=self.hosted.key)

    def kept(self) -> tuple[list[str], list[str]]:
        """What is committed: the host's lines, the names of the kernel's products."""
        page = self.hosted.ask("GET", "/kingpost/products", key=self.hosted.key).json()
        lines: list[str] = self.hosted.run(self._lines())
        return lines, sorted(item["name"] for item in page["items"])

    def close(self) -> None:
        """Give every connection back."""
        self.hosted.run(self.engine.dispose())
        self.hosted.run(self.hosted.trap.storage.close())
        self.hosted.close()


@pytest.fixture(params=DRIVERS)
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Shop]]:
    """Opens a host over each driver."""
    driver, made = str(request.param), list[Shop]()
    pytest.importorskip(driver, reason=f"needs {driver}")
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}" if driver == "aiosqlite" else str(request.getfixturevalue("fresh_postgres_url"))

    def opened(mode: str) -> Shop:
        made.append(Shop(url, driver, mode))
        return made[-1]

    yield opened
    for shop in made:
        shop.close()


@pytest.mark.parametrize("mode", MODES)
def test_both_stay_or_neither(opens: Callable[[str], Shop], mode: str) -> None:
    """Wherever the kernel wrote and however the handler ends: with the commit all rows and the callback; else no row and no callback."""
    shop, kept = opens(mode), list[str]()
    for end, place in product(ENDS, PLACES):
        reply = shop.order(place, end)
        assert reply.status == ENDS[end], (end, place, reply)
        kept += [f"{end} {place}"] if reply.status == 201 else []
        if reply.status == 201:
            assert reply.body == (b"1" if mode == "explicit" else b"0")  # the callback runs with the commit, which the plugin sends last
        assert kept == TOLD
    lines, products = shop.kept()
    assert products == sorted(kept)
    assert lines == sorted(f"{name} {turn}" for name in kept for turn in PLACES if not name.endswith(turn))


@pytest.mark.parametrize("mode", MODES)
def test_a_commit_that_fails_keeps_nothing_of_the_kernel(opens: Callable[[str], Shop], mode: str) -> None:
    """What the host's own commit refuses takes the kernel's rows with it, and nothing that waited for the commit runs."""
    shop = opens(mode)
    for place in PLACES:
        shop.order(place, "orphan")
        shop.hosted.run(shop.engine.dispose())  # SQLAlchemy gives SQLite's connection back with the transaction that COMMIT has refused
    assert (shop.kept(), TOLD) == (([], []), [])


def test_the_kernels_own_routes_ask_for_no_session(opens: Callable[[str], Shop]) -> None:
    """The plugin's session is opened for handlers that take it; the API keeps its own connections and commits."""
    shop = opens("autocommit")
    body: Any = b'{"sku":"API","name":"By the API","price":{"amount":1,"currency":"EUR"}}'
    assert shop.hosted.ask("POST", "/kingpost/products", key=shop.hosted.key, body=body).status == 201
    assert shop.kept() == ([], ["By the API"])
