"""The ledger ``kingpost_schema``: which history owns the database, and whose secret sealed its data. It knows no history itself.

One row per component: its revision and the owner of its history (``alembic`` or ``django``). The row of the pseudo-component ``schema``
carries the fingerprint of the root secret; whoever runs first writes it.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from kingpost.kernel.errors import Unavailable

from .executor import Executor
from .plans import Plans
from .shape import LEDGER_COMPONENT, LEDGER_TABLE

Owner: TypeAlias = Literal["alembic", "django"]

READ: Final = f"SELECT component, revision, owner, secret_fingerprint FROM {LEDGER_TABLE}"  # noqa: S608  (a constant)

RUN_MIGRATE: Final[Mapping[Owner, str]] = {
    "alembic": "The database is not at the version of this process: run `kingpost migrate`, then try again.",
    "django": "The database is not at the version of this process: run `manage.py migrate`, then try again.",
}
OTHER_SECRET: Final = "The database belongs to another KINGPOST_SECRET: start this process with the secret that made it, or list the old secret behind the new one."


Known: TypeAlias = Mapping[str, tuple[str, ...]]
"""Component -> the revisions that this version of it knows, oldest first."""


async def verify(executor: Executor, plans: Plans, *, owner: Owner, known: Known, fingerprints: tuple[bytes, ...]) -> None:
    """Return when every table is there with its columns, no component of this history is behind, and the secret is ours; else ``Unavailable``.

    A revision that this version does not know was made by a newer one. It only adds, so the tables serve both while one follows the other.
    """
    for plan in plans.of.values():
        await executor.fetch(plan.statements.nothing(plan.record.__struct_fields__).sql, ())
    rows = await executor.fetch(READ, ())
    ledger = {str(row[0]): row for row in rows}
    for component, revisions in known.items():
        row = ledger.get(component)
        if row is None or (row[2] == owner and row[1] in revisions[:-1]):
            raise Unavailable(RUN_MIGRATE[owner], params={"component": component})
    row = ledger.get(LEDGER_COMPONENT)
    kept = None if row is None or row[3] is None else bytes(row[3])  # type: ignore[call-overload]  # bytes or memoryview
    if kept is not None and fingerprints and kept not in fingerprints:
        raise Unavailable(OTHER_SECRET)
