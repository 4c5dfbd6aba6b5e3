"""Kingpost in a host application: whose host names its handlers accept, what debug shows, what moves with the prefix. It knows one handler."""

from litestar import Litestar, get
from litestar.di import NamedDependency

from kingpost.adapters.litestar_app import HostCall
from tests.adapters.litestar.hosted import Hosted


@get("/who")
async def who(kingpost: NamedDependency[HostCall]) -> dict[str, str]:
    """Who calls."""
    principal = await kingpost.principal()
    return {"side": principal.side}


def test_the_host_name_must_agree_in_a_hosts_own_handlers() -> None:
    """A name that a tenant claims is for its credential alone; the deployment's own and names that nobody claims are for everybody's."""
    made = Hosted(lambda plugin: Litestar([who], plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    body = b'{"slug":"claimed","name":"x","hosts":["shop.claimed.example"]}'
    own = str(made.ask("POST", "/kingpost/platform/tenants", key=made.platform_key, body=body).json()["key"])

    def asked(key: str, host: bytes) -> tuple[int, object]:
        reply = made.ask("GET", "/who", key=key, headers=((b"host", host),))
        return reply.status, reply.json().get("code")

    assert asked(own, b"shop.claimed.example") == (200, None)
    assert asked(own, b"SHOP.claimed.example:8443") == (200, None)
    assert asked(made.key, b"shop.claimed.example") == (403, "tenant-mismatch")
    assert asked(made.platform_key, b"shop.claimed.example") == (403, "tenant-mismatch")
    assert asked(own, b"testserver") == asked(made.key, b"testserver") == asked(made.key, b"nobodys.example") == (200, None)
    made.close()


def test_debug_shows_nothing_of_the_inside() -> None:
    """In an application with ``debug=True`` the kernel's 500 and 404 are the same problem documents."""
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], debug=True, openapi_config=None, logging_config=None))
    made.bench.fail_next("find", RuntimeError("the inside"))
    failed = made.ask("GET", "/products", key=made.key, headers=((b"accept", b"*/*"),))
    assert (failed.status, failed.one("content-type"), failed.json()["code"]) == (500, "application/problem+json", "internal-error")
    assert b"inside" not in failed.body
    missing = made.ask("GET", "/nothing")
    assert (missing.status, missing.json()["code"]) == (404, "not-found")
    made.close()


def test_probes_documents_and_links_move_with_the_prefix() -> None:
    """Under the mount everything is there and ``Link`` carries it (RFC 8288); outside nothing is."""
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    for place in ("livez", "readyz", "metrics", "openapi.json", "docs", "problems/not-found"):
        assert made.ask("GET", f"/kingpost/{place}", headers=((b"accept", b"*/*"),)).status == 200
        assert made.ask("GET", f"/{place}").status == 404
    for number in range(3):
        body = b'{"sku":"S-%d","name":"x","price":{"amount":1,"currency":"EUR"}}' % number
        assert made.ask("POST", "/kingpost/products", key=made.key, body=body).status == 201
    target, _, relation = (made.ask("GET", "/kingpost/products?limit=2", key=made.key).one("link") or "").partition("; ")
    assert relation == 'rel="next"'
    assert target.startswith("</kingpost/products?limit=2&cursor=")
    page = made.ask("GET", target.strip("<>"), key=made.key)
    assert [item["sku"] for item in page.json()["items"]] == ["S-2"]  # type: ignore[attr-defined]
    made.close()


def test_nothing_is_routed_but_the_operations() -> None:
    """The application's routes are the registry's paths: no schema page, no static folder, nothing that the document does not tell of."""
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], openapi_config=None, logging_config=None), prefix="/kingpost")
    routed = {route.path.replace(":str}", "}") for route in made.app.routes}
    assert routed == {f"/kingpost{path}" for path in made.kernel.registry.paths}
    document = made.ask("GET", "/kingpost/openapi.json").json()
    probes = {operation.path for operation in made.kernel.registry.operations if operation.probe}
    assert {f"/kingpost{path}" for path in document["paths"]} == routed - {f"/kingpost{path}" for path in probes}  # type: ignore[attr-defined]
    made.close()
