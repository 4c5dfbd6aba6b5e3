"""``manage.py migrate``, one process at a time: Django's command under a lock, so that several replicas may start at once. It knows no migration."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from kingpost.adapters.django_app.locking import migration_lock


class Command(DjangoMigrate):
    """Django's own, waiting for others that migrate the same database."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Wait, then plan and run: Django plans what is still to do only once the lock is held."""
        with migration_lock(options["database"], self.stdout.write):
            super().handle(*arguments, **options)
