"""The Django project of these tests: configured once per test process, with a SQLite and, where there is one, a PostgreSQL alias. It knows no test."""

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import connections

import kingpost

SECRET = "a-secret-of-the-tests-with-more-than-32-characters"
FOLDER = tempfile.mkdtemp(prefix="kingpost-django-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
FILE = Path(FOLDER) / "default.sqlite3"

SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "django's own, which Kingpost never uses",
    "ALLOWED_HOSTS": ["testserver"],
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        *kingpost.apps("tenancy", "identity"),
        "examples.storefront",
        "tests.adapters.django.shop",
    ],
    "MIDDLEWARE": [],
    "ROOT_URLCONF": "tests.adapters.django.urls",
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    "DATABASES": {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILE, "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 1}},
    },
    "USE_TZ": True,
    "LOGGING_CONFIG": None,
    "KINGPOST": {"SECRET": [SECRET], "HOSTS": ["testserver"], "CACHE_SECONDS": 0},
}


def configure() -> None:
    """Set Django up, unless this process has done so."""
    if not settings.configured:
        settings.configure(**SETTINGS)
        django.setup()


def entry(url: str) -> dict[str, Any]:
    """The DATABASES entry of a PostgreSQL URL."""
    parts = urlsplit(url)
    named = {"NAME": parts.path.removeprefix("/"), "USER": parts.username or "", "PASSWORD": parts.password or ""}
    return {"ENGINE": "django.db.backends.postgresql", **named, "HOST": parts.hostname or "", "PORT": str(parts.port or "")}


def add_alias(alias: str, facts: dict[str, Any]) -> None:
    """Make a further alias of DATABASES while the tests run."""
    connections.settings[alias] = connections.configure_settings({"default": facts})["default"]


def remove_alias(alias: str) -> None:
    """Close and forget it, in this thread."""
    connections[alias].close()
    del connections[alias]
    del connections.settings[alias]
