"""System checks about the project's people and their sessions: E010 to E014 and W010. They read settings and apps, never the database."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  (Django's name)
from django.utils.module_loading import import_string

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.apps import components

OURS = "kingpost.adapters.django_app.middleware.KingpostMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
USERS = "django.contrib.auth.middleware.AuthenticationMiddleware"
SIGNED_COOKIES = "django.contrib.sessions.backends.signed_cookies"


def check_people(**_: Any) -> list[CheckMessage]:
    """What keeps the project's people out, or would let in somebody who has left."""
    return [*_of_people()] if configuration.keeps_people() else []


def _of_people() -> Iterator[CheckMessage]:
    if all(component.name != "identity" for component in components()):
        hint = 'Add *kingpost.apps("tenancy", "identity") to INSTALLED_APPS and run `manage.py migrate`.'
        yield Error('KINGPOST["PEOPLE"] is "host", and the component identity is not installed', hint=hint, id="kingpost.E010")
    yield from _of_person()
    if getattr(settings, "CSRF_USE_SESSIONS", False):
        hint = "Set CSRF_USE_SESSIONS = False: Kingpost compares the header with the cookie."
        yield Error("the CSRF secret is kept in the session, where Kingpost does not look", hint=hint, id="kingpost.E014")
    yield from _of_mirror() if configuration.mirrors_sessions() else _of_users()


def _of_person() -> Iterator[CheckMessage]:
    path = configuration.person_path()
    hint = 'KINGPOST["PERSON"] is the dotted path of a function that takes a user and gives a Person or None (kingpost.kernel.wire.Person).'
    try:
        found = import_string(path)
    except Exception as error:  # noqa: BLE001  (a module may do anything while it is imported)
        yield Error(f"{path!r} cannot be imported: {error}", hint=hint, id="kingpost.E011")
        return
    if not callable(found):
        yield Error(f"{path!r} is {type(found).__name__}, no function", hint=hint, id="kingpost.E011")


def _of_users() -> Iterator[CheckMessage]:
    if _place(USERS) is None:
        hint = f"Add {USERS} to MIDDLEWARE; where another one sets request.user, silence this check with SILENCED_SYSTEM_CHECKS."
        yield Warning("no middleware says who is logged in, so everybody without a key is nobody", hint=hint, id="kingpost.W010")


def _of_mirror() -> Iterator[CheckMessage]:
    missing = [path for path in (OURS, SESSIONS, USERS) if _place(path) is None]
    if missing:
        yield Error(f"sessions are to be mirrored without {', '.join(missing)}", hint="Add it to MIDDLEWARE.", id="kingpost.E012")
    if settings.SESSION_ENGINE == SIGNED_COOKIES:
        hint = 'Use the engine "django.contrib.sessions.backends.db", or take MIRROR_SESSIONS out.'
        yield Error("sessions are kept in signed cookies, which nobody can end, so they are not mirrored", hint=hint, id="kingpost.E014")
    if missing:
        return
    wanted = (OURS, SESSIONS, USERS)
    places = [_place(path) or 0 for path in wanted]
    if places != sorted(places):
        hint = f"Write them in this order: {', '.join(wanted)}; KingpostMiddleware sees a session only once those behind it have saved it."
        yield Error("MIDDLEWARE is in an order in which no session can be mirrored", hint=hint, id="kingpost.E013")


def _place(path: str) -> int | None:
    """Where in MIDDLEWARE the class stands, or one of the project's that is derived from it."""
    wanted = import_string(path)
    for place, each in enumerate(settings.MIDDLEWARE):
        try:
            found = import_string(each)
        except ImportError:  # Django says so itself when it starts
            continue
        if isinstance(found, type) and issubclass(found, wanted):
            return place
    return None
