"""Databases for the tests of the SQL store: fresh, with the tables of the kit's specimens. It knows how to open them, not what is tested."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeAlias

import pytest

from kingpost.adapters.sql import SqlStorage

from .hosting import Plays, Scenario, hosting, opened

DRIVERS = ("aiosqlite", "psycopg", "asyncpg")
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


@pytest.fixture
def opens() -> Opens:
    """Opens storages."""
    return opened


@pytest.fixture(params=DRIVERS)
def plays(request: pytest.FixtureRequest) -> Plays:
    """Plays a scenario with a host over each driver."""
    driver = str(request.param)
    pytest.importorskip(driver, reason=f"needs {driver}")
    url = (
        f"sqlite:///{request.getfixturevalue('sqlite_path')}"
        if driver == "aiosqlite"
        else str(request.getfixturevalue("fresh_postgres_url"))
    )

    def play(scenario: Scenario) -> None:
        async def whole() -> None:
            async with hosting(url, driver) as host:
                await scenario(host)

        asyncio.run(whole())

    return play
