"""Draft a revision: what the records say and the revisions lack, written as a file for a developer to read. It runs no migration."""

import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from alembic.autogenerate import RevisionContext
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError

from .comparison import OPTIONS, PREFIX
from .engine import transaction
from .history import History, histories
from .migrate import bring_up
from .tables import metadata

LONGEST_COMPONENT: Final = 24
"""Characters of a component's name in a revision's id, which has 32 in all."""


def draft(components: Iterable[Component], *, component: str, message: str) -> Path:
    """Write the next revision of ``component`` beside its others and return its path. No database is needed.

    What the revisions make so far is made in a database of a moment and held against the records. ``ConfigurationError`` when nothing has changed.
    """
    chosen = histories(components)
    each = next((history for history in chosen if history.component == component), None)
    if each is None:
        text = f"there is no component {component!r} with a history; there are {', '.join(history.component for history in chosen)}"
        raise ConfigurationError(text)
    number = len(each.revisions()) + 1
    name = f"{component[:LONGEST_COMPONENT]}_{number:04d}"
    with TemporaryDirectory(prefix="kingpost-draft-") as folder, transaction(f"sqlite:///{folder}/draft.sqlite3", wait=5.0) as connection:
        for history in chosen:
            bring_up(connection, history)
        _write(connection, chosen, each, name, message)
    (written,) = each.folder.glob(f"{name}_*.py")
    return _quietly(written)


def _write(connection: object, chosen: tuple[History, ...], each: History, name: str, message: str) -> None:
    wanted = metadata(tuple(record for history in chosen for record in history.records))
    config, script = each.config(), each.script()
    own = f"{PREFIX}{each.component}_"

    def include_name(table: str | None, kind: str, _: object) -> bool:
        return kind != "table" or (table is not None and table.startswith(own))

    def include_object(_: object, table: str | None, kind: str, __: bool, ___: object) -> bool:  # noqa: FBT001  (Alembic's signature)
        return kind != "table" or (table is not None and table.startswith(own))

    options = {**OPTIONS, "render_as_batch": True, "include_name": include_name, "include_object": include_object}
    arguments = {
        "message": message,
        "autogenerate": True,
        "sql": False,
        "head": "head",
        "splice": False,
        "branch_label": None if each.revisions() else each.component,
        "version_path": str(each.folder),
        "rev_id": name,
        "depends_on": None,
    }
    drafted = RevisionContext(config, script, arguments)

    def look(at: tuple[str, ...], context: MigrationContext) -> list[object]:
        own_heads = tuple(revision for revision in at if revision in each.revisions())
        drafted.run_autogenerate(own_heads, context)
        return []

    with EnvironmentContext(config, script, fn=look, as_sql=False, template_args=drafted.template_args) as environment:
        environment.configure(connection=connection, target_metadata=wanted, **options)  # type: ignore[arg-type]  # a Connection
        with environment.begin_transaction():
            environment.run_migrations()
    if drafted.generated_revisions[0].upgrade_ops is None or drafted.generated_revisions[0].upgrade_ops.is_empty():
        text = f"the records of {each.component!r} say nothing that its revisions lack: no revision is needed"
        raise ConfigurationError(text)
    list(drafted.generate_scripts())


_SAID: Final = re.compile(r"^ +# ###.*\n", re.MULTILINE)
"""What Alembic says around the steps."""


def _quietly(written: Path) -> Path:
    """The file without the remarks that Alembic leaves in it."""
    written.write_text(_SAID.sub("", written.read_text(encoding="utf-8")), encoding="utf-8")
    return written
