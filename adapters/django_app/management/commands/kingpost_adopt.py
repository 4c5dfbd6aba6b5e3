"""``manage.py kingpost_adopt``: take the tables over from the Alembic history. It changes the ledger and Django's list of migrations, and no table."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from kingpost.adapters.django_app import configuration, history
from kingpost.adapters.django_app.comparison import differences


class Command(BaseCommand):
    """Refuses where the tables are not those of this version."""

    help = "Take Kingpost's tables over from the Alembic history; from then on `manage.py migrate` changes them."
    requires_system_checks = ["kingpost"]

    def handle(self, *_: str, **__: Any) -> None:
        """All or nothing."""
        alias = configuration.alias()
        if not history.has_ledger(alias):
            raise CommandError("there is nothing to take over: the database has no table kingpost_schema; run `manage.py migrate`")
        found = differences(alias)
        if found:
            raise CommandError(
                "the tables are not those of this version, so they cannot be taken over; run `kingpost migrate` first: " + "; ".join(found)
            )
        MigrationRecorder(connections[alias]).ensure_schema()
        with transaction.atomic(using=alias):
            for label, name in _ours(alias):
                MigrationRecorder(connections[alias]).record_applied(label, name)
                self.stdout.write(f"{label}: {name} is there")
            history.record(alias, None)
        self.stdout.write("Django's history owns the tables now.")


def _ours(alias: str) -> list[tuple[str, str]]:
    """The migrations on disk of our apps that Django does not know to have run."""
    loader = MigrationLoader(connections[alias])
    labels = frozenset(history.labels().values())
    return sorted(node for node in loader.disk_migrations if node[0] in labels and node not in loader.applied_migrations)
