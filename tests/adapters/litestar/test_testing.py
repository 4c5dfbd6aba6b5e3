"""``kingpost.testing`` with a Litestar application: the bench's kernel behind Litestar's own test clients. It knows the storefront."""

import asyncio
from collections.abc import Iterator

import pytest
from litestar import Litestar, get
from litestar.di import NamedDependency
from litestar.testing import AsyncTestClient, TestClient

from examples.storefront import COMPONENT, Product
from kingpost.adapters.litestar_app import HostCall, KingpostPlugin
from kingpost.testing import Workbench
from kingpost.testing.litestar import client

MUG = {"sku": "MUG-01", "name": "Mug", "price": {"amount": 1999, "currency": "EUR"}}


@get("/whoami")
async def whoami(kingpost: NamedDependency[HostCall]) -> dict[str, str | None]:
    """A handler of the host."""
    return {"tenant": (await kingpost.principal()).tenant_id}


def application(bench: Workbench) -> Litestar:
    """A host with Kingpost under a prefix."""
    return Litestar(
        route_handlers=[whoami], plugins=[KingpostPlugin(bench.kernel, prefix="/api")], openapi_config=None, logging_config=None
    )


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A workbench of the storefront."""
    with Workbench(COMPONENT) as made:
        yield made


def test_the_application_answers_from_the_benchs_rows(bench: Workbench) -> None:
    """What is asked over Litestar is in the rows of the bench, under the plugin's prefix."""
    acme = bench.tenant("acme")
    with TestClient(application(bench)) as http:
        made = client(http, as_=acme).post("/products", MUG).expect(201)
        assert made.location == f"/api/products/{made.json['id']}"
        client(http).get("/products").expect(401, "unauthenticated")
        client(http, as_=acme.only("storefront.products:read")).post("/products", MUG).expect(403, "permission-missing")
    assert [product.id for product in bench.rows(Product)] == [made.json["id"]]


def test_memory_and_litestar_answer_alike(bench: Workbench) -> None:
    """The client in memory and the one over Litestar give the same answer, but for the prefix."""
    acme = bench.tenant("acme")
    bench.client(as_=acme).post("/products", MUG).expect(201)
    with TestClient(application(bench)) as http:
        over_litestar = client(http, as_=acme).get("/products")
    assert over_litestar.json == bench.client(as_=acme).get("/products").json


def test_time_is_the_tests(bench: Workbench) -> None:
    """The application sees the clock that the test moves."""
    acme, before = bench.tenant("acme"), bench.clock.now()
    bench.clock.advance(days=1)
    with TestClient(application(bench)) as http:
        client(http, as_=acme).post("/products", MUG).expect(201)
    assert (bench.rows(Product)[0].created_at - before).days == 1


def test_the_hosts_own_handlers_know_the_caller(bench: Workbench) -> None:
    """A party's headers are what any client sends for it."""
    acme = bench.tenant("acme")
    with TestClient(application(bench)) as http:
        assert http.get("/whoami", headers=dict(acme.headers)).json() == {"tenant": acme.id}


def test_a_test_that_awaits_has_the_same_client(bench: Workbench) -> None:
    """Over an ``AsyncTestClient`` the methods are awaited."""
    acme = bench.tenant("acme")

    async def asked() -> int:
        async with AsyncTestClient(application(bench)) as http:
            api = client(http, as_=acme)
            made = (await api.post("/products", MUG)).expect(201)
            return (await api.delete(f"/products/{made.json['id']}", if_match=made)).status

    assert asyncio.run(asked()) == 204
