"""Raw bytes of connections: expectations, HTTP/1.0, pipelines, unread and unfinished bodies, upgrades (RFC 9112 section 9, RFC 9110 sections 7.8 and 10.1.1)."""

from typing import Final

from msgspec.structs import replace

from .bytes_case import CALLER, HOST, JSON, ByteCase, chunked, edge, get, length_of, one, post, specimen

_HIDDEN: Final = b"GET /livez HTTP/1.1\r\nHost: testserver\r\nRequest-Id: hidden\r\n\r\n"
"""A body that looks like a request; is it answered, a body was read as one."""
_HANDSHAKE: Final = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a2luZ3Bvc3QtY29uZm9ybQ==\r\n"
)
_EXPECTING: Final = b"Expect: 100-continue\r\n"
_NOBODY: Final = b"Request-Id: first\r\n"
_UNFINISHED: Final = (400, 408)


def _expecting(name: str) -> tuple[bytes, bytes]:
    """The head that expects, and the body that waits."""
    body = specimen(name)
    return post(_EXPECTING + length_of(body), b""), body


def _slow(name: str, law: str, status: int, *parts: bytes) -> ByteCase:
    return ByteCase(id=f"http.bytes.slow.{name}", law=law, sent=parts, statuses=((status,),), then="goes on", tier="edge")


def _unfinished(name: str, law: str, sent: bytes) -> ByteCase:
    """A request that never ends, because its client has nothing more to say."""
    return ByteCase(
        id=f"http.bytes.half.{name}",
        law=law,
        sent=(sent,),
        statuses=(_UNFINISHED,),
        then="unasked",
        silent=True,
        half_close=True,
        racing=True,
    )


def _finished(name: str, law: str, sent: bytes, status: int) -> ByteCase:
    """A whole request whose client has nothing more to say; a server may take that for the client's leaving (RFC 9112 section 9.6)."""
    return ByteCase(
        id=f"http.bytes.half.{name}",
        law=law,
        sent=(sent,),
        statuses=((status,),),
        then="unasked",
        silent=True,
        half_close=True,
        racing=True,
    )


_SLOW: Final = specimen("SLOW")
_PIPED: Final = specimen("PIPED")

_UNREAD: Final = (
    ("nowhere", b"POST /nothing HTTP/1.1\r\n" + CALLER, 404, "not-found", "The body of a request to nowhere is not read as a request."),
    (
        "no-credential",
        b"POST /specimens HTTP/1.1\r\n" + _NOBODY + JSON,
        401,
        "unauthenticated",
        "The body of a refused caller is not read as a request.",
    ),
    (
        "method",
        b"PUT /specimens HTTP/1.1\r\n" + CALLER,
        405,
        "method-not-allowed",
        "The body of a method that is not there is not read as a request.",
    ),
    ("get", b"GET /tenant HTTP/1.1\r\n" + CALLER, 400, "bad-request", "The body of a GET is refused and not read as a request."),
    (
        "delete",
        b"DELETE /specimens/<absent.specimen> HTTP/1.1\r\n" + CALLER,
        400,
        "bad-request",
        "The body of a DELETE is refused and not read as a request.",
    ),
    ("options", b"OPTIONS /tenant HTTP/1.1\r\n" + CALLER, 204, "", "The body of OPTIONS is not read as a request."),
)
"""Name, head but for Host and length, status, code, law."""

CASES: Final = (
    ByteCase(
        id="http.bytes.expect.continue",
        law="Whoever expects 100-continue is told so, and then answered (RFC 9110 section 10.1.1).",
        sent=_expecting("EXPECT"),
        statuses=((100,), (201,)),
        then="goes on",
        tier="edge",
    ),
    ByteCase(
        id="http.bytes.expect.capitals",
        law="An expectation has no case.",
        sent=_expecting("CAPITALS"),
        statuses=((100,), (201,)),
        then="goes on",
        tier="edge",
    ),
    ByteCase(
        id="http.bytes.expect.refused",
        law="A caller without a credential is refused before or behind its body.",
        sent=(post(_EXPECTING + length_of(_SLOW), b"", caller=_NOBODY), _SLOW),
        statuses=((100,), (401,)),
        code="unauthenticated",
        then="goes on",
        tier="edge",
    ),
    one(
        "expect.too-large",
        "A body that is too long is not asked for, or refused where it comes.",
        post(_EXPECTING + b"Content-Length: 2000000\r\n", b""),
        (100, 413),
        then="either",
    ),
    one(
        "expect.unknown",
        "An unknown expectation is 417 or passed over.",
        post(b"Expect: 200-ok\r\n" + length_of(specimen("UNKNOWN")), specimen("UNKNOWN")),
        (201, 417),
        then="either",
    ),
    one("old.close", "HTTP/1.0 ends its connection with the reply.", get(b"GET /tenant HTTP/1.0"), (200,), tier="edge"),
    one(
        "old.keep-alive",
        "HTTP/1.0 may ask to keep the connection.",
        get(b"GET /tenant HTTP/1.0", b"Connection: keep-alive\r\n"),
        (200,),
        then="either",
    ),
    one("old.post", "HTTP/1.0 may send a body.", post(length_of(specimen("OLD")), specimen("OLD"), version=b"1.0"), (201,), tier="edge"),
    one("old.chunk-free", "HTTP/1.0 is never answered in chunks.", get(b"GET /specimens HTTP/1.0"), (200,), tier="edge"),
    one("connection.close", "Whoever asks for the end gets it behind the reply.", get(lines=b"Connection: close\r\n"), (200,), tier="edge"),
    ByteCase(
        id="http.bytes.pipeline.three",
        law="Requests that come together are answered in order.",
        sent=(get() + get(b"GET /nothing HTTP/1.1") + get(b"OPTIONS /tenant HTTP/1.1"),),
        statuses=((200,), (404,), (204,)),
        then="goes on",
    ),
    ByteCase(
        id="http.bytes.pipeline.twenty",
        law="Twenty requests that come together are twenty replies.",
        sent=(get() * 20,),
        statuses=((200,),) * 20,
        then="goes on",
    ),
    ByteCase(
        id="http.bytes.pipeline.behind-a-body",
        law="A body ends where it was said to end, and the next request begins there.",
        sent=(post(length_of(_PIPED), _PIPED) + get(),),
        statuses=((201,), (200,)),
        then="goes on",
    ),
    ByteCase(
        id="http.bytes.pipeline.callers",
        law="A credential is that of its own request and of no other on the connection.",
        sent=(get() + b"GET /tenant HTTP/1.1\r\n" + HOST + b"\r\n",),
        statuses=((200,), (401,)),
        then="goes on",
        tier="server",
    ),
    ByteCase(
        id="http.bytes.pipeline.head",
        law="The reply to HEAD has no body, whatever length it announces.",
        sent=(get(b"HEAD /tenant HTTP/1.1") + get(b"HEAD /nothing HTTP/1.1", b"Connection: close\r\n"),),
        statuses=((200,), (404,)),
        then="unasked",
        head=True,
    ),
    *(
        edge(f"unread.{name}", law, head + HOST + length_of(_HIDDEN) + b"\r\n" + _HIDDEN, status, code or None)
        for name, head, status, code, law in _UNREAD
    ),
    edge(
        "unread.chunks",
        "Chunks of a request to nowhere are not read as a request.",
        b"POST /nothing HTTP/1.1\r\n" + HOST + CALLER + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(_HIDDEN),
        404,
        "not-found",
    ),
    edge(
        "extra.empty-line",
        "An empty line behind a body is passed over.",
        post(length_of(specimen("EXTRA")), specimen("EXTRA") + b"\r\n"),
        201,
    ),
    replace(
        one(
            "extra.junk",
            "What follows a body without being a request is refused, with the request before it or behind it.",
            post(length_of(specimen("JUNK")), specimen("JUNK") + b"junk"),
            (201, 400),
            then="either",
        ),
        racing=True,
    ),
    _slow("body", "A body may come in parts.", 201, post(length_of(_SLOW), b""), _SLOW[:10], _SLOW[10:]),
    _slow("head", "A head may come in parts, cut anywhere.", 200, b"GET /ten", b"ant HTTP/1.1\r", b"\n" + get().partition(b"\r\n")[2]),
    _slow(
        "chunks",
        "Chunks may come in parts, cut anywhere.",
        201,
        post(b"Transfer-Encoding: chunked\r\n", b"%x\r" % len(specimen("SLOW-CHUNKS"))),
        b"\n" + specimen("SLOW-CHUNKS")[:7],
        specimen("SLOW-CHUNKS")[7:] + b"\r\n0\r\n\r\n",
    ),
    _finished("get", "A client that has said everything is answered, or taken to have left.", get(lines=b"Connection: close\r\n"), 200),
    _finished(
        "post",
        "A client that has sent its whole body is answered, or taken to have left.",
        post(length_of(specimen("HALF")), specimen("HALF")),
        201,
    ),
    _unfinished("short-body", "A body that ends before it is whole is not taken.", post(b"Content-Length: 1000\r\n", specimen("SHORT"))),
    _unfinished("no-body", "A body that never comes is not taken for an empty one.", post(b"Content-Length: 1000\r\n", b"")),
    _unfinished("chunk", "A chunk that ends before it is whole is not taken.", post(b"Transfer-Encoding: chunked\r\n", b"ff\r\n{")),
    _unfinished(
        "no-last-chunk",
        "Chunks without the last one are not taken.",
        post(b"Transfer-Encoding: chunked\r\n", chunked(specimen("NO-LAST"), end=b"")),
    ),
    _unfinished(
        "huge-chunk",
        "A chunk of more bytes than there are is not waited for in memory.",
        post(b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffff\r\n{}"),
    ),
    _unfinished("head", "Half a head is no request.", b"GET /tenant HTTP/1.1\r\nHost: tests"),
    _unfinished("nothing", "A connection on which nothing is said ends.", b""),
    one(
        "upgrade.websocket",
        "A WebSocket handshake is 426.",
        get(b"GET /specimens HTTP/1.1", _HANDSHAKE),
        (426,),
        code="upgrade-unsupported",
        then="either",
        tier="edge",
    ),
    one(
        "upgrade.websocket-to-nowhere",
        "A handshake is 426 whatever it asks for.",
        get(b"GET /nothing HTTP/1.1", _HANDSHAKE),
        (426,),
        code="upgrade-unsupported",
        then="either",
        tier="edge",
    ),
    one(
        "upgrade.websocket-incomplete",
        "A handshake without a key is no WebSocket either.",
        get(lines=b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        (400, 426),
        then="either",
    ),
    one(
        "upgrade.websocket-post",
        "A handshake that is no GET is refused.",
        post(_HANDSHAKE + b"Content-Length: 2\r\n", b"{}"),
        (400, 405, 426),
        then="either",
    ),
    edge(
        "upgrade.header-only",
        "Upgrade without Connection is refused all the same.",
        get(lines=b"Upgrade: websocket\r\n"),
        426,
        "upgrade-unsupported",
    ),
    one(
        "upgrade.h2c",
        "HTTP/2 in clear text is not spoken: the request is answered as it is.",
        get(lines=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"),
        (200,),
        then="either",
        tier="edge",
    ),
    one(
        "upgrade.tls",
        "TLS on the same connection is not spoken: the request is answered as it is.",
        get(lines=b"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n"),
        (200,),
        then="either",
        tier="edge",
    ),
)
