"""``manage.py flush``, which every ``TransactionTestCase`` calls too: Django's command, with SQLite's references checked at its end. It knows no table."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction


class Command(DjangoFlush):
    """Django's own, which empties tables in any order: that fails on SQLite where a reference is checked at once, as Kingpost's are.

    PostgreSQL truncates all tables in one statement and needs no help.
    """

    def handle(self, **options: Any) -> None:
        """Empty the tables in one transaction, in which references wait for its end."""
        alias = options["database"]
        if connections[alias].vendor != "sqlite":
            super().handle(**options)
            return
        with transaction.atomic(using=alias):
            with connections[alias].cursor() as cursor:
                cursor.execute("PRAGMA defer_foreign_keys = ON")
            super().handle(**options)
