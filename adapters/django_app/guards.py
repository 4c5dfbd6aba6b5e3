"""What happens around ``manage.py migrate``: a database of the other history is refused, and the ledger is written. It changes no table."""

from typing import Any

from django.core.management.base import CommandError
from django.db.models.signals import post_migrate, pre_migrate

from kingpost.adapters.django_app import configuration, history
from kingpost.adapters.django_app.apps import ComponentApp, KingpostApp
from kingpost.adapters.runtime.settings import SettingsInvalid
from kingpost.kernel.policy import fingerprint


def connect() -> None:
    """Listen; ``pre_migrate`` of the core app comes before anything is changed, ``post_migrate`` of every app of ours after all is done."""
    pre_migrate.connect(refuse_other_history, dispatch_uid="kingpost.refuse_other_history")
    post_migrate.connect(write_ledger, dispatch_uid="kingpost.write_ledger")


def refuse_other_history(sender: Any, using: str, plan: Any = (), **_: object) -> None:
    """``CommandError`` where the plan would change tables that Alembic owns; a host's own migrations are none of our business."""
    ours = {label: component for component, label in history.labels().items()}
    touched = {ours[migration.app_label] for migration, _backwards in plan if migration.app_label in ours}
    if not isinstance(sender, KingpostApp) or not touched:
        return
    foreign = sorted(component for component, owner in history.owners(using).items() if owner == history.OTHER and component in touched)
    if foreign:
        raise CommandError(
            f"the tables of {', '.join(foreign)} in the database {using!r} belong to the Alembic history (table kingpost_schema); "
            "migrate them with `kingpost migrate`, or take them over with `manage.py kingpost_adopt`; nothing was changed"
        )


def write_ledger(sender: Any, using: str, **_: object) -> None:
    """Say in the ledger what is there now, once for each of our apps, so that the last word is said when all tables exist."""
    if isinstance(sender, (KingpostApp, ComponentApp)):
        history.record(using, _fingerprint())


def _fingerprint() -> bytes | None:
    """None while the settings are wrong: a check says so, and the next run writes it."""
    try:
        return fingerprint(configuration.settings_of_project().secret)[0]
    except SettingsInvalid:
        return None
