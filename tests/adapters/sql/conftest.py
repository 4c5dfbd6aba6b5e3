"""Databases for the tests of the SQL store: fresh, with the tables of the kit's specimens. It knows how to open them, not what is tested."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage, create_all, sql_storage
from kingpost.conformance.laws import SPECIMENS

Opens: TypeAlias = Callable[..., AbstractAsyncContextManager[SqlStorage]]


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Where a fresh SQLite database may lie."""
    return tmp_path / "kingpost.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database, on each of the two."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("fresh_postgres_url"))
    return f"sqlite:///{request.getfixturevalue('sqlite_path')}"


@asynccontextmanager
async def opened(url: str, *, create: bool = True, **options: object) -> AsyncIterator[SqlStorage]:
    """A storage of the specimens, closed at the end of the block."""
    if create:
        await create_all(url, SPECIMENS)
    storage = await sql_storage(url, records=SPECIMENS, clock=SystemClock(), **options)  # type: ignore[arg-type]  # handed through
    try:
        yield storage
    finally:
        await storage.close()


@pytest.fixture
def opens() -> Opens:
    """Opens storages."""
    return opened
