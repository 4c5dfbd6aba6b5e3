"""Speaks HTTP/1.1 over a TCP socket (RFC 9112), sending exactly the bytes it is given. It knows framing, no server."""

import socket

from kingpost.conformance.target import Exchange, HeaderLines, ProtocolError, Reply

_CHUNK = 65_536


class SocketTransport:
    """One server; a connection for each request."""

    def __init__(self, host: str, port: int, *, timeout: float = 10.0) -> None:
        """``timeout`` in seconds bounds each wait for the server."""
        self._address = (host, port)
        self._timeout = timeout

    def send(self, exchange: Exchange) -> Reply:
        """The server's reply."""
        return parse_reply(self.send_bytes(request_bytes(exchange)), head=exchange.method == "HEAD")

    def send_bytes(self, sent: bytes) -> bytes:
        """Everything the server sends until it closes the connection."""
        with socket.create_connection(self._address, timeout=self._timeout) as connection:
            connection.sendall(sent)
            received = bytearray()
            while part := connection.recv(_CHUNK):
                received += part
            return bytes(received)


def request_bytes(exchange: Exchange) -> bytes:
    """The request on the wire, with ``Connection: close``."""
    lines = (*exchange.headers, *exchange.framing, (b"connection", b"close"))
    head = b"%s %s HTTP/1.1\r\n" % (exchange.method.encode(), exchange.target)
    body = _chunked(exchange.body) if exchange.chunked else exchange.body
    return head + b"".join(b"%s: %s\r\n" % line for line in lines) + b"\r\n" + body


def parse_reply(received: bytes, *, head: bool = False) -> Reply:
    """The one reply in what a server sent; ``ProtocolError`` where it is not exactly one. Interim replies (1xx) are passed over."""
    status, headers, rest = _head(received)
    while 100 <= status < 200:
        status, headers, rest = _head(rest)
    reply = Reply(status=status, headers=headers, body=b"")
    if head or status in (204, 304):
        body = b""
    elif reply.one("transfer-encoding") == "chunked":
        body, rest = _dechunked(rest)
    else:
        length = reply.one("content-length")
        size = len(rest) if length is None else int(length)
        body, rest = rest[:size], rest[size:]
        if len(body) != size:
            raise ProtocolError(f"the body has {len(body)} of {size} bytes")
    if rest:
        raise ProtocolError(f"{len(rest)} bytes follow the reply")
    return Reply(status=status, headers=headers, body=body)


def _head(received: bytes) -> tuple[int, HeaderLines, bytes]:
    head, separator, rest = received.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    if not separator or not first.startswith(b"HTTP/1."):
        raise ProtocolError(f"no HTTP reply: {received[:80]!r}")
    pairs = (line.partition(b":") for line in lines)
    return int(first.split(b" ", 2)[1]), tuple((name.lower(), value.strip(b" \t")) for name, _, value in pairs), rest


def _chunked(body: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)))
        + b"0\r\n\r\n"
    )


def _dechunked(rest: bytes) -> tuple[bytes, bytes]:
    body = bytearray()
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length == 0:
            return bytes(body), rest.removeprefix(b"\r\n")
        body += rest[:length]
        rest = rest[length:].removeprefix(b"\r\n")
