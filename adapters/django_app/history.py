"""Which history owns a database, as Django sees it: the ledger, the migrations on disk, and readiness. It runs no migration."""

from typing import Any

from django.apps import apps as installed
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from kingpost.adapters.django_app.apps import ComponentApp, KingpostApp
from kingpost.adapters.django_app.models import Schema
from kingpost.adapters.sql.ledger import Known, Owner
from kingpost.adapters.sql.shape import LEDGER_COMPONENT, LEDGER_TABLE
from kingpost.adapters.sql.storage import SqlStorage

OWNER: Owner = "django"
OTHER: Owner = "alembic"


class DjangoStorage(SqlStorage):
    """The SQL store over a Django alias; ready when the migrations on disk have been run."""

    owner = OWNER

    def known(self) -> Known:
        """Those on disk."""
        return revisions()


def labels() -> dict[str, str]:
    """Component -> label of its Django app, the ledger's own first."""
    apps = (config for config in installed.get_app_configs() if isinstance(config, ComponentApp))
    return {LEDGER_COMPONENT: KingpostApp.label, **{config.component.name: config.label for config in apps}}


def revisions() -> dict[str, tuple[str, ...]]:
    """Component -> names of its migrations on disk, the newest last; a component without migrations is left out."""
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    newest, found = dict(graph.leaf_nodes()), dict[str, tuple[str, ...]]()
    for component, label in labels().items():
        if label in newest:
            earlier = sorted(name for app, name in graph.nodes if app == label and name != newest[label])
            found[component] = (*earlier, newest[label])
    return found


def applied(alias: str) -> dict[str, str]:
    """Component -> the newest of its migrations that has been run on this database."""
    loader = MigrationLoader(connections[alias], ignore_no_migrations=True)
    done: dict[str, str] = {}
    for component, label in labels().items():
        ran = sorted(name for app, name in loader.applied_migrations if app == label)
        if ran:
            done[component] = ran[-1]
    return done


def owners(alias: str) -> dict[str, str]:
    """Component -> who owns its tables, from the ledger; empty where there is no ledger yet."""
    if not has_ledger(alias):
        return {}
    return dict(Schema.objects.using(alias).values_list("component", "owner"))


def has_ledger(alias: str) -> bool:
    """Whether the database has the table of the ledger."""
    return LEDGER_TABLE in connections[alias].introspection.table_names()


def record(alias: str, fingerprint: bytes | None) -> None:
    """Write what has been run into the ledger as Django's; rows of components that were migrated back to zero go."""
    done = applied(alias)
    if not has_ledger(alias):
        return
    rows = Schema.objects.using(alias)
    rows.filter(owner=OWNER, component__in=[name for name in labels() if name not in done]).delete()
    for component, revision in done.items():
        rows.update_or_create(component=component, defaults=_row(component, revision, fingerprint, rows))


def _row(component: str, revision: str, fingerprint: bytes | None, rows: Any) -> dict[str, object]:
    """The fingerprint is written once, by whoever runs first."""
    facts: dict[str, object] = {"revision": revision, "owner": OWNER}
    unsealed = component == LEDGER_COMPONENT and not rows.filter(component=component, secret_fingerprint__isnull=False).exists()
    return {**facts, "secret_fingerprint": fingerprint} if unsealed and fingerprint else facts
