"""What components and database tell ``doctor``. It knows symptoms and mends; it prints and changes nothing."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from kingpost.kernel.errors import ConfigurationError, KernelError

from .database import Database, kernel_of
from .findings import Finding
from .reasons import driver_said
from .settings import Settings

_GREATEST_SKEW = 1.0
"""Seconds that this machine's clock may differ from the database's."""


def of_components(settings: Settings) -> Iterable[Finding]:
    """Whether the chosen components are there and fit together."""
    try:
        kernel, _ = kernel_of(settings)
    except ConfigurationError as wrong:
        yield Finding("fail", "components", str(wrong), "correct KINGPOST_COMPONENTS, or the component")
        return
    yield Finding(
        "ok",
        "components",
        f"{', '.join(component.name for component in kernel.components)} with {len(kernel.registry.operations)} operations",
    )
    yield from of_database(Database(settings, kernel.components))


def of_database(database: Database) -> Iterable[Finding]:
    """Whether the database answers, has this version's schema and this secret, and agrees about the time."""
    try:
        skew = asyncio.run(_ask(database))
    except (KernelError, ConfigurationError) as error:
        what, _, mend = str(error).partition(": ")
        said = driver_said(error)
        yield Finding("fail", "database", f"{what} ({said})" if said else what, mend or "start the database, or correct KINGPOST_DATABASE")
        return
    yield Finding("ok", "database", "answers, with tables that serve this version, and with this secret")
    if abs(skew) > _GREATEST_SKEW:
        text = f"this machine's clock is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} the database's"
        yield Finding("warn", "clock", text, "synchronise both by NTP: expiry is measured with them")


async def _ask(database: Database) -> float:
    async with database.lifespan():
        await database.check()
        before = datetime.now(UTC)
        theirs = await database.now()
        after = datetime.now(UTC)
        return (before + (after - before) / 2 - theirs).total_seconds()
