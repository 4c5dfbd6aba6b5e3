"""Kernel writes of a host's own Litestar handlers in the transaction of its AsyncSession (RULES 3 and 4), on every driver. It knows one host."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Request, post
from litestar.di import NamedDependency
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from examples.storefront import CreateProduct, Price
from examples.storefront.usecases import create_product
from kingpost.adapters.litestar_app import HostCall
from kingpost.adapters.sql import create_all, sql_storage
from kingpost.conformance.target import Reply
from kingpost.kernel.errors import Conflict
from tests.adapters.litestar.hosted import RECORDS, Hosted
from tests.adapters.sql.hosting import host_engine

DRIVERS = ("aiosqlite", "psycopg", "asyncpg")


def ware(sku: str) -> CreateProduct:
    """A product to make."""
    return CreateProduct(sku=sku, name=sku, price=Price(amount=1, currency="EUR"))


@post("/orders/{end:str}")
async def order(kingpost: NamedDependency[HostCall], request: Request[Any, Any, Any]) -> list[str]:
    """Kernel rows first, then the host's; the host decides how it ends."""
    engine: AsyncEngine = request.app.state["engine"]
    end = str(request.path_params["end"])
    seen: list[str] = []
    async with AsyncSession(engine) as own:
        await kingpost.call(create_product, joining=own, body=ware("FIRST"))
        await own.execute(text("INSERT INTO host_note (note) VALUES (:note)"), {"note": end})
        try:
            await kingpost.call(create_product, joining=own, body=ware("FIRST"))
        except Conflict as refused:
            seen.append(refused.code)
        async with kingpost.context(write=True, joining=own) as context:
            context.on_commit(lambda: seen.append("after the commit"))
            seen.append(context.tenant.slug if context.tenant else "")
        await (own.commit() if end == "commit" else own.rollback())
    return seen


class Shop:
    """A host whose tables lie beside ours."""

    def __init__(self, url: str, driver: str) -> None:
        asyncio.run(create_all(url, RECORDS))
        self.engine = host_engine(url.replace("postgresql:", f"postgresql+{driver}:").replace("sqlite:", "sqlite+aiosqlite:"))
        self.hosted = Hosted(
            lambda plugin: Litestar([order], plugins=[plugin], openapi_config=None, logging_config=None),
            prefix="/kingpost",
            open_storage=lambda machine: sql_storage(url, records=RECORDS, clock=machine.clock),
        )
        self.hosted.app.state["engine"] = self.engine
        self.hosted.run(self._make())

    async def _make(self) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text("CREATE TABLE host_note (note VARCHAR(40) PRIMARY KEY)"))

    async def _notes(self) -> list[str]:
        async with self.engine.connect() as connection:
            return [row[0] for row in await connection.execute(text("SELECT note FROM host_note"))]

    def order(self, end: str) -> Reply:
        """Ask the host's handler."""
        return self.hosted.ask("POST", f"/orders/{end}", key=self.hosted.key)

    def kept(self) -> tuple[list[str], list[str]]:
        """What is committed: the host's notes, the kernel's products."""
        page = self.hosted.ask("GET", "/kingpost/products", key=self.hosted.key).json()
        return self.hosted.run(self._notes()), [item["sku"] for item in page["items"]]  # type: ignore[attr-defined]

    def close(self) -> None:
        """Give every connection back."""
        self.hosted.run(self.engine.dispose())
        self.hosted.run(self.hosted.trap.storage.close())
        self.hosted.close()


@pytest.fixture(params=DRIVERS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A host over each driver."""
    driver = str(request.param)
    pytest.importorskip(driver, reason=f"needs {driver}")
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}" if driver == "aiosqlite" else str(request.getfixturevalue("fresh_postgres_url"))
    made = Shop(url, driver)
    yield made
    made.close()


def test_the_hosts_commit_keeps_both(shop: Shop) -> None:
    """Host row and kernel row become visible together; a Conflict between them loses neither, and what follows the commit has waited."""
    reply = shop.order("commit")
    assert (reply.status, reply.body) == (201, b'["sku-taken","acme","after the commit"]')
    assert shop.kept() == (["commit"], ["FIRST"])


def test_the_hosts_rollback_takes_both(shop: Shop) -> None:
    """The kernel wrote first and its unit was committed: still nothing stays, and nothing that waits for a commit runs."""
    reply = shop.order("rollback")
    assert (reply.status, reply.body) == (201, b'["sku-taken","acme"]')
    assert shop.kept() == ([], [])
