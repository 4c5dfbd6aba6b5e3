"""What a host's own Litestar handlers get: who calls, a Context with the tenant's store, a guard, problem documents. It knows one host."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.di import NamedDependency, Provide

from examples.storefront import CreateProduct, Price, Product
from examples.storefront.usecases import create_product
from kingpost.adapters.litestar_app import HostCall, KingpostPlugin, requires
from kingpost.kernel.errors import ConfigurationError, Conflict
from kingpost.kernel.outbound import HttpReply, HttpRequest, Target
from tests.adapters.litestar.hosted import Hosted


@get("/who")
async def who(kingpost: NamedDependency[HostCall]) -> dict[str, str]:
    """Who calls."""
    principal = await kingpost.principal()
    return {"side": principal.side}


@get("/guarded", guards=[requires("storefront.products:read")])
async def guarded() -> str:
    """Behind a permission."""
    return "in"


@get("/platform-only", guards=[requires("tenancy.tenants:read")])
async def platform_only() -> str:
    """Behind a permission of the platform."""
    return "in"


@get("/count")
async def count(kingpost: NamedDependency[HostCall]) -> int:
    """How many products the caller's tenant has."""
    async with kingpost.context() as context:
        page = await context.store.find(Product, order=("id",), limit=10)
        return len(page.items)


@post("/import")
async def import_products(kingpost: NamedDependency[HostCall], request: Request[Any, Any, Any]) -> str:
    """Two products in one unit of work; the second may fail."""
    skus = (await request.body()).decode().split()
    async with kingpost.context(write=True) as context:
        for sku in skus:
            await create_product(context, body=CreateProduct(sku=sku, name="x", price=Price(amount=1, currency="EUR")))
    return await kingpost.call(tell, word="done")


async def tell(context: Any, *, word: str) -> str:
    """A use case of the host."""
    return f"{word} for {context.tenant.slug}"


@get("/rate")
async def rate(kingpost: NamedDependency[HostCall]) -> int:
    """What another service says."""
    async with kingpost.context() as context:
        return (await context.send(HttpRequest(target=Target(name="rates"), method="GET", url="https://rates.example/"))).status


HANDLERS = [who, guarded, platform_only, count, import_products, rate]


@pytest.fixture(scope="module")
def hosted() -> Iterator[Hosted]:
    """Kingpost under /kingpost in a host whose handlers use it."""
    made = Hosted(lambda plugin: Litestar(HANDLERS, plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    yield made
    made.close()


def test_a_handler_sees_who_calls(hosted: Hosted) -> None:
    """Nobody, a tenant or the platform, by the bearer credential."""
    assert hosted.ask("GET", "/who").json() == {"side": "anonymous"}
    assert hosted.ask("GET", "/who", key=hosted.key).json() == {"side": "tenant"}
    assert hosted.ask("GET", "/who", key=hosted.platform_key).json() == {"side": "platform"}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (((b"authorization", b"Bearer nonsense"),), 401, "unauthenticated"),
        (((b"authorization", b"Basic eDp5"),), 401, "unauthenticated"),
        (((b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")), 400, "malformed-header"),
        (((b"tenant", b"other"),), 403, "tenant-mismatch"),
        (((b"api-version", b"tomorrow"),), 400, "unknown-version"),
    ],
)
def test_a_wrong_credential_is_refused_as_everywhere(
    hosted: Hosted, headers: tuple[tuple[bytes, bytes], ...], status: int, code: str
) -> None:
    """A host's handler keeps the rules of the pipeline, and the answer is the kernel's problem document."""
    reply = hosted.ask("GET", "/who", key=hosted.key, headers=headers)
    assert (reply.status, reply.json()["code"], reply.one("content-type")) == (status, code, "application/problem+json")
    assert reply.one("cache-control") == "no-store"


def test_a_guard_lets_in_who_may(hosted: Hosted) -> None:
    """401 for nobody, in for who holds the permission."""
    assert hosted.ask("GET", "/guarded").status == 401
    assert hosted.ask("GET", "/guarded").one("www-authenticate") == "Bearer"
    assert hosted.ask("GET", "/guarded", key=hosted.key).body == b"in"


def test_a_guard_keeps_the_sides_apart(hosted: Hosted) -> None:
    """A tenant's key opens nothing that needs a permission of the platform, and a platform key nothing of a tenant."""
    assert hosted.ask("GET", "/platform-only", key=hosted.platform_key).body == b"in"
    assert hosted.ask("GET", "/platform-only", key=hosted.key).json()["code"] == "platform-only"
    assert hosted.ask("GET", "/guarded", key=hosted.platform_key).json()["code"] == "tenant-required"


def test_a_suspended_tenant_is_refused_by_the_hosts_handlers_too(hosted: Hosted) -> None:
    """Suspending closes the host's guarded handlers at once, and resuming opens them."""
    made = hosted.ask("POST", "/kingpost/platform/tenants", key=hosted.platform_key, body=b'{"slug":"brief","name":"B"}')
    key, where = str(made.json()["key"]), made.one("location") or ""
    tag = made.one("etag") or ""
    assert hosted.ask("GET", "/guarded", key=key).status == 200
    held = hosted.ask("POST", f"{where}/suspend", key=hosted.platform_key, body=b"{}", headers=((b"if-match", tag.encode()),))
    assert hosted.ask("GET", "/guarded", key=key).json()["code"] == "tenant-suspended"
    hosted.ask("POST", f"{where}/resume", key=hosted.platform_key, headers=((b"if-match", (held.one("etag") or "").encode()),))
    assert hosted.ask("GET", "/guarded", key=key).status == 200


def test_a_context_works_for_the_callers_tenant(hosted: Hosted) -> None:
    """Writes are one unit of work: all or nothing; reads see the caller's tenant only."""
    assert hosted.ask("POST", "/import", key=hosted.key, headers=((b"content-type", b"text/plain"),), body=b"A B").body == b"done for acme"
    assert hosted.ask("GET", "/count", key=hosted.key).body == b"2"
    refused = hosted.ask("POST", "/import", key=hosted.key, headers=((b"content-type", b"text/plain"),), body=b"C A")
    assert (refused.status, refused.json()["code"]) == (409, "sku-taken")
    assert hosted.ask("GET", "/count", key=hosted.key).body == b"2"
    other = hosted.ask("POST", "/kingpost/platform/tenants", key=hosted.platform_key, body=b'{"slug":"other","name":"O"}')
    assert hosted.ask("GET", "/count", key=str(other.json()["key"])).body == b"0"


def test_a_host_may_have_another_word_for_the_kernels_errors() -> None:
    """A host's handler for the kernel's errors wins."""

    @get("/conflict")
    async def conflict() -> str:
        """Raise an error of the kernel."""
        raise Conflict

    def own(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        return Response("own", status_code=418)

    made = Hosted(
        lambda plugin: Litestar([conflict], plugins=[plugin], exception_handlers={Conflict: own}, openapi_config=None, logging_config=None),
        prefix="/kingpost",
    )
    assert made.ask("GET", "/conflict").status == 418
    made.close()


def test_a_guard_without_the_plugin_says_what_is_missing() -> None:
    """An application that uses the guard without the plugin is told to add it."""
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], openapi_config=None, logging_config=None))
    bare = Litestar([guarded], openapi_config=None, logging_config=None)
    made.transport.__init__(bare)  # type: ignore[misc]  # the same transport, another application
    seen: list[Exception] = []

    async def hook(error: Exception, scope: Any) -> None:
        seen.append(error)

    bare.after_exception.append(hook)
    assert made.ask("GET", "/guarded").status == 500
    assert isinstance(seen[0], ConfigurationError)
    assert "KingpostPlugin" in str(seen[0])
    made.runner.close()


def test_the_plugin_leaves_a_dependency_of_the_host_alone() -> None:
    """A host that already provides something under the name kingpost keeps it."""
    plugin_seen: list[str] = []

    @get("/mine")
    async def mine(kingpost: NamedDependency[str]) -> str:
        """What the host provides."""
        plugin_seen.append(kingpost)
        return kingpost

    def make(plugin: KingpostPlugin) -> Litestar:
        own = {"kingpost": Provide(lambda: "mine", sync_to_thread=False)}
        return Litestar([mine], plugins=[plugin], dependencies=own, openapi_config=None, logging_config=None)

    made = Hosted(make, prefix="/kingpost")
    assert made.ask("GET", "/mine").body == b"mine"
    assert plugin_seen == ["mine"]
    made.close()


def test_a_handler_calls_other_services_within_the_callers_trace(hosted: Hosted) -> None:
    """A host's own handler has the same ``context.send`` as a use case."""
    hosted.machine.http.answers.append(HttpReply(status=204))
    trace = b"0af7651916cd43dd8448eb211c80319c"
    parent = (b"traceparent", b"00-" + trace + b"-b7ad6b7169203331-01")
    assert hosted.ask("GET", "/rate", key=hosted.key, headers=(parent,)).body == b"204"
    assert dict(hosted.machine.http.sent[0].stamp)["traceparent"].startswith(f"00-{trace.decode()}-")
