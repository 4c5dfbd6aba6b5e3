"""Cases about tenants: what is another's does not exist, and a suspended or closed tenant is refused (spec http, attacks 1 to 17; isolation T01 to T13)."""

from .case import MUG, Case, Expect, Pairs, Step, get, one, post

_ETAG: Pairs = (("if-match", "<b.product.etag>"),)
_JSON: Pairs = (("content-type", "application/json"),)


def _pair(name: str, law: str, method: str, path: str, *, body: bytes = b"", headers: Pairs = ()) -> Case:
    """The same exchange on an absent object and on B's: the same answer, byte for byte; afterwards B's row is as it was."""
    code = None if method == "HEAD" else "not-found"
    absent = Step(method=method, target=path % "<absent.product>", body=body, headers=headers, expect=Expect(status=404, code=code))
    foreign = Step(method=method, target=path % "<b.product>", body=body, headers=headers, expect=Expect(status=404, same_as=0))
    untouched = Step(target="/products/<b.product>", key="b.key", expect=Expect(status=200, headers={"etag": "<b.product.etag>"}))
    return Case(id=f"isolation.object.{name}", law=law, steps=(absent, foreign, untouched))


_EVERY_ROUTE = (
    ("GET", "/tenant", b""),
    ("GET", "/products", b""),
    ("POST", "/products", MUG),
    ("GET", "/products/<a.product>", b""),
    ("PATCH", "/products/<a.product>", b"{}"),
    ("DELETE", "/products/<a.product>", b""),
    ("POST", "/products/<a.product>/stock-adjustments", b'{"delta":1}'),
    ("HEAD", "/tenant", b""),
)

_PLATFORM = (
    ("GET", "/platform/tenants", b""),
    ("POST", "/platform/tenants", b'{"slug":"own-goal","name":"x"}'),
    ("GET", "/platform/tenants/<a.id>", b""),
    ("GET", "/platform/tenants/<b.id>", b""),
    ("GET", "/platform/tenants/<absent.tenant>", b""),
    ("GET", "/platform/tenants/nonsense", b""),
    ("PATCH", "/platform/tenants/<a.id>", b'{"plan":"gold"}'),
    ("POST", "/platform/tenants/<b.id>/suspend", b"{}"),
    ("POST", "/platform/tenants/<b.id>/resume", b""),
    ("POST", "/platform/tenants/<b.id>/close", b"{}"),
    ("POST", "/platform/tenants/<b.id>/reopen", b""),
    ("HEAD", "/platform/tenants", b""),
)


def _refused(kind: str, number: int, method: str, target: str, body: bytes) -> Case:
    code = None if method == "HEAD" else f"tenant-{kind}"
    step = Step(method=method, target=target, key=f"{kind}.key", body=body, expect=Expect(status=403, code=code))
    return one(f"isolation.{kind}.{number}", f"A {kind} tenant is refused: {method} {target}.", step)


def _state(action: str, etag: str, status: int, code: str | None = None, *, body: bytes = b"", save: str = "etag") -> Step:
    return Step(
        method="POST",
        target=f"/platform/tenants/<a.id>/{action}",
        key="platform.key",
        body=body,
        headers=(("if-match", etag), *(_JSON if body else ())),
        expect=Expect(status=status, code=code),
        save={save: "header:etag"} if status == 200 else {},
    )


CASES = (
    _pair("read", "Reading B's product as A is like reading none.", "GET", "/products/%s"),
    _pair(
        "read-conditional",
        "If-None-Match with B's tag tells nothing.",
        "GET",
        "/products/%s",
        headers=(("if-none-match", "<b.product.etag>"),),
    ),
    _pair("head", "HEAD tells no more than GET.", "HEAD", "/products/%s"),
    _pair(
        "update",
        "Changing B's product as A is like changing none.",
        "PATCH",
        "/products/%s",
        body=b'{"name":"stolen"}',
        headers=(*_ETAG, *_JSON),
    ),
    _pair("delete", "Deleting B's product as A is like deleting none.", "DELETE", "/products/%s", headers=_ETAG),
    _pair("adjust", "Adjusting B's stock as A is like adjusting none.", "POST", "/products/%s/stock-adjustments", body=b'{"delta":-1}'),
    _pair(
        "update-stale",
        "A stale tag tells nothing of B's product.",
        "PATCH",
        "/products/%s",
        body=b"{}",
        headers=(("if-match", '"x-1"'), *_JSON),
    ),
    Case(
        id="isolation.list",
        law="A list holds one's own rows only.",
        steps=(Step(target="/products?limit=200", expect=Expect(status=200, holds=("Thing own",), without=("canary",))),),
    ),
    Case(
        id="isolation.filter",
        law="A filter on a value that A and B share finds A's row alone.",
        steps=(Step(target="/products?sku=SHARED-1", expect=Expect(status=200, holds=("Thing own",), without=("canary",))),),
    ),
    Case(
        id="isolation.unique",
        law="A SKU that only B has is free for A; one's own is not.",
        steps=(
            post("/products", MUG, 201, key="b.key"),
            post("/products", MUG, 201),
            post("/products", MUG, 409, "sku-taken"),
        ),
    ),
    Case(
        id="isolation.conditional",
        law="B's tag never makes A's answer 304.",
        steps=(get("/products/<a.product>", 200, headers=(("if-none-match", "<b.product.etag>"),)),),
    ),
    Case(
        id="isolation.cache",
        law="What belongs to a caller is private and varies by credential and tenant.",
        steps=(
            Step(
                target="/products/<a.product>",
                expect=Expect(status=200, headers={"cache-control": "private, no-cache", "vary": "Authorization, Tenant, API-Version"}),
            ),
            Step(
                target="/products",
                expect=Expect(status=200, headers={"cache-control": "no-store", "vary": "Authorization, Tenant, API-Version"}),
            ),
        ),
    ),
    *(
        one(
            f"isolation.platform.{number}",
            f"A tenant's credential on a platform path is 403, whatever the id: {method} {target}.",
            Step(method=method, target=target, body=body, expect=Expect(status=403, code=None if method == "HEAD" else "platform-only")),
        )
        for number, (method, target, body) in enumerate(_PLATFORM)
    ),
    *(
        one(
            f"isolation.tenant-required.{number}",
            f"A platform credential on a tenant's path is 403: {method} {target}.",
            Step(
                method=method,
                target=target,
                body=body,
                key="platform.key",
                expect=Expect(status=403, code=None if method == "HEAD" else "tenant-required"),
            ),
        )
        for number, (method, target, body) in enumerate(_EVERY_ROUTE)
    ),
    one(
        "isolation.tenant-required.header",
        "The Tenant header never selects a tenant for the platform.",
        get("/products", 403, "tenant-required", key="platform.key", headers=(("tenant", "<a.id>"),)),
    ),
    one(
        "isolation.platform.header",
        "A platform call that names a tenant is refused, for its credential has none.",
        get("/platform/tenants", 403, "tenant-mismatch", key="platform.key", headers=(("tenant", "<a.id>"),)),
    ),
    *(_refused(kind, number, *route) for kind in ("suspended", "closed") for number, route in enumerate(_EVERY_ROUTE)),
    Case(
        id="isolation.life",
        law="Suspend, resume, close and reopen: every route follows at once, and one's own rows come back.",
        steps=(
            Step(
                target="/platform/tenants/<a.id>",
                key="platform.key",
                expect=Expect(status=200, fields={"status": "active"}),
                save={"etag": "header:etag"},
            ),
            _state("resume", "<etag>", 409, "invalid-transition"),
            _state("suspend", "<etag>", 200, body=b'{"reason":"invoice overdue"}'),
            get("/products/<a.product>", 403, "tenant-suspended"),
            _state("suspend", "<etag>", 409, "invalid-transition", body=b"{}"),
            _state("resume", "<etag>", 200),
            get("/products/<a.product>", 200),
            _state("close", "<etag>", 200, body=b'{"grace_days":1}'),
            get("/products/<a.product>", 403, "tenant-closed"),
            _state("reopen", "<etag>", 200),
            get("/products/<a.product>", 200),
            _state("reopen", "<etag>", 409, "invalid-transition"),
        ),
    ),
    Case(
        id="isolation.slug",
        law="A slug is unique over the platform, of one grammar, and some are reserved.",
        steps=(
            post("/platform/tenants", b'{"slug":"tenant-a","name":"x"}', 409, "slug-taken", key="platform.key"),
            post("/platform/tenants", b'{"slug":"admin","name":"x"}', 422, "invalid", key="platform.key", pointers=("/slug",)),
            post("/platform/tenants", b'{"slug":"Upper","name":"x"}', 422, "invalid", key="platform.key", pointers=("/slug",)),
            post("/platform/tenants", b'{"slug":"xn--evil","name":"x"}', 422, "invalid", key="platform.key", pointers=("/slug",)),
        ),
    ),
    Case(
        id="isolation.host",
        law="A host name selects its tenant: another's credential is refused there, and it can be claimed once.",
        steps=(
            Step(
                method="POST",
                target="/platform/tenants",
                key="platform.key",
                body=b'{"slug":"hosted","name":"x","hosts":["shop.hosted.example"]}',
                expect=Expect(status=201),
                save={"hosted.key": "json:key"},
            ),
            get("/tenant", 200, key="hosted.key", headers=(("host", "shop.hosted.example"),)),
            get("/tenant", 200, key="hosted.key", headers=(("host", "SHOP.hosted.example:443"),)),
            get("/tenant", 403, "tenant-mismatch", headers=(("host", "shop.hosted.example"),)),
            get("/platform/tenants", 403, "tenant-mismatch", key="platform.key", headers=(("host", "shop.hosted.example"),)),
            post(
                "/platform/tenants", b'{"slug":"thief","name":"x","hosts":["shop.hosted.example"]}', 409, "host-taken", key="platform.key"
            ),
            get("/platform/tenants?slug=thief", 200, key="platform.key"),
        ),
    ),
)
