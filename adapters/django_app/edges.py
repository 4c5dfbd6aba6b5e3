"""Where WSGI, ASGI and Django meet the kernel: request to RawRequest, RawReply to response. It knows bytes, no operation and no store."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from msgspec import structs

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import BadRequest, InternalError, KernelError
from kingpost.kernel.replies import NO_STORE, PROBLEM, HeaderLines, problem_body, reply
from kingpost.kernel.wire import Person, RawReply, RawRequest

SENT_PATH = "kingpost.path_info"
"""Where our WSGI entry keeps PATH_INFO as the server gave it, before Django mends broken UTF-8 in it."""

Asked: TypeAlias = Callable[[], Person | None]

_UNSENT = ((b"content-type", b""), (b"content-length", b""))
"""How some servers say that the client sent neither (RFC 3875 section 4.1)."""
_TEST_SERVER = "testserver"
"""The server name of Django's test client, which sends no Host header."""
_SAFE = "/:@!$&'()*+,;=-._~"
_NOWHERE = b"//"
_LONGEST_LENGTH = 18
"""Digits of a Content-Length; more than any limit has."""


class StreamGone(RuntimeError):
    """Something of the host has read the request's body and kept nothing of it."""

    def __init__(self) -> None:
        super().__init__(
            "a middleware or decorator of this project has read the request's stream before Kingpost and kept nothing of it; "
            "let it use request.body (which keeps what it reads), or leave Kingpost's paths alone"
        )


class BodyBroken(Exception):
    """The body ended before it was whole, or its framing is broken: nothing of it may be used (RFC 9112 section 8)."""


def respond(kernel: Kernel, request: HttpRequest, prefix: str, person: Asked | None = None) -> HttpResponse:
    """The kernel's answer to a request under ``prefix``; runs in the caller's thread. What caused a 500 is shown once to Django's signal."""
    try:
        answer = drive(kernel.answer(raw_request(request, prefix, kernel.policy.limits.body, person)))
    except BodyBroken:
        return _outside(kernel, BadRequest("The body ended before it was whole."), _new_id(kernel), mount=prefix)
    except Exception as error:  # noqa: BLE001  (the kernel answers everything; what fails here is the edge or the host)
        return unforeseen(kernel, request, error)
    if answer.failure is not None:
        _show(request, answer.failure)
    return KernelResponse(answer)


def unforeseen(kernel: Kernel, request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """500 as a problem document for what went wrong outside the kernel; logged and shown to the signal, unless Django has done so (None)."""
    request_id = _new_id(kernel)
    if error is not None:
        kernel.system.log.failure("request.failed", error, {"request_id": request_id, "method": request.method or ""})
        _show(request, error)
    return _outside(kernel, InternalError(), request_id)


def _outside(kernel: Kernel, error: KernelError, request_id: str, *, mount: str = "") -> HttpResponse:
    """A problem document for a request that has not reached the kernel."""
    headers = (NO_STORE, *kernel.fixed_headers, (b"request-id", request_id.encode()))
    return KernelResponse(reply(error.status, problem_body(error, request_id=request_id, mount=mount), PROBLEM, headers))


def _new_id(kernel: Kernel) -> str:
    return kernel.system.entropy.draw("request-ids", 16).hex()


class KernelResponse(HttpResponse):
    """A reply with exactly the kernel's headers: no default Content-Type, and 204 and 304 bare."""

    def __init__(self, answer: RawReply) -> None:
        super().__init__(answer.body, content_type="-", status=answer.status)
        self.headers = _Headers(answer.headers)
        self._has_been_logged = True  # the kernel has logged the answer; Django would log it again


class _Headers(ResponseHeaders):
    """Django's headers without its checks, one by one, of what the kernel has checked; a host may change them as any others."""

    def __init__(self, lines: HeaderLines) -> None:
        super().__init__({})
        store = self._store
        for name, value in lines:
            key, text = name.decode(), value.decode("latin-1")
            store[key] = (key, text if key not in store else f"{store[key][1]}, {text}")

    def items(self) -> Any:
        """Names and values, as they go out."""
        return self._store.values()


def _show(request: HttpRequest, failure: BaseException) -> None:
    """Send Django's signal while the exception is being handled, as its receivers (error trackers) look at ``sys.exc_info()``."""
    try:
        raise failure  # noqa: TRY301  (raised only to be seen while it is handled)
    except BaseException:  # noqa: BLE001  (raised a line above)
        got_request_exception.send(sender=None, request=request)


def raw_request(request: HttpRequest, prefix: str, limit: int, person: Asked | None = None) -> RawRequest:
    """The request as it came in. ``StreamGone`` when something has read its body before. ``person`` tells who is logged in, where the project says so."""
    body = _body(request, limit)
    scope: dict[str, Any] | None = getattr(request, "scope", None)
    raw = _from_environ(request.META, prefix, body) if scope is None else from_scope(scope, prefix, body)
    # Django knows by SECURE_PROXY_SSL_HEADER what a proxy has decrypted, and so which origin is ours
    return raw if person is None else structs.replace(raw, person=person, scheme=request.scheme)


def from_scope(scope: dict[str, Any], prefix: str, body: bytes, *, upgrade: bool = False) -> RawRequest:
    """An ASGI scope; servers may leave ``raw_path`` out, then it is made again from ``path``."""
    root = (scope.get("root_path") or "").rstrip("/")
    path = scope.get("raw_path") or quote(scope["path"], safe=_SAFE).encode()
    mount, inside = _under(root, prefix, path.partition(b"?")[0])
    client = scope.get("client")
    return RawRequest(
        method=scope.get("method", "GET"),
        path=inside,
        query=scope.get("query_string", b""),
        headers=tuple(scope["headers"]),
        body=body,
        mount=mount,
        scheme=scope.get("scheme", "http"),
        peer=client[0] if client else None,
        upgrade=upgrade,
    )


def _from_environ(environ: dict[str, Any], prefix: str, body: bytes) -> RawRequest:
    root = environ.get("SCRIPT_NAME", "").rstrip("/")
    mount, inside = _under(root, prefix, _sent_path(environ))
    return RawRequest(
        method=environ["REQUEST_METHOD"],
        path=inside,
        query=_latin(environ.get("QUERY_STRING", "")),
        headers=_environ_headers(environ),
        body=body,
        mount=mount,
        scheme=environ.get("wsgi.url_scheme", "http"),
        peer=environ.get("REMOTE_ADDR"),
    )


def headers_of(request: HttpRequest) -> HeaderLines:
    """The header lines as they came; WSGI has joined repeated ones with commas."""
    scope: dict[str, Any] | None = getattr(request, "scope", None)
    return _environ_headers(request.META) if scope is None else tuple(scope["headers"])


def _environ_headers(environ: dict[str, Any]) -> HeaderLines:
    lines = [(name, _latin(value)) for key, value in environ.items() if (name := _header_name(key)) is not None and value.__class__ is str]
    if "HTTP_HOST" not in environ and environ.get("SERVER_NAME") == _TEST_SERVER:
        lines.append((b"host", _TEST_SERVER.encode()))
    if environ.get("CONTENT_TYPE") == "" or environ.get("CONTENT_LENGTH") == "":
        lines = [line for line in lines if line not in _UNSENT]
    return tuple(lines)


def _sent_path(environ: dict[str, Any]) -> bytes:
    """The path as the client sent it where the server tells (gunicorn; uWSGI, mod_wsgi), else quoted again: there %2F reads as a slash."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if target:
        path: str = target.partition("?")[0]
        if path.startswith(("http://", "https://")):
            path = "/" + path.partition("://")[2].partition("/")[2]
        return _latin(path)
    sent = environ.get(SENT_PATH)
    return quote(environ["PATH_INFO"] if sent is None else _latin(sent), safe=_SAFE).encode() or b"/"


def _under(root: str, prefix: str, path: bytes) -> tuple[str, bytes]:
    """The mount, and the path behind it. What was sent outside the mount is no path of the kernel: it becomes one that nothing has."""
    start = _quoted(root)
    if start and path.startswith(start + b"/"):  # some servers take their own prefix off, some leave it on
        path = path[len(start) :]
    if not prefix:
        return root, path
    start = _quoted(prefix)
    if path.startswith(start + b"/"):
        return root + prefix, path[len(start) :]
    return root + prefix, _NOWHERE


@lru_cache(maxsize=64)
def _quoted(mount: str) -> bytes:
    return quote(mount, safe=_SAFE).encode()


@lru_cache(maxsize=1024)
def _header_name(key: str) -> bytes | None:
    if key in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):  # sent with underscores: the real ones have no prefix (RFC 3875 section 4.1)
        return None
    if key.startswith("HTTP_"):
        key = key[5:]
    elif key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return None
    return key.replace("_", "-").lower().encode("latin-1", "replace")


def _latin(text: str) -> bytes:
    """The bytes of a WSGI string (PEP 3333); some servers decode UTF-8 instead."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def _body(request: HttpRequest, limit: int) -> bytes:
    """At most one byte more than the limit, and nothing where more is declared; what was read stays there for ``request.body``."""
    if hasattr(request, "_body"):
        return request.body[: limit + 1]
    if request._read_started:  # noqa: SLF001  (Django has no public word for it)
        raise StreamGone
    declared = (request.META.get("CONTENT_LENGTH") or "").strip(" \t")
    if declared.isdigit() and (len(declared) > _LONGEST_LENGTH or int(declared) > limit):
        return b""
    if hasattr(request, "scope"):
        body: bytes = request.read(limit + 1)
    else:
        body = _read_wsgi(request.META, declared, limit)
    request._body = body  # noqa: SLF001  (where Django keeps it)
    return body


def _read_wsgi(environ: dict[str, Any], declared: str, limit: int) -> bytes:
    """From the server itself, because Django sees no body without a length; without one only where the server marks the end."""
    if declared.isdigit():
        wanted = int(declared)
    elif environ.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in environ:
        wanted = limit + 1
    else:
        return b""
    read, body = environ["wsgi.input"].read, b""
    while wanted:
        try:
            piece: bytes = read(wanted)
        except Exception as error:  # servers have classes of their own for what a client does to its body
            raise BodyBroken from error
        if not piece:
            break
        body += piece
        wanted -= len(piece)
    if wanted and declared.isdigit():
        raise BodyBroken
    return body
