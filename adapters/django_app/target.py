"""Django as targets of the conformance kit: the standalone site over WSGI and ASGI. It knows the kit and Django's settings; nothing of the adapter imports it.

Settings of Django are one per process. So a target is made in this process if nobody has configured Django here yet, and else in a child.
"""

from collections.abc import Callable

import django
from django.apps import apps
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, reset_queries

from kingpost.adapters.django_app.installing import entries
from kingpost.adapters.django_app.site.databases import database
from kingpost.adapters.runtime.settings import Settings
from kingpost.conformance.backend import Setup
from kingpost.conformance.bench import Machine, Trapped
from kingpost.conformance.child import ChildTarget
from kingpost.conformance.inprocess import AsgiTarget, WsgiTarget, driven
from kingpost.conformance.target import Target, TargetFactory
from kingpost.conformance.transports import asgi, wsgi
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.component import Component
from kingpost.kernel.policy import derive

_OURS = "kingpost.kernel."
_DATABASES = ("sqlite:", "postgresql:")
"""Schemes of databases that Django reaches by a connection of its own."""


def django_wsgi(setup: Setup) -> Target:
    """Behind a server that tells the raw path."""
    return _here_or_in_a_child(_wsgi, setup)


def django_wsgi_decoded(setup: Setup) -> Target:
    """Behind a server that hands over decoded paths only."""
    return _here_or_in_a_child(_decoded_wsgi, setup)


def django_asgi(setup: Setup) -> Target:
    """Over ASGI, where Django runs each request in a thread."""
    return _here_or_in_a_child(_asgi, setup)


def by_django(url: str, components: tuple[Component, ...]) -> None:
    """Django's migrations of the components, run to their ends: what a target does before it answers."""
    ChildTarget(_wsgi, Setup(components=components, url=url)).close()


def _here_or_in_a_child(factory: TargetFactory, setup: Setup) -> Target:
    return ChildTarget(factory, setup) if settings.configured else factory(setup)


def _wsgi(setup: Setup) -> Target:
    _configure(setup, lasting=True)
    return _Wsgi("django-wsgi", setup, _wsgi_site, storage=_storage(setup))


def _decoded_wsgi(setup: Setup) -> Target:
    _configure(setup, lasting=True)
    return _Wsgi("django-wsgi-decoded", setup, _wsgi_site, storage=_storage(setup), raw_uri=False)


def _asgi(setup: Setup) -> Target:
    _configure(setup, lasting=False)
    return _Asgi("django-asgi", setup, _asgi_site, storage=_storage(setup))


class _Wsgi(WsgiTarget):
    def close(self) -> None:
        """Django's connections too."""
        super().close()
        connections.close_all()


class _Asgi(AsgiTarget):
    def close(self) -> None:
        """Django's connections too."""
        super().close()
        connections.close_all()


def _configure(setup: Setup, *, lasting: bool) -> None:
    """The standalone site for these components: its settings as ``site.settings`` has them, but none of them from the environment."""
    policy = setup.policy
    settings.configure(
        SECRET_KEY=derive(policy.secrets, "django")[0].hex(),  # Django wants one; nothing of Kingpost uses it
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=list(entries(*map(_installed_as, setup.components))),
        MIDDLEWARE=[],
        ROOT_URLCONF="kingpost.adapters.django_app.site.urls",
        APPEND_SLASH=False,
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        USE_TZ=True,
        USE_I18N=False,
        DATABASES={"default": database(Settings(database=setup.url), lasting=lasting)} if _is_djangos(setup) else {},
        LOGGING_CONFIG=None,
        KINGPOST={"SECRET": list(policy.secrets), "HOSTS": list(policy.hosts)},
        KINGPOST_PREFIX="",
    )
    django.setup()


def _installed_as(component: Component) -> str:
    return component.name if component.package.startswith(_OURS) else component.package


def _is_djangos(setup: Setup) -> bool:
    return setup.url.startswith(_DATABASES)


def _storage(setup: Setup) -> Callable[[Machine], Trapped]:
    """The store over Django's own connection, on tables that its migrations have made, or somebody before it; that of the backend where it is no database of Django's."""
    if not _is_djangos(setup):
        _leave_alone()
        return driven(setup)
    from kingpost.adapters.django_app.composition import storage_from
    from kingpost.adapters.django_app.configuration import alias, settings_of_project
    from kingpost.adapters.django_app.history import has_ledger

    made = has_ledger(alias())
    if not made:
        call_command("migrate", verbosity=0)
    return lambda machine: Trapped(storage_from(settings_of_project(), setup.components, machine.system), migrated=made)


def _leave_alone() -> None:
    """Django looks after connections and caches at both ends of every request. Here are none, and looking takes longer than many an answer."""
    for signal, look_after in (
        (request_started, reset_queries),
        (request_started, close_old_connections),
        (request_finished, close_old_connections),
        (request_finished, close_caches),
    ):
        signal.disconnect(look_after)


def _wsgi_site(kernel: Kernel) -> wsgi.App:
    from kingpost.adapters.django_app.entries import keeping_path

    _mount(kernel)
    return keeping_path(WSGIHandler())


def _asgi_site(kernel: Kernel) -> asgi.App:
    from kingpost.adapters.django_app.entries import guarded

    _mount(kernel)
    return guarded(ASGIHandler())


def _mount(kernel: Kernel) -> None:
    """The site answers by this kernel."""
    apps.get_app_config("kingpost").kernel = kernel
