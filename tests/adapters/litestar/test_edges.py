"""What happens at the edge between ASGI and the kernel: bodies, clients that leave, failures, hooks of the host. It plays messages by hand."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Request, Response
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from examples.storefront import Product
from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.conformance.target import Exchange
from tests.adapters.litestar.hosted import Hosted

MUG = b'{"sku":"MUG-01","name":"Mug","price":{"amount":1250,"currency":"EUR"}}'
LIMIT = 1_048_576


def alone(plugin: KingpostPlugin) -> Litestar:
    """Kingpost and nothing else."""
    return Litestar(plugins=[plugin], openapi_config=None, logging_config=None)


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    """A fresh application."""
    made = Hosted(alone)
    yield made
    made.close()


class Client:
    """A client that sends messages one by one, counts how many were taken, and may leave."""

    def __init__(
        self, hosted: Hosted, *messages: dict[str, Any], length: int | None = None, body_type: bytes = b"application/json"
    ) -> None:
        self.hosted = hosted
        self.messages = deque(messages)
        self.taken = 0
        self.sent: list[dict[str, Any]] = []
        exchange = Hosted.exchange("POST", "/products", key=hosted.key, headers=((b"content-type", body_type),))
        framing = [(b"content-length", b"%d" % length)] if length is not None else [(b"transfer-encoding", b"chunked")]
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/products",
            "raw_path": b"/products",
            "query_string": b"",
            "root_path": "",
            "headers": [*exchange.headers, *framing],
            "client": None,
            "server": None,
            "state": {},
        }

    async def receive(self) -> dict[str, Any]:
        """The next message; a client that has sent everything waits."""
        if not self.messages:
            await asyncio.get_running_loop().create_future()
        self.taken += 1
        return self.messages.popleft()

    async def send(self, message: dict[str, Any]) -> None:
        """Take what the application says."""
        self.sent.append(message)

    def call(self) -> Any:
        """The application's coroutine for this request."""
        return self.hosted.app(self.scope, self.receive, self.send)  # type: ignore[arg-type]  # plain dictionaries, as servers send them

    @property
    def status(self) -> int:
        """The status of the reply."""
        return int(self.sent[0]["status"])


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    """A message with a part of the body."""
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_many_parts_is_one_body(hosted: Hosted) -> None:
    """A body is put together from its messages, empty ones included."""
    client = Client(hosted, part(MUG[:10]), part(b""), part(MUG[10:]), part(b"", more=False))
    hosted.run(client.call())
    assert client.status == 201


def test_a_declared_body_over_the_limit_is_not_read(hosted: Hosted) -> None:
    """A Content-Length over the limit is 413 without taking one message, so a server never asks the client to go on."""
    client = Client(hosted, part(b"x"), length=LIMIT + 1)
    hosted.run(client.call())
    assert (client.status, client.taken) == (413, 0)


def test_a_chunked_body_is_read_one_byte_too_far_and_no_further(hosted: Hosted) -> None:
    """Reading stops with the message that goes over the limit."""
    client = Client(hosted, *(part(b" " * (LIMIT // 4)) for _ in range(40)))
    hosted.run(client.call())
    assert (client.status, client.taken) == (413, 5)


def test_a_body_in_very_many_parts_is_read(hosted: Hosted) -> None:
    """A body that comes byte by byte is put together as one that comes at once."""
    client = Client(hosted, *(part(b" ") for _ in range(50_000)), part(MUG, more=False))
    hosted.run(client.call())
    assert client.status == 201


def test_a_client_that_leaves_in_the_middle_of_its_body_has_asked_nothing(hosted: Hosted) -> None:
    """Half a body is never taken for a whole one: nothing is stored, nothing is logged."""
    before = len(hosted.machine.log.events("request"))
    client = Client(hosted, part(MUG), {"type": "http.disconnect"})
    hosted.run(client.call())
    assert client.status == 400
    assert hosted.bench.rows(Product) == ()
    assert len(hosted.machine.log.events("request")) == before


class Gate:
    """A storage call that waits until it is let through."""

    def __init__(self, hosted: Hosted) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self._trap = hosted.trap
        self._session = hosted.trap.session
        self._trap.session = self.session  # type: ignore[method-assign]  # the gate stands in front of the storage

    def session(self, *, deadline: float | None = None) -> Any:
        """A session whose unit of work waits at the gate before it opens."""
        session = self._session(deadline=deadline)
        inner, gate = session.unit, self

        class Unit:
            """A unit behind the gate."""

            def __init__(self, scope: Any) -> None:
                self._unit = inner(scope)

            async def __aenter__(self) -> Any:
                gate.reached.set()
                await gate.opened.wait()
                return await self._unit.__aenter__()

            async def __aexit__(self, *fault: Any) -> Any:  # noqa: PYI036  (handed on as it came)
                return await self._unit.__aexit__(*fault)

        session.unit = Unit  # type: ignore[method-assign]  # as above
        return session


def test_a_write_outlives_its_client(hosted: Hosted) -> None:
    """A write whose request is cancelled half way is committed, once, and the application waits for it before it closes its ports."""
    client = Client(hosted, part(MUG, more=False))

    async def leave() -> None:
        gate = Gate(hosted)
        request = asyncio.ensure_future(client.call())
        await gate.reached.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        stopping = asyncio.ensure_future(hosted.transport.stop())
        await asyncio.wait({stopping}, timeout=0.05)  # real time: the point is that nothing happens before the gate opens
        assert hosted.lives == ["opened"]
        gate.opened.set()
        await stopping

    hosted.run(leave())
    assert hosted.lives == ["opened", "closed"]
    assert [row["sku"] for row in hosted.bench.rows(Product)] == ["MUG-01"]
    hosted.run(hosted.transport.start())


def test_a_read_ends_with_its_client(hosted: Hosted) -> None:
    """A read whose request is cancelled ends at once: nothing goes on behind it."""
    ended: list[str] = []

    async def leave() -> None:
        reached = asyncio.Event()

        async def check() -> None:
            reached.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ended.append("check")

        hosted.trap.check = check  # type: ignore[method-assign]  # a database that never answers
        request = asyncio.ensure_future(hosted.transport.send(Exchange(target=b"/readyz")))
        await reached.wait()
        request.cancel()
        await asyncio.wait({request})

    hosted.run(leave())
    assert ended == ["check"]


def test_a_failure_is_logged_once_and_shown_once() -> None:
    """What causes a 500 comes to the host's after_exception hooks as it was raised, once, and into the log once."""
    seen: list[tuple[Exception, str]] = []

    async def hook(error: Exception, scope: Scope) -> None:
        seen.append((error, scope["path"]))

    made = Hosted(lambda plugin: Litestar(plugins=[plugin], after_exception=[hook], openapi_config=None, logging_config=None))
    fault = RuntimeError("inside")
    made.bench.fail_next("insert", fault)
    reply = made.ask("POST", "/products", key=made.key, body=MUG)
    assert reply.status == 500
    assert seen == [(fault, "/products")]
    assert [line.name for line in made.machine.log.failures] == ["request.failed"]
    made.ask("POST", "/products", key=made.key, body=b"{}")
    assert len(seen) == 1
    made.close()


def test_what_fails_around_the_kernel_is_a_problem_too() -> None:
    """An error in a middleware of the host on our routes is 500 with a problem document, logged once, shown to the hooks once."""
    seen: list[str] = []

    async def hook(error: Exception, scope: Scope) -> None:
        seen.append(type(error).__name__)

    class Broken(ASGIMiddleware):
        """A middleware with a bug."""

        async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
            """Fail where it should pass on."""
            if scope["path"] == "/tenant":
                raise ZeroDivisionError
            await next_app(scope, receive, send)

    made = Hosted(
        lambda plugin: Litestar(plugins=[plugin], middleware=[Broken()], after_exception=[hook], openapi_config=None, logging_config=None)
    )
    reply = made.ask("GET", "/tenant", key=made.key)
    assert (reply.status, reply.one("content-type"), reply.json()["code"]) == (500, "application/problem+json", "internal-error")
    assert seen == ["ZeroDivisionError"]
    assert len(made.machine.log.failures) == 1
    made.close()


def test_a_body_that_the_host_has_read_is_still_read() -> None:
    """A middleware of the host that reads the body through Litestar leaves it to the kernel."""
    seen: list[bytes] = []

    class Reader(ASGIMiddleware):
        """A middleware that looks at bodies."""

        async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
            """Read through Litestar's request, which keeps what it has read."""
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            seen.append(await request.body())
            await next_app(scope, receive, send)

    made = Hosted(lambda plugin: Litestar(plugins=[plugin], middleware=[Reader()], openapi_config=None, logging_config=None))
    reply = made.ask("POST", "/products", key=made.key, body=MUG)
    assert reply.status == 201
    assert seen[-1] == MUG
    made.close()


def test_what_hooks_of_the_host_add_comes_behind_the_kernels_headers() -> None:
    """An after_request hook may add headers and cookies; those of the kernel stay as they are."""

    async def stamp(response: Response[Any]) -> Response[Any]:
        response.set_header("X-Host", "stamped")
        response.set_cookie("seen", "1")
        return response

    plain = Hosted(alone)
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], after_request=stamp, openapi_config=None, logging_config=None))
    expected, reply = plain.ask("GET", "/tenant", key=plain.key), made.ask("GET", "/tenant", key=made.key)
    assert reply.headers[: len(expected.headers)] == expected.headers
    assert [name for name, _ in reply.headers[len(expected.headers) :]] == [b"x-host", b"set-cookie"]
    assert reply.body == expected.body
    plain.close()
    made.close()


def test_without_a_raw_path_the_path_is_quoted_again(hosted: Hosted) -> None:
    """Where a server leaves raw_path out, the decoded path serves: letters beyond ASCII and spaces are quoted."""
    client = Client(hosted, part(b"", more=False))
    client.scope |= {"path": "/products/é x", "method": "GET"}
    client.scope.pop("raw_path")
    hosted.run(client.call())
    assert client.status == 404
