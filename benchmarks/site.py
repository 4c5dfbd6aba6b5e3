"""The Django project of the benchmarks: Kingpost's apps over one database, and the bare API beside them. It knows settings; it measures nothing."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

import kingpost

from .shop import HOST, SECRET

ALIASES = ("default", "postgresql")


def configure(sqlite: Path, postgresql: str | None = None) -> None:
    """Set Django up once per process: SQLite as ``default``, PostgreSQL as ``postgresql`` where there is one."""
    databases: dict[str, Any] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sqlite,
            "CONN_MAX_AGE": None,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"},
        }
    }
    if postgresql is not None:
        databases["postgresql"] = _postgresql(postgresql)
    if settings.configured:
        from django.db import connections  # noqa: PLC0415  (only once Django is configured)

        for alias, entry in databases.items():
            connections.databases[alias] = connections.configure_settings({"default": {}, alias: entry})[alias]
            _forget(connections, alias)
        return
    settings.configure(
        SECRET_KEY="of the benchmarks",  # noqa: S106
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=[*kingpost.apps("tenancy"), "examples.storefront"],
        MIDDLEWARE=[],
        ROOT_URLCONF="benchmarks.site",
        DATABASES=databases,
        USE_TZ=True,
        LOGGING_CONFIG=None,
        KINGPOST={"SECRET": [SECRET], "HOSTS": [HOST]},
    )
    django.setup()


def _forget(connections: Any, alias: str) -> None:
    """Close a connection of an older file, so that a new one is opened."""
    if hasattr(connections._connections, alias):  # noqa: SLF001  (Django has no public word for it)
        connections[alias].close()
        del connections[alias]


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
    }


def __getattr__(name: str) -> list[URLPattern | URLResolver]:
    """``urlpatterns``, made when Django first asks: the settings must be there before."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from .bare_ninja import ninja  # noqa: PLC0415

    found = [path("bare/", ninja().urls), path("", include("kingpost.adapters.django_app.urls"))]
    setattr(sys.modules[__name__], name, found)
    return found
