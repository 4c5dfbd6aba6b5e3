"""The setting KINGPOST of a Django project. It knows what differs inside Django from other deployments; the values' grammar is the runtime's.

``KINGPOST = {"SECRET": [...], "HOSTS": [...], "DATABASE": "default"}``. The keys are those of the environment settings, but for a few:
``DATABASE`` is an alias of DATABASES, ``COMPONENTS`` is an error, because INSTALLED_APPS is the list, and ``PERSON`` and ``MIRROR_SESSIONS`` are
about the project's own people. The names of cookies and headers are those of the project's own settings.
"""

from collections.abc import Mapping

from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS
from msgspec import structs

from kingpost.adapters.runtime import sources
from kingpost.adapters.runtime.settings import Settings, SettingsInvalid
from kingpost.kernel.csrf import Csrf

NAME = "KINGPOST"
COMPONENTS_SET = (
    'KINGPOST["COMPONENTS"] is set: inside Django INSTALLED_APPS is the list; add *kingpost.apps("tenancy") there and remove the key'
)
SECRET_MISSING = (
    'KINGPOST["SECRET"] is missing: Kingpost never uses SECRET_KEY; '
    "make a secret with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
)
HOSTS_MISSING = 'KINGPOST["HOSTS"] is missing: list the host names that clients use, such as ["api.example.com"]'
_ELSEWHERE = (
    "BIND",
    "CSRF_COOKIE",
    "CSRF_HEADER",
    "DATA",
    "DURABILITY",
    "HOST_ACCOUNTS",
    "HOST_SESSIONS",
    "MIGRATION_DATABASE",
    "POOL_SIZE",
    "PREFIX",
    "SERVER",
    "SESSION_COOKIE",
    "WORKERS",
)
"""What Django, its DATABASES, its LOGGING, its URLconf, its cookies or its server decides."""
_OF_PEOPLE = ("PERSON", "MIRROR_SESSIONS")
"""What is about the project's own people, and means something only where they are the kernel's."""
DEFAULT_PERSON = "kingpost.adapters.django_app.people.superusers"
_CSRF_HEADER = "HTTP_X_CSRFTOKEN"
"""Django's default, as WSGI spells it."""


def alias() -> str:
    """The alias of DATABASES in which Kingpost keeps its tables."""
    return str(_mapping().get("DATABASE", DEFAULT_DB_ALIAS))


def writes_own_lines() -> bool:
    """Whether Kingpost writes its log lines itself, in ``KINGPOST["LOG_FORMAT"]``; without the key they go through the project's ``logging``."""
    return "LOG_FORMAT" in _mapping()


def settings_of_project() -> Settings:
    """The settings of this project; ``SettingsInvalid`` lists everything that is wrong with them."""
    given = _mapping()
    values = {name: value for name, value in given.items() if name not in ("DATABASE", "COMPONENTS", *_ELSEWHERE, *_OF_PEOPLE)}
    problems = [*_misplaced(given)]
    settings = Settings()
    try:
        settings = sources.from_mapping(values, spell=_spell)
    except SettingsInvalid as wrong:
        problems += wrong.problems
    if problems:
        raise SettingsInvalid(tuple(problems))
    return _with_the_projects_names(settings)


def keeps_people() -> bool:
    """Whether the project's accounts are the kernel's people."""
    return _said("PEOPLE", None) == "host"


def person_path() -> str:
    """The dotted path of the function that says who somebody is to the kernel."""
    return str(_said("PERSON", DEFAULT_PERSON))


def mirrors_sessions() -> bool:
    """Whether a deployment beside this one is to accept the project's sessions."""
    return keeps_people() and _said("MIRROR_SESSIONS", False) is True


def _said(name: str, otherwise: object) -> object:
    """What the setting says; ``otherwise`` too where there is no dictionary, which a check tells."""
    given = getattr(django_settings, NAME, {})
    return given.get(name, otherwise) if isinstance(given, Mapping) else otherwise


def _with_the_projects_names(settings: Settings) -> Settings:
    header = django_settings.CSRF_HEADER_NAME
    return structs.replace(
        settings,
        session_cookie=django_settings.SESSION_COOKIE_NAME,
        csrf_cookie=django_settings.CSRF_COOKIE_NAME,
        csrf_header=Csrf().header if header == _CSRF_HEADER else header.removeprefix("HTTP_").replace("_", "-"),
        trusted_origins=(*settings.trusted_origins, *django_settings.CSRF_TRUSTED_ORIGINS),
    )


def _misplaced(given: Mapping[str, object]) -> list[str]:
    problems = [COMPONENTS_SET] if "COMPONENTS" in given else []
    problems += [f"{_spell(name)} has no effect inside Django; remove it" for name in _ELSEWHERE if name in given]
    if given.get("PEOPLE") != "host":
        problems += [f'{_spell(name)} has no effect without {_spell("PEOPLE")} = "host"' for name in _OF_PEOPLE if name in given]
    if not isinstance(given.get("MIRROR_SESSIONS", False), bool):
        problems.append(f"{_spell('MIRROR_SESSIONS')} must be True or False")
    problems += [] if "SECRET" in given else [SECRET_MISSING]
    return problems + ([] if "HOSTS" in given else [HOSTS_MISSING])


def _mapping() -> Mapping[str, object]:
    given = getattr(django_settings, NAME, {})
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise SettingsInvalid((f"{NAME} must be a dictionary with names of settings as keys",))
    return given


def _spell(name: str) -> str:
    return f'{NAME}["{name}"]'
