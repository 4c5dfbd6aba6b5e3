"""``migrate``: bring the tables to this version, or back. It knows arguments and progress; ``adapters.sql.migrate`` does the work."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, TextIO

from msgspec import structs

from kingpost.adapters.runtime import discovery, embedded, grammar
from kingpost.adapters.runtime.settings import Settings
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.policy import fingerprint

if TYPE_CHECKING:  # its libraries come with an extra
    from kingpost.adapters.sql.migrate import LedgerRow

HELP = "bring the tables of the database to this version"


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--database", metavar="URL", help="migrate this database (KINGPOST_MIGRATION_DATABASE, else KINGPOST_DATABASE)")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--downgrade", metavar="COMPONENT[:REVISION]", help="take one component back, to nothing without a revision; this destroys data"
    )
    other.add_argument("--adopt", action="store_true", help="take the tables over from Django's migration history; changes no table")
    other.add_argument(
        "--draft",
        metavar="COMPONENT",
        help="write the next revision of a component of yours, from what its records say and its revisions lack; touches no database",
    )
    other.add_argument("--show", action="store_true", help="show where the database stands and whose history it has; changes nothing")
    parser.add_argument("--message", default="", metavar="TEXT", help="what a drafted revision does, in a few words")


def run(arguments: Namespace, settings: Settings, out: TextIO) -> int:
    """Migrate as the arguments say, telling each step before it is done."""
    if arguments.draft is not None:
        return _draft(arguments.draft, arguments.message, settings, out)
    components = discovery.components(settings.components)
    settings = _target(arguments, settings)
    url = settings.migration_database or settings.database or ""
    if arguments.show:
        _show(url, components, out)
    elif arguments.adopt:
        _told(lambda say: _migrations().adopt(url, components, progress=say), "took over", out)
    elif arguments.downgrade is not None:
        component, _, revision = arguments.downgrade.partition(":")
        _told(
            lambda say: _migrations().downgrade(url, components, component=component, to=revision or "base", progress=say), "went back", out
        )
    elif not bring_up(settings, out):
        print("nothing to migrate: every component is at this version", file=out, flush=True)
    return 0


def _draft(name: str, message: str, settings: Settings, out: TextIO) -> int:
    """Draft for one of the components of the settings, by its name, or for any by its import path."""
    from kingpost.adapters.sql import drafting

    chosen = discovery.components(settings.components)
    if all(component.name != name for component in chosen):
        (found,) = discovery.components((name,))
        chosen, name = (*chosen, *(found,) * (found not in chosen)), found.name
    needed = discovery.components(tuple({"tenancy"} - {component.name for component in chosen}))
    written = drafting.draft((*needed, *chosen), component=name, message=message or "Tables as the records say")
    print(f"wrote {written}; read it, and run it with: kingpost migrate", file=out, flush=True)
    return 0


def bring_up(settings: Settings, out: TextIO) -> bool:
    """Migrate the database of complete settings upwards; says nothing and is False where nothing is to be done."""
    components = discovery.components(settings.components)
    url = settings.migration_database or settings.database or ""
    prints = fingerprint(settings.secret)
    return _told(lambda say: _migrations().upgrade(url, components, progress=say, secret_fingerprint=prints), "migrated", out)


def _migrations() -> ModuleType:
    """What migrates; its libraries come with an extra, so it is imported only here."""
    from kingpost.adapters.sql import migrate

    return migrate


def _target(arguments: Namespace, settings: Settings) -> Settings:
    """The settings with the database that was named; migrations need no host list, so only database and secret have to be there."""
    if arguments.database is not None:
        try:
            settings = structs.replace(settings, migration_database=str(grammar.database(arguments.database)))
        except ValueError as wrong:
            raise ConfigurationError(f"--database {wrong}") from None
    if settings.database is None and settings.migration_database is not None:
        settings = structs.replace(settings, database=settings.migration_database)
    return embedded.complete(structs.replace(settings, hosts=settings.hosts or embedded.LOOPBACK_HOSTS), create=True)


def _told(work: Callable[[Callable[[str], None]], Mapping[str, str]], done: str, out: TextIO) -> bool:
    """Do the work, printing each step with the seconds since the start, and at the end where the database stands; False where there was no step."""
    started, steps = time.monotonic(), 0

    def say(step: str) -> None:
        nonlocal steps
        steps += 1
        print(f"[{time.monotonic() - started:6.1f} s] {step}", file=out, flush=True)

    standing = work(say)
    if steps:
        stands = ", ".join(f"{component} at {revision}" for component, revision in standing.items()) or "no component"
        print(f"[{time.monotonic() - started:6.1f} s] {done}: {stands}", file=out, flush=True)
    return steps > 0


def _show(url: str, components: tuple[Component, ...], out: TextIO) -> None:
    from kingpost.adapters.sql import history, migrate

    ledger = migrate.ledger(url)
    for component, known in history.revisions(components).items():
        row = ledger.get(component)
        owner, state = ("-", f"not migrated, wants {known[-1]}") if row is None else (row.owner, _state(row, known))
        print(f"{component:16} {owner:8} {state}", file=out, flush=True)


def _state(row: "LedgerRow", known: tuple[str, ...]) -> str:
    """Where a component stands, by the revisions that this version knows; of Django's it knows none."""
    if row.owner != "alembic":
        return f"at {row.revision}"
    if row.revision == known[-1]:
        return "up to date"
    return f"at {row.revision}, wants {known[-1]}" if row.revision in known else f"at {row.revision}, which a newer version made"
