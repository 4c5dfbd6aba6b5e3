"""What the kit talks to: a Target answers exchanges, byte for byte. It knows HTTP messages, no adapter, no framework and no server.

Everything here is stable: an adapter of a third party may rely on it. A name is removed or changes its meaning only with a new major version.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct

from kingpost.kernel.records import Record

from .backend import Setup

HeaderLines: TypeAlias = tuple[tuple[bytes, bytes], ...]
Row: TypeAlias = dict[str, object]


class Capability(StrEnum):
    """What a target can do that not every target can. A case that needs more than the target has is skipped, with that reason."""

    RAW_PATH = "raw-path"
    """The application sees the path as it was sent, so that ``%2F`` is not a slash (ASGI ``raw_path``; over WSGI ``RAW_URI`` or ``REQUEST_URI``)."""
    DUPLICATE_HEADERS = "duplicate-headers"
    """The application sees the lines of a repeated header apart. WSGI servers join them with commas (PEP 3333, RFC 3875 section 4.1.18)."""
    CHUNKED = "chunked"
    """A request body may come in chunks, without ``Content-Length`` (RFC 9112 section 7.1)."""
    WEBSOCKET = "websocket"
    """A WebSocket handshake (RFC 6455 section 4.1) reaches the application and can be denied with a reply."""
    BYTES = "bytes"
    """The target is a server behind a socket: what is no well-formed request can be sent, byte for byte (``ByteTarget``)."""
    SEEDED = "seeded"
    """``reset`` sets the clock and seeds chance, so that two targets give the same ids, keys and times. Without it ids are renamed before a comparison."""
    BACK_DOOR = "back-door"
    """``door`` is there: time can pass, a port call can fail, rows can be read."""


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
        wanted = name.encode()
        return tuple(value.decode("latin-1") for other, value in self.headers if other == wanted)

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

    def told(self) -> str:
        """Everything logged and measured since the last reset."""
        ...


class Target(Protocol):
    """A deployment under test."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do that not every target can."""
        ...

    @property
    def door(self) -> BackDoor | None:
        """The back door, where there is one."""
        ...

    def send(self, exchange: Exchange) -> Reply:
        """The reply. ``ProtocolError`` where what came back is no HTTP reply; ``Unreachable`` where nothing can come back."""
        ...

    def reset(self, *, seed: int, now: datetime) -> str:
        """Empty it, set its clock and seed its chance; returns a fresh platform credential, the same for the same seed.

        A target without ``Capability.SEEDED`` need not do anything; the kit then works with names that were never used.
        """
        ...

    def close(self) -> None:
        """End everything that was started for it. Safe to call twice."""
        ...


class ByteTarget(Target, Protocol):
    """A target with ``Capability.BYTES``."""

    def send_bytes(self, *sent: bytes, half_close: bool = False) -> bytes:
        """Everything the server sends in answer until it closes or falls silent; there is a pause between the parts of what is sent.

        ``half_close`` ends our side of the connection after sending.
        """
        ...


TargetFactory: TypeAlias = Callable[[Setup], Target]
"""What an entry point of the group ``kingpost.targets``, or ``package.module:name`` on the command line, names."""


class ProtocolError(AssertionError):
    """A target broke the protocol that its transport speaks."""


class Unreachable(Exception):
    """A target cannot be asked at all: nobody listens, it hangs, it does not know the credential. The message is one line that says what to do."""
