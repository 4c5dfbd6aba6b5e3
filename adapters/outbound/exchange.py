"""What both colours of the client share: requests as httpcore takes them, what its exceptions mean, its pool's size. It knows httpcore and waits for nothing."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import certifi
import httpcore

from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.outbound import Headers, HttpRequest, UpstreamTimeout, UpstreamUnavailable
from kingpost.kernel.urls import Url

POOL: Final[dict[str, Any]] = {"max_connections": 100, "max_keepalive_connections": 20, "keepalive_expiry": 15.0}
"""HTTP/1.1 alone; no proxy, whatever the environment says, because a proxy would resolve names itself."""
_QUEUE: Final = 1.0
"""Seconds that a call waits for a place in the pool."""
BODILESS: Final = frozenset((204, 304))


@cache
def tls() -> ssl.SSLContext:
    """Certificates are checked against the name in the URL, with the machine's authorities (``SSL_CERT_FILE`` too) and Mozilla's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def queued(seconds: float) -> float:
    """How long a call that may take so many seconds waits for a place: not so long that the service seems to be slow."""
    return min(_QUEUE, seconds / 2)


def arguments(request: HttpRequest, url: Url, stamp: Headers, timeout: Mapping[str, float]) -> dict[str, Any]:
    """What ``pool.stream`` is called with."""
    origin = url.origin
    return {
        "method": request.method,
        "url": httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=url.target),
        "headers": [*_headers(request, origin.authority, stamp)],
        "content": request.body or None,
        "extensions": {"timeout": dict(timeout)},
    }


def _headers(request: HttpRequest, authority: str, stamp: Headers) -> Iterator[tuple[bytes, bytes]]:
    given = (*request.headers, *stamp)
    yield b"Host", authority.encode("ascii")
    yield b"Accept-Encoding", b"gzip"
    if request.header("user-agent") is None:
        yield b"User-Agent", b"kingpost"
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        yield b"Content-Length", b"%d" % len(request.body)
    yield from ((name.encode("ascii"), value.encode("latin-1")) for name, value in given)


@contextmanager
def translated() -> Iterator[None]:
    """Turns what httpcore raises into conditions of the kernel."""
    try:
        yield
    except httpcore.PoolTimeout as error:  # our own fault, so it is no word against the service
        detail = "Too many calls to other services are under way."
        raise Unavailable(detail) from error
    except httpcore.TimeoutException as error:
        raise UpstreamTimeout from error
    except httpcore.LocalProtocolError as error:
        message = f"the request is not HTTP: {error}; correct its headers"
        raise ConfigurationError(message) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise UpstreamUnavailable from error
