"""The database of a deployment that has no host: opened from settings, with a kernel over it. It knows no SQL."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from kingpost.adapters.sql import SqlStorage, sql_storage
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.policy import fingerprint
from kingpost.kernel.system import Clock

from . import discovery
from .composition import kernel_from, records_of
from .machine import SystemClock
from .settings import Settings


async def open_storage(settings: Settings, components: Iterable[Component], *, clock: Clock | None = None) -> SqlStorage:
    """The SQL storage of these settings, opened in the running loop; whoever opens it closes it."""
    return await sql_storage(
        settings.database or "",
        records=records_of(components),
        clock=clock or SystemClock(),
        secret_fingerprint=fingerprint(settings.secret)[0],
        pool_size=settings.pool_size,
        durability=settings.durability,
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Kernel]:
    """A kernel with its storage open, for as long as the block lasts."""
    components = discovery.components(settings.components)
    storage = await open_storage(settings, components)
    try:
        yield kernel_from(settings, storage, components)
    finally:
        await storage.close()
