"""The ASGI entry: bodies are cut before Django spools them, upgrades are refused, lifespans end. It knows messages, no operation but what it calls."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connections
from django.test import AsyncClient

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.asgi import application
from kingpost.adapters.django_app.entries import guarded
from tests.adapters.django.wares import MUG, tenant

pytestmark = pytest.mark.usefixtures("migrated")


class Client:
    """The other end: sends the messages it was given, then waits; keeps what it is sent."""

    def __init__(self, messages: Iterable[dict[str, Any]]) -> None:
        self._messages = list(messages)
        self.left = asyncio.Event()
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        """The next message; when there is none, the client is just connected."""
        if self._messages:
            return self._messages.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Keep it."""
        self.sent.append(message)

    @property
    def unread(self) -> int:
        """Messages nobody has asked for."""
        return len(self._messages)


def scope(
    path: str, *, method: str = "POST", headers: Iterable[tuple[bytes, bytes]] = (), kind: str = "http", **facts: Any
) -> dict[str, Any]:
    """A scope as a server builds it."""
    lines = [(b"host", b"testserver"), *headers]
    known = {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": lines,
        "scheme": "http",
    }
    return {**known, "root_path": "", "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 80), **facts}


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    """A piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def exchange(asked: dict[str, Any], *messages: dict[str, Any]) -> Client:
    """Play one exchange against the application."""

    async def play() -> Client:
        client = Client(messages)
        async with asyncio.timeout(30):
            await application(asked, client.receive, client.send)
        return client

    return asyncio.run(play())


def answer(client: Client) -> tuple[int, dict[str, Any]]:
    """Status and JSON of what was sent."""
    body = b"".join(message.get("body", b"") for message in client.sent[1:])
    return client.sent[0]["status"], json.loads(body) if body else {}


def credentials() -> tuple[tuple[bytes, bytes], ...]:
    """Headers of a tenant that sends JSON."""
    return ((b"authorization", f"Bearer {tenant()[2]}".encode()), (b"content-type", b"application/json"))


def test_a_product_is_made_over_asgi() -> None:
    """In one piece and in two, with a length and without."""
    body = json.dumps(MUG).encode()
    for framing, messages in (
        ([(b"content-length", str(len(body)).encode())], [part(body, more=False)]),
        ([(b"transfer-encoding", b"chunked")], [part(body[:9], more=True), part(body[9:], more=False)]),
    ):
        client = exchange(scope("/api/products", headers=[*credentials(), *framing]), *messages)
        assert answer(client)[0] == 201
        assert [name for name, _ in client.sent[0]["headers"]].count(b"content-length") == 1


def test_a_larger_declared_length_is_refused_without_reading() -> None:
    """413 although the client has sent nothing yet and never will."""
    client = exchange(scope("/api/products", headers=[*credentials(), (b"content-length", b"999999999999")]), part(b"x", more=True))
    assert answer(client)[0] == 413
    assert client.unread == 1


def test_a_body_in_chunks_is_cut_behind_the_limit() -> None:
    """413 after limit + 1 bytes; the pieces behind them are not taken."""
    piece = b"x" * 65_536
    pieces = [part(piece, more=True) for _ in range(100)]
    client = exchange(scope("/api/products", headers=[*credentials(), (b"transfer-encoding", b"chunked")]), *pieces)
    assert answer(client)[0] == 413
    assert client.unread == 100 - (kernel().policy.limits.body // len(piece) + 1)


def test_a_body_of_exactly_the_limit_is_read() -> None:
    """It is malformed, not too large."""
    body = b" " * kernel().policy.limits.body
    client = exchange(scope("/api/products", headers=[*credentials(), (b"transfer-encoding", b"chunked")]), part(body, more=False))
    assert answer(client)[0] == 400


def test_the_hosts_own_paths_are_not_cut() -> None:
    """A host's uploads are as large as the host allows."""
    taken: list[int] = []

    async def django(scope: Any, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        taken.append(size)

    async def play(path: str) -> None:
        client = Client([part(b"x" * 2_000_000, more=True), part(b"x", more=False)])
        await guarded(django)(scope(path), client.receive, client.send)

    for path in ("/host/whoami", "/nowhere/at/all", "/api/anything"):
        asyncio.run(play(path))
    assert taken == [2_000_001, 2_000_001, kernel().policy.limits.body + 1]


def test_a_client_that_leaves_early_gets_nothing_and_does_no_harm() -> None:
    """A disconnect inside the body ends the request before any view."""
    client = exchange(
        scope("/api/products", headers=[*credentials(), (b"transfer-encoding", b"chunked")]),
        part(b"{", more=True),
        {"type": "http.disconnect"},
    )
    assert client.sent == []


def test_a_websocket_is_refused_as_plain_http() -> None:
    """426 as a problem document where the server can send one, else the connection is closed with 1008."""
    upgrade = scope("/api/tenant", kind="websocket", extensions={"websocket.http.response": {}})
    del upgrade["method"]
    client = exchange(upgrade, {"type": "websocket.connect"})
    assert client.sent[0]["type"] == "websocket.http.response.start"
    assert answer(client)[0] == 426
    closed = exchange({**upgrade, "extensions": None}, {"type": "websocket.connect"})
    assert [(message["type"], message["code"]) for message in closed.sent] == [("websocket.close", 1008)]


def test_a_lifespan_begins_and_ends() -> None:
    """Servers that insist on one are answered."""
    client = exchange({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in client.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_repeated_headers_arrive_repeated() -> None:
    """Django joins them; the kernel sees what was sent and refuses two Tenant headers."""
    client = exchange(
        scope("/api/tenant", method="GET", headers=[*credentials(), (b"tenant", b"a"), (b"tenant", b"a")]), part(b"", more=False)
    )
    assert answer(client)[1]["code"] == "malformed-header"


def test_a_server_without_raw_path_is_served_from_the_path() -> None:
    """``raw_path`` is optional (ASGI HTTP specification)."""
    asked = scope("/api/tenant", method="GET", headers=credentials())
    del asked["raw_path"]
    assert answer(exchange(asked, part(b"", more=False)))[0] == 200


@pytest.mark.parametrize("raw", [b"/site/api/tenant", b"/api/tenant"])
def test_the_servers_own_prefix_may_be_on_the_raw_path_or_not(raw: bytes) -> None:
    """Servers differ; the mount is root_path and prefix either way."""
    asked = scope("/site/api/tenant", method="GET", headers=credentials(), root_path="/site", raw_path=raw)
    assert answer(exchange(asked, part(b"", more=False)))[0] == 200


def test_djangos_asynchronous_test_client_is_served() -> None:
    """As a host's own tests would."""

    async def ask() -> Any:
        return await AsyncClient().get("/api/tenant", headers={"authorization": f"Bearer {key}"})

    key = tenant()[2]
    reply = asyncio.run(ask())
    assert reply.status_code == 200


@pytest.fixture(autouse=True)
def _threads_leave_no_connection() -> Any:
    """Django's threads of one request each close theirs."""
    facts = connections["default"].settings_dict
    before, facts["CONN_MAX_AGE"] = facts["CONN_MAX_AGE"], 0
    yield
    facts["CONN_MAX_AGE"] = before
