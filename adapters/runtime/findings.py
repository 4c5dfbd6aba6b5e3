"""What settings and files alone tell ``doctor``. It knows symptoms and mends; it opens no database, so it works without any extra."""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from . import embedded, private_files
from .settings import Settings

Level: TypeAlias = Literal["ok", "note", "warn", "fail"]


class Finding(Struct, frozen=True):
    """One thing that was looked at; ``mend`` says what to do about it."""

    level: Level
    subject: str
    text: str
    mend: str = ""


def of_settings(settings: Settings) -> Iterable[Finding]:
    """What the settings alone tell."""
    yield from _hosts(settings)
    yield from _processes(settings)
    yield from _extras(settings)
    yield from _files(settings)


def _hosts(settings: Settings) -> Iterator[Finding]:
    if "*" in settings.hosts:
        yield Finding(
            "warn", "hosts", "every host name is accepted, so tenants cannot be told by host name", "list the names in KINGPOST_HOSTS"
        )
    elif settings.hosts and not settings.bind.loopback and all(_is_local(host) for host in settings.hosts):
        mend = "add the name that clients use to KINGPOST_HOSTS"
        yield Finding("fail", "hosts", f"others can connect to {settings.bind.authority}, but only local host names are answered", mend)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _processes(settings: Settings) -> Iterator[Finding]:
    if settings.workers == 1:
        return
    if settings.cache_seconds > 0:
        text = f"each of {settings.workers} processes remembers credentials: a key revoked in one is refused by the others up to {settings.cache_seconds:g} s later"
        yield Finding("note", "caches", text, "set KINGPOST_CACHE_SECONDS=0 where that is too long")
    if settings.database is None or settings.database.startswith("sqlite"):
        text = f"{settings.workers} processes share one SQLite file, so their writes wait for each other"
        yield Finding("warn", "processes", text, "set KINGPOST_WORKERS=1, or KINGPOST_DATABASE to PostgreSQL")


def _extras(settings: Settings) -> Iterator[Finding]:
    there = [name for name in ("litestar", "django") if find_spec(name)]
    if not there:
        yield Finding(
            "fail", "extras", "neither Litestar nor Django is installed", "pip install 'kingpost[litestar]' or 'kingpost[django]'"
        )
    else:
        yield Finding("ok", "extras", f"installed: {', '.join(there)}")
    urls = [url for url in (settings.database, settings.migration_database) if url is not None]
    if any(url.startswith("postgres") for url in urls) and not find_spec("psycopg"):
        yield Finding("fail", "extras", "the database is PostgreSQL and its driver is not installed", "pip install 'kingpost[postgres]'")
    if settings.http_allow and not find_spec("httpcore"):
        yield Finding("fail", "extras", "outbound calls are allowed and their client is not installed", "pip install 'kingpost[http]'")
    if settings.server is not None and not find_spec(settings.server):
        mend = f"pip install {settings.server}, or choose another KINGPOST_SERVER"
        yield Finding("fail", "extras", f"the server {settings.server} is not installed", mend)


def _files(settings: Settings) -> Iterator[Finding]:
    levels: dict[Path, Level] = {  # a secret that others can read is refused at the start, the rest is not
        embedded.secret_file(settings): "fail",
        embedded.keys_file(settings): "warn",
        embedded.database_file(settings): "warn",
    }
    for file, level in levels.items():
        try:
            if not private_files.is_private(file):
                yield Finding(level, "files", f"others can read {file}", f"chmod 600 {file}")
        except OSError:
            continue  # it is not there, or not ours to look at: then it is not used
    config = Path(os.environ.get("KINGPOST_CONFIG", "kingpost.toml"))
    if config.exists() and not private_files.is_private(config) and _holds_secrets(config):
        yield Finding("warn", "files", f"others can read {config}, which holds a secret", f"chmod 600 {config}")


def _holds_secrets(config: Path) -> bool:
    lines = config.read_text("utf-8", "replace").splitlines()
    return any(line.partition("=")[0].strip() in ("secret", "database", "migration_database") for line in lines)
