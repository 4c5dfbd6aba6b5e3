"""Run the Alembic histories on a database: up, down, where it stands, taking over from Django. It knows locks and the ledger; no component.

Everything happens in one transaction under one lock, so that several replicas may start at once and a failed step leaves the database as it was.
The functions are synchronous and open a connection of their own: give them a URL that goes to the database directly, not through a pooler.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from msgspec import Struct
from sqlalchemy import Connection, MetaData, delete, insert, inspect, select, update

from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError, Unavailable

from .comparison import OPTIONS, PREFIX, VERSION_TABLE
from .engine import transaction
from .history import LEDGER, History, histories
from .ledger import OTHER_SECRET
from .shape import LEDGER_COMPONENT, LEDGER_TABLE
from .tables import ledger_table, metadata


class LedgerRow(Struct, frozen=True):
    """One row of the ledger."""

    component: str
    revision: str
    owner: str
    fingerprint: bytes | None


Progress = Callable[[str], None]
"""Told one line before each step."""

OWNER: Final = "alembic"
_LEDGER: Final = ledger_table(MetaData())


def upgrade(
    url: str,
    components: Iterable[Component],
    *,
    progress: Progress | None = None,
    secret_fingerprint: bytes | tuple[bytes, ...] | None = None,
    wait: float = 300.0,
) -> dict[str, str]:
    """Bring every component to its head; component -> revision afterwards. Safe to run again, and by several processes at once.

    ``wait`` is how many seconds to wait for another process that migrates. ``ConfigurationError`` when Django's history owns a table concerned,
    when a newer version has been here, and when tables are missing or in the way; ``Unavailable`` when the database cannot be reached, is locked for longer, or belongs to another secret; nothing is changed then.
    """
    chosen = histories(components)
    prints = (secret_fingerprint,) if isinstance(secret_fingerprint, bytes) else tuple(secret_fingerprint or ())
    with transaction(url, wait=wait, progress=progress) as connection:
        _refuse_foreign(connection, chosen)
        _refuse_secret(connection, prints)
        _refuse_newer(connection, chosen)
        _refuse_undrafted(chosen)
        for each in chosen:
            _refuse_taken(connection, each)
            bring_up(connection, each, progress)
        _refuse_missing(connection, chosen)
        _write_ledger(connection, chosen, prints)
        return _current(connection, chosen)


def bring_up(connection: Connection, each: History, progress: Progress | None = None) -> None:
    """Run what one history has beyond where the database stands, in the transaction that is open."""
    head = each.head()
    if head is not None:
        _run(connection, each, lambda script, at: script._upgrade_revs(head, at), progress)  # noqa: SLF001


def downgrade(
    url: str, components: Iterable[Component], *, component: str, to: str = "base", progress: Progress | None = None, wait: float = 300.0
) -> dict[str, str]:
    """Take one component back to the revision ``to``, or to nothing; component -> revision afterwards. This destroys data."""
    chosen = histories(components)
    each = _named(chosen, component)
    with transaction(url, wait=wait, progress=progress) as connection:
        _refuse_foreign(connection, (each,))
        _refuse_orphans(connection, each, to)
        _run(connection, each, lambda script, at: script._downgrade_revs(to, at), progress)  # noqa: SLF001
        _write_ledger(connection, (each,), ())
        return _current(connection, chosen)


def current(url: str, components: Iterable[Component]) -> dict[str, str]:
    """Component -> the revision at which the database stands; those without one are left out."""
    with transaction(url, wait=5.0, lock=False) as connection:
        return _current(connection, histories(components))


def ledger(url: str) -> dict[str, LedgerRow]:
    """Component -> where it stands and by which history, ``alembic`` or ``django``; empty where there is no ledger."""
    with transaction(url, wait=5.0, lock=False) as connection:
        return {row.component: row for row in _ledger_rows(connection)}


def owners(url: str) -> dict[str, str]:
    """Component -> which history owns its tables."""
    return {component: row.owner for component, row in ledger(url).items()}


def adopt(url: str, components: Iterable[Component], *, progress: Progress | None = None, wait: float = 300.0) -> dict[str, str]:
    """Take the tables over from Django's history: they must be exactly those of this version. Changes no table.

    ``ConfigurationError`` lists what differs; run the other history to its end first (``manage.py migrate``).
    """
    chosen = histories(components)
    with transaction(url, wait=wait, progress=progress) as connection:
        differences = _compare(connection, chosen)
        if differences:
            message = (
                "the tables are not those of this version, so they cannot be taken over; bring them up with the history that owns them: "
            )
            raise ConfigurationError(message + "; ".join(differences))
        for each in chosen:
            _stamp(connection, each, progress)
        _write_ledger(connection, chosen, ())
        return _current(connection, chosen)


def compare(url: str, components: Iterable[Component]) -> tuple[str, ...]:
    """What Alembic's autogenerate would change: empty when the database is exactly what the records say."""
    with transaction(url, wait=5.0, lock=False) as connection:
        return _compare(connection, histories(components))


def _run(
    connection: Connection,
    each: History,
    plan: Callable[..., list[RevisionStep]],
    progress: Progress | None,
    records: MetaData | None = None,
) -> None:
    """Run the steps that ``plan`` finds between where this history stands and where it shall stand."""
    script, config = each.script(), each.config()
    config.attributes["connection"] = connection
    config.attributes["metadata"] = records
    own = frozenset(each.revisions())

    def steps(at: tuple[str, ...], _: MigrationContext) -> list[RevisionStep]:
        found = plan(script, tuple(revision for revision in at if revision in own))
        if progress is not None:
            for step in found:
                progress(f"{each.component}: {' '.join(str(step).split())}")
        return found

    with EnvironmentContext(config, script, fn=steps):
        script.run_env()


def _stamp(connection: Connection, each: History, progress: Progress | None) -> None:
    head = each.head()
    if head is not None:
        _run(connection, each, lambda script, at: script._stamp_revs(head, at), progress)  # noqa: SLF001


def _current(connection: Connection, chosen: tuple[History, ...]) -> dict[str, str]:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    standing = frozenset(context.get_current_heads())
    found = {each.component: [revision for revision in each.revisions() if revision in standing] for each in chosen}
    return {component: revisions[-1] for component, revisions in found.items() if revisions}


def _compare(connection: Connection, chosen: tuple[History, ...]) -> tuple[str, ...]:
    records = tuple(record for each in chosen for record in each.records)
    wanted = metadata(records)
    ours = tuple(f"{PREFIX}{each.component}_" for each in chosen if each is not LEDGER)

    def include_name(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or (name is not None and (name in wanted.tables or name.startswith(ours)))

    context = MigrationContext.configure(connection, opts={**OPTIONS, "include_name": include_name, "target_metadata": wanted})
    return tuple(_told(difference) for difference in compare_metadata(context, wanted))


def _told(difference: Any) -> str:
    """One difference in words: what Alembic would do, and to what."""
    steps = difference if isinstance(difference, list) else [difference]
    return "; ".join(" ".join(str(getattr(part, "name", part)) for part in step if part is not None) for step in steps)


def _has_ledger(connection: Connection) -> bool:
    return bool(inspect(connection).has_table(LEDGER_TABLE))


def _ledger_rows(connection: Connection) -> list[LedgerRow]:
    if not _has_ledger(connection):
        return []
    rows = connection.execute(select(_LEDGER))
    return [LedgerRow(row.component, row.revision, row.owner, row.secret_fingerprint) for row in rows]


def _refuse_foreign(connection: Connection, chosen: tuple[History, ...]) -> None:
    """Two histories that both change a table would each break what the other believes."""
    names = {each.component for each in chosen}
    foreign = sorted(row.component for row in _ledger_rows(connection) if row.owner != OWNER and row.component in names)
    if foreign:
        message = (
            f"the tables of {', '.join(foreign)} belong to Django's migration history: migrate them with `manage.py migrate`, "
            "or take them over with `kingpost migrate --adopt`; nothing was changed"
        )
        raise ConfigurationError(message)


def _refuse_secret(connection: Connection, prints: tuple[bytes, ...]) -> None:
    for row in _ledger_rows(connection):
        kept = row.fingerprint
        if kept is not None and prints and bytes(kept) not in prints:
            raise Unavailable(OTHER_SECRET)


def _refuse_newer(connection: Connection, chosen: tuple[History, ...]) -> None:
    """A revision that this version does not have was made by another one, whose tables are not to be guessed at."""
    known = {each.component: each.revisions() for each in chosen}
    for row in _ledger_rows(connection):
        if row.owner == OWNER and row.revision not in known.get(row.component, (row.revision,)):
            message = (
                f"the tables of {row.component} are at the revision {row.revision}, which this version does not know: "
                "install the version that made it, or a newer one; nothing was changed"
            )
            raise ConfigurationError(message)


def _refuse_undrafted(chosen: tuple[History, ...]) -> None:
    """Records without any revision have no tables."""
    for each in chosen:
        if each.head() is None:
            message = f"component {each.component!r} has records and no revision that makes their tables: draft the first one with `kingpost migrate --draft {each.component}`"
            raise ConfigurationError(message)


def _refuse_taken(connection: Connection, each: History) -> None:
    """A history that begins must not meet tables that it did not make."""
    if each.component in _current(connection, (each,)):
        return
    taken = sorted(_tables_of(each) & frozenset(inspect(connection).get_table_names()))
    if taken:
        message = (
            f"{', '.join(taken)} already exists, and no history of this database says who made it: if the tables are those of this version, "
            "take them over with `kingpost migrate --adopt`, else move them out of the way; nothing was changed"
        )
        raise ConfigurationError(message)


def _refuse_missing(connection: Connection, chosen: tuple[History, ...]) -> None:
    """A history does not make a table twice, so one that somebody has dropped does not come back by migrating."""
    missing = sorted(frozenset().union(*map(_tables_of, chosen)) - frozenset(inspect(connection).get_table_names()))
    if missing:
        message = (
            f"{', '.join(missing)} is missing. Where no revision makes it yet, draft one with `kingpost migrate --draft COMPONENT`. Where one does, "
            "restore the table from a backup, or take the component back with `kingpost migrate --downgrade COMPONENT` and migrate again, which "
            "loses what it holds; nothing was changed"
        )
        raise ConfigurationError(message)


def _tables_of(each: History) -> frozenset[str]:
    return frozenset({LEDGER_TABLE} if each.component == LEDGER_COMPONENT else {record.facts.table for record in each.records})


def _refuse_orphans(connection: Connection, each: History, to: str) -> None:
    """The ledger goes last."""
    others = [row.component for row in _ledger_rows(connection) if row.component != LEDGER_COMPONENT]
    if each.component == LEDGER_COMPONENT and to == "base" and others:
        message = f"the ledger is needed while {', '.join(sorted(others))} are there: take those back to base first"
        raise ConfigurationError(message)


def _write_ledger(connection: Connection, chosen: tuple[History, ...], prints: tuple[bytes, ...]) -> None:
    """Say what stands, and whose; the fingerprint is written once, by whoever comes first."""
    if not _has_ledger(connection):
        return
    standing = _current(connection, chosen)
    kept = {row.component: row.fingerprint for row in _ledger_rows(connection)}
    for each in chosen:
        key = _LEDGER.c.component == each.component
        if each.component not in standing:
            connection.execute(delete(_LEDGER).where(key))
            continue
        sealed = (
            prints[0] if prints and each.component == LEDGER_COMPONENT and kept.get(each.component) is None else kept.get(each.component)
        )
        values = {"revision": standing[each.component], "owner": OWNER, "secret_fingerprint": sealed}
        known = each.component in kept
        connection.execute(
            update(_LEDGER).where(key).values(values) if known else insert(_LEDGER).values(component=each.component, **values)
        )


def _named(chosen: tuple[History, ...], component: str) -> History:
    for each in chosen:
        if each.component == component:
            return each
    message = f"there is no component {component!r} with a history; there are {', '.join(each.component for each in chosen)}"
    raise ConfigurationError(message)
