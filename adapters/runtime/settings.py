"""The settings of a deployment, typed and already checked. It knows their meaning and defaults, not where they come from."""

from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from kingpost.kernel.errors import ConfigurationError

LogFormat: TypeAlias = Literal["json", "text"]
Durability: TypeAlias = Literal["normal", "full"]
ServerName: TypeAlias = Literal["granian", "uvicorn", "gunicorn"]


class SettingsInvalid(ConfigurationError):
    """One or more settings are wrong; ``problems`` lists all of them, each with its mend. No secret is ever in a message."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Each problem is one line."""
        super().__init__("\n".join(problems))
        self.problems = problems


class Bind(Struct, frozen=True):
    """Where a server listens: a host name or address (IPv6 without brackets) and a TCP port."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect: ``localhost``, 127.0.0.0/8 or ::1. Any other name is not, whatever it resolves to."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def authority(self) -> str:
        """``host:port`` as a URL spells it, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class AccountsTable(Struct, frozen=True, kw_only=True):
    """Where a host application keeps its accounts: a table, with its schema where it has another than the connection's, and its columns."""

    table: str
    schema: str | None = None
    key: str = "id"
    is_active: str | None = "is_active"
    """None where no account can be deactivated but by deleting it."""
    password: str = "password"


class Settings(Struct, frozen=True, kw_only=True):
    """What an operator can decide. Each field is the setting ``KINGPOST_<FIELD>`` (also ``KINGPOST_<FIELD>_FILE``), or ``<field>`` in the TOML file.

    An empty ``database``, ``secret`` or ``hosts`` is filled by ``embedded.complete`` where that is allowed.
    """

    database: str | None = None
    """URL of the database: ``sqlite:///file`` or ``postgresql://user:password@host/name``."""
    migration_database: str | None = None
    """URL for migrations, where they need another role or must go around a connection pooler; without it ``database``."""
    secret: tuple[str, ...] = ()
    """Root secrets; the first signs, all verify."""
    hosts: tuple[str, ...] = ()
    """Host names of the deployment itself; ``*`` accepts every well-formed one."""
    bind: Bind = Bind("127.0.0.1", 8000)
    components: tuple[str, ...] = ("tenancy",)
    """Names of Kingpost's components, or import paths of a user's."""
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False
    cors_max_age: int = 600
    """Seconds for which a browser may keep a preflight's answer."""
    body_limit: int = 1_048_576
    """Bytes of a request body."""
    request_seconds: float = 30.0
    """Seconds after which the statements of a request are refused."""
    prefix: str = ""
    """Path under which everything is mounted: ``/api``, or empty."""
    docs: bool = True
    metrics: bool = True
    access_log: bool = True
    log_format: LogFormat = "json"
    accept_weakened_etags: bool = False
    """Take a weak tag in If-Match for the strong one, behind a proxy that compresses."""
    durability: Durability = "normal"
    """What SQLite promises for a power cut: ``full`` waits for the disk at each commit."""
    pool_size: int = 10
    """Connections per process to PostgreSQL."""
    prepare: bool = True
    """Keep prepared statements on PostgreSQL's connections; off behind a transaction pooler that does not track them."""
    cache_seconds: float = 1.0
    """How old a cached credential or tenant may be, in seconds; 0 turns the caches off."""
    people: Literal["host"] | None = None
    """Who keeps the accounts of people: a host application, whose sessions are accepted then."""
    trusted_origins: tuple[str, ...] = ()
    """Origins whose pages may act for whoever is logged in, beside our own and those of CORS with credentials."""
    mirror_seconds: float = 3600.0
    """How long a mirrored session is accepted after the host has last confirmed it."""
    session_cookie: str = "sessionid"
    csrf_cookie: str = "csrftoken"
    csrf_header: str = "X-CSRFToken"
    host_accounts: AccountsTable | None = None
    """Where the host keeps its accounts, to be asked at each request of somebody who is logged in there."""
    host_sessions: str | None = "django_session"
    """The host's table of sessions; None where it keeps them elsewhere."""
    http_allow: tuple[str, ...] = ()
    """What components may call beyond https on port 443 at public addresses: origins such as ``http://billing.internal:8080``, networks such as ``10.20.0.0/16``."""
    server: ServerName | None = None
    """The server that ``serve`` runs; without it the deployment's first choice."""
    workers: int = 1
    """Processes that answer."""
    data: Path = Path("kingpost-data")
    """Folder of the embedded defaults: SQLite file, secret, printed keys."""
    embedded: tuple[str, ...] = ()
    """Which of ``database``, ``secret`` and ``hosts`` were filled with embedded defaults; set by ``embedded.complete`` alone."""

    def __repr__(self) -> str:
        """Without secrets and passwords, as error trackers print what they find in a traceback."""
        told = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in _SECRET)
        return f"Settings({', '.join(told)})"


_SECRET = frozenset(("database", "migration_database", "secret"))
