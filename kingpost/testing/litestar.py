"""Clients of a Litestar application for tests: Kingpost's own client over Litestar's test clients. It knows the plugin; the kernel is a bench's.

::

    app = Litestar(route_handlers=[...], plugins=[KingpostPlugin(kingpost.kernel, prefix="/api")])
    with TestClient(app) as http:
        api = client(http, as_=kingpost.tenant("acme"))
        api.post("/notes", {"title": "Hello"}).expect(201)
"""

from collections.abc import Mapping
from typing import Any, overload

from litestar.testing import AsyncTestClient, TestClient

from kingpost.adapters.litestar_app import KingpostPlugin
from kingpost.kernel.wire import RawReply, RawRequest

from .client import AsyncClient, Client, Requests
from .parties import NOBODY, Party


@overload
def client(http: TestClient[Any], *, as_: Party = NOBODY, headers: Mapping[str, str] | None = None) -> Client: ...
@overload
def client(http: AsyncTestClient[Any], *, as_: Party = NOBODY, headers: Mapping[str, str] | None = None) -> AsyncClient: ...
def client(
    http: TestClient[Any] | AsyncTestClient[Any], *, as_: Party = NOBODY, headers: Mapping[str, str] | None = None
) -> Client | AsyncClient:
    """A client of the API where the application has mounted it; over an ``AsyncTestClient`` its methods are awaited."""
    plugin = http.app.plugins.get(KingpostPlugin)
    host = plugin.kernel.policy.hosts[0]
    requests = Requests(key=as_.key, headers={"host": host, **(headers or {})}, prefix=plugin.prefix)
    if isinstance(http, TestClient):
        return Client(lambda request: _reply(http.request(**_arguments(request))), requests)

    async def send(request: RawRequest) -> RawReply:
        return _reply(await http.request(**_arguments(request)))

    return AsyncClient(send, requests)


def _arguments(request: RawRequest) -> dict[str, Any]:
    """The request as httpx takes it; the path stays as it is written."""
    target = request.path + (b"?" + request.query if request.query else b"")
    return {
        "method": request.method,
        "url": target.decode(),
        "headers": [(name.decode(), value.decode("latin-1")) for name, value in request.headers],
        "content": request.body,
    }


def _reply(response: Any) -> RawReply:
    return RawReply(
        status=response.status_code, headers=tuple((name.lower(), value) for name, value in response.headers.raw), body=response.content
    )
