"""A server somewhere, in whatever language it is written, judged from outside. It knows a URL and a credential; it starts nothing and has no back door."""

import ssl
import time
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from kingpost.conformance.backend import HOST
from kingpost.conformance.target import Capability, Exchange, HeaderLines, ProtocolError, Reply, Unreachable

from .sockets import Address, SocketTransport

FROM_OUTSIDE: Final = frozenset(Capability) - {Capability.SEEDED, Capability.BACK_DOOR}
"""What a server can do unless its user says otherwise. It is not found out by asking: then a server that breaks a rule would be let off the cases about it."""

_ASKED: Final = b"/platform/tenants?limit=1"
_SUBJECT: Final = b"/specimens"
_TICK: Final = 0.002
"""Seconds. Ids sort by creation to the millisecond (RFC 9562 section 5.7), so of two that are made in the same one chance would decide which is first."""
_PORTS: Final = {"http": 80, "https": 443}


class UrlTarget:
    """A ``ByteTarget`` behind a socket. The exchanges are sent byte for byte, but for the host and the prefix of the URL."""

    door = None

    def __init__(
        self,
        url: str,
        *,
        key: str,
        lacks: frozenset[Capability] = frozenset(),
        name: str | None = None,
        host: str | None = None,
        timeout: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``key`` is a platform credential, ``lacks`` what the server cannot do, ``host`` what it is called where that is not the URL's host.

        ``timeout`` is in seconds, for one exchange; ``tls`` replaces the system's trust. ``Unreachable`` where the URL or the credential cannot be used.
        """
        self.name = name or url
        self.capabilities = FROM_OUTSIDE - lacks
        self._key = _checked_key(key)
        address, self._prefix = _parsed(url, tls)
        self._host = (host or urlsplit(url).netloc).encode()
        self._transport = SocketTransport(address, timeout=timeout)

    def send(self, exchange: Exchange) -> Reply:
        """The server's reply, as it would be without the prefix."""
        headers = tuple((name, self._named(value)) if name == b"host" else (name, value) for name, value in exchange.headers)
        target = self._prefix + exchange.target if exchange.target.startswith(b"/") else exchange.target
        began = time.monotonic()
        reply = self._transport.send(replace(exchange, target=target, headers=headers))
        if reply.status == 201:
            time.sleep(max(began + _TICK - time.monotonic(), 0))
        return self._unprefixed(reply)

    def send_bytes(self, *sent: bytes, half_close: bool = False) -> bytes:
        """What the server sends in answer to exactly these bytes."""
        return self._transport.send_bytes(*sent, half_close=half_close)

    def reset(self, *, seed: int, now: datetime) -> str:  # noqa: ARG002  (the port's signature)
        """Nothing can be reset from outside; the credential that the user gave."""
        return self._key

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def check(self) -> None:
        """``Unreachable`` unless this is a Kingpost that knows the credential and serves the kit's own component."""
        try:
            self._check()
        except ProtocolError as error:
            self.close()
            raise Unreachable(f"{self.name} does not speak HTTP/1.1: {error}") from None
        except Unreachable:
            self.close()
            raise

    def _check(self) -> None:
        listed, subject = self._asked(_ASKED), self._asked(_SUBJECT)
        problem = _problem(listed)
        if listed.status == 200 and "items" in _document(listed):
            if _problem(subject) == "tenant-required":
                return
            raise Unreachable(
                f"{self.name} does not serve the kit's own component; add kingpost.conformance.specimen to KINGPOST_COMPONENTS"
            )
        raise Unreachable(
            _REFUSALS[problem].format(name=self.name, host=self._host.decode())
            if problem in _REFUSALS
            else f"{self.name} is no Kingpost: GET {_ASKED.decode()} answered {listed.status}"
        )

    def _asked(self, target: bytes) -> Reply:
        headers = ((b"host", HOST.encode()), (b"authorization", b"Bearer " + self._key.encode()))
        return self.send(Exchange(target=target, headers=headers))

    def _named(self, host: bytes) -> bytes:
        """The server's own name where the kit's stands; a port that an exchange names stays."""
        if host == HOST.encode():
            return self._host
        bare = self._host.rpartition(b":")[0] or self._host
        return host.replace(HOST.encode(), bare).replace(HOST.upper().encode(), bare.upper())

    def _unprefixed(self, reply: Reply) -> Reply:
        """Under a prefix every path moves (links, locations, types of problems); the cases speak of paths without one."""
        if not self._prefix:
            return reply
        start, body = self._prefix + b"/", reply.body.replace(self._prefix + b"/", b"/")
        lines: HeaderLines = tuple((name, value.replace(start, b"/") if name in _PLACES else value) for name, value in reply.headers)
        length = b"%d" % len(body)
        return Reply(
            status=reply.status,
            headers=tuple((name, length if body and name == b"content-length" else value) for name, value in lines),
            body=body,
        )


_PLACES: Final = frozenset({b"location", b"link", b"content-location"})
_REFUSALS: Final = {
    "unauthenticated": "{name} does not know the credential; give a platform key of it: --key kp_p_...",
    "platform-only": "{name} takes the credential for a tenant's; give a platform key of it: --key kp_p_...",
    "unknown-host": "{name} does not serve the host {host}; add it to KINGPOST_HOSTS",
    "unavailable": "{name} is not ready; its /readyz and its log say why",
}
"""By the code of the problem document."""


def _checked_key(key: str) -> str:
    if not key:
        raise Unreachable("a server that the kit does not start needs a platform key: --key kp_p_... or KINGPOST_CONFORMANCE_KEY")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise Unreachable("the platform key holds characters that no key has; give it as it was printed, without quotes or spaces")
    return key


def _parsed(url: str, tls: ssl.SSLContext | None) -> tuple[Address, bytes]:
    """Where it is, and the prefix."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError as error:
        raise Unreachable(f"{url} is no URL: {error}") from None
    if scheme not in _PORTS or not host or parts.query or parts.fragment or parts.username is not None or not url.isascii():
        raise Unreachable(f"{url} cannot be judged; give it as http://host, https://host, or either with :port and /prefix behind it")
    context = (tls or ssl.create_default_context()) if scheme == "https" else None
    return Address(host=host, port=_PORTS[scheme] if port is None else port, tls=context), parts.path.rstrip("/").encode()


def _document(reply: Reply) -> dict[str, object]:
    try:
        return reply.json()
    except ValueError:
        return {}


def _problem(reply: Reply) -> str:
    return str(_document(reply).get("code", "")) if reply.one("content-type") == "application/problem+json" else ""
