"""Whoever is logged in at a Django project, at an application of Litestar: its routes, its own handlers, its WebSockets. It knows mirrored sessions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar, WebSocket, get, post, websocket
from litestar.di import NamedDependency
from msgspec import structs

from kingpost.adapters.litestar_app import HostCall, KingpostPlugin, requires
from kingpost.adapters.litestar_app.host import call_of
from kingpost.adapters.runtime.calls import platform_context
from kingpost.conformance.backend import POLICY
from kingpost.kernel import identity
from kingpost.kernel.errors import CsrfFailed
from kingpost.kernel.identity import MirrorSession, mirror_session
from kingpost.kernel.wire import Person
from tests.adapters.litestar.hosted import COMPONENTS, Hosted

KEY, TOKEN = "k" * 32, "t" * 32
SESSION = (b"cookie", f"sessionid={KEY}; csrftoken={TOKEN}".encode())
PROOF = (b"x-csrftoken", TOKEN.encode())


@get("/who")
async def who(kingpost: NamedDependency[HostCall]) -> dict[str, str]:
    """Who calls."""
    principal = await kingpost.principal()
    return {"side": principal.side, "id": principal.id}


@post("/guarded", guards=[requires("storefront.products:write")])
async def guarded() -> str:
    """Behind a permission, and something changes."""
    return "in"


@websocket("/talk")
async def talk(socket: WebSocket[Any, Any, Any]) -> None:
    """Says who talks, as far as the kernel believes it."""
    await socket.accept()
    try:
        said = (await call_of(socket).principal()).id
    except CsrfFailed:
        said = "refused"
    await socket.send_text(said)
    await socket.close()


@pytest.fixture
def host() -> Iterator[Hosted]:
    """An application with somebody of its tenant logged in."""
    made = Hosted(
        lambda plugin: Litestar([who, guarded, talk], plugins=[plugin], openapi_config=None, logging_config=None),
        prefix="/api",
        components=(*COMPONENTS, identity.COMPONENT),
        policy=structs.replace(POLICY, people="host"),
    )
    tenant = made.ask("GET", "/api/tenant", key=made.key).json()["id"]
    made.run(mirror(made, Person(account="5", side="tenant", tenant_id=str(tenant), permissions=None)))
    yield made
    made.close()


async def mirror(host: Hosted, person: Person) -> None:
    """As the Django project would."""
    now = host.machine.clock.now()
    body = MirrorSession(session_key=KEY, password="x", person=person, read_at=now, expires_at=now + timedelta(hours=1))
    async with platform_context(host.kernel, write=True) as context:
        await mirror_session(context, body=body)


def test_a_session_calls_the_mounted_routes(host: Hosted) -> None:
    """With the proof for a change, which no CSRF check of the application's asks for."""
    assert host.ask("GET", "/api/tenant", headers=(SESSION,)).status == 200
    ware = b'{"sku":"MUG-01","name":"Mug","price":{"amount":1,"currency":"EUR"}}'
    assert host.ask("POST", "/api/products", headers=(SESSION,), body=ware).json()["code"] == "csrf-failed"
    assert host.ask("POST", "/api/products", headers=(SESSION, PROOF), body=ware).status == 201


def test_handlers_of_the_application_know_who_is_logged_in(host: Hosted) -> None:
    """Their changes need the kernel's proof; nobody is anonymous, and who sends a cookie twice is refused."""
    assert host.ask("GET", "/who", headers=(SESSION,)).json() == {"side": "tenant", "id": "account-5"}
    assert host.ask("GET", "/who").json()["side"] == "anonymous"
    assert host.ask("GET", "/who", headers=((b"cookie", b"sessionid=a; sessionid=b"),)).status == 400
    assert host.ask("POST", "/guarded", headers=(SESSION, PROOF)).status == 201
    assert host.ask("POST", "/guarded", headers=(SESSION,)).json()["code"] == "csrf-failed"
    assert host.ask("POST", "/guarded", headers=(SESSION, PROOF, (b"origin", b"http://evil.example"))).json()["code"] == "csrf-failed"
    assert host.ask("POST", "/guarded", headers=(PROOF,)).status == 401
    assert host.ask("POST", "/guarded", key=host.key, headers=(SESSION,)).status == 201


async def talked(app: Litestar, origin: str) -> str:
    """What the WebSocket says to a page of this origin."""
    scope: Any = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "path": "/talk",
        "raw_path": b"/talk",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"origin", origin.encode()), SESSION],
        "scheme": "ws",
        "root_path": "",
        "client": None,
        "server": None,
        "subprotocols": [],
    }
    waiting, sent = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]), list[Any]()

    async def receive() -> Any:
        return next(waiting)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return str(next(message["text"] for message in sent if message["type"] == "websocket.send"))


def test_no_other_site_talks_through_a_web_socket(host: Hosted) -> None:
    """Its handshake is a GET that any page can cause, with the cookies; the origin tells."""
    said = {origin: host.run(talked(host.app, origin)) for origin in ("http://testserver", "http://evil.example")}
    assert said == {"http://testserver": "account-5", "http://evil.example": "refused"}


def test_an_application_without_people_ignores_every_cookie() -> None:
    """As it did: no component, no session."""
    made = Hosted(lambda plugin: Litestar([who], plugins=[plugin], openapi_config=None, logging_config=None), prefix="/api")
    try:
        assert made.ask("GET", "/who", headers=((b"cookie", b"sessionid=a; sessionid=b"),)).json()["side"] == "anonymous"
        assert isinstance(made.app.plugins.get(KingpostPlugin), KingpostPlugin)
    finally:
        made.close()
