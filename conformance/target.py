"""What the kit talks to: a Target answers exchanges, byte for byte. It knows HTTP messages, no adapter, no framework and no server."""

from datetime import datetime
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct

from kingpost.kernel.records import Record

HeaderLines: TypeAlias = tuple[tuple[bytes, bytes], ...]
Row: TypeAlias = dict[str, object]


class Exchange(Struct, frozen=True, kw_only=True):
    """One request, as it goes over the wire but for its framing, which the transport adds."""

    method: str = "GET"
    target: bytes = b"/"
    """Path and query as sent (origin form, RFC 9112 section 3.2.1), or ``*``."""
    headers: HeaderLines = ()
    """Names in lower case, in order. ``Host`` is here; ``Content-Length`` and ``Transfer-Encoding`` are not."""
    body: bytes = b""
    chunked: bool = False
    """Send the body in chunks, without ``Content-Length``."""
    declared: int | None = None
    """A ``Content-Length`` that is not the body's."""
    websocket: bool = False
    """A WebSocket handshake (RFC 6455 section 4.1)."""

    @property
    def path(self) -> bytes:
        """The raw path."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """The raw query, without the question mark."""
        return self.target.partition(b"?")[2]

    @property
    def framing(self) -> HeaderLines:
        """``Content-Length`` or ``Transfer-Encoding``, as the body needs it."""
        if self.chunked:
            return ((b"transfer-encoding", b"chunked"),)
        if self.declared is not None:
            return ((b"content-length", b"%d" % self.declared),)
        return ((b"content-length", b"%d" % len(self.body)),) if self.body or self.method in ("PATCH", "POST", "PUT") else ()


class Reply(Struct, frozen=True, kw_only=True):
    """One reply: header names in lower case, in order."""

    status: int
    headers: HeaderLines
    body: bytes

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header."""
        return tuple(value.decode("latin-1") for other, value in self.headers if other == name.encode())

    def one(self, name: str) -> str | None:
        """The value of a header that stands at most once; ``AssertionError`` where it is repeated."""
        values = self.all(name)
        if len(values) > 1:
            message = f"{name} is sent {len(values)} times: {values}"
            raise AssertionError(message)
        return values[0] if values else None

    def json(self) -> dict[str, object]:
        """The body as a JSON object; empty where there is none."""
        return msgspec.json.decode(self.body, type=dict[str, object]) if self.body else {}


class BackDoor(Protocol):
    """What a test may do behind a target's back; only targets in process have one."""

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def fail_next(self, port_call: str, error: BaseException) -> None:
        """Make the next call of that method of a Store or UnitOfWork (``get``, ``insert``, ``commit``) raise ``error``."""
        ...

    def rows(self, record: type[Record]) -> tuple[Row, ...]:
        """Every row of a record in the order of its key, in the record's own terms."""
        ...


class Target(Protocol):
    """A deployment under test."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do that not every target can: ``raw-path``, ``duplicate-headers``, ``chunked``, ``websocket``, ``back-door``."""
        ...

    @property
    def door(self) -> BackDoor | None:
        """The back door, where there is one."""
        ...

    def send(self, exchange: Exchange) -> Reply:
        """The reply. ``ProtocolError`` where what came back is no HTTP reply."""
        ...

    def reset(self, *, seed: int, now: datetime) -> str:
        """Empty it, set its clock and seed its chance; returns a fresh platform credential, the same for the same seed."""
        ...


class ProtocolError(AssertionError):
    """A target broke the protocol that its transport speaks."""
