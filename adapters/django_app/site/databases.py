"""A database URL as Django's DATABASES entry. It knows Django's options for SQLite and PostgreSQL; it opens nothing."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kingpost.adapters.runtime.settings import Settings
from kingpost.adapters.sql.urls import parse
from kingpost.kernel.errors import ConfigurationError

_BUSY_SECONDS = 5.0
_REACH_SECONDS = 5
"""Seconds to reach PostgreSQL or to get a connection of the pool: a thread that waits longer answers nobody else."""
_SYNCHRONOUS = {"normal": "NORMAL", "full": "FULL"}


def database(settings: Settings, *, lasting: bool) -> dict[str, Any]:
    """The entry; ``lasting`` keeps a connection with its thread. ``ConfigurationError`` for a URL that is none, or for SQLite in memory."""
    url = settings.database or ""
    target = parse(url)
    if target.in_memory:
        message = "KINGPOST_DATABASE is SQLite in memory, which each of Django's threads would have for itself; name a file: sqlite:///kingpost.sqlite3"
        raise ConfigurationError(message)
    return _sqlite(settings, target.path, lasting=lasting) if target.dialect == "sqlite" else _postgresql(settings, url, lasting=lasting)


def _sqlite(settings: Settings, path: str, *, lasting: bool) -> dict[str, Any]:
    pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_SYNCHRONOUS[settings.durability]};"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(path).absolute(),
        "CONN_MAX_AGE": None if lasting else 0,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": _BUSY_SECONDS, "init_command": pragmas},
    }


def _postgresql(settings: Settings, url: str, *, lasting: bool) -> dict[str, Any]:
    """A connection per thread; where threads come and go, over psycopg's pool if it is installed. One that the server has closed is found out before use."""
    parts = urlsplit(url)
    options: dict[str, Any] = {"connect_timeout": _REACH_SECONDS, **dict(parse_qsl(parts.query))}
    if not lasting and find_spec("psycopg_pool") is not None:
        options["pool"] = {"min_size": 1, "max_size": settings.pool_size, "timeout": _REACH_SECONDS}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60 if lasting else 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
