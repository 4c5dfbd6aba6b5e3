"""The URL forms of databases. It knows their grammar and nothing behind it."""

from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError

from .executor import Dialect

FORMS: Final = (
    "accepted are sqlite:///relative/path.db, sqlite:////absolute/path.db, sqlite:// (in memory, private to the process) "
    "and postgresql://user:password@host:5432/database"
)

MEMORY: Final = ":memory:"


class DatabaseUrl(Struct, frozen=True, kw_only=True):
    """A checked URL. ``path`` is SQLite's file (or ``:memory:``); ``conninfo`` is what libpq takes."""

    dialect: Dialect
    path: str = ""
    conninfo: str = ""

    @property
    def in_memory(self) -> bool:
        """Whether the database lives and dies with its connection."""
        return self.path == MEMORY

    @property
    def for_sqlalchemy(self) -> str:
        """The URL as SQLAlchemy takes it, over the drivers that Kingpost uses."""
        if self.dialect == "sqlite":
            return "sqlite://" if self.in_memory else f"sqlite:///{self.path}"
        return self.conninfo.replace("postgresql://", "postgresql+psycopg://", 1)


def parse(url: str) -> DatabaseUrl:
    """Check a URL; ``ConfigurationError`` says which forms are accepted and never shows the URL, which may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("it is not a URL") from None
    if parts.scheme == "sqlite":
        if parts.netloc or parts.query or parts.fragment:
            raise _bad("a SQLite URL has three or four slashes before the path and nothing behind it")
        path = unquote(parts.path.removeprefix("/"))
        return DatabaseUrl(dialect="sqlite", path=path or MEMORY)
    if parts.scheme in ("postgresql", "postgres"):
        if port is not None and not port > 0:
            raise _bad("the port is not a number between 1 and 65535")
        if len(parts.path.strip("/")) == 0:
            raise _bad("a PostgreSQL URL names a database behind the host")
        query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
        return DatabaseUrl(dialect="postgresql", conninfo=urlunsplit(("postgresql", parts.netloc, parts.path, query, "")))
    raise _bad(f"{parts.scheme!r} is no scheme of a supported database" if parts.scheme else "it has no scheme")


def _bad(reason: str) -> ConfigurationError:
    return ConfigurationError(f"the database URL cannot be used: {reason}; {FORMS}")
