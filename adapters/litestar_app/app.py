"""The Litestar application that ``kingpost serve`` runs: one kernel from the settings of the process, its database opened with the loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from kingpost.adapters.runtime import composition, database, discovery
from kingpost.adapters.runtime.settings import Settings
from kingpost.kernel.errors import Unavailable
from kingpost.kernel.store import Session, Storage

from .plugin import KingpostPlugin


class LateStorage:
    """The port Storage for a database that is opened once the event loop runs, after the routes of its kernel are known."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._opened: Storage | None = None

    def open(self, storage: Storage | None) -> None:
        """Use this one from now on; None when it is closed."""
        self._opened = storage

    def session(self, *, deadline: float | None = None) -> Session:
        """A session of the open storage; ``Unavailable`` before and after."""
        return self._storage().session(deadline=deadline)

    async def check(self) -> None:
        """Ask the open storage; ``Unavailable`` before and after."""
        await self._storage().check()

    def _storage(self) -> Storage:
        if self._opened is None:
            raise Unavailable("The database is not open: start the application through its lifespan.")
        return self._opened


def create() -> Litestar:
    """The application of this process's settings; what ``granian --factory`` and ``uvicorn --factory`` call."""
    return application(composition.settings_of_process())


def application(settings: Settings) -> Litestar:
    """The application of these settings. Its own OpenAPI pages, request logging and debug pages are off: the kernel has its own."""
    components = discovery.components(settings.components)
    late = LateStorage()
    kernel = composition.kernel_from(settings, late, components)

    @asynccontextmanager
    async def opened() -> AsyncIterator[None]:
        storage = await database.open_storage(settings, components)
        late.open(storage)
        try:
            yield
        finally:
            late.open(None)
            await storage.close()

    plugin = KingpostPlugin(kernel, prefix=settings.prefix, lifespan=opened)
    return Litestar(plugins=[plugin], openapi_config=None, logging_config=None, debug=False)
