"""Plays a WSGI server in process (PEP 3333), as gunicorn builds the environ. It knows the environ's conventions; it changes no byte of a body."""

import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from kingpost.conformance.target import Exchange, HeaderLines, ProtocolError, Reply

from .asgi import check_framing

Environ: TypeAlias = dict[str, Any]
Fault: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
App: TypeAlias = Callable[[Environ, Callable[..., Callable[[bytes], object]]], Iterable[bytes]]


class WsgiTransport:
    """One application, called in the thread that sends."""

    def __init__(self, app: App, *, raw_uri: bool = True, script_name: str = "") -> None:
        """``raw_uri`` as gunicorn: the request target is also there undecoded; without it as granian or the test client."""
        self._app = app
        self._raw_uri = raw_uri
        self._script = script_name

    def send(self, exchange: Exchange) -> Reply:
        """The application's reply to one request."""
        response = _Response()
        parts = self._app(self._environ(exchange), response.start)
        try:
            for part in parts:
                response.write(part)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        reply = response.reply()
        check_framing(exchange.method, reply)
        return reply

    def _environ(self, exchange: Exchange) -> Environ:
        raw = {"RAW_URI": self._script + exchange.target.decode("latin-1")} if self._raw_uri else {}
        return {
            "REQUEST_METHOD": exchange.method,
            "SCRIPT_NAME": self._script,
            "PATH_INFO": unquote_to_bytes(exchange.path).decode("latin-1"),
            "QUERY_STRING": exchange.query.decode("latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(exchange.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **raw,
            **_header_variables((*exchange.headers, *exchange.framing)),
        }


def _header_variables(lines: HeaderLines) -> Environ:
    """CGI variables of the headers (RFC 3875 section 4.1.18): repeated ones joined with a comma, underscored names dropped."""
    found: Environ = {}
    for name, value in lines:
        key = _variable(name)
        if key is not None:
            text = value.strip(b" \t").decode("latin-1")
            found[key] = f"{found[key]},{text}" if key in found else text
    return found


@lru_cache(maxsize=1024)
def _variable(name: bytes) -> str | None:
    """What a header is called; None for one that could be mistaken for another."""
    if b"_" in name:
        return None
    key = name.decode("ascii").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


@lru_cache(maxsize=4096, typed=True)
def _line(name: str, value: str) -> tuple[bytes, bytes]:
    """One header line of a reply, looked at once: most are in every reply. ``ProtocolError`` for one that no server could send."""
    if type(name) is not str or type(value) is not str:
        raise ProtocolError(f"header {name!r}: {value!r} is not text")
    if any(sign in value for sign in "\r\n\0"):
        raise ProtocolError(f"header {name!r} holds a line break or NUL")
    return name.lower().encode("latin-1"), value.encode("latin-1")


class _Response:
    """What ``start_response`` and the iterable gave."""

    def __init__(self) -> None:
        self._status = 0
        self._headers: HeaderLines | None = None
        self._body = b""

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Fault | None = None) -> Callable[[bytes], object]:
        """The callable ``start_response``."""
        if self._headers is not None and exc_info is None:
            raise ProtocolError("start_response was called twice")
        self._status = int(status[:3])
        try:
            self._headers = tuple([_line(*line) for line in headers])
        except TypeError as error:
            raise ProtocolError(f"a header is not a pair of texts: {error}") from None
        return self.write

    def write(self, part: bytes) -> None:
        """Take a part of the body."""
        if self._headers is None:
            raise ProtocolError("a body came before start_response")
        self._body += part

    def reply(self) -> Reply:
        """What a client reads."""
        if self._headers is None:
            raise ProtocolError("start_response was never called")
        return Reply(status=self._status, headers=self._headers, body=self._body)
