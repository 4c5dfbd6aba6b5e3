"""A host's handler with the kernel's Context as a parameter: it reads or is one unit of work, by its method. It knows one host."""

from collections.abc import Iterator

import pytest
from litestar import Litestar, get, post
from litestar.di import NamedDependency

from examples.storefront import CreateProduct, Price, Product
from examples.storefront.usecases import create_product
from kingpost.adapters.litestar_app import HostCall
from kingpost.kernel.context import Context
from kingpost.kernel.errors import Unavailable
from kingpost.kernel.store import PLATFORM
from kingpost.kernel.tenancy import CreateTenant, create_tenant
from tests.adapters.litestar.hosted import Hosted

TOLD: list[str] = []


def ware(sku: str) -> CreateProduct:
    """A product to make."""
    return CreateProduct(sku=sku, name=sku, price=Price(amount=1, currency="EUR"))


@get("/count")
async def count(kingpost_context: NamedDependency[Context]) -> int:
    """How many products the caller's tenant has."""
    assert kingpost_context.unit is None
    return len((await kingpost_context.store.find(Product, order=("id",), limit=10)).items)


@post("/two")
async def two(kingpost_context: NamedDependency[Context]) -> str:
    """One unit of work."""
    for sku in ("A", "B"):
        await create_product(kingpost_context, body=ware(sku))
    kingpost_context.on_commit(lambda: TOLD.append("two"))
    return "done"


@post("/broken")
async def broken(kingpost_context: NamedDependency[Context]) -> str:
    """Fails behind its write."""
    await create_product(kingpost_context, body=ware("C"))
    kingpost_context.on_commit(lambda: TOLD.append("broken"))
    raise RuntimeError


@post("/open")
async def open_to_nobody(kingpost: NamedDependency[HostCall]) -> str:
    """A use case of the platform, for whoever asks."""
    return (await kingpost.call(create_tenant, body=CreateTenant(slug="mine", name="Mine"))).tenant.slug


@post("/answered-for")
async def answered_for(kingpost: NamedDependency[HostCall]) -> str:
    """The host names the scope: a sign-up of its own."""
    return (await kingpost.call(create_tenant, scope=PLATFORM, body=CreateTenant(slug="signed-up", name="New"))).tenant.slug


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    """Kingpost under /kingpost in a host whose handlers take a Context."""
    TOLD.clear()
    handlers = [count, two, broken, open_to_nobody, answered_for]
    made = Hosted(lambda plugin: Litestar(handlers, plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    yield made
    made.close()


def test_a_handler_that_returns_commits(hosted: Hosted) -> None:
    """Both rows and what follows the commit; a GET reads them."""
    assert hosted.ask("POST", "/two", key=hosted.key).body == b"done"
    assert (hosted.ask("GET", "/count", key=hosted.key).body, TOLD) == (b"2", ["two"])


def test_a_handler_that_raises_keeps_nothing(hosted: Hosted) -> None:
    """An error of its own is 500, one of the kernel its problem document; neither leaves a row."""
    assert hosted.ask("POST", "/broken", key=hosted.key).status == 500
    assert hosted.ask("GET", "/count", key=hosted.key).body == b"0"
    assert hosted.ask("POST", "/two", key=hosted.key).status == 201
    refused = hosted.ask("POST", "/two", key=hosted.key)
    assert (refused.status, refused.json()["code"]) == (409, "sku-taken")
    assert (hosted.ask("GET", "/count", key=hosted.key).body, TOLD) == (b"2", ["two"])


def test_a_commit_that_fails_is_its_problem_document(hosted: Hosted) -> None:
    """The answer waits for the commit: nobody is told of rows that are not there."""
    hosted.bench.fail_next("commit", Unavailable())
    refused = hosted.ask("POST", "/two", key=hosted.key)
    assert (refused.status, refused.json()["code"]) == (503, "unavailable")
    assert (hosted.ask("GET", "/count", key=hosted.key).body, TOLD) == (b"0", [])


def test_nobody_has_no_context_unless_the_host_answers_for_it(hosted: Hosted) -> None:
    """A scope is never guessed: without a credential it is 401, not the platform's; a host that knows better names it."""
    for method, path in (("GET", "/count"), ("POST", "/two"), ("POST", "/open")):
        refused = hosted.ask(method, path)
        assert (refused.status, refused.json()["code"]) == (401, "unauthenticated")
    assert hosted.ask("POST", "/answered-for").body == b"signed-up"
    found = hosted.ask("GET", "/kingpost/platform/tenants", key=hosted.platform_key).json()["items"]
    assert [item["slug"] for item in found] == ["acme", "signed-up"]
