"""The transports in process carry every byte, and refuse what no server could send (ASGI 3.0, PEP 3333). It knows broken applications; frameworks have the kit."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from kingpost.conformance.target import Exchange, ProtocolError, Reply
from kingpost.conformance.transports import AsgiTransport, WsgiTransport

OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
BODY = {"type": "http.response.body", "body": b"ok"}
HOST = ((b"host", b"testserver"),)
PLAIN = Exchange(headers=HOST)


def sending(*messages: dict[str, Any]) -> Callable[..., Awaitable[None]]:
    """An application that sends these messages."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return application


def over_asgi(application: Any, exchange: Exchange = PLAIN, **options: Any) -> Reply:
    """The reply of one request."""
    return asyncio.run(AsgiTransport(application, **options).send(exchange))


def started(*lines: Any, status: int = 200) -> dict[str, Any]:
    """The start of a reply with these header lines."""
    return {"type": "http.response.start", "status": status, "headers": list(lines)}


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ((), "without a complete reply"),
        ((OK,), "without a complete reply"),
        ((OK, {**BODY, "more_body": True}), "without a complete reply"),
        ((BODY,), r"http\.response\.body out of order"),
        ((OK, OK), r"http\.response\.start out of order"),
        ((OK, BODY, BODY), "after the reply was complete"),
        ((OK, {**BODY, "body": b"more"}), "Content-Length is 2 and the body has 4 bytes"),
        ((started((b"content-length", b"2"), (b"content-length", b"2")), BODY), "Content-Length is sent 2 times"),
        ((started(("x", "y")), BODY), "not bytes with a lower-case name"),
        ((started((b"X-Upper", b"y")), BODY), "not bytes with a lower-case name"),
        ((started((b"x", "y")), BODY), "not bytes with a lower-case name"),
        ((started((bytearray(b"x"), b"y")), BODY), "not a pair of bytes"),
        ((started((b"x",)), BODY), "not a pair of bytes"),
        ((started((b"x", b"a\r\nset-cookie: b")), BODY), "line break or NUL"),
        ((started((b"x", b"a\0")), BODY), "line break or NUL"),
        ((started(status=204), BODY), "GET 204 carries a body"),
        ((started(status=304), BODY), "GET 304 carries a body"),
        (({"type": "http.response.trailers"},), "out of order"),
        (({"type": "websocket.close"},), r"is denied with websocket\.http\.response\.start"),
    ],
)
def test_what_no_asgi_server_could_send_is_refused(messages: tuple[dict[str, Any], ...], told: str) -> None:
    """Messages out of order, headers that are none, and a body of another length than announced; each time, not the first time only."""
    for _ in range(2):
        with pytest.raises(ProtocolError, match=told):
            over_asgi(sending(*messages))


def test_an_application_that_waits_for_more_than_comes_is_told_so() -> None:
    """The client leaves when its patience ends, whatever the application then does; the next exchange is not held up."""

    async def reading(scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive()).get("more_body", False):
            pass
        if message["type"] == "http.disconnect":
            raise ConnectionError

    async def waiting_longer(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await send(OK)
        await send(BODY)

    announced = Exchange(method="POST", headers=HOST, body=b"a", declared=5)
    for application in (reading, waiting_longer):
        with pytest.raises(ProtocolError, match=r"no reply 0\.01 seconds after the last byte was sent"):
            over_asgi(application, announced, patience=0.01)


def test_a_body_to_head_is_refused() -> None:
    """RFC 9110 section 9.3.2; the length may be that of GET."""
    head = Exchange(method="HEAD", headers=HOST)
    assert over_asgi(sending(OK, {**BODY, "body": b""}), head).body == b""
    with pytest.raises(ProtocolError, match="HEAD 200 carries a body"):
        over_asgi(sending(OK, BODY), head)


def test_asgi_carries_every_byte() -> None:
    """Path, query, headers in order with repetitions, and a body in pieces; then the client waits, and leaves when it has its answer."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        seen.extend([await receive() for _ in range(3)])
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        seen.append(waiting.done())
        await send(OK)
        await send({**BODY, "body": b"o", "more_body": True})
        await send({**BODY, "body": b"k"})
        seen.extend([await waiting, await receive()])

    lines = (*HOST, (b"x", b"2"), (b"x", b"1"))
    reply = over_asgi(application, Exchange(method="POST", target=b"/a%2Fb?c=%20", headers=lines, body=b"12345"), piece=2)
    assert reply == Reply(status=200, headers=((b"content-length", b"2"),), body=b"ok")
    scope, *messages = seen
    assert (scope["raw_path"], scope["path"], scope["query_string"]) == (b"/a%2Fb", "/a/b", b"c=%20")
    assert scope["headers"] == [*lines, (b"content-length", b"5")]
    assert [(each["body"], each["more_body"]) for each in messages[:3]] == [(b"12", True), (b"34", True), (b"5", False)]
    assert messages[3:] == [False, {"type": "http.disconnect"}, {"type": "http.disconnect"}]


def test_a_lifespan_that_fails_or_is_not_answered_is_told() -> None:
    """With the words of the application, or with what it did."""
    failed = AsgiTransport(sending({"type": "lifespan.startup.failed", "message": "no database"}))
    with pytest.raises(ProtocolError, match=r"lifespan\.startup\.failed: no database"):
        asyncio.run(failed.start())
    with pytest.raises(ProtocolError, match=r"ended without answering lifespan\.startup"):
        asyncio.run(AsgiTransport(sending()).start())


def answering(status: str, lines: Any, *parts: bytes) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers so."""

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(status, lines)
        return parts

    return application


def over_wsgi(application: Any, exchange: Exchange = PLAIN, **options: Any) -> Reply:
    """The reply of one request."""
    return WsgiTransport(application, **options).send(exchange)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("x", "a\r\nset-cookie: b")], "line break or NUL"),
        ([("x", "a\0")], "line break or NUL"),
        ([(b"x", "a")], "is not text"),
        ([("x", 1)], "is not text"),
        ([("x", bytearray(b"a"))], "not a pair of texts"),
        ([("x",)], "not a pair of texts"),
        ([("Content-Length", "3")], "Content-Length is 3 and the body has 2 bytes"),
    ],
)
def test_what_no_wsgi_server_could_send_is_refused(lines: list[Any], told: str) -> None:
    """Headers that are none, and a body of another length than announced; each time, not the first time only."""
    for _ in range(2):
        with pytest.raises(ProtocolError, match=told):
            over_wsgi(answering("200 OK", lines, b"ok"))


def test_wsgi_is_started_once_and_before_its_body() -> None:
    """PEP 3333, the start_response callable."""

    def twice(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        start_response("200 OK", [])
        return ()

    with pytest.raises(ProtocolError, match="called twice"):
        over_wsgi(twice)
    with pytest.raises(ProtocolError, match="never called"):
        over_wsgi(lambda environ, start_response: ())
    with pytest.raises(ProtocolError, match="a body came before start_response"):
        over_wsgi(lambda environ, start_response: (b"early",))


def test_wsgi_carries_what_the_environ_can() -> None:
    """Repeated headers joined, underscored ones dropped, the raw target where the server tells it, the body; what it opened is closed."""
    seen: list[dict[str, Any]] = []

    class Parts:
        closed = 0

        def __iter__(self) -> Any:
            return iter((b"o", b"k"))

        def close(self) -> None:
            Parts.closed += 1

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("200 OK", [("X-Name", "\xe9")])
        return Parts()

    lines = (*HOST, (b"x-a", b" 1 "), (b"x-a", b"2"), (b"x_a", b"3"), (b"content-type", b"text/plain"))
    exchange = Exchange(method="POST", target=b"/a%2Fb?c=%20", headers=lines, body=b"12345")
    assert over_wsgi(application, exchange) == Reply(status=200, headers=((b"x-name", b"\xe9"),), body=b"ok")
    over_wsgi(application, exchange, raw_uri=False)
    told, decoded = seen
    names = ("PATH_INFO", "QUERY_STRING", "RAW_URI", "HTTP_X_A", "CONTENT_TYPE", "CONTENT_LENGTH", "body")
    assert [told[name] for name in names] == ["/a/b", "c=%20", "/a%2Fb?c=%20", "1,2", "text/plain", "5", b"12345"]
    assert "RAW_URI" not in decoded
    assert Parts.closed == 2
