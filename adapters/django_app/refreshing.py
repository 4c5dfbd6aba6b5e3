"""What changes about a project's people reaches their mirrored sessions after the commit. It knows Django's signals; what is written is others' business."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.apps import apps as installed
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.mirroring import MIRROR, written
from kingpost.adapters.django_app.people import account_of, person_of
from kingpost.kernel.identity import refresh_sessions

_AT_LOGIN = frozenset({"last_login"})
"""What Django itself saves at each login, which changes nobody."""
_UID = "kingpost.refreshing"


def connect() -> None:
    """Listen, where sessions are mirrored; elsewhere nothing of the project's is slower for it."""
    if not configuration.mirrors_sessions() or not installed.is_installed("django.contrib.auth"):
        return
    user, group = get_user_model(), installed.get_model("auth", "Group")
    user_logged_out.connect(_logged_out, dispatch_uid=_UID)
    post_save.connect(_saved, sender=user, dispatch_uid=_UID)
    post_delete.connect(_deleted, sender=user, dispatch_uid=_UID)
    pre_delete.connect(_group_goes, sender=group, dispatch_uid=_UID)
    m2m_changed.connect(_group_changed, sender=group.permissions.through, dispatch_uid=_UID)
    for name in ("groups", "user_permissions"):
        if hasattr(user, name):  # a model without PermissionsMixin has neither
            m2m_changed.connect(_memberships_changed, sender=getattr(user, name).through, dispatch_uid=_UID)


def disconnect() -> None:
    """Listen no longer."""
    user, group = get_user_model(), installed.get_model("auth", "Group")
    user_logged_out.disconnect(dispatch_uid=_UID)
    for signal, sender in ((post_save, user), (post_delete, user), (pre_delete, group), (m2m_changed, group.permissions.through)):
        signal.disconnect(sender=sender, dispatch_uid=_UID)
    for name in ("groups", "user_permissions"):
        if hasattr(user, name):
            m2m_changed.disconnect(sender=getattr(user, name).through, dispatch_uid=_UID)


def refresh(user: Any) -> None:
    """Let what has changed about a user reach their sessions after the commit: for facts of the project's own that ``KINGPOST["PERSON"]`` looks at."""
    _after_commit([user.pk], user._state.db)  # noqa: SLF001  (Django's public name)


def _logged_out(request: Any, **_: object) -> None:
    """Before the session is flushed, and in the same transaction."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key is not None:
        MIRROR.forget(key)


def _saved(instance: Any, using: str, *, created: bool, update_fields: frozenset[str] | None = None, **_: object) -> None:
    if not created and update_fields != _AT_LOGIN:
        _after_commit([instance.pk], using)


def _deleted(instance: Any, **_: object) -> None:
    MIRROR.forget_account(account_of(instance))


def _memberships_changed(instance: Any, action: str, *, reverse: bool, pk_set: set[Any] | None, using: str, **_: object) -> None:
    """Groups or permissions of a user, or users of a group or permission. Before they are all taken, because afterwards nobody knows which they were."""
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    if not reverse:
        _after_commit([instance.pk], using)
    else:
        _after_commit(instance.user_set.using(using).values_list("pk", flat=True) if pk_set is None else pk_set, using)


def _group_changed(instance: Any, action: str, *, reverse: bool, pk_set: set[Any] | None, using: str, **_: object) -> None:
    """Permissions of a group, or groups of a permission."""
    if action in ("post_add", "post_remove", "pre_clear"):
        groups = [instance.pk] if not reverse else instance.group_set.values_list("pk", flat=True) if pk_set is None else pk_set
        _after_commit(get_user_model()._base_manager.using(using).filter(groups__in=list(groups)).values_list("pk", flat=True), using)  # noqa: SLF001  (Django's public name)


def _group_goes(instance: Any, using: str, **_: object) -> None:
    _after_commit(instance.user_set.using(using).values_list("pk", flat=True), using)


def _after_commit(keys: Iterable[Any], using: str | None) -> None:
    """Look at them again once what has changed is there for everybody."""
    MIRROR.look_again()
    transaction.on_commit(partial(_refresh, list(keys), using), using=using, robust=True)


def _refresh(keys: list[Any], using: str | None) -> None:
    for user in get_user_model()._base_manager.using(using).filter(pk__in=_with_sessions(keys)):  # noqa: SLF001  (as above)
        read_at = installed.get_app_config("kingpost").kernel.system.clock.now()
        person = person_of(user)
        if person is None:
            MIRROR.forget_account(account_of(user))
        else:
            written("mirror.refresh_failed", partial(_refreshed, person, read_at))


async def _refreshed(person: Any, read_at: Any, context: Any) -> None:
    await refresh_sessions(context, person=person, read_at=read_at)


def _with_sessions(keys: list[Any]) -> list[Any]:
    """Those of whom a session is mirrored, which are few."""
    key = get_user_model()._meta.pk  # noqa: SLF001  (as above)
    kept = installed.get_model("kingpost_identity", "MirroredSession").objects.using(configuration.alias())
    accounts = {key.to_python(account) for account in kept.values_list("account", flat=True).distinct()} if len(keys) > 1 else None
    return keys if accounts is None else [each for each in keys if each in accounts]
