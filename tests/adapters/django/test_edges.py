"""Between WSGI and the kernel: bytes in, bytes out. It knows environs and streams; it knows no operation but what it calls."""

import json
import logging
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from kingpost.adapters.django_app import edges
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.edges import KernelResponse, raw_request
from kingpost.adapters.django_app.entries import keeping_path
from kingpost.kernel.wire import RawReply
from tests.adapters.django.wares import MUG, calling, tenant

pytestmark = pytest.mark.usefixtures("migrated")

LIMIT = 10


class Stream(BytesIO):
    """A body that counts what is read of it, and gives at most three bytes at a time, as a socket may."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        """At most three bytes."""
        assert size is not None
        assert size >= 0, "a read without a bound"
        piece = super().read(min(size, 3))
        self.taken += len(piece)
        return piece


class Broken(BytesIO):
    """A body that cannot be read to its end."""

    def __init__(self, *, error: Exception | None = None) -> None:
        super().__init__()
        self._error = error or OSError()

    def read(self, size: int | None = -1) -> bytes:
        """Say so, in the server's own way."""
        raise self._error


def request(body: bytes = b"", *, path: str = "/api/x", stream: BytesIO | None = None, **environ: Any) -> WSGIRequest:
    """A request as a server builds it."""
    facts: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": stream if stream is not None else Stream(body),
        **environ,
    }
    return WSGIRequest({name: value for name, value in facts.items() if value is not None})


@pytest.mark.parametrize(("size", "read"), [(0, 0), (9, 9), (10, 10)])
def test_a_body_within_the_limit_is_read_whole(size: int, read: int) -> None:
    """Also where the stream gives it in pieces."""
    asked = request(b"x" * size, CONTENT_LENGTH=str(size))
    assert raw_request(asked, "/api", LIMIT).body == b"x" * read


def test_a_larger_declared_length_is_not_read_at_all() -> None:
    """The kernel refuses it by its header."""
    stream = Stream(b"x" * 11)
    raw = raw_request(request(stream=stream, CONTENT_LENGTH="11"), "/api", LIMIT)
    assert (raw.body, stream.taken) == (b"", 0)
    assert (b"content-length", b"11") in raw.headers
    assert raw_request(request(stream=stream, CONTENT_LENGTH="9" * 40), "/api", LIMIT).body == b""


def test_a_body_in_chunks_is_read_to_one_byte_behind_the_limit() -> None:
    """Django sees no body without a length; the kernel must see that it is too large."""
    stream = Stream(b"x" * 100)
    asked = request(stream=stream, HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input_terminated": True})
    assert (len(raw_request(asked, "/api", LIMIT).body), stream.taken) == (11, 11)


def test_without_length_or_end_nothing_is_read() -> None:
    """A read would wait for a client that sends nothing."""
    for environ in ({}, {"CONTENT_LENGTH": ""}, {"HTTP_TRANSFER_ENCODING": "chunked"}, {"wsgi.input_terminated": True}):
        stream = Stream(b"x" * 5)
        assert raw_request(request(stream=stream, **environ), "/api", LIMIT).body == b""
        assert stream.taken == 0


@pytest.mark.parametrize(
    "stream",
    [Broken(), Broken(error=ValueError("no chunk size")), Stream(b'{"slug":"acme","name":"Acme"}')],
    ids=["the client has left", "its chunks are malformed", "less than was declared"],
)
def test_a_body_that_is_not_whole_is_refused_and_not_used(stream: BytesIO) -> None:
    """Even what reads like a whole document may be half of what was meant. It is the client's doing: 400, and no error tracker hears of it."""
    shown: list[object] = []
    got_request_exception.connect(listener := lambda **facts: shown.append(facts), weak=False)
    try:
        reply = edges.respond(kernel(), request(stream=stream, CONTENT_LENGTH="40", CONTENT_TYPE="application/json"), "/api")
    finally:
        got_request_exception.disconnect(listener)
    assert (reply.status_code, shown) == (400, [])
    assert json.loads(reply.content)["type"] == "/api/problems/bad-request"
    assert reply["X-Content-Type-Options"] == "nosniff"


def test_what_a_middleware_has_read_is_used() -> None:
    """``request.body`` keeps it, before the kernel and after."""
    asked = request(stream=BytesIO(b"hello"), CONTENT_LENGTH="5")
    assert asked.body == b"hello"
    assert raw_request(asked, "/api", LIMIT).body == b"hello"
    again = request(b"hello", CONTENT_LENGTH="5")
    raw_request(again, "/api", LIMIT)
    assert again.body == b"hello"


def test_a_stream_that_is_gone_is_a_500_that_says_whose_fault_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A problem document without the inside; the log names middlewares."""
    asked = request(b"hello", path="/api/products", CONTENT_LENGTH="5", HTTP_HOST="testserver")
    asked.read(2)
    with caplog.at_level(logging.ERROR):
        answer = edges.respond(kernel(), asked, "/api")
    assert (answer.status_code, answer["content-type"]) == (500, "application/problem+json")
    assert b"middleware" not in answer.content
    assert "a middleware or decorator of this project has read" in caplog.text


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RAW_URI": "/api/a%2Fb?q=1"}, b"/a%2Fb"),
        ({"RAW_URI": "http://testserver/api/a%2Fb"}, b"/a%2Fb"),
        ({"RAW_URI": "https://testserver/api/a?x=http://y/z"}, b"/a"),
        ({"REQUEST_URI": "/api/%FF"}, b"/%FF"),
        ({"RAW_URI": "/site/api/a", "SCRIPT_NAME": "/site"}, b"/a"),
        ({"RAW_URI": "/api/a", "SCRIPT_NAME": "/site"}, b"/a"),
        ({"PATH_INFO": "/api/a b"}, b"/a%20b"),
        ({"PATH_INFO": "/api/\u00c3\u00a4"}, b"/%C3%A4"),
        ({"PATH_INFO": "/api/50%"}, b"/50%25"),
        ({"PATH_INFO": "/apix/a"}, b"//"),
        ({"RAW_URI": "*", "PATH_INFO": "*"}, b"//"),
    ],
)
def test_the_path_is_what_was_sent_behind_the_prefix(environ: dict[str, str], path: bytes) -> None:
    """From RAW_URI or REQUEST_URI where the server sends one, else quoted again from SCRIPT_NAME and PATH_INFO."""
    assert raw_request(request(**environ), "/api", LIMIT).path == path


def test_our_entry_keeps_broken_utf8_apart_from_its_quotation() -> None:
    """Without a raw path ``%FF`` and ``%25FF`` look alike to Django's request; the entry remembers what the server sent."""
    seen: list[bytes] = []

    def django(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(raw_request(WSGIRequest(environ), "/api", LIMIT).path)
        return []

    entry = keeping_path(django)
    for sent in ("/api/\xff", "/api/%FF"):
        entry(request(path=sent).environ | {"PATH_INFO": sent}, lambda *_: None)
    assert seen == [b"/%FF", b"/%25FF"]


def test_headers_are_bytes_in_lower_case_and_nothing_is_made_up() -> None:
    """Empty CONTENT_TYPE and CONTENT_LENGTH are how servers say that none was sent; variables of the process are no headers."""
    raw = raw_request(request(HTTP_IF_MATCH='"\xe4"', CONTENT_TYPE="", CONTENT_LENGTH="", HOME="/root", HTTP_X=b"no text"), "/api", LIMIT)
    assert raw.headers == ((b"if-match", b'"\xe4"'),)
    assert (raw.method, raw.scheme, raw.peer, raw.mount) == ("POST", "https", "192.0.2.1", "/api")


def test_the_method_is_as_it_was_sent() -> None:
    """Methods are case-sensitive (RFC 9110 section 9.1), and Django makes them upper case."""
    assert raw_request(request(REQUEST_METHOD="post"), "/api", LIMIT).method == "post"


def test_djangos_test_client_has_a_host(rf: RequestFactory) -> None:
    """It sends none, and says testserver in another place."""
    assert (b"host", b"testserver") in raw_request(rf.get("/api/x"), "/api", LIMIT).headers


def test_a_missing_host_of_a_server_stays_missing() -> None:
    """Only the test client's is made up."""
    assert all(name != b"host" for name, _ in raw_request(request(), "/api", LIMIT).headers)


def test_a_reply_has_the_kernels_headers_and_no_others() -> None:
    """No default Content-Type; a repeated header is joined; 204 is bare."""
    answer = KernelResponse(RawReply(status=204, headers=((b"allow", b"GET"), (b"link", b"<a>"), (b"link", b"<b>")), body=b""))
    assert dict(answer.headers) == {"allow": "GET", "link": "<a>, <b>"}
    assert answer.content == b""


def test_the_host_may_add_headers_and_cookies() -> None:
    """The response is an ordinary one for the host's middleware."""
    answer = KernelResponse(RawReply(status=200, headers=((b"content-type", b"application/json"),), body=b"{}"))
    answer["X-Host"] = "yes"
    answer.set_cookie("seen", "1")
    assert (answer["content-type"], answer["X-Host"], answer.cookies["seen"].value) == ("application/json", "yes", "1")


def test_what_caused_a_500_is_shown_once_and_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Error trackers see one ``got_request_exception`` while the exception is being handled, and the log has one line at ERROR."""
    import sys

    seen: list[BaseException | None] = []

    def tracker(sender: object, request: HttpRequest, **_: object) -> None:
        seen.append(sys.exc_info()[1])

    class Sick:
        """A storage that fails in a way nobody foresaw."""

        def session(self, *, deadline: float | None = None) -> None:
            raise RuntimeError("the inside")

    client = calling(tenant()[2], raise_request_exception=False)
    monkeypatch.setattr(kernel(), "storage", Sick())
    got_request_exception.connect(tracker)
    try:
        with caplog.at_level(logging.INFO):
            answer = client.get("/api/tenant")
    finally:
        got_request_exception.disconnect(tracker)
    assert (answer.status_code, answer["content-type"]) == (500, "application/problem+json")
    assert b"inside" not in answer.content
    assert [str(error) for error in seen] == ["the inside"]
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == ["kingpost"]


def test_a_refusal_is_not_logged_by_django_again(caplog: pytest.LogCaptureFixture) -> None:
    """Django warns of every 4xx; the kernel has written its line already."""
    with caplog.at_level(logging.INFO):
        assert Client().get("/api/nowhere").status_code == 404
    assert {record.name for record in caplog.records} == {"kingpost"}


def test_a_body_over_the_limit_is_413_over_the_whole_way(settings: Any) -> None:
    """Django's own limit, which is larger than what it is told here, never answers."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    client = calling(tenant()[2])
    assert client.post("/api/products", MUG, content_type="application/json").status_code == 201
    large = client.post("/api/products", b"x" * (kernel().policy.limits.body + 1), content_type="application/json")
    assert (large.status_code, large.json()["code"]) == (413, "body-too-large")


def reading(get_response: Any) -> Any:
    """A middleware of a host that looks at every body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        assert request.body is not None
        return get_response(request)

    return middleware


def posting(get_response: Any) -> Any:
    """A middleware of a host that looks at ``request.POST``, as Django's CSRF check does."""

    def middleware(request: HttpRequest) -> HttpResponse:
        assert not request.POST
        return get_response(request)

    return middleware


@pytest.mark.parametrize("name", ["reading", "posting"])
def test_middlewares_that_read_bodies_properly_do_no_harm(settings: Any, name: str) -> None:
    """``request.body`` and ``request.POST`` before the kernel."""
    settings.MIDDLEWARE = [f"{__name__}.{name}", "django.middleware.common.CommonMiddleware"]
    made = calling(tenant()[2]).post("/api/products", MUG, content_type="application/json")
    assert made.status_code == 201
