"""The database of a deployment that has no host, and its kernel: made from settings, opened when the process starts to serve. It knows no SQL."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from kingpost.adapters.outbound import looped
from kingpost.adapters.sql import SqlSession, SqlStorage, sql_storage
from kingpost.adapters.sql.history import revisions
from kingpost.adapters.sql.host_accounts import SqlHostAccounts
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.policy import fingerprint
from kingpost.kernel.system import Clock

from . import discovery
from .composition import kernel_from, records_of
from .machine import SystemClock
from .settings import Settings


class Database:
    """The port Storage whose database is opened later, in the loop that will use it: a kernel can be assembled, and looked at, without I/O."""

    def __init__(self, settings: Settings, components: Iterable[Component], *, clock: Clock | None = None) -> None:
        """Remember what to open."""
        self._settings = settings
        self._components = tuple(components)
        self._clock = clock or SystemClock()
        self._storage: SqlStorage | None = None

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Open for the length of the block. A database that cannot be reached yet does not keep the process from starting: it is not ready."""
        try:
            try:
                await self._open()
            except Unavailable:
                self._storage = None
            yield
        finally:
            await self._close()

    async def _open(self) -> SqlStorage:
        if self._storage is None:
            self._storage = await sql_storage(
                self._settings.database or "",
                records=records_of(self._components),
                clock=self._clock,
                secret_fingerprint=fingerprint(self._settings.secret),
                known=revisions(self._components),
                pool_size=self._settings.pool_size,
                durability=self._settings.durability,
                prepare=self._settings.prepare,
            )
        return self._storage

    async def _close(self) -> None:
        storage, self._storage = self._storage, None
        if storage is not None:
            await storage.close()

    def session(self, *, deadline: float | None = None) -> SqlSession:
        """A session; ``Unavailable`` before the database is open."""
        if self._storage is None:
            detail = "The database is not open."
            raise Unavailable(detail)
        return self._storage.session(deadline=deadline)

    async def check(self) -> None:
        """As the port says; opens the database first where that failed at the start, so that a probe lets the process recover."""
        await (await self._open()).check()

    async def now(self) -> datetime:
        """The database's own clock, in UTC."""
        storage = await self._open()
        session = storage.session()
        try:
            ((answer,),) = await session.executor.fetch(_NOW[storage.executors.dialect], ())
        finally:
            await session.close()
        told = answer if isinstance(answer, datetime) else datetime.fromisoformat(str(answer))
        return told.astimezone(UTC)


_NOW = {"postgresql": "SELECT clock_timestamp()", "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"}


def kernel_of(settings: Settings) -> tuple[Kernel, Callable[[], AbstractAsyncContextManager[None]]]:
    """A kernel, assembled without I/O, and the lifespan in which it can answer."""
    components = discovery.components(settings.components)
    database, http, accounts = Database(settings, components), looped(settings.http_allow), accounts_of(settings)
    if accounts is not None and all(component.name != "identity" for component in components):
        message = "KINGPOST_PEOPLE is host, which the component identity brings about; add identity to KINGPOST_COMPONENTS"
        raise ConfigurationError(message)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with database.lifespan():
            try:
                yield
            finally:
                await http.close()

    return kernel_from(settings, database, components, http=http, accounts=accounts), lifespan


def accounts_of(settings: Settings) -> SqlHostAccounts | None:
    """The tables of the host that keeps the accounts, None where none does; ``ConfigurationError`` where it is not said which they are."""
    if settings.people is None:
        return None
    if settings.host_accounts is None:
        message = (
            "KINGPOST_PEOPLE is host, and KINGPOST_HOST_ACCOUNTS is missing: name the table of the host's accounts in this database, "
            "such as auth_user, so that whoever is deactivated there is refused here"
        )
        raise ConfigurationError(message)
    named = settings.host_accounts
    return SqlHostAccounts(
        table=named.table,
        schema=named.schema,
        key=named.key,
        is_active=named.is_active,
        password=named.password,
        sessions=settings.host_sessions,
    )
