"""System checks: what is wrong with a project that installs Kingpost, and how to mend it. They read settings and apps, never the database.

======================  ===============================================================================
kingpost.E001           ``KINGPOST["COMPONENTS"]`` is set
kingpost.E002           ``KINGPOST["SECRET"]`` is missing
kingpost.E003           another setting is wrong
kingpost.E004           a component that is needed is not among INSTALLED_APPS
kingpost.E005           components, operations or records contradict each other
kingpost.E006           ``KINGPOST["DATABASE"]`` names no usable alias
kingpost.E007           the URLs are mounted under a variable or a language
kingpost.E008           the package of a component is installed, but not as a component
kingpost.E009           a component's app lacks a model for one of its records
kingpost.E010           the project's people are to call, and the component identity is not installed
kingpost.E011           ``KINGPOST["PERSON"]`` cannot be imported, or is no function
kingpost.E012           sessions are to be mirrored, and a middleware for that is missing
kingpost.E013           sessions are to be mirrored, and the middleware stands in the wrong order
kingpost.E014           sessions or CSRF secrets are kept where Kingpost cannot see them
kingpost.W001           the URLs are not included
kingpost.W002           the SQLite alias does not begin its transactions as a writer
kingpost.W003           the project's ASGI entry is not Kingpost's
kingpost.W004           instants show in another zone in the admin
kingpost.W005           a middleware weakens entity tags, and weak ones are refused
kingpost.W006           another pattern of the project answers in place of Kingpost's URLs
kingpost.W007           a component's app has no migrations
kingpost.W008           Django refuses a host name of Kingpost's before Kingpost is asked
kingpost.W009           a component stands before one that its rows refer to
kingpost.W010           the project's people are to call, and no middleware says who is logged in
======================  ===============================================================================
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (Django's name)
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.http.request import validate_host
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils import translation

from kingpost.adapters.django_app import configuration
from kingpost.adapters.django_app.apps import ComponentApp, components
from kingpost.adapters.django_app.executor import DjangoExecutors
from kingpost.adapters.django_app.people_checks import check_people
from kingpost.adapters.django_app.places import FALLBACK, NAMESPACE
from kingpost.adapters.runtime.settings import SettingsInvalid
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError

TAG = "kingpost"
ASGI_ENTRY = "kingpost.adapters.django_app.asgi.application"
ASKING_HOST = "django.middleware.common.CommonMiddleware"
COMPRESSING = "django.middleware.gzip.GZipMiddleware"


def register_all() -> None:
    """Add the checks to Django's."""
    for check in (
        check_settings,
        check_components,
        check_apps,
        check_database,
        check_mount,
        check_entry,
        check_zones,
        check_tags,
        check_hosts,
        check_people,
    ):
        register(check, TAG)


def check_settings(**_: Any) -> list[CheckMessage]:
    """E001, E002, E003: one message for each problem."""
    try:
        configuration.settings_of_project()
    except SettingsInvalid as wrong:
        ids = {configuration.COMPONENTS_SET: "kingpost.E001", configuration.SECRET_MISSING: "kingpost.E002"}
        return [Error(problem, id=ids.get(problem, "kingpost.E003")) for problem in wrong.problems]
    return []


def check_components(**_: Any) -> list[CheckMessage]:
    """E004, E005: what is missing among the installed components, or the first contradiction that assembly finds."""
    missing = list(_missing())
    if missing or check_settings() or not isinstance(_database(), dict):
        return missing
    from kingpost.adapters.django_app.composition import kernel_of_project

    try:
        kernel_of_project()
    except ConfigurationError as error:
        return [Error(str(error), id="kingpost.E005")]
    return []


def _missing() -> Iterator[CheckMessage]:
    names = {component.name for component in components()}
    for component in components():
        referred = {reference.target.facts.component for record in component.records for reference in record.facts.references}
        for needed in sorted({*component.requires, *referred} - names - {component.name}):
            problem = f"the component {component.name!r} needs {needed!r}, whose app is not installed"
            yield Error(
                problem,
                hint=f'Add *kingpost.apps("{needed}") to INSTALLED_APPS, or the package of {needed!r} if it is yours.',
                id="kingpost.E004",
            )


def check_apps(**_: Any) -> list[CheckMessage]:
    """E008, E009, W007, W009: what is installed of each component is all that Django needs of it."""
    return [*(problem for config in installed.get_app_configs() for problem in _of_app(config)), *_misordered()]


def _misordered() -> Iterator[CheckMessage]:
    """``dumpdata`` writes rows in the order of the apps, and our references are looked at as each row is loaded."""
    before: list[str] = []
    names = {component.name for component in components()}
    for component in components():
        before.append(component.name)
        if late := sorted({*component.requires} & names - {*before}):
            hint = f"Write {component.name!r} behind {', '.join(map(repr, late))}: else `loaddata` cannot load what `dumpdata` has written."
            yield Warning(
                f"the component {component.name!r} stands in INSTALLED_APPS before one that its rows refer to",
                hint=hint,
                id="kingpost.W009",
            )


def _of_app(config: AppConfig) -> Iterator[CheckMessage]:
    held = getattr(config.module, "COMPONENT", None)
    if not isinstance(config, ComponentApp):
        if isinstance(held, Component):
            hint = f"Give it an apps module: from kingpost.adapters.django_app.apps import ComponentApp; class App(ComponentApp): name = {config.name!r}"
            yield Error(
                f"{config.name} holds the component {held.name!r}, but is installed as any app, so nothing of it is served",
                hint=hint,
                id="kingpost.E008",
            )
        return
    models = {model.__name__ for model in config.get_models()}
    if lacking := [record.__name__ for record in config.component.records if record.__name__ not in models]:
        hint = "Its models module is one line: globals().update(models_of(__name__, COMPONENT)), with models_of from kingpost.adapters.django_app.modelling."
        yield Error(f"{config.name} has no model for {', '.join(lacking)}, so there is no table", hint=hint, id="kingpost.E009")
    elif models and not _has_migrations(config.label):
        hint = f"Run `manage.py makemigrations {config.label}`; without the label Django does not look there."
        yield Warning(f"{config.name} has models and no migrations, so `migrate` makes no table", hint=hint, id="kingpost.W007")


def _has_migrations(label: str) -> bool:
    """Whether there is a module of migrations; so it counts where MIGRATION_MODULES switches them off."""
    module, _ = MigrationLoader.migrations_module(label)
    return module is None or find_spec(module) is not None


def check_core(**_: Any) -> list[CheckMessage]:
    """E004: a component is installed without the app that all of them need."""
    hint = 'Write *kingpost.apps("tenancy") in INSTALLED_APPS, with the components that are there; it brings the core app too.'
    return [Error("a component of Kingpost is among INSTALLED_APPS without kingpost.adapters.django_app", hint=hint, id="kingpost.E004")]


def check_database(**_: Any) -> list[CheckMessage]:
    """E006, W002: the alias can be used, and SQLite behind it begins transactions as a writer."""
    found = _database()
    if isinstance(found, CheckMessage):
        return [found]
    if found is None or found["DIALECT"] != "sqlite":
        return []
    if found.get("OPTIONS", {}).get("transaction_mode") in ("IMMEDIATE", "EXCLUSIVE"):
        return []
    problem = (
        f"the SQLite alias {configuration.alias()!r} begins its transactions as a reader, so two that write can block each other for good"
    )
    hint = 'Set "OPTIONS": {"transaction_mode": "IMMEDIATE"} in DATABASES; Kingpost\'s own transactions begin so already.'
    return [Warning(problem, hint=hint, id="kingpost.W002")]


def _database() -> dict[str, Any] | CheckMessage | None:
    """The entry of the alias; E006 where it cannot be used; None where E003 has said already that there are no settings to read it from."""
    try:
        executors = DjangoExecutors(configuration.alias())
        facts: dict[str, Any] = {"DIALECT": executors.dialect, **connections[executors.alias].settings_dict}
    except SettingsInvalid:
        return None
    except ConfigurationError as error:
        return Error(str(error), id="kingpost.E006")
    return facts


def check_mount(**_: Any) -> list[CheckMessage]:
    """E007, W001, W006: the URLs are there, at a fixed place, and nothing stands before them."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    try:
        place, *others = _places()
    except NoReverseMatch as error:
        if "is not a registered namespace" in str(error):
            hint = "Add path('api/', include('kingpost.adapters.django_app.urls')) to the project's urlpatterns."
            return [Warning("Kingpost's URLs are not included, so its API is not served", hint=hint, id="kingpost.W001")]
        hint = "Mount them without a variable, language or locale before them."
        return [Error(f"Kingpost's URLs are mounted under a variable: {error}", hint=hint, id="kingpost.E007")]
    if others:
        hint = "Write the include outside of i18n_patterns: the API has no language in its paths."
        return [Error(f"Kingpost's URLs are mounted under a language: {place}, {others[0]}", hint=hint, id="kingpost.E007")]
    return _of_place("/" + place.removeprefix(get_script_prefix()))


def _places() -> list[str]:
    """Where Kingpost stands: one place, or with i18n_patterns one for each language of the project."""
    found = dict[str, None]()
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            found[reverse(f"{NAMESPACE}:{FALLBACK}")] = None
    return list(found)


def _of_place(place: str) -> list[CheckMessage]:
    try:
        found = resolve(f"{place}livez")
    except Resolver404:  # a converter of the project's own that does not take back what it gave
        return []
    if NAMESPACE in found.namespaces:
        return []
    problem = f"the pattern {found.route!r} of the project answers under {place} before Kingpost does"
    return [Warning(problem, hint="Write the include of Kingpost before it in urlpatterns.", id="kingpost.W006")]


def check_entry(**_: Any) -> list[CheckMessage]:
    """W003: Django's own ASGI handler reads a body of any size before anybody can refuse it."""
    entry = getattr(settings, "ASGI_APPLICATION", None)
    if not entry or entry == ASGI_ENTRY:
        return []
    hint = f"Serve {ASGI_ENTRY}, or wrap yours: application = guarded(get_asgi_application()) with guarded from kingpost.adapters.django_app.entries."
    return [Warning(f"ASGI_APPLICATION is {entry!r}, so a body is spooled whole before its size is checked", hint=hint, id="kingpost.W003")]


def check_zones(**_: Any) -> list[CheckMessage]:
    """W004: Kingpost keeps UTC; Django's models read something else where it is told another zone."""
    found = _database()
    zone = found.get("TIME_ZONE") if isinstance(found, dict) else None
    if settings.USE_TZ and zone in (None, "UTC"):
        return []
    hint = "Set USE_TZ = True and leave TIME_ZONE out of DATABASES; the API itself is not touched."
    return [
        Warning("Kingpost keeps instants in UTC; its models and the admin will show them in another zone", hint=hint, id="kingpost.W004")
    ]


def check_tags(**_: Any) -> list[CheckMessage]:
    """W005: what GZipMiddleware compresses gets a weak tag, which a client then sends in If-Match."""
    try:
        accepted = configuration.settings_of_project().accept_weakened_etags
    except SettingsInvalid:
        return []
    if accepted or COMPRESSING not in settings.MIDDLEWARE:
        return []
    hint = 'Set KINGPOST["ACCEPT_WEAKENED_ETAGS"] = True, or take GZipMiddleware out and let the proxy compress.'
    return [Warning("GZipMiddleware weakens entity tags, and If-Match with a weak one is answered 412", hint=hint, id="kingpost.W005")]


def check_hosts(**_: Any) -> list[CheckMessage]:
    """W008: CommonMiddleware holds every request to ALLOWED_HOSTS, also those for Kingpost."""
    try:
        names = configuration.settings_of_project().hosts
    except SettingsInvalid:
        return []
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])  # as HttpRequest.get_host has it
    refused = [name for name in names if name != "*" and not validate_host(name, allowed)]
    if not refused or ASKING_HOST not in settings.MIDDLEWARE:
        return []
    problem = f'KINGPOST["HOSTS"] has {", ".join(map(repr, refused))}, which CommonMiddleware answers 400 before Kingpost is asked'
    return [Warning(problem, hint="Add it to ALLOWED_HOSTS, and so the host names of tenants.", id="kingpost.W008")]
