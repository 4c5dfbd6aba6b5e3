"""What components and database tell ``doctor``. It knows symptoms and mends; it prints and changes nothing."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from kingpost.adapters.sql.host_accounts import SqlHostAccounts
from kingpost.kernel.errors import ConfigurationError, KernelError

from .database import Database, accounts_of, kernel_of
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
    database = Database(settings, kernel.components)
    told = tuple(of_database(database))
    yield from told
    if all(finding.level != "fail" for finding in told):
        yield from of_host(settings, database)


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


def of_host(settings: Settings, database: Database) -> Iterable[Finding]:
    """Whether the tables are there in which a host keeps its people."""
    accounts = accounts_of(settings)
    if accounts is None:
        return
    try:
        asyncio.run(_ask_host(database, accounts))
    except Exception as error:  # noqa: BLE001  (each driver has a class of its own for a column that is not there)
        said = (driver_said(error) if isinstance(error, KernelError) else None) or str(error).partition("\n")[0]
        mend = "correct KINGPOST_HOST_ACCOUNTS and KINGPOST_HOST_SESSIONS"
        yield Finding("fail", "people", f"the host's tables cannot be asked: {said}", mend)
    else:
        yield Finding("ok", "people", "the host's tables of accounts and sessions can be asked")


async def _ask_host(database: Database, accounts: SqlHostAccounts) -> None:
    async with database.lifespan():
        session = database.session()
        try:
            await accounts.check(session=session)
        finally:
            await session.close()


async def _ask(database: Database) -> float:
    async with database.lifespan():
        await database.check()
        before = datetime.now(UTC)
        theirs = await database.now()
        after = datetime.now(UTC)
        return (before + (after - before) / 2 - theirs).total_seconds()
