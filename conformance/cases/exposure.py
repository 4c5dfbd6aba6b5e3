"""Cases about what a deployment shows: errors without an inside, documents, probes, security headers (spec http, attacks 49 to 51)."""

from .case import MUG, Case, Expect, Step, get, one

_DOOR = frozenset({"back-door"})
_JSON = (("content-type", "application/json"),)
_MATCH = (("if-match", "<a.product.etag>"),)

_FAILING = (
    ("GET", "/products/<a.product>", b"", "get", "a.key"),
    ("GET", "/products", b"", "find", "a.key"),
    ("POST", "/products", MUG, "insert", "a.key"),
    ("PATCH", "/products/<a.product>", b'{"name":"x"}', "replace", "a.key"),
    ("DELETE", "/products/<a.product>", b"", "remove", "a.key"),
    ("POST", "/products/<a.product>/stock-adjustments", b'{"delta":1}', "replace", "a.key"),
    ("POST", "/products", MUG, "commit", "a.key"),
    ("GET", "/tenant", b"", "get", "a.key"),
    ("POST", "/platform/tenants", b'{"slug":"new","name":"x"}', "insert", "platform.key"),
    ("GET", "/platform/tenants", b"", "find", "platform.key"),
)

_CLOSED_DOORS = (
    "/schema",
    "/schema/openapi.json",
    "/admin",
    "/admin/",
    "/api/docs",
    "/static/app.js",
    "/.env",
    "/favicon.ico",
    "/debug",
    "/__debug__/",
    "/swagger",
)


def _failing(number: int, row: tuple[str, str, bytes, str, str]) -> Case:
    method, target, body, call, key = row
    step = Step(
        method=method,
        target=target,
        key=key,
        body=body,
        headers=(*_MATCH, *(_JSON if body else ())) if method in ("PATCH", "DELETE") else (),
        fail=call,
        expect=Expect(status=500, code="internal-error", without=("Unforeseen", "SELECT", 'File "')),
    )
    again = Step(
        method=method,
        target=target,
        key=key,
        body=body,
        headers=step.headers,
        expect=Expect(status={"POST": 201, "DELETE": 204}.get(method, 200)),
    )
    if target.endswith("stock-adjustments"):
        again = Step(method=method, target=target, key=key, body=body, expect=Expect(status=200, fields={"stock": 6}))
    law = f"An unforeseen error in {method} {target} is a 500 that tells nothing of the inside, and changes nothing."
    return Case(id=f"exposure.failure.{number}", law=law, steps=(step, again), needs=_DOOR)


def _document(name: str, target: str, media: str) -> Case:
    step = Step(target=target, key=None, headers=(("accept", "*/*"),), expect=Expect(status=200, headers={"content-type": media}))
    return one(f"exposure.document.{name}", f"{target} is served to everybody.", step)


CASES = (
    *(_failing(number, row) for number, row in enumerate(_FAILING)),
    *(
        one(f"exposure.closed-door.{number}", f"{path} is not there.", get(path, 404, "not-found", key=None))
        for number, path in enumerate(_CLOSED_DOORS)
    ),
    _document("openapi", "/openapi.json", "application/json"),
    _document("docs", "/docs", "text/html; charset=utf-8"),
    _document("problem", "/problems/not-found", "text/html; charset=utf-8"),
    one(
        "exposure.document.unknown-problem",
        "A page for a code that does not exist is 404.",
        get("/problems/no-such-code", 404, "not-found", key=None, headers=(("accept", "*/*"),)),
    ),
    one(
        "exposure.metrics",
        "Metrics name operations and never a tenant.",
        Step(target="/metrics", key=None, expect=Expect(status=200, without=("<a.id>", "tenant-a"))),
    ),
    Case(
        id="exposure.metrics.unknown",
        law="Paths and methods of a client's invention are one series, on every deployment.",
        steps=(
            get("/invented-1", 404, "not-found", key=None),
            get("/invented-2/<a.id>", 404, "not-found"),
            Step(method="DELETE", target="/tenant", expect=Expect(status=405, code="method-not-allowed")),
            Step(
                target="/metrics",
                key=None,
                expect=Expect(
                    status=200,
                    headers={"cache-control": "no-store"},
                    holds=('operation="unknown"',),
                    without=("invented", "<a.id>", "tenant-a", "<b.id>"),
                ),
            ),
        ),
    ),
    one(
        "exposure.document.offline",
        "The page of the document needs nothing from elsewhere: no script, no font, no image, no style sheet.",
        Step(
            target="/docs",
            key=None,
            headers=(("accept", "text/html"),),
            expect=Expect(status=200, holds=("<style", "/products"), without=("<script", " src=", "<link", "@import", "url(", "cdn")),
        ),
    ),
    one(
        "exposure.document.scopes",
        "The document is one for both sides and says of each operation whose it is.",
        Step(
            target="/openapi.json",
            key=None,
            expect=Expect(
                status=200,
                headers={"cache-control": "public, max-age=300"},
                holds=('"x-kingpost-scope":"platform"', '"x-kingpost-scope":"tenant"', '"/platform/tenants/{tenant_id}"', '"/products"'),
            ),
        ),
    ),
    Case(
        id="exposure.probe",
        law="Probes answer whatever the Host, the credential and the headers are.",
        steps=(
            Step(target="/livez", key=None, headers=(("host", "10.0.0.7:8000"),), expect=Expect(status=200, body=b'{"status":"pass"}')),
            Step(target="/livez", key=None, omit=("host",), expect=Expect(status=200)),
            Step(target="/livez", key=None, headers=tuple((f"x-{n}", "1") for n in range(150)), expect=Expect(status=200)),
            Step(
                target="/readyz",
                key=None,
                headers=(("host", "10.0.0.7"),),
                expect=Expect(status=200, headers={"cache-control": "no-store"}),
            ),
            Step(target="/livez", key=None, headers=(("accept", "application/xml"),), expect=Expect(status=200)),
        ),
    ),
    one(
        "exposure.detail",
        "A problem never echoes an id.",
        Step(target="/products/<absent.product>", expect=Expect(status=404, without=("prd_01h455vb4pex5vsknk084sn02q",))),
    ),
    one(
        "exposure.echo",
        "A refused value is not echoed.",
        Step(target="/products?status=%3Cscript%3E", expect=Expect(status=422, without=("script",))),
    ),
    Case(
        id="exposure.secret",
        law="The answer that holds a credential is never cached, and the credential is shown once.",
        steps=(
            Step(
                method="POST",
                target="/platform/tenants",
                key="platform.key",
                body=b'{"slug":"once","name":"x"}',
                expect=Expect(status=201, headers={"cache-control": "no-store"}),
                save={"once.key": "json:key", "once.id": "json:tenant/id"},
            ),
            Step(target="/platform/tenants/<once.id>", key="platform.key", expect=Expect(status=200, without=("kp_t_",))),
            get("/tenant", 200, key="once.key"),
        ),
    ),
)
