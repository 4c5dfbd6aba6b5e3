"""HTTP/1.1 over a socket: what goes out is exactly what was given, what comes in is read as RFC 9112 says, and nothing hangs. It knows a scripted server."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from kingpost.conformance.target import Exchange, ProtocolError, Unreachable
from kingpost.conformance.transports.sockets import Address, SocketTransport, replies, request_bytes
from tests.conformance.scripted import PATIENCE, Behaviour, Scripted, always, closed_port, head, once, scripted

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
GET = Exchange(target=b"/a", headers=((b"host", b"testserver"),))


@contextmanager
def speaking(behaviour: Behaviour, *, timeout: float = 5.0) -> Generator[tuple[SocketTransport, Scripted], None, None]:
    """A transport to a server that behaves so."""
    with scripted(behaviour) as server:
        transport = SocketTransport(Address(host="127.0.0.1", port=server.port), timeout=timeout, silence=0.1)
        try:
            yield transport, server
        finally:
            transport.close()


@pytest.mark.parametrize(
    ("exchange", "sent"),
    [
        (
            Exchange(target=b"/%2F?\xff", headers=((b"host", b""), (b"x_Odd", b" a\x01 "))),
            b"GET /%2F?\xff HTTP/1.1\r\nhost: \r\nx_Odd:  a\x01 \r\n\r\n",
        ),
        (Exchange(method="get", target=b"*"), b"get * HTTP/1.1\r\n\r\n"),
        (Exchange(method="POST", body=b"ab"), b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nab"),
        (Exchange(method="POST", body=b"ab", declared=9), b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nab"),
        (Exchange(method="POST", body=b"ab", chunked=True), b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
    ],
    ids=["odd", "method", "length", "declared", "chunked"],
)
def test_exactly_the_bytes_are_sent(exchange: Exchange, sent: bytes) -> None:
    """Target, names and values go out as they are; only the framing is added."""
    assert request_bytes(exchange) == sent


def test_a_handshake_is_one() -> None:
    """A WebSocket exchange carries what RFC 6455 section 4.1 asks for, once: a second ``Upgrade`` would be another request."""
    named = Exchange(websocket=True, headers=((b"upgrade", b"websocket"), (b"connection", b"Upgrade")))
    assert sorted(request_bytes(named)) == sorted(request_bytes(Exchange(websocket=True)))
    sent = request_bytes(Exchange(websocket=True, headers=((b"host", b"x"),))).lower()
    assert all(
        line in sent
        for line in (b"connection: upgrade\r\n", b"upgrade: websocket\r\n", b"sec-websocket-version: 13\r\n", b"sec-websocket-key: ")
    )


@pytest.mark.parametrize(
    ("received", "told"),
    [
        (OK + b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", [(200, b"ok"), (404, b"")]),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, [(100, b""), (200, b"ok")]),
        (b"HTTP/1.1 204\r\n\r\n" + OK, [(204, b""), (200, b"ok")]),
        (b"HTTP/1.0 200 OK\r\nServer:\t x \r\n\r\nuntil the end", [(200, b"until the end")]),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\nx\r\n0A \r\n0123456789\r\n0\r\nX: y\r\n\r\n" + OK,
            [(200, b"x0123456789"), (200, b"ok")],
        ),
        (b"", []),
    ],
    ids=["two", "interim", "no-content", "to-the-end", "chunks", "nothing"],
)
def test_replies_are_read_as_the_standard_says(received: bytes, told: list[tuple[int, bytes]]) -> None:
    """A reply ends where its length, its chunks, its status or the connection end it (RFC 9112 section 6.3)."""
    assert [(reply.status, reply.body) for reply in replies(received)] == told


def test_a_reply_to_head_has_no_body() -> None:
    """The length of a reply to HEAD is that of a body that does not come."""
    assert [reply.body for reply in replies(OK.removesuffix(b"ok") * 2, head=True)] == [b"", b""]


@pytest.mark.parametrize(
    ("received", "told"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP reply"),
        (b"HTTP/2 200 OK\r\n\r\n", "no HTTP reply"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "no HTTP reply"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "middle of a line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "no header line"),
        (b"HTTP/1.1 200 OK\r\nspace : x\r\n\r\n", "no header line"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok", "2 of 5 bytes"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n", "Content-Length is"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", "beside Content-Length"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", "Transfer-Encoding 'gzip'"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", "a chunk of size"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "longer than it says"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1_100_000, "no end of a head"),
    ],
    ids=range(13),
)
def test_what_is_no_reply_is_said(received: bytes, told: str) -> None:
    """Whatever breaks RFC 9112 is a ProtocolError that says what."""
    with pytest.raises(ProtocolError, match=told):
        replies(received)


def test_a_connection_is_kept_while_both_sides_allow_it() -> None:
    """Three exchanges, one connection; one that speaks of Connection itself gets its own.

    So does one behind a refused body, which the server may have left unread.
    """
    with speaking(always(OK)) as (transport, server):
        assert [transport.send(GET).body for _ in range(3)] == [b"ok"] * 3
        assert server.connections == 1
        transport.send(Exchange(headers=((b"connection", b"keep-alive"),)))
        transport.send(GET)
        assert server.connections == 2
    with speaking(always(OK.replace(b"200", b"400"))) as (transport, server):
        transport.send(GET)
        transport.send(Exchange(method="POST", body=b"x"))
        transport.send(GET)
        assert server.connections == 2


@pytest.mark.parametrize(
    "behaviour",
    [
        always(OK.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n")),
        always(OK.replace(b"HTTP/1.1", b"HTTP/1.0")),
        once(b"HTTP/1.1 200 OK\r\n\r\nok"),
        once(OK),
    ],
    ids=["said", "old", "by-end", "silently"],
)
def test_a_connection_that_ends_is_replaced(behaviour: Behaviour) -> None:
    """Whether a server says so or not, the next exchange finds it."""
    with speaking(behaviour) as (transport, server):
        assert transport.send(GET).body == b"ok"
        assert server.ended.acquire(timeout=PATIENCE)
        assert transport.send(GET).body == b"ok"
        assert server.connections == 2


def test_a_second_reply_is_no_good() -> None:
    """Bytes behind a reply that nobody asked for are an error."""
    with speaking(once(OK + OK)) as (transport, _), pytest.raises(ProtocolError, match="bytes follow the reply"):
        transport.send(GET)


def test_closing_without_a_word_is_no_reply() -> None:
    """A server that closes instead of replying breaks the protocol; it is there all the same."""
    with speaking(once(b"")) as (transport, _), pytest.raises(ProtocolError, match="closed without a reply"):
        transport.send(GET)


def test_a_refusal_is_read_though_the_body_was_not_taken() -> None:
    """A server may answer and close while a large body is still on its way."""
    refusal = b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"
    with speaking(once(refusal)) as (transport, _):
        assert transport.send(Exchange(method="POST", body=b"x" * 20_000_000)).status == 413


def silent(connection: socket.socket) -> None:
    """Take everything and say nothing."""
    while connection.recv(65_536):
        pass


def trickling(connection: socket.socket) -> None:
    """Say a header without end, a byte at a time."""
    head(connection)
    pause = threading.Event()
    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    while not pause.wait(0.02):
        connection.sendall(b"x")


@pytest.mark.parametrize("behaviour", [silent, trickling])
def test_nothing_hangs(behaviour: Behaviour) -> None:
    """A server that does not answer in time, though it says a little, is unreachable; one line says so."""
    began = time.monotonic()
    told = r"^127\.0\.0\.1:\d+ does not answer within 0\.3 seconds$"
    with speaking(behaviour, timeout=0.3) as (transport, _), pytest.raises(Unreachable, match=told):
        transport.send(GET)
    assert time.monotonic() - began < 5


def test_nobody_there_is_said_in_one_line() -> None:
    """A port on which nobody listens, and a name that is none."""
    port = closed_port()
    with pytest.raises(Unreachable, match=rf"^nobody answers at 127\.0\.0\.1:{port}: Connection refused$"):
        SocketTransport(Address(host="127.0.0.1", port=port)).send(GET)
    with pytest.raises(Unreachable, match=r"^nobody answers at nowhere\.invalid:80: [^\n]+$"):
        SocketTransport(Address(host="nowhere.invalid", port=80)).send(GET)
    assert Address(host="::1", port=8000).text == "[::1]:8000"


def test_raw_bytes_go_out_in_parts_and_everything_comes_back() -> None:
    """There is a pause between the parts; what the server says until it closes, or falls silent, is the answer."""
    parts: list[bytes] = []

    def counting(connection: socket.socket) -> None:
        while part := connection.recv(65_536):
            parts.append(part)
        connection.sendall(b"end")

    with speaking(counting) as (transport, _):
        assert transport.send_bytes(b"one\r", b"\ntwo", half_close=True) == b"end"
    assert parts == [b"one\r", b"\ntwo"]
    with speaking(always(OK)) as (transport, _):
        assert transport.send_bytes(b"GET / HTTP/1.1\r\n\r\n") == OK
    with speaking(silent, timeout=0.2) as (transport, _):
        assert transport.send_bytes(b"GET / HTTP/1.1\r\n\r\n") == b""
