"""The people of a Django project as the kernel sees them. It knows users and their permissions; sessions and requests only as far as who is logged in."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.apps import apps as installed
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http import HttpRequest
from django.utils.module_loading import import_string
from msgspec import structs

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.permissions import kernel_permissions
from kingpost.kernel.wire import Person

__all__ = ("account_of", "asked", "kernel_permissions", "of_platform", "of_tenant", "person_of", "superusers")


def superusers(user: Any) -> Person | None:
    """What ``KINGPOST["PERSON"]`` is by default: a superuser may do all that the platform may, and nobody else is anybody."""
    return of_platform(user, permissions=None) if getattr(user, "is_superuser", False) else None


def of_platform(user: Any, *, permissions: frozenset[str] | None) -> Person:
    """Somebody of the platform, with these permissions; None means all of the platform's, ``kernel_permissions(user)`` those that the admin gave."""
    return Person(account=account_of(user), side="platform", permissions=permissions)


def of_tenant(user: Any, *, tenant_id: str | None = None, host_ref: object = None, permissions: frozenset[str] | None) -> Person:
    """Somebody of the tenant with this id, or with this ``host_ref``; nobody, where both are None or there is no such tenant."""
    reference = None if host_ref is None else str(host_ref)
    return Person(account=account_of(user), side="tenant", tenant_id=tenant_id, host_ref=reference, permissions=permissions)


def account_of(user: Any) -> str:
    """The key of the account as the database holds it, so that whoever asks its table by SQL finds the row."""
    key = user._meta.pk  # noqa: SLF001  (Django's public name)
    return str(key.get_db_prep_value(user.pk, connections[configuration.alias()]))


def person_of(user: Any) -> Person | None:
    """Who a user is to the kernel, by the project's own function; nobody where the account is not active, whatever logged it in."""
    if not user.is_authenticated or not user.is_active:
        return None
    function: Callable[[Any], object] = import_string(configuration.person_path())
    person = function(user)
    if person is None:
        return None
    if not isinstance(person, Person):
        message = (
            f'{configuration.person_path()}, which KINGPOST["PERSON"] names, gave {type(person).__name__}; it must give a Person or None'
        )
        raise ImproperlyConfigured(message)
    return structs.replace(person, account=account_of(user))


def asked(request: HttpRequest) -> Callable[[], Person | None] | None:
    """What tells the kernel who is logged in; None where the project's people are none of the kernel's."""
    return partial(_logged_in, request) if installed.get_app_config("kingpost").keeps_people else None


def _logged_in(request: HttpRequest) -> Person | None:
    """By ``request.user``, whichever middleware and backend have put it there; a project without one has nobody."""
    user = getattr(request, "user", None)
    return None if user is None else person_of(user)
