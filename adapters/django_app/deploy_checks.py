"""What ``manage.py check --deploy`` says besides: settings that work and are unsafe in public. They read settings only, and no message shows a secret.

======================  ===============================================================================
kingpost.W101           a secret can be looked up: it is an example's, or SECRET_KEY itself
kingpost.W102           every host name is answered
kingpost.W103           pages of unencrypted or of all sites may call
kingpost.W104           the metrics are open to whoever reaches the API
======================  ===============================================================================
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004  (Django's name)

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.checks import TAG
from kingpost.adapters.runtime.settings import Settings, SettingsInvalid

_GIVEN_AWAY = ("insecure", "example", "change", "thirty-two-characters", "development", "secret-key")
"""What stands in secrets that are copied from a page or a template, in lower case."""
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def register_all() -> None:
    """Add the checks to Django's."""
    register(check_deployment, TAG, deploy=True)


def check_deployment(**_: Any) -> list[CheckMessage]:
    """W101 to W104; nothing where the settings cannot be read, which the other checks say."""
    try:
        return list(_of(configuration.settings_of_project()))
    except SettingsInvalid:
        return []


def _of(given: Settings) -> Iterator[CheckMessage]:
    yield from _secrets(given)
    if "*" in given.hosts:
        hint = 'List the names that clients use in KINGPOST["HOSTS"]; tenants add their own host names to theirs.'
        yield Warning('KINGPOST["HOSTS"] has "*", so links are made for whatever host name a client sends', hint=hint, id="kingpost.W102")
    for origin in given.cors_origins:
        if origin == "*" or _is_readable(origin):
            problem = f'KINGPOST["CORS_ORIGINS"] has {origin!r}: whoever can change such a page on its way, or any site, calls from the browsers of your users'
            yield Warning(problem, hint="List the https origins of your own front ends.", id="kingpost.W103")
    if given.metrics:
        hint = 'Set KINGPOST["METRICS"] = False, or have the proxy refuse the path and silence this check (SILENCED_SYSTEM_CHECKS).'
        yield Warning("whoever reaches the API can read its metrics, which need no key", hint=hint, id="kingpost.W104")


def _secrets(given: Settings) -> Iterator[CheckMessage]:
    hint = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'; put it first, and keep the old one behind it until its keys are rotated."
    for number, secret in enumerate(given.secret, start=1):
        if reason := _weakness(secret):
            yield Warning(f'secret {number} of KINGPOST["SECRET"] {reason}', hint=hint, id="kingpost.W101")


def _weakness(secret: str) -> str | None:
    """Why a secret is none; None for a good one."""
    if secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        return "is Django's SECRET_KEY: what leaks one leaks both, and neither can be changed alone"
    if any(word in secret.lower() for word in _GIVEN_AWAY):
        return "reads like that of an example, which anybody can look up"
    return None


def _is_readable(origin: str) -> bool:
    """Whether an origin's pages come unencrypted from another machine."""
    parts = urlsplit(origin)
    return parts.scheme == "http" and parts.hostname not in _HERE
