"""The kernel's permissions as Django's own, so that an admin gives them to groups and users. It knows names, content types and no caller."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as installed
from django.db import router
from django.db.models.signals import post_migrate

from kingpost.adapters.django_app.apps import ComponentApp, KingpostApp, components
from kingpost.kernel.component import Component, Permission

_LONGEST_MEANING = 255
"""Characters of ``auth.Permission.name``."""


def connect() -> None:
    """Write the permissions after each ``migrate``."""
    post_migrate.connect(write_permissions, dispatch_uid="kingpost.write_permissions")


def kernel_permissions(user: Any) -> frozenset[str]:
    """The kernel's permissions that a user holds in Django, by themselves or by a group; of a superuser all that the components bring."""
    if getattr(user, "is_superuser", False):
        return frozenset(_names().values())
    given = user.get_all_permissions()
    return frozenset(name for spelled, name in _names().items() if spelled in given)


def _names() -> dict[str, str]:
    """How Django calls each permission (``kingpost_storefront.products:write``), and what it is to the kernel."""
    return {f"{_place(each)[0]}.{codename(each, permission)}": permission.name for each in components() for permission in each.permissions}


def codename(component: Component, permission: Permission) -> str:
    """``products:write`` of ``storefront.products:write``: the app's label says the rest. Where there is no app with a model, the whole name."""
    return permission.name.removeprefix(f"{component.name}.") if component.records else permission.name


def _place(component: Component) -> tuple[str, str]:
    """The app and the model whose content type stands for the component: its own first, or the ledger's."""
    record = component.records[0].__name__ if component.records else "Schema"
    return (f"kingpost_{component.name}" if component.records else KingpostApp.label), record


def write_permissions(sender: Any, using: str, apps: Any = installed, **_: object) -> None:
    """Make those that are missing, and take back those that nobody brings any more. Where ``auth`` is not installed nothing is written."""
    if not isinstance(sender, (KingpostApp, ComponentApp)):
        return
    try:
        kept, kinds = apps.get_model("auth", "Permission"), apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    if not router.allow_migrate_model(using, kept):
        return
    for label, record in dict.fromkeys(_places_of(sender)):
        kind = kinds.objects.db_manager(using).get_for_model(installed.get_model(label, record), for_concrete_model=False)
        _write(kept.objects.using(using), kept, kind, dict(_wanted(label, record)))


def _places_of(sender: Any) -> Iterable[tuple[str, str]]:
    """Where the permissions of an app stand; those that stand by the ledger are the core app's to write."""
    if isinstance(sender, KingpostApp):
        return ((KingpostApp.label, "Schema"),)
    return (_place(sender.component),) if sender.component.records else ()


def _wanted(label: str, record: str) -> Iterable[tuple[str, str]]:
    for each in components():
        if _place(each) == (label, record):
            yield from ((codename(each, permission), permission.meaning[:_LONGEST_MEANING]) for permission in each.permissions)


def _write(rows: Any, model: Any, kind: Any, wanted: dict[str, str]) -> None:
    ours = set(rows.filter(content_type_id=kind.pk, codename__contains=":").values_list("codename", flat=True))
    missing = [model(content_type_id=kind.pk, codename=name, name=meaning) for name, meaning in wanted.items() if name not in ours]
    if missing:
        rows.bulk_create(missing)
    if gone := ours - wanted.keys():
        rows.filter(content_type_id=kind.pk, codename__in=gone).delete()
