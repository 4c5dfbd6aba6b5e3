"""Cases about what a deployment shows to everybody: probes, metrics, the OpenAPI document, pages, and no open door (spec http, attacks 50, 51)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Step, get, one

_CLOSED_DOORS: Final = (
    ("schema", "/schema"),
    ("schema-document", "/schema/openapi.json"),
    ("admin", "/admin"),
    ("admin-slash", "/admin/"),
    ("admin-login", "/admin/login/"),
    ("api-docs", "/api/docs"),
    ("api-document", "/api/openapi.json"),
    ("static", "/static/app.js"),
    ("media", "/media/"),
    ("environment", "/.env"),
    ("git", "/.git/config"),
    ("well-known", "/.well-known/security.txt"),
    ("icon", "/favicon.ico"),
    ("debug", "/debug"),
    ("debug-toolbar", "/__debug__/"),
    ("swagger", "/swagger"),
    ("redoc", "/redoc"),
    ("docs-slash", "/docs/"),
    ("document-yaml", "/openapi.yaml"),
    ("graphql", "/graphql"),
    ("metrics-below", "/metrics/all"),
    ("health", "/health"),
)

_PAGES: Final = ("not-found", "invalid", "internal-error", "tenant-suspended", "label-taken", "slug-taken", "precondition-required")

_PATHS: Final = (
    "/specimens",
    "/specimens/{specimen_id}",
    "/specimens/{specimen_id}/children/{child_id}",
    "/specimens/{specimen_id}/adjustments",
    "/tenant",
    "/platform/tenants",
    "/platform/tenants/{tenant_id}",
    "/platform/tenants/{tenant_id}/suspend",
    "/platform/tenants/{tenant_id}/resume",
    "/platform/tenants/{tenant_id}/close",
    "/platform/tenants/{tenant_id}/reopen",
)


def _document(name: str, target: str, media: str, accept: str = "*/*") -> Case:
    step = Step(
        target=target,
        key=None,
        headers=(("accept", accept),),
        expect=Expect(status=200, headers={"content-type": media, "cache-control": "public, max-age=300"}),
    )
    return one(f"http.document.{name}", f"{target} is served to everybody.", step)


CASES: Final = (
    *(one(f"http.closed-door.{name}", f"{path} is not there.", get(path, 404, "not-found", key=None)) for name, path in _CLOSED_DOORS),
    _document("openapi", "/openapi.json", "application/json"),
    _document("docs", "/docs", "text/html; charset=utf-8"),
    *(
        one(
            f"http.document.problem.{code}",
            "The type of a problem is a page that exists (RFC 9457 section 3.1.1).",
            Step(
                target=f"/problems/{code}",
                key=None,
                headers=(("accept", "text/html"),),
                expect=Expect(
                    status=200, headers={"content-type": "text/html; charset=utf-8"}, holds=(code,), without=("<script", " src=", "url(")
                ),
            ),
        )
        for code in _PAGES
    ),
    one(
        "http.document.unknown-problem",
        "A page for a code that does not exist is 404.",
        get("/problems/no-such-code", 404, "not-found", key=None, headers=(("accept", "*/*"),)),
    ),
    one(
        "http.document.problem-accept",
        "A page is refused to who takes JSON alone.",
        get("/docs", 406, "not-acceptable", key=None, headers=(("accept", "application/json"),)),
    ),
    one(
        "http.document.credential",
        "A credential that proves nothing is not asked about where everybody may read.",
        get("/openapi.json", 200, key=None, headers=(("authorization", "Bearer abc"),)),
    ),
    one(
        "http.document.offline",
        "The page of the document needs nothing from elsewhere: no script, no font, no image, no style sheet.",
        Step(
            target="/docs",
            key=None,
            headers=(("accept", "text/html"),),
            expect=Expect(status=200, holds=("<style", "/specimens"), without=("<script", " src=", "<link", "@import", "url(", "cdn")),
        ),
    ),
    one(
        "http.document.scopes",
        "The document is one for both sides and says of each operation whose it is.",
        Step(
            target="/openapi.json",
            key=None,
            expect=Expect(status=200, holds=('"x-kingpost-scope":"platform"', '"x-kingpost-scope":"tenant"'), fields={"openapi": "3.1.0"}),
        ),
    ),
    one(
        "http.document.paths",
        "The document lists every path that is served (OpenAPI 3.1).",
        Step(target="/openapi.json", key=None, expect=Expect(status=200, holds=tuple(f'"{path}":' for path in _PATHS))),
    ),
    one(
        "http.metrics",
        "Metrics name operations and never a tenant.",
        Step(target="/metrics", key=None, expect=Expect(status=200, without=("<a.id>", "<a.slug>", "<a.key>"))),
    ),
    Case(
        id="http.metrics.unknown",
        law="Paths and methods of a client's invention are one series, on every deployment.",
        steps=(
            get("/invented-1", 404, "not-found", key=None),
            get("/invented-2/<a.id>", 404, "not-found"),
            Step(method="DELETE", target="/tenant", expect=Expect(status=405, code="method-not-allowed")),
            Step(method="INVENTED", target="/tenant", expect=Expect(status=405, code="method-not-allowed")),
            Step(
                target="/metrics",
                key=None,
                expect=Expect(
                    status=200,
                    headers={"cache-control": "no-store"},
                    holds=('operation="unknown"',),
                    without=("invented", "INVENTED", "<a.id>", "<a.slug>", "<b.id>"),
                ),
            ),
        ),
    ),
    Case(
        id="http.probe",
        law="Probes answer whatever the Host, the credential and the headers are.",
        tier="edge",
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
            Step(target="/livez", key=None, headers=(("authorization", "Bearer abc"),), expect=Expect(status=200)),
        ),
    ),
    one(
        "http.probe.media",
        "A probe answers with a health document that nobody keeps.",
        Step(
            target="/readyz",
            key=None,
            expect=Expect(
                status=200,
                headers={"content-type": "application/health+json", "cache-control": "no-store"},
                members=("status",),
                fields={"status": "pass"},
            ),
        ),
    ),
    one(
        "http.problem.no-echo",
        "A problem never repeats an id.",
        Step(target="/specimens/<absent.specimen>", expect=Expect(status=404, without=("<absent.specimen>",))),
    ),
    one(
        "http.problem.no-echo-of-path",
        "A problem never repeats the path.",
        Step(target="/secret-path/secret-id", expect=Expect(status=404, without=("secret",))),
    ),
    one(
        "http.problem.no-echo-of-header",
        "A refused header is named and its value is not repeated.",
        Step(
            headers=(("tenant", "secret-one,secret-two"),),
            expect=Expect(status=400, fields={"params/header": "tenant"}, without=("secret",)),
        ),
    ),
    one(
        "http.problem.accept",
        "A problem is told though it is not in an accepted media type (RFC 9457 section 3).",
        Step(target="/nothing", headers=(("accept", "text/html"),), expect=Expect(status=404, code="not-found")),
    ),
)
