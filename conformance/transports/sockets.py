"""Speaks HTTP/1.1 over TCP or TLS (RFC 9112), sending exactly the bytes that it is given. It knows framing and connections, no server and no case."""

import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from select import select
from typing import Final

from msgspec import Struct

from kingpost.conformance.target import Exchange, ProtocolError, Reply, Unreachable

Source = Callable[[], bytes]
"""The next bytes that came in; none at the end."""

_PIECE: Final = 65_536
_PAUSE: Final = 0.2
"""Seconds between the parts of what is sent: longer than a server on the same machine takes to read one."""
_LONGEST_HEAD: Final = 1_048_576
"""Bytes of a head; a server that sends more will never end it."""
_WEBSOCKET: Final = (
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"a2luZ3Bvc3QtY29uZm9ybQ=="),
)
"""A handshake that RFC 6455 section 4.1 allows; the key is 16 bytes in base64."""


class Address(Struct, frozen=True, kw_only=True):
    """Where a server is; with a context the connection is TLS, and the certificate is checked against the host."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    @property
    def text(self) -> str:
        """``host:port``, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connected(self, timeout: float) -> socket.socket:
        """A new connection; ``Unreachable`` with the reason where there is none within ``timeout`` seconds."""
        try:
            plain = socket.create_connection((self.host, self.port), timeout=timeout)
        except OSError as error:
            raise Unreachable(f"nobody answers at {self.text}: {_reason(error)}") from None
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is None:
            return plain
        try:
            return self.tls.wrap_socket(plain, server_hostname=self.host)
        except (ssl.SSLError, OSError) as error:
            plain.close()
            raise Unreachable(f"no TLS with {self.text}: {_reason(error)}") from None


class SocketTransport:
    """One server. A connection is kept from one exchange to the next where both sides allow it; ``timeout`` in seconds bounds a whole exchange."""

    REST: Final = 0.5
    """Seconds after which a kept connection is not used again: a server may be about to close it."""

    def __init__(self, address: Address, *, timeout: float = 10.0, silence: float = 0.5) -> None:
        """``silence`` in seconds tells that raw bytes have been answered in full where the server leaves the connection open."""
        self._address = address
        self._timeout = timeout
        self._silence = silence
        self._kept: tuple[socket.socket, float] | None = None

    def send(self, exchange: Exchange) -> Reply:
        """The server's reply; ``Unreachable`` where it hangs, ``ProtocolError`` where it closes instead of replying or breaks RFC 9112."""
        connection = self._connection()
        try:
            line = Line(connection, self._timeout, self._address.text)
            line.write(request_bytes(exchange))
            reply, keeps = only_reply(line.read, head=exchange.method == "HEAD")
        except BaseException:
            connection.close()
            raise
        if keeps and line.whole and not _parts(exchange, reply):
            self._kept = connection, time.monotonic()
        else:
            connection.close()
        return reply

    def send_bytes(self, *sent: bytes, half_close: bool = False) -> bytes:
        """Everything the server sends until it closes or falls silent. There is a pause between the parts."""
        received = bytearray()
        with self._address.connected(self._timeout) as connection:
            for part in sent[:-1]:
                Line(connection, self._timeout, self._address.text).write(part)
                received += _until_silence(connection, _PAUSE, _PAUSE)
            Line(connection, self._timeout, self._address.text).write(sent[-1])
            if half_close:
                with suppress(OSError):  # it has closed already
                    connection.shutdown(socket.SHUT_WR)
            return bytes(received + _until_silence(connection, self._timeout, self._silence))

    def close(self) -> None:
        """Close what is kept."""
        if self._kept is not None:
            self._kept[0].close()
            self._kept = None

    def _connection(self) -> socket.socket:
        """The kept connection, if nothing has happened on it; else a new one. So no request is ever sent twice."""
        kept, self._kept = self._kept, None
        if kept is not None:
            connection, since = kept
            if time.monotonic() - since < self.REST and not select([connection], [], [], 0)[0]:
                return connection
            connection.close()
        return self._address.connected(self._timeout)


class Line:
    """A connection for one exchange, which has to be done in time."""

    def __init__(self, connection: socket.socket, timeout: float, name: str) -> None:
        self.whole = True
        """Whether everything was sent."""
        self._connection = connection
        self._timeout = timeout
        self._ends = time.monotonic() + timeout
        self._name = name

    def write(self, sent: bytes) -> None:
        """Send it, but stop where the server answers before it has everything, or closes: then the answer is worth reading."""
        for at in range(0, len(sent), _PIECE):
            try:
                readable, writable, _ = select([self._connection] if at else [], [self._connection], [], self._left())
                if readable or not writable:
                    self.whole = False
                    return
                self._connection.settimeout(self._left())
                self._connection.sendall(sent[at : at + _PIECE])
            except OSError:
                self.whole = False
                return

    def read(self) -> bytes:
        """The next bytes; none where the server has closed. ``Unreachable`` where time is up."""
        try:
            self._connection.settimeout(self._left())
            return self._connection.recv(_PIECE)
        except TimeoutError:
            raise Unreachable(f"{self._name} does not answer within {self._timeout:g} seconds") from None
        except OSError:
            return b""

    def _left(self) -> float:
        return max(self._ends - time.monotonic(), 0.001)


def _until_silence(connection: socket.socket, patience: float, silence: float) -> bytes:
    """What comes in until the end, or until nothing does for ``silence`` seconds; the first bytes have ``patience`` seconds."""
    received = bytearray()
    connection.settimeout(patience)
    with suppress(OSError):  # silence, or the connection is reset
        while part := connection.recv(_PIECE):
            received += part
            connection.settimeout(silence)
    return bytes(received)


def request_bytes(exchange: Exchange) -> bytes:
    """The request on the wire."""
    given = {name for name, _ in exchange.headers}
    handshake = tuple(line for line in _WEBSOCKET if line[0] not in given) if exchange.websocket else ()
    lines = (*exchange.headers, *handshake, *exchange.framing)
    head = b"%s %s HTTP/1.1\r\n" % (exchange.method.encode(), exchange.target)
    body = _chunked(exchange.body) if exchange.chunked else exchange.body
    return head + b"".join(b"%s: %s\r\n" % line for line in lines) + b"\r\n" + body


def _parts(exchange: Exchange, reply: Reply) -> bool:
    """Whether the connection cannot carry another exchange: what was announced was not sent, its options are spoken of, or it may be about to end.

    A server that has refused a request with a body may leave the body unread and close behind its reply, without a word (RFC 9112 section 9.3).
    """
    announced = exchange.declared is not None and exchange.declared != len(exchange.body)
    refused = reply.status >= 400 and (exchange.chunked or bool(exchange.body))
    return announced or refused or exchange.websocket or any(name == b"connection" for name, _ in exchange.headers)


def _chunked(body: bytes) -> bytes:
    pieces = (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in pieces) + b"0\r\n\r\n"


def only_reply(source: Source, *, head: bool) -> tuple[Reply, bool]:
    """The reply to one request, and whether the connection lives on; ``ProtocolError`` where more follows."""
    incoming = Incoming(source)
    found = incoming.reply(head=head)
    if incoming.left:
        raise ProtocolError(f"{len(incoming.left)} bytes follow the reply: {incoming.left[:80]!r}")
    return found


def replies(received: bytes, *, head: bool = False) -> tuple[Reply, ...]:
    """Every reply in what a server sent to raw bytes, interim ones (1xx) too; ``ProtocolError`` where it is not replies from end to end.

    ``head`` says that the requests were HEAD.
    """
    parts = iter((received,))
    incoming, found = Incoming(lambda: next(parts, b"")), list[Reply]()
    while incoming.more():
        found.append(incoming.reply(head=head, interim=True)[0])
    return tuple(found)


class Incoming:
    """Replies as they come in (RFC 9112 sections 2.1, 4 and 6.3)."""

    def __init__(self, source: Source) -> None:
        self.left = b""
        """What has come in and belongs to no reply yet."""
        self._source = source

    def more(self) -> bool:
        """Whether anything else comes."""
        self.left = self.left or self._source()
        return bool(self.left)

    def reply(self, *, head: bool = False, interim: bool = False) -> tuple[Reply, bool]:
        """The next reply, and whether the connection lives on; without ``interim`` those with 1xx are passed over, but for 101."""
        version, reply = self._head()
        while 100 <= reply.status < 200 and reply.status != 101 and not interim:
            version, reply = self._head()
        options = b",".join(value for name, value in reply.headers if name == b"connection").lower()
        ends = b"close" in options or version == b"HTTP/1.0"
        if head or reply.status in (204, 304) or 100 <= reply.status < 200:
            return reply, not ends
        body = self._body(reply)
        whole = body is not None
        return Reply(status=reply.status, headers=reply.headers, body=self._rest() if body is None else body), whole and not ends

    def _head(self) -> tuple[bytes, Reply]:
        first, *lines = self._until(b"\r\n\r\n").split(b"\r\n")
        version, _, rest = first.partition(b" ")
        status = rest[:3]
        if version not in (b"HTTP/1.0", b"HTTP/1.1") or not status.isdigit() or rest[3:4] not in (b" ", b""):
            raise ProtocolError(f"no HTTP reply: {first[:80]!r}")
        return version, Reply(status=int(status), headers=tuple(map(_header, lines)), body=b"")

    def _body(self, reply: Reply) -> bytes | None:
        """The body as its length says; None where it has none and ends with the connection."""
        coding, length = reply.one("transfer-encoding"), reply.one("content-length")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise ProtocolError(f"Transfer-Encoding {coding!r} beside Content-Length {length!r}")
            return self._chunks()
        if length is None:
            return None
        if not (length.isascii() and length.isdigit()):
            raise ProtocolError(f"Content-Length is {length!r}")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._size():
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise ProtocolError("a chunk is longer than it says")
        while self._until(b"\r\n"):
            pass  # trailer lines, which nobody asked for
        return bytes(body)

    def _size(self) -> int:
        digits = self._until(b"\r\n").partition(b";")[0].rstrip(b" \t")
        if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", digits):
            raise ProtocolError(f"a chunk of size {digits[:20]!r}")
        return int(digits, 16)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.left:
            if len(self.left) > _LONGEST_HEAD:
                raise ProtocolError(f"no end of a head within {_LONGEST_HEAD} bytes")
            self._take("the reply ended in the middle of a line" if self.left else "the connection was closed without a reply")
        found, _, self.left = self.left.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self.left) < size:
            self._take(f"the body has {len(self.left)} of {size} bytes")
        found, self.left = self.left[:size], self.left[size:]
        return found

    def _rest(self) -> bytes:
        pieces = [self.left]
        while piece := self._source():
            pieces.append(piece)
        self.left = b""
        return b"".join(pieces)

    def _take(self, otherwise: str) -> None:
        piece = self._source()
        if not piece:
            raise ProtocolError(otherwise)
        self.left += piece


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or name != name.strip():
        raise ProtocolError(f"no header line: {line[:80]!r}")
    return name.lower(), value.strip(b" \t")


def _reason(error: Exception) -> str:
    """What a person can use of an error, in one line."""
    said = getattr(error, "verify_message", "") or getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).strip().partition("\n")[0]
