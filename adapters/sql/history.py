"""The Alembic histories of components: where each lies, its head, its steps. It knows folders and revisions; it opens no database.

Each component has a linear history in a folder of its own: ours in ``adapters/sql/migrations/<component>``, a user's in ``<package>/alembic``. They
share one version table. A component that is switched off keeps its row there and is left alone.
"""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory
from msgspec import Struct

from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Record

from .shape import LEDGER_COMPONENT

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_OURS: Final = "kingpost.kernel."


class History(Struct, frozen=True, kw_only=True):
    """One component's history."""

    component: str
    folder: Path
    records: tuple[type[Record], ...] = ()

    def config(self) -> Config:
        """Alembic's configuration for this history alone."""
        made = Config(cmd_opts=Namespace(quiet=True))  # what there is to tell, the command tells
        made.set_main_option("script_location", _escaped(MIGRATIONS))
        made.set_main_option("path_separator", "newline")
        made.set_main_option("version_locations", _escaped(self.folder))
        return made

    def script(self) -> ScriptDirectory:
        """Its revisions."""
        return ScriptDirectory.from_config(self.config())

    def head(self) -> str | None:
        """Its newest revision; None where it has none yet. ``ConfigurationError`` where it is not linear."""
        heads = self.script().get_heads()
        if len(heads) > 1:
            message = f"the history of {self.component!r} has several heads, {', '.join(sorted(heads))}: let one follow the other"
            raise ConfigurationError(message)
        return heads[0] if heads else None

    def revisions(self) -> tuple[str, ...]:
        """All revisions, oldest first."""
        return tuple(reversed([each.revision for each in self.script().walk_revisions()]))


LEDGER: Final = History(component=LEDGER_COMPONENT, folder=MIGRATIONS / LEDGER_COMPONENT)


def histories(components: Iterable[Component]) -> tuple[History, ...]:
    """The ledger's history and those of the components that persist anything, each after those it needs."""
    known = {each.name: each for each in components}
    ordered: dict[str, Component] = {}

    def visit(each: Component) -> None:
        for name in (*each.requires, *_referred(each)):
            if name in known and name != each.name and name not in ordered:
                visit(known[name])
        ordered.setdefault(each.name, each)

    for each in known.values():
        visit(each)
    return (LEDGER, *(_history(each) for each in ordered.values() if each.records))


def revisions(components: Iterable[Component]) -> dict[str, tuple[str, ...]]:
    """Component -> the revisions that this version of it knows, oldest first, the ledger's own included; one without any is left out."""
    found = {each.component: each.revisions() for each in histories(components) if each.head() is not None}
    return {component: known for component, known in found.items() if known}


def heads(components: Iterable[Component]) -> dict[str, str]:
    """Component -> the revision that this version of it expects, the ledger's own included."""
    return {component: known[-1] for component, known in revisions(components).items()}


def _history(each: Component) -> History:
    folder = MIGRATIONS / each.name if each.package.startswith(_OURS) else _package_folder(each) / "alembic"
    if not folder.is_dir():
        message = f"component {each.name!r} has records and no folder {folder.parent.name}/{folder.name} with revisions: make one and draft its first revision"
        raise ConfigurationError(message)
    return History(component=each.name, folder=folder, records=each.records)


def _package_folder(each: Component) -> Path:
    spec = find_spec(each.package)
    places: Sequence[str] = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        message = (
            f"component {each.name!r} says that it lives in the package {each.package!r}, which cannot be found: correct Component.package"
        )
        raise ConfigurationError(message)
    return Path(places[0])


def _referred(each: Component) -> tuple[str, ...]:
    """Components whose tables its records refer to; every record of a tenant refers to tenancy."""
    named = [reference.target.facts.component for record in each.records for reference in record.facts.references]
    return (*named, *(("tenancy",) if any(record.facts.tenant for record in each.records) else ()))


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
