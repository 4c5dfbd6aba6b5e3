"""The kernel's replies as responses of Litestar. It knows how Litestar sends a response; it changes nothing of what the kernel said."""

from collections.abc import Iterable
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import Cookie
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from kingpost.kernel.wire import RawReply

from .edges import Edge


class Answer(Response[bytes]):
    """The kernel's reply as a Litestar response. It goes out as the kernel made it; what hooks of the host add follows behind it."""

    __slots__ = ("_reply",)

    def __init__(self, reply: RawReply) -> None:
        """Wrap the reply."""
        # Set one by one: the parent's __init__ copies and merges what is known to be empty here.
        self.content = reply.body
        self.status_code = reply.status
        self.media_type = None
        self.background = None
        self.encoding = "utf-8"
        self.headers = {}
        self.cookies = []
        self.response_type_encoders = {}
        self._reply = reply

    def to_asgi_response(  # the signature of the parent
        self,
        app: Litestar | None,
        request: Request[Any, Any, Any],
        *,
        cookies: Iterable[Cookie] | None = None,
        headers: dict[str, str] | None = None,
        **_: Any,
    ) -> ASGIResponse:
        """The messages of this reply."""
        lines = list(self._reply.headers)
        if headers or cookies or self.headers or self.cookies:
            added = {**(headers or {}), **self.headers}
            lines += ((name.lower().encode(), str(value).encode("latin-1")) for name, value in added.items())
            lines += (cookie.to_encoded_header() for cookie in (*self.cookies, *(cookies or ())))
        return _Messages(self._reply.status, lines, self._reply.body)


class Unrouted(Response[None]):
    """The response to a request that Litestar could not route: the kernel decides what it is, once there is somebody to await it."""

    __slots__ = ("_edge",)

    def __init__(self, edge: Edge) -> None:
        """``edge`` covers the request."""
        super().__init__(None)
        self._edge = edge

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **_: Any) -> ASGIResponse:
        """The messages of the reply that the kernel will give."""
        return _Awaited(self._edge, request)


class _Messages(ASGIResponse):
    """Status, header lines and body, unchanged."""

    __slots__ = ("_lines",)

    def __init__(self, status: int, lines: list[tuple[bytes, bytes]], body: bytes) -> None:  # the parent's would add and check headers
        self.status_code = status
        self.body = body
        self._lines = lines

    def encode_headers(self) -> list[tuple[bytes, bytes]]:
        """The header lines."""
        return self._lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._lines})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class _Awaited(ASGIResponse):
    __slots__ = ("_edge", "_request")

    def __init__(self, edge: Edge, request: Request[Any, Any, Any]) -> None:
        super().__init__()
        self._edge = edge
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer(await self._edge.answer(self._request))
        await answer.to_asgi_response(None, self._request)(scope, receive, send)
