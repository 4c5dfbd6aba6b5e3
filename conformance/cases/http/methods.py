"""Cases about methods: HEAD, OPTIONS, 405 and upgrades (RFC 9110 section 9; spec http, table; attacks 16, 40)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Pairs, Step, get, one

_ALLOWED: Final = (
    ("specimens", "/specimens", "GET, HEAD, OPTIONS, POST"),
    ("specimen", "/specimens/<a.specimen>", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("adjustments", "/specimens/<a.specimen>/adjustments", "OPTIONS, POST"),
    ("child", "/specimens/<a.specimen>/children/<a.child>", "GET, HEAD, OPTIONS"),
    ("tenant", "/tenant", "GET, HEAD, OPTIONS"),
    ("tenants", "/platform/tenants", "GET, HEAD, OPTIONS, POST"),
    ("one-tenant", "/platform/tenants/<a.id>", "GET, HEAD, OPTIONS, PATCH"),
    ("transition", "/platform/tenants/<a.id>/suspend", "OPTIONS, POST"),
    ("probe", "/livez", "GET, HEAD, OPTIONS"),
    ("readiness", "/readyz", "GET, HEAD, OPTIONS"),
    ("metrics", "/metrics", "GET, HEAD, OPTIONS"),
    ("document", "/openapi.json", "GET, HEAD, OPTIONS"),
)

_WRONG: Final = (
    ("put", "PUT", "/specimens", "GET, HEAD, OPTIONS, POST"),
    ("delete", "DELETE", "/specimens", "GET, HEAD, OPTIONS, POST"),
    ("patch-on-list", "PATCH", "/specimens", "GET, HEAD, OPTIONS, POST"),
    ("post-on-one", "POST", "/specimens/<a.specimen>", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("put-on-one", "PUT", "/specimens/<a.specimen>", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("get-on-action", "GET", "/specimens/<a.specimen>/adjustments", "OPTIONS, POST"),
    ("delete-on-platform", "DELETE", "/platform/tenants/<a.id>", "GET, HEAD, OPTIONS, PATCH"),
    ("get-on-transition", "GET", "/platform/tenants/<a.id>/close", "OPTIONS, POST"),
    ("trace", "TRACE", "/tenant", "GET, HEAD, OPTIONS"),
    ("unknown", "BREW", "/tenant", "GET, HEAD, OPTIONS"),
    ("lower-case", "get", "/tenant", "GET, HEAD, OPTIONS"),
    ("mixed-case", "Get", "/tenant", "GET, HEAD, OPTIONS"),
    ("webdav", "PROPFIND", "/specimens", "GET, HEAD, OPTIONS, POST"),
    ("head-without-get", "HEAD", "/specimens/<a.specimen>/adjustments", "OPTIONS, POST"),
    ("probe", "POST", "/livez", "GET, HEAD, OPTIONS"),
    ("document", "POST", "/openapi.json", "GET, HEAD, OPTIONS"),
    ("connect", "CONNECT", "/tenant", "GET, HEAD, OPTIONS"),
)

_HEAD: Final = (
    ("item", "/specimens/<a.specimen>"),
    ("child", "/specimens/<a.specimen>/children/<a.child>"),
    ("list", "/specimens"),
    ("page", "/specimens?limit=1"),
    ("own-tenant", "/tenant"),
    ("probe", "/livez"),
    ("readiness", "/readyz"),
    ("document", "/openapi.json"),
    ("absent", "/specimens/<absent.specimen>"),
    ("unknown", "/nothing"),
    ("invalid", "/specimens?limit=0"),
)

_OVERRIDES: Final[Pairs] = (("x-http-method-override", "DELETE"), ("x-method-override", "DELETE"), ("x-http-method", "DELETE"))


def _head(name: str, target: str, status: int) -> Case:
    """HEAD beside GET: the same status and the same headers."""
    return Case(
        id=f"http.head.{name}",
        law="HEAD answers as GET does, header for header, without the body (RFC 9110 section 9.3.2).",
        tier="edge",
        steps=(
            Step(target=target, expect=Expect(status=status)),
            Step(method="HEAD", target=target, expect=Expect(status=status, body=b"", headers_of=0)),
        ),
    )


_STATUS: Final = {"absent": 404, "unknown": 404, "invalid": 422}

CASES: Final = (
    *(
        one(
            f"http.options.{name}",
            f"OPTIONS {path} is a bare 204 with the full sorted Allow, without credentials (RFC 9110 section 9.3.7).",
            Step(
                method="OPTIONS",
                target=path,
                key=None,
                expect=Expect(status=204, headers={"allow": allow}, body=b"", absent=("content-type", "content-length", "etag")),
            ),
            tier="edge",
        )
        for name, path, allow in _ALLOWED
    ),
    one(
        "http.options.absent-id",
        "OPTIONS tells nothing of whether an object is there.",
        Step(
            method="OPTIONS",
            target="/specimens/<absent.specimen>",
            key=None,
            expect=Expect(status=204, headers={"allow": "DELETE, GET, HEAD, OPTIONS, PATCH"}),
        ),
        tier="edge",
    ),
    one(
        "http.options.preflight",
        "A preflight is told nothing where CORS is not configured.",
        Step(
            method="OPTIONS",
            target="/specimens",
            key=None,
            headers=(("origin", "https://evil.example"), ("access-control-request-method", "POST")),
            expect=Expect(
                status=204, absent=("access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers")
            ),
        ),
        tier="edge",
    ),
    one(
        "http.options.origin",
        "A request from an origin is told nothing where CORS is not configured.",
        Step(
            headers=(("origin", "https://evil.example"),),
            expect=Expect(status=200, absent=("access-control-allow-origin", "access-control-allow-credentials")),
        ),
        tier="edge",
    ),
    one(
        "http.options.unknown",
        "OPTIONS of an unknown path is 404.",
        Step(method="OPTIONS", target="/nothing", key=None, expect=Expect(status=404, code="not-found")),
        tier="edge",
    ),
    one(
        "http.options.asterisk",
        "OPTIONS * names no path of this API.",
        Step(method="OPTIONS", target="*", expect=Expect(status=400, code="malformed-path")),
        tier="edge",
    ),
    *(
        one(
            f"http.method.{name}",
            f"{method} on a path that does not know it is 405 with the sorted Allow (RFC 9110 section 15.5.6).",
            Step(
                method=method,
                target=target,
                expect=Expect(status=405, code=None if method == "HEAD" else "method-not-allowed", headers={"allow": allow}),
            ),
            tier="edge",
        )
        for name, method, target, allow in _WRONG
    ),
    one(
        "http.method.without-credentials",
        "405 is told before authentication.",
        Step(method="PUT", target="/specimens", key=None, expect=Expect(status=405, code="method-not-allowed")),
        tier="edge",
    ),
    one(
        "http.method.on-unknown-path",
        "An unknown method on an unknown path is 404.",
        Step(method="BREW", target="/nothing", expect=Expect(status=404, code="not-found", absent=("allow",))),
        tier="edge",
    ),
    one(
        "http.method.override",
        "X-HTTP-Method-Override is ignored.",
        Step(
            method="POST",
            target="/tenant",
            headers=(("x-http-method-override", "GET"),),
            expect=Expect(status=405, code="method-not-allowed"),
        ),
        tier="edge",
    ),
    Case(
        id="http.method.override-of-get",
        law="A GET that asks to be a DELETE stays a GET.",
        tier="edge",
        steps=(
            Step(target="/specimens/<a.child>", headers=_OVERRIDES, expect=Expect(status=200)),
            Step(target="/specimens/<a.child>?_method=DELETE", expect=Expect(status=422, pointers=("query:_method",))),
            get("/specimens/<a.child>", 200),
        ),
    ),
    *(_head(name, target, _STATUS.get(name, 200)) for name, target in _HEAD),
    one(
        "http.head.without-credentials",
        "HEAD without credentials is 401 without a body, and names the scheme.",
        Step(method="HEAD", key=None, expect=Expect(status=401, body=b"", headers={"www-authenticate": "Bearer"})),
        tier="edge",
    ),
    one(
        "http.upgrade.websocket",
        "A WebSocket handshake on an operation is 426 (RFC 9110 section 15.5.22).",
        Step(
            target="/specimens",
            websocket=True,
            headers=(("upgrade", "websocket"), ("connection", "Upgrade")),
            expect=Expect(status=426, code="upgrade-unsupported"),
        ),
        tier="edge",
    ),
    one(
        "http.upgrade.websocket-unknown",
        "A WebSocket handshake on an unknown path is 426.",
        Step(
            target="/nothing",
            websocket=True,
            headers=(("upgrade", "websocket"), ("connection", "Upgrade")),
            expect=Expect(status=426, code="upgrade-unsupported"),
        ),
        tier="edge",
    ),
    *(
        one(
            f"http.upgrade.{name}",
            "An Upgrade to WebSocket on a plain request is 426.",
            get("/specimens", 426, "upgrade-unsupported", headers=(("upgrade", value),)),
            tier="edge",
        )
        for name, value in (("header", "websocket"), ("header-case", "WebSocket"), ("header-list", "h2c, websocket"))
    ),
    one(
        "http.upgrade.other",
        "An offer to change to another protocol is passed over (RFC 9110 section 7.8).",
        get("/specimens", 200, headers=(("upgrade", "h2c"),)),
        tier="edge",
    ),
)
