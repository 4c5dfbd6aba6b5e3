"""Where Kingpost stands in a host's Litestar application, what stays the host's, and what the framework's own tools see. It knows one host."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Request, Response, get, post, websocket
from litestar.config.csrf import CSRFConfig
from litestar.connection import WebSocket
from litestar.exceptions import HTTPException, NotFoundException

from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.conformance.target import Exchange
from kingpost.kernel.errors import ConfigurationError
from tests.adapters.litestar.hosted import Hosted

SEEN: list[str] = []


@get("/kingpostfoo", sync_to_thread=False)
def neighbour() -> str:
    """A neighbour whose path begins as the prefix does."""
    return "neighbour"


@get("/own/{number:int}", sync_to_thread=False)
def own(request: Request[Any, Any, Any]) -> int:
    """A route of the host."""
    number: int = request.path_params["number"]
    if number == 404:
        raise NotFoundException("no such number")
    return number


def own_error(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """The host's word for 404 and 405."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response(f"host says {status}", status_code=status, media_type="text/plain")


@websocket("/ws")
async def own_socket(socket: WebSocket[Any, Any, Any]) -> None:
    """A WebSocket route of the host."""
    SEEN.append(socket.url.path)
    await socket.close()


def with_host(plugin: KingpostPlugin) -> Litestar:
    """A host with routes and handlers of its own."""
    return Litestar(
        [neighbour, own, own_socket],
        plugins=[plugin],
        exception_handlers={404: own_error, 405: own_error},
        openapi_config=None,
        logging_config=None,
    )


@pytest.fixture(scope="module")
def hosted() -> Iterator[Hosted]:
    """Kingpost under /kingpost in a host."""
    made = Hosted(with_host, prefix="/kingpost")
    yield made
    made.close()


@pytest.fixture(scope="module")
def at_root() -> Iterator[Hosted]:
    """Kingpost at the root of a host."""
    made = Hosted(with_host)
    yield made
    made.close()


def test_the_prefix_ends_at_a_segment(hosted: Hosted) -> None:
    """A neighbour whose path begins with the letters of the prefix is the host's, found or not."""
    assert hosted.ask("GET", "/kingpostfoo").body == b"neighbour"
    assert hosted.ask("GET", "/kingpostbar").body == b"host says 404"
    assert hosted.ask("GET", "/kingpost/livez").body == b'{"status":"pass"}'
    assert hosted.ask("GET", "/livez").body == b"host says 404"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/nothing", "/products/", "//products", "/products%2Fx", "/%FF"])
def test_what_is_unknown_under_the_prefix_is_the_kernels(hosted: Hosted, method: str, path: str) -> None:
    """Every unknown path and method under the prefix is answered by the kernel."""
    reply = hosted.ask(method, f"/kingpost{path}")
    assert reply.status in (400, 404, 405)
    assert reply.one("content-type") == "application/problem+json"


def test_what_is_unknown_elsewhere_is_the_hosts(hosted: Hosted) -> None:
    """Outside the prefix the host's handlers for 404 and 405 speak, and its own 404 stays its own."""
    assert hosted.ask("GET", "/nothing").body == b"host says 404"
    assert hosted.ask("POST", "/own/1").body == b"host says 405"
    assert hosted.ask("GET", "/own/404").body == b"host says 404"
    assert hosted.ask("GET", "/own/7").body == b"7"


def test_litestars_own_answers_stay_where_the_host_has_none() -> None:
    """A host without handlers of its own keeps Litestar's 404."""
    made = Hosted(lambda plugin: Litestar([own], plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    assert made.ask("GET", "/nothing").json() == {"status_code": 404, "detail": "Not Found"}
    assert made.ask("GET", "/own/404").json() == {"status_code": 404, "detail": "no such number"}
    made.close()


def test_at_the_root_a_hosts_own_404_stays_its_own(at_root: Hosted) -> None:
    """With Kingpost at the root, what a host's handler raises is the host's, and what nobody routes is the kernel's."""
    assert at_root.ask("GET", "/own/404").body == b"host says 404"
    assert at_root.ask("GET", "/nothing").json()["code"] == "not-found"
    assert at_root.ask("GET", "/livez").status == 200


def test_a_malformed_host_under_the_prefix_is_the_kernels(hosted: Hosted) -> None:
    """Litestar refuses a malformed Host before routing; under the prefix the kernel says so."""
    bad = ((b"host", b'test"server'),)
    assert hosted.ask("GET", "/kingpost/tenant", headers=bad).json()["code"] == "unknown-host"
    assert hosted.ask("GET", "/own/7", headers=bad).json()["status_code"] == 400


def test_operations_are_named_and_reversible(hosted: Hosted) -> None:
    """Every operation is a route with the operation's id as its name, from which Litestar makes the path."""
    app = hosted.app
    names = {handler.name for route in app.routes for handler in getattr(route, "route_handlers", ())}
    assert {operation.id for operation in hosted.kernel.registry.operations} <= names
    assert app.route_reverse("storefront.products.read", product_id="prd_1") == "/kingpost/products/prd_1"


def test_links_carry_the_mount(hosted: Hosted) -> None:
    """Location begins with the prefix, and with the server's own prefix before it."""
    made = hosted.ask("POST", "/kingpost/platform/tenants", key=hosted.platform_key, body=b'{"slug":"beta","name":"B"}')
    assert (made.one("location") or "").startswith("/kingpost/platform/tenants/ten_")
    behind = Hosted(with_host, prefix="/kingpost", root_path="/outer")
    found = behind.ask("POST", "/kingpost/platform/tenants", key=behind.platform_key, body=b'{"slug":"beta","name":"B"}')
    assert (found.one("location") or "").startswith("/outer/kingpost/platform/tenants/ten_")
    assert behind.ask("GET", "/kingpost/nothing").json()["type"] == "/outer/kingpost/problems/not-found"
    behind.close()


def test_an_encoded_prefix_is_no_prefix(hosted: Hosted) -> None:
    """A path that only looks like the prefix once it is decoded leads nowhere."""
    reply = hosted.ask("GET", "/%6Bingpost/livez")
    assert reply.status == 404


def test_a_handshake_is_refused_and_a_hosts_own_is_not(at_root: Hosted) -> None:
    """A WebSocket handshake is 426 wherever the host has no WebSocket route; the host's own routes work."""
    refused = at_root.send(Exchange(target=b"/products", headers=((b"host", b"testserver"),), websocket=True))
    assert (refused.status, refused.json()["code"]) == (426, "upgrade-unsupported")
    SEEN.clear()
    with pytest.raises(AssertionError, match=r"websocket\.close"):  # the kit's transport plays handshakes that are refused, no others
        at_root.send(Exchange(target=b"/ws", headers=((b"host", b"testserver"),), websocket=True))
    assert SEEN == ["/ws"]


def test_a_server_without_denial_gets_a_close(at_root: Hosted) -> None:
    """Where the server cannot answer a handshake with HTTP, the socket is closed with 1008."""
    sent: list[dict[str, object]] = []

    async def handshake() -> None:
        incoming = iter([{"type": "websocket.connect"}])

        async def receive() -> dict[str, object]:
            return dict(next(incoming))

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": "/products", "raw_path": b"/products", "query_string": b"", "headers": [], "root_path": ""}
        await at_root.app(scope, receive, send)  # type: ignore[arg-type]  # plain dictionaries, as servers send them

    at_root.run(handshake())
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


def test_a_hosts_csrf_check_is_not_for_these_routes() -> None:
    """A host with CSRF protection does not refuse writes that carry a bearer credential; its own routes stay protected."""

    @post("/own-form", sync_to_thread=False)
    def own_form() -> str:
        """A form of the host."""
        return "never"

    protected = CSRFConfig(secret="secret-of-the-host")
    made = Hosted(lambda plugin: Litestar([own_form], plugins=[plugin], csrf_config=protected, openapi_config=None, logging_config=None))
    assert made.ask("POST", "/products", key=made.key, body=b"{}").status == 422
    assert made.ask("POST", "/own-form").status == 403
    made.close()


@pytest.mark.parametrize("prefix", ["kingpost", "/", "/kingpost/", "/a//b", "/{x}", "/a b", "/ä", "/%41"])
def test_a_bad_prefix_is_refused(hosted: Hosted, prefix: str) -> None:
    """A prefix is empty or like /this; anything else is refused when the plugin is made, with the mend."""
    with pytest.raises(ConfigurationError, match="such as /kingpost"):
        KingpostPlugin(hosted.kernel, prefix=prefix)


def test_the_lifespan_opens_and_closes_the_ports() -> None:
    """What the kernel's ports need is opened when the application starts and closed when it stops; it can start again."""
    made = Hosted(with_host)
    assert made.lives == ["opened"]
    made.run(made.transport.stop())
    assert made.lives == ["opened", "closed"]
    made.run(made.transport.start())
    assert made.ask("GET", "/livez").status == 200
    made.close()
    assert made.lives == ["opened", "closed"] * 2


def test_two_mounts_stand_beside_each_other() -> None:
    """Two kernels in one application answer each under its own prefix."""
    other = Hosted(with_host)
    made = Hosted(
        lambda plugin: Litestar(plugins=[plugin, Second(other.kernel, prefix="/second")], openapi_config=None, logging_config=None),
        prefix="/first",
    )
    assert made.ask("GET", "/first/nothing").json()["type"] == "/first/problems/not-found"
    assert made.ask("GET", "/second/nothing").json()["type"] == "/second/problems/not-found"
    assert "status_code" in made.ask("GET", "/third/nothing").json()
    made.close()
    other.close()


class Second(KingpostPlugin):
    """Litestar keeps one plugin of a class, so a second mount has a class of its own."""
