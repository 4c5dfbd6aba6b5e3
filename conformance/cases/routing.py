"""Cases about paths and methods: exact paths, no redirect, HEAD, OPTIONS and 405 (spec http, table; attacks 16, 40, 41)."""

from .case import Case, Expect, Step, get, one

_PATHS = (
    ("unknown", "/nothing-here", 404, "not-found", "An unknown path is 404."),
    ("root", "/", 404, "not-found", "The root holds nothing."),
    ("trailing-slash", "/products/", 404, "not-found", "A trailing slash is another path; there is no redirect."),
    ("trailing-slash-of-id", "/products/<a.product>/", 404, "not-found", "A trailing slash behind an id is another path."),
    ("double-slash", "//products", 404, "not-found", "A doubled slash is not collapsed."),
    ("inner-double-slash", "/products//<a.product>", 404, "not-found", "A doubled slash inside is not collapsed."),
    ("dot-segment", "/./products", 404, "not-found", "A dot segment is not resolved."),
    ("dot-dot-segment", "/products/../tenant", 404, "not-found", "A dot-dot segment is not resolved."),
    ("encoded-dot-dot", "/products/%2e%2e/tenant", 404, "not-found", "An encoded dot-dot segment is not resolved."),
    ("upper-case", "/Products", 404, "not-found", "Paths are case-sensitive."),
    ("matrix", "/products;v=1", 404, "not-found", "A path parameter behind a semicolon is part of the segment."),
    ("bad-utf8", "/products/%FF", 400, "malformed-path", "Bad UTF-8 in a path is 400."),
    ("overlong-utf8", "/products/%C0%AF", 400, "malformed-path", "An overlong encoding of a slash is bad UTF-8."),
    ("nul", "/products/%00", 400, "malformed-path", "NUL in a path is 400."),
    ("newline", "/products/<a.product>%0A", 400, "malformed-path", "A newline behind an id is 400."),
    ("delete-character", "/products/%7F", 400, "malformed-path", "DEL in a path is 400."),
    ("broken-escape", "/products/%zz", 400, "malformed-path", "A percent sign without two digits is 400."),
    ("cut-escape", "/products/%4", 400, "malformed-path", "A percent sign at the end is 400."),
    ("nul-in-unknown", "/nothing/%00", 400, "malformed-path", "NUL is 400 in an unknown path too."),
)

_IDS = (
    ("upper", "PRD_01H455VB4PEX5VSKNK084SN02Q"),
    ("other-prefix", "<a.id>"),
    ("no-prefix", "01h455vb4pex5vsknk084sn02q"),
    ("uuid", "018c8a5d-ac96-7775-bce6-b504c10d22f7"),
    ("braces", "%7B018c8a5d-ac96-7775-bce6-b504c10d22f7%7D"),
    ("urn", "urn:uuid:018c8a5d-ac96-7775-bce6-b504c10d22f7"),
    ("overflow", "prd_8zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("short", "prd_01h455vb4pex5vsknk084sn02"),
    ("long", "prd_01h455vb4pex5vsknk084sn02qq"),
    ("excluded-letter", "prd_01h455vb4pex5vsknk084sn0il"),
    ("integer", "1"),
    ("arabic-digit", "%D9%A1"),
    ("space", "%20<a.product>"),
    ("quote", "'%20OR%201=1--"),
    ("encoded-dash", "prd%2D01h455vb4pex5vsknk084sn02q"),
)

_ALLOWED = (
    ("/products", "GET, HEAD, OPTIONS, POST"),
    ("/products/<a.product>", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("/products/<a.product>/stock-adjustments", "OPTIONS, POST"),
    ("/tenant", "GET, HEAD, OPTIONS"),
    ("/platform/tenants", "GET, HEAD, OPTIONS, POST"),
    ("/livez", "GET, HEAD, OPTIONS"),
    ("/openapi.json", "GET, HEAD, OPTIONS"),
)

_WRONG = (
    ("put", "PUT", "/products", "GET, HEAD, OPTIONS, POST"),
    ("delete", "DELETE", "/products", "GET, HEAD, OPTIONS, POST"),
    ("post-on-one", "POST", "/products/<a.product>", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("trace", "TRACE", "/tenant", "GET, HEAD, OPTIONS"),
    ("unknown", "BREW", "/tenant", "GET, HEAD, OPTIONS"),
    ("lower-case", "get", "/tenant", "GET, HEAD, OPTIONS"),
    ("head-without-get", "HEAD", "/products/<a.product>/stock-adjustments", "OPTIONS, POST"),
    ("probe", "POST", "/livez", "GET, HEAD, OPTIONS"),
    ("connect", "CONNECT", "/tenant", "GET, HEAD, OPTIONS"),
)


def _head(name: str, target: str) -> Case:
    """HEAD beside GET: the same headers."""
    law = f"HEAD {target} answers as GET does, without the body."
    return Case(
        id=f"routing.head.{name}",
        law=law,
        steps=(get(target, 200), Step(method="HEAD", target=target, expect=Expect(status=200, body=b""))),
    )


CASES = (
    *(one(f"routing.path.{name}", law, get(target, status, code)) for name, target, status, code, law in _PATHS),
    one(
        "routing.path.encoded-slash",
        "An encoded slash is part of a segment, and no id has one.",
        get("/products%2F<a.product>", 404, "not-found"),
        needs=frozenset({"raw-path"}),
    ),
    *(
        Case(
            id=f"routing.id.{name}",
            law="A malformed id in a path is answered like an absent one.",
            steps=(
                get("/products/<absent.product>", 404, "not-found"),
                Step(target=f"/products/{id_}", expect=Expect(status=404, same_as=0)),
            ),
        )
        for name, id_ in _IDS
    ),
    one(
        "routing.id.encoded",
        "A percent-encoded letter means the letter.",
        Step(target="/%70roducts/<a.product>", expect=Expect(status=200, fields={"sku": "SHARED-1"})),
    ),
    *(
        one(
            f"routing.options.{number}",
            f"OPTIONS {path} is 204 with the full sorted Allow, without credentials.",
            Step(
                method="OPTIONS",
                target=path,
                key=None,
                expect=Expect(status=204, headers={"allow": allow}, body=b"", absent=("content-type", "content-length")),
            ),
        )
        for number, (path, allow) in enumerate(_ALLOWED)
    ),
    one(
        "routing.options.preflight",
        "Without CORS a preflight is an OPTIONS like any other: nothing is allowed.",
        Step(
            method="OPTIONS",
            target="/products",
            key=None,
            headers=(("origin", "https://evil.example"), ("access-control-request-method", "POST")),
            expect=Expect(
                status=204, absent=("access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers")
            ),
        ),
    ),
    one(
        "routing.options.unknown",
        "OPTIONS of an unknown path is 404.",
        Step(method="OPTIONS", target="/nothing", key=None, expect=Expect(status=404, code="not-found")),
    ),
    one(
        "routing.options.asterisk",
        "OPTIONS * names no path of this API.",
        Step(method="OPTIONS", target="*", expect=Expect(status=400, code="malformed-path")),
    ),
    *(
        one(
            f"routing.method.{name}",
            f"{method} on a path that does not know it is 405 with the sorted Allow.",
            Step(
                method=method,
                target=target,
                expect=Expect(status=405, code=None if method == "HEAD" else "method-not-allowed", headers={"allow": allow}),
            ),
        )
        for name, method, target, allow in _WRONG
    ),
    one(
        "routing.method.without-credentials",
        "405 is told before authentication.",
        Step(method="PUT", target="/products", key=None, expect=Expect(status=405, code="method-not-allowed")),
    ),
    one("routing.path.without-credentials", "404 is told before authentication.", get("/nothing-here", 404, "not-found", key=None)),
    one(
        "routing.method.override",
        "X-HTTP-Method-Override is ignored.",
        Step(
            method="POST",
            target="/tenant",
            headers=(("x-http-method-override", "GET"),),
            expect=Expect(status=405, code="method-not-allowed"),
        ),
    ),
    Case(
        id="routing.method.override-of-get",
        law="A GET that asks to be a DELETE stays a GET.",
        steps=(
            Step(
                target="/products/<a.product>",
                headers=(("x-http-method-override", "DELETE"), ("x-method-override", "DELETE")),
                expect=Expect(status=200),
            ),
            get("/products/<a.product>", 200),
        ),
    ),
    *(
        _head(name, target)
        for name, target in (("item", "/products/<a.product>"), ("list", "/products"), ("own-tenant", "/tenant"), ("probe", "/livez"))
    ),
    Case(
        id="routing.head.problem",
        law="HEAD of what is not there is 404 without a body.",
        steps=(Step(method="HEAD", target="/products/<absent.product>", expect=Expect(status=404, body=b"")),),
    ),
    one(
        "routing.target.too-long",
        "A target above 4,000 bytes is 414.",
        get("/products?sku=" + "x" * 4000, 414, "path-too-long"),
    ),
    one(
        "routing.target.longest",
        "A target of exactly 4,000 bytes is read.",
        Step(target="/products?sku=" + "x" * (4000 - len("/products?sku=")), expect=Expect(status=422, pointers=("query:sku",))),
    ),
    one(
        "routing.websocket.known",
        "A WebSocket handshake on an operation is 426.",
        Step(
            target="/products",
            websocket=True,
            headers=(("upgrade", "websocket"), ("connection", "Upgrade")),
            expect=Expect(status=426, code="upgrade-unsupported"),
        ),
        tier="asgi",
        needs=frozenset({"websocket"}),
    ),
    one(
        "routing.websocket.unknown",
        "A WebSocket handshake on an unknown path is 426.",
        Step(
            target="/nothing",
            websocket=True,
            headers=(("upgrade", "websocket"), ("connection", "Upgrade")),
            expect=Expect(status=426, code="upgrade-unsupported"),
        ),
        tier="asgi",
        needs=frozenset({"websocket"}),
    ),
    one(
        "routing.upgrade-header",
        "An Upgrade header on a plain request is 426.",
        get("/products", 426, "upgrade-unsupported", headers=(("upgrade", "websocket"),)),
    ),
)
