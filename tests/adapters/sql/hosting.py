"""A host with an SQLAlchemy engine, a table of its own and a house of the kit's specimens. It knows how to open them on every driver; it tests nothing."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import SqlStorage, create_all, sql_storage
from kingpost.adapters.sql.joined import join
from kingpost.conformance.laws import SPECIMENS
from kingpost.conformance.laws.specimens import Guest, guest, open_house
from kingpost.kernel.store import Scope


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


def host_engine(url: str) -> AsyncEngine:
    """An engine as a host should have it: on SQLite it emits its own BEGIN and checks references."""
    if not url.startswith("sqlite"):
        return create_async_engine(url)
    engine = create_async_engine(url, connect_args={"isolation_level": None})

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class Host:
    """A host with a table of its own beside ours."""

    def __init__(self, engine: AsyncEngine, url: str, scope: Scope) -> None:
        self.engine = engine
        self.url = url
        self.scope = scope

    async def add(self, connection: AsyncConnection | AsyncSession, note: str) -> None:
        """The host writes."""
        await connection.execute(text("INSERT INTO host_note (note) VALUES (:note)"), {"note": note})

    async def add_orphan(self, connection: AsyncConnection | AsyncSession, note: str) -> None:
        """The host writes a row that only its commit refuses: what it refers to is not there."""
        await connection.execute(text("INSERT INTO host_note (note, above) VALUES (:note, 'nobody')"), {"note": note})

    async def storage(self, lent: AsyncConnection | AsyncSession) -> SqlStorage:
        """The kernel's storage over what the host lends."""
        return SqlStorage(await join(lent), records=SPECIMENS, clock=SystemClock())

    async def kept(self) -> tuple[list[str], list[str]]:
        """What is committed: the host's notes, the kernel's guests."""
        async with self.engine.connect() as connection:
            notes = [row[0] for row in await connection.execute(text("SELECT note FROM host_note ORDER BY note"))]
        async with opened(self.url, create=False) as storage:
            page = await storage.session().store(self.scope).find(Guest, order=("name",), limit=50)
            return notes, [row.name for row in page.items]

    def guest(self, name: str) -> Guest:
        """A guest of the host's house."""
        return guest(self.scope.tenant or "", name)


@asynccontextmanager
async def hosting(url: str, driver: str) -> AsyncIterator[Host]:
    """A host on a fresh database, with one house."""
    async with opened(url) as storage:
        scope = Scope(await open_house(storage))
    engine = host_engine(url.replace("postgresql:", f"postgresql+{driver}:").replace("sqlite:", "sqlite+aiosqlite:"))
    try:
        async with engine.begin() as connection:
            above = "above VARCHAR(40) REFERENCES host_note (note) DEFERRABLE INITIALLY DEFERRED"
            await connection.execute(text(f"CREATE TABLE host_note (note VARCHAR(40) PRIMARY KEY, {above})"))
        yield Host(engine, url, scope)
    finally:
        await engine.dispose()


Scenario: TypeAlias = Callable[[Host], Coroutine[Any, Any, None]]
Plays: TypeAlias = Callable[[Scenario], None]
