"""Policy: the numbers and names of a deployment that the pipeline obeys. It knows no source of settings."""

from collections.abc import Sequence
from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from kingpost.kernel.component import Keys
from kingpost.kernel.csrf import Csrf
from kingpost.kernel.errors import ConfigurationError

SHORTEST_SECRET = 32
"""Characters of a root secret; 32 random ones carry far more than 128 bits."""


class Limits(Struct, frozen=True, kw_only=True):
    """What one request may be, in bytes where nothing else is said."""

    body: int = 1_048_576
    target: int = 4_000
    """Path and query together, as sent."""
    header_line: int = 8_192
    headers: int = 100
    """Number of header lines."""
    seconds: float = 30.0
    """How long one request may take before its statements are refused."""


class Cors(Struct, frozen=True, kw_only=True):
    """Which browser origins may call (WHATWG Fetch). An origin is ``https://app.example``, compared exactly."""

    origins: tuple[str, ...]
    credentials: bool = False
    max_age: int = 600
    """Seconds for which a preflight may be cached."""


class Policy(Struct, frozen=True, kw_only=True):
    """How a kernel answers."""

    hosts: tuple[str, ...]
    """Host names of the deployment itself, lower case, without port; ``*`` accepts every well-formed host and then no tenant is told by host."""
    secrets: tuple[str, ...]
    """Root secrets; the first signs, all verify."""
    cors: Cors | None = None
    limits: Limits = Limits()
    versions: tuple[str, ...] = ("2026-11-01",)
    """Supported API versions, oldest first; the last is the default."""
    docs: bool = True
    """Serve ``/openapi.json`` and ``/docs``."""
    metrics: bool = True
    """Serve ``/metrics``."""
    accept_weakened_etags: bool = False
    """Take ``W/"x"`` in If-Match for ``"x"``: for deployments behind a proxy that compresses and weakens tags."""
    cache_seconds: float = 1.0
    """How old a cached credential or tenant may be; a change in this process is seen at once."""
    access_log: bool = True
    """Log one line per request."""
    people: Literal["host"] | None = None
    """Who keeps the accounts of people: the host application, whose sessions are accepted then; None where only keys are."""
    session_cookie: str = "sessionid"
    """The cookie that holds the key of a host's session."""
    mirror_seconds: float = 3_600.0
    """How long a mirrored session is accepted after the host has last confirmed it."""
    csrf: Csrf = Csrf()
    title: str = "Kingpost"

    def __repr__(self) -> str:
        """Without the secrets, as error trackers print what they find in a traceback."""
        told = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "secrets")
        return f"Policy({', '.join(told)})"


def derive(secrets: Sequence[str], label: str) -> tuple[bytes, ...]:
    """One 32-byte key per root secret for the purpose ``label`` (HKDF-SHA256, RFC 5869)."""
    return tuple(HKDF(algorithm=SHA256(), length=32, salt=None, info=f"kingpost:{label}".encode()).derive(s.encode()) for s in secrets)


def keys(secrets: Sequence[str]) -> Keys:
    """All derived keys; ``ConfigurationError`` where there is no secret or one is too short."""
    if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
        message = f"KINGPOST_SECRET needs at least one secret of {SHORTEST_SECRET} or more random characters: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        raise ConfigurationError(message)
    return Keys(cursors=derive(secrets, "cursors"), digests=derive(secrets, "key-digests"), sealing=derive(secrets, "sealing"))


def fingerprint(secrets: Sequence[str]) -> tuple[bytes, ...]:
    """What a database remembers of the root secrets, so that a process with another is not ready; reveals nothing of them."""
    return tuple(key[:16] for key in derive(secrets, "fingerprint"))
