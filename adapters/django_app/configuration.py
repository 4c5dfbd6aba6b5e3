"""The setting KINGPOST of a Django project. It knows what differs inside Django from other deployments; the values' grammar is the runtime's.

``KINGPOST = {"SECRET": [...], "HOSTS": [...], "DATABASE": "default"}``. The keys are those of the environment settings, but for two:
``DATABASE`` is an alias of DATABASES, and ``COMPONENTS`` is an error, because INSTALLED_APPS is the list.
"""

from collections.abc import Mapping

from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS

from kingpost.adapters.runtime import sources
from kingpost.adapters.runtime.settings import Settings, SettingsInvalid

NAME = "KINGPOST"
COMPONENTS_SET = (
    'KINGPOST["COMPONENTS"] is set: inside Django INSTALLED_APPS is the list; add *kingpost.apps("tenancy") there and remove the key'
)
SECRET_MISSING = (
    'KINGPOST["SECRET"] is missing: Kingpost never uses SECRET_KEY; '
    "make a secret with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
)
HOSTS_MISSING = 'KINGPOST["HOSTS"] is missing: list the host names that clients use, such as ["api.example.com"]'
_ELSEWHERE = ("BIND", "DATA", "DURABILITY", "MIGRATION_DATABASE", "POOL_SIZE", "PREFIX", "SERVER", "WORKERS")
"""What Django, its DATABASES, its LOGGING, its URLconf or its server decides."""


def alias() -> str:
    """The alias of DATABASES in which Kingpost keeps its tables."""
    return str(_mapping().get("DATABASE", DEFAULT_DB_ALIAS))


def writes_own_lines() -> bool:
    """Whether Kingpost writes its log lines itself, in ``KINGPOST["LOG_FORMAT"]``; without the key they go through the project's ``logging``."""
    return "LOG_FORMAT" in _mapping()


def settings_of_project() -> Settings:
    """The settings of this project; ``SettingsInvalid`` lists everything that is wrong with them."""
    given = _mapping()
    values = {name: value for name, value in given.items() if name not in ("DATABASE", "COMPONENTS", *_ELSEWHERE)}
    problems = [*_misplaced(given)]
    settings = Settings()
    try:
        settings = sources.from_mapping(values, spell=_spell)
    except SettingsInvalid as wrong:
        problems += wrong.problems
    if problems:
        raise SettingsInvalid(tuple(problems))
    return settings


def _misplaced(given: Mapping[str, object]) -> list[str]:
    problems = [COMPONENTS_SET] if "COMPONENTS" in given else []
    problems += [f"{_spell(name)} has no effect inside Django; remove it" for name in _ELSEWHERE if name in given]
    problems += [] if "SECRET" in given else [SECRET_MISSING]
    return problems + ([] if "HOSTS" in given else [HOSTS_MISSING])


def _mapping() -> Mapping[str, object]:
    given = getattr(django_settings, NAME, {})
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise SettingsInvalid((f"{NAME} must be a dictionary with names of settings as keys",))
    return given


def _spell(name: str) -> str:
    return f'{NAME}["{name}"]'
