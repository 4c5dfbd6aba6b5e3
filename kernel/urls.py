"""The grammar of URLs that may be called, and what two requests must share to be for one origin. It knows text; it resolves nothing.

Stricter than RFC 3986: whatever two parsers could read differently is refused. No user, no fragment, no backslash, nothing beyond ASCII, no
empty or dotted-off name, and an IPv4 address only as four decimal numbers (WHATWG reads ``0x7f.1`` and ``2130706433`` as addresses too).
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from msgspec import Struct

from kingpost.kernel.outbound import UpstreamForbidden

_CHARACTER: Final = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})"
_URL: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{{1,5}}))?"
    rf"(?P<path>(?:/{_CHARACTER}*)?)(?P<query>(?:\?(?:{_CHARACTER}|\?)*)?)",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*").fullmatch
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*").fullmatch
_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 8_000
"""Characters of a URL (RFC 9110 section 4.1 asks for no fewer of everybody)."""


class Origin(Struct, frozen=True):
    """Scheme, host and port (RFC 6454). The host is a name in lower case, or an address in its canonical form without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host`` or ``host:port``, as the header ``Host`` spells it (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


class Url(Struct, frozen=True):
    """A URL in its two parts."""

    origin: Origin
    target: str
    """Path and query as they were given; an empty path is ``/``."""


def read_url(text: str) -> Url:
    """The parts of a URL; ``UpstreamForbidden`` for anything that does not follow the grammar to the letter."""
    found = _URL.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise UpstreamForbidden("malformed URL")
    scheme = found["scheme"].lower()
    port = _PORTS[scheme] if found["port"] is None else int(found["port"])
    if not 1 <= port <= 65_535:
        raise UpstreamForbidden("malformed port")
    return Url(Origin(scheme, _host(found["host"].lower()), port), (found["path"] or "/") + found["query"])


def _host(text: str) -> str:
    try:
        if text.startswith("["):
            return IPv6Address(text[1:-1]).compressed
        if _NUMERIC(text.rpartition(".")[2]):
            return str(IPv4Address(text))
    except AddressValueError:
        raise UpstreamForbidden("malformed address") from None
    if not _NAME(text):
        raise UpstreamForbidden("malformed host name")
    return text
