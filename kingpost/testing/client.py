"""A client for tests: requests as a well-behaved caller sends them, answers as a test looks at them. It knows HTTP; who answers is given."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from kingpost.conformance.backend import HOST
from kingpost.kernel.wire import RawReply, RawRequest

Send: TypeAlias = Callable[[RawRequest], RawReply]
_SAFE: Final = "/:@!$&'()*+,;=~%"


class Answer:
    """An answer. ``answer.expect(201).json["id"]`` says what it must be and looks at it."""

    def __init__(self, request: RawRequest, reply: RawReply) -> None:
        """``headers`` have names in lower case; of a repeated one the values are joined by commas (RFC 9110 section 5.3)."""
        self.raw = reply
        self.status = reply.status
        self.body = reply.body
        self.headers: dict[str, str] = {}
        self._asked = f"{request.method} {request.path.decode('latin-1')}"
        for name, value in reply.headers:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    @cached_property
    def json(self) -> Any:
        """The body, decoded; None where there is none."""
        return msgspec.json.decode(self.body) if self.body else None

    @property
    def etag(self) -> str | None:
        """The tag of what was answered; a client's ``if_match`` takes it."""
        return self.headers.get("etag")

    @property
    def location(self) -> str | None:
        """Where what was made can be read."""
        return self.headers.get("location")

    @property
    def code(self) -> str | None:
        """The code of a problem document; None for any other answer."""
        return str(self.json["code"]) if self.headers.get("content-type") == "application/problem+json" else None

    def expect(self, status: int, code: str | None = None) -> "Answer":
        """The answer itself, if it has this status (and this code); else ``AssertionError`` with all that came."""
        __tracebackhide__ = True
        if self.status != status or (code is not None and self.code != code):
            wanted = f"{status} {code}" if code is not None else f"{status}"
            raise AssertionError(f"{self._asked} was to be answered {wanted} and was answered {self}")
        return self

    def __str__(self) -> str:
        return f"{self.status} {self.body.decode(errors='replace')}".strip()

    def __repr__(self) -> str:
        return f"<Answer {self}>"


class Requests:
    """Makes the requests of one caller."""

    def __init__(self, *, key: str | None, headers: Mapping[str, str], prefix: str = "") -> None:
        """``headers`` go with every request; ``prefix`` is where the API is mounted."""
        usual = {"host": HOST} | ({} if key is None else {"authorization": f"Bearer {key}"})
        self._usual = usual | {name.lower(): value for name, value in headers.items()}
        self._prefix = prefix

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        if_match: str | Answer | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> RawRequest:
        """A request. ``path`` may have a query of its own; ``body`` is what msgspec can write as JSON, or bytes as they are."""
        parts = urlsplit(path)
        lines = dict(self._usual)
        if body is not None:
            lines["content-type"] = "application/json"
        tag = if_match.etag if isinstance(if_match, Answer) else if_match
        if tag is not None:
            lines["if-match"] = tag
        lines |= {name.lower(): value for name, value in (headers or {}).items()}
        return RawRequest(
            method=method,
            path=(self._prefix + quote(parts.path, safe=_SAFE)).encode(),
            query="&".join(filter(None, (parts.query, urlencode(query or {}, doseq=True)))).encode(),
            headers=tuple((name.encode(), value.encode("latin-1")) for name, value in lines.items()),
            body=b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body),
        )


class Client:
    """Sends the requests of one caller and hands back the answers."""

    def __init__(self, send: Send, requests: Requests) -> None:
        self._send = send
        self.request = requests
        """Makes a request without sending it."""

    def send(self, request: RawRequest) -> Answer:
        """The answer to any request."""
        return Answer(request, self._send(request))

    def get(self, path: str, **more: Any) -> Answer:
        """GET; ``query``, ``headers`` as for ``Requests``."""
        return self.send(self.request("GET", path, **more))

    def post(self, path: str, body: object = None, **more: Any) -> Answer:
        """POST; ``if_match``, ``query``, ``headers`` as for ``Requests``."""
        return self.send(self.request("POST", path, body, **more))

    def put(self, path: str, body: object = None, **more: Any) -> Answer:
        """PUT, as ``post``."""
        return self.send(self.request("PUT", path, body, **more))

    def patch(self, path: str, body: object = None, **more: Any) -> Answer:
        """PATCH, as ``post``."""
        return self.send(self.request("PATCH", path, body, **more))

    def delete(self, path: str, **more: Any) -> Answer:
        """DELETE, as ``post`` without a body."""
        return self.send(self.request("DELETE", path, **more))

    def items(self, path: str, **more: Any) -> Iterator[Any]:
        """Every item of a list, page by page."""
        page = self.get(path, **more).expect(200).json
        yield from page["items"]
        while page["next_cursor"] is not None:
            query = {**more.get("query", {}), "cursor": page["next_cursor"]}
            page = self.get(path, **{**more, "query": query}).expect(200).json
            yield from page["items"]


class AsyncClient:
    """The same for a test that awaits."""

    def __init__(self, send: Callable[[RawRequest], Awaitable[RawReply]], requests: Requests) -> None:
        self._send = send
        self.request = requests
        """Makes a request without sending it."""

    async def send(self, request: RawRequest) -> Answer:
        """The answer to any request."""
        return Answer(request, await self._send(request))

    async def get(self, path: str, **more: Any) -> Answer:
        """GET; ``query``, ``headers`` as for ``Requests``."""
        return await self.send(self.request("GET", path, **more))

    async def post(self, path: str, body: object = None, **more: Any) -> Answer:
        """POST; ``if_match``, ``query``, ``headers`` as for ``Requests``."""
        return await self.send(self.request("POST", path, body, **more))

    async def put(self, path: str, body: object = None, **more: Any) -> Answer:
        """PUT, as ``post``."""
        return await self.send(self.request("PUT", path, body, **more))

    async def patch(self, path: str, body: object = None, **more: Any) -> Answer:
        """PATCH, as ``post``."""
        return await self.send(self.request("PATCH", path, body, **more))

    async def delete(self, path: str, **more: Any) -> Answer:
        """DELETE, as ``post`` without a body."""
        return await self.send(self.request("DELETE", path, **more))
