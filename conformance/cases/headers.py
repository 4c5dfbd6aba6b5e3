"""Cases about request headers: grammar, repetition, limits, Host, Accept, versions, credentials (spec http, table; attacks 7, 8, 22, 38, 39)."""

from .case import MUG, Case, Expect, Pairs, Step, get, one, post

_ACCEPT_REFUSED = (
    "text/html",
    "application/xml",
    "application/json;q=0",
    "*/*;q=0",
    "application/*;q=0, */*",
    "text/*, application/json;q=0.000",
)
_ACCEPT_TAKEN = (
    "",
    "*/*",
    "application/*",
    "application/json",
    "text/html, */*;q=0.1",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
)
_ACCEPT_MALFORMED = ("json", "application/json;q=2", "application/json;q=0.1234", "*/json", "application/json;;=x", "a/b/c")

_CREDENTIALS = (
    ("none", None, "No credential is 401."),
    ("basic", "Basic dXNlcjpwYXNz", "Another scheme is 401."),
    ("scheme-only", "Bearer", "A scheme without a credential is 401."),
    ("two-spaces", "Bearer  <a.key>", "Two spaces are not the grammar."),
    ("tab", "Bearer\t<a.key>", "A tab is not the grammar."),
    ("two-words", "Bearer <a.key> more", "Something behind the credential is 401."),
    ("wrong-check-digits", "Bearer <a.key>0", "A longer key is 401."),
    ("unknown", "Bearer kp_t_000000000000000000000000000000000000000000000000000000000000", "An unknown key is 401."),
    ("jwt-none", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "An unsigned JWT is 401."),
    ("other-case", "Bearer KP_<a.key>", "The prefix of a key is case-sensitive."),
)

_HOSTS: tuple[tuple[str, Pairs, str], ...] = (
    ("unlisted", (("host", "evil.example"),), "A host that is not served is 400."),
    ("empty", (("host", ""),), "An empty Host is 400."),
    ("twice", (("host", "testserver"), ("host", "testserver")), "Host twice is 400."),
    ("list", (("host", "testserver, evil.example"),), "A list of hosts is 400."),
    ("path", (("host", "testserver/x"),), "A Host with a path is 400."),
    ("user", (("host", "evil@testserver"),), "A Host with a user is 400."),
    ("space", (("host", "test server"),), "A Host with a space is 400."),
    ("port-text", (("host", "testserver:http"),), "A port is digits."),
    ("suffix", (("host", "testserver.evil.example"),), "Hosts are compared whole."),
    ("pattern", (("host", "testserve."),), "Hosts are no regular expressions."),
    ("quote", (("host", 'test"server'),), "A malformed Host is 400."),
)

_IDS = (
    ("well-formed", "01J-abc.DEF:7/x+y=z", True),
    ("with-space", "two words", False),
    ("with-quote", '"quoted"', False),
    ("too-long", "x" * 129, False),
    ("not-ascii", "caf\xe9", False),
)


def _tenant_header(name: str, law: str, headers: Pairs, status: int, code: str | None) -> Case:
    return one(f"header.tenant.{name}", law, get("/tenant", status, code, headers=headers))


def _version(name: str, value: str, status: int, code: str | None) -> Case:
    return one(
        f"header.version.{name}", f"API-Version: {value} is {status}.", get("/tenant", status, code, headers=(("api-version", value),))
    )


CASES = (
    *(
        one(f"header.accept.refused-{n}", f"Accept: {value} is 406.", get("/tenant", 406, "not-acceptable", headers=(("accept", value),)))
        for n, value in enumerate(_ACCEPT_REFUSED)
    ),
    *(
        one(f"header.accept.taken-{n}", f"Accept: {value} admits JSON.", get("/tenant", 200, headers=(("accept", value),)))
        for n, value in enumerate(_ACCEPT_TAKEN)
    ),
    *(
        one(
            f"header.accept.malformed-{n}",
            f"Accept: {value} is 400.",
            get("/tenant", 400, "malformed-header", headers=(("accept", value),)),
        )
        for n, value in enumerate(_ACCEPT_MALFORMED)
    ),
    one(
        "header.accept.repeated",
        "Accept may be repeated: it is a list.",
        get("/tenant", 200, headers=(("accept", "text/html"), ("accept", "application/json"))),
    ),
    *(
        one(
            f"header.authorization.{name}",
            law,
            Step(
                key=None,
                headers=(("authorization", value),) if value else (),
                expect=Expect(status=401, code="unauthenticated", holds=("Valid credentials are required.",)),
            ),
        )
        for name, value, law in _CREDENTIALS
    ),
    one(
        "header.authorization.challenge",
        "401 names the scheme.",
        Step(key=None, expect=Expect(status=401, headers={"www-authenticate": "Bearer"})),
    ),
    one(
        "header.authorization.invalid-challenge",
        "A credential that proves nothing is told so (RFC 6750).",
        Step(
            key=None,
            headers=(("authorization", "Bearer abc"),),
            expect=Expect(status=401, headers={"www-authenticate": 'Bearer error="invalid_token"'}),
        ),
    ),
    one(
        "header.authorization.lower-case",
        "The scheme is case-insensitive.",
        get("/tenant", 200, key=None, headers=(("authorization", "bearer <a.key>"),)),
    ),
    one(
        "header.authorization.trailing-space",
        "White space around a value is not part of it.",
        get("/tenant", 200, key=None, headers=(("authorization", "Bearer <a.key> \t"),)),
    ),
    one(
        "header.authorization.twice",
        "Authorization twice is 400: never the first wins on one side only.",
        get(
            "/tenant", 400, "malformed-header", key=None, headers=(("authorization", "Bearer <a.key>"), ("authorization", "Bearer <b.key>"))
        ),
    ),
    one(
        "header.authorization.underscore",
        "A name with an underscore is not the header.",
        get("/tenant", 200, headers=(("x_authorization", "Bearer <b.key>"),)),
    ),
    *(one(f"header.host.{name}", law, get("/tenant", 400, "unknown-host", headers=headers)) for name, headers, law in _HOSTS),
    one("header.host.missing", "A request without Host is 400.", Step(omit=("host",), expect=Expect(status=400, code="unknown-host"))),
    *(
        one(f"header.host.accepted-{n}", f"Host: {value} is served.", get("/tenant", 200, headers=(("host", value),)))
        for n, value in enumerate(("testserver:8000", "TESTSERVER", "testserver."))
    ),
    Case(
        id="header.host.forwarded",
        law="X-Forwarded-Host moves no link.",
        steps=(
            Step(
                method="POST",
                target="/products",
                body=MUG,
                headers=(("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example"), ("content-type", "application/json")),
                expect=Expect(status=201, without=("evil.example",)),
            ),
        ),
    ),
    _tenant_header("id", "The own tenant's id agrees.", (("tenant", "<a.id>"),), 200, None),
    _tenant_header("slug", "The own tenant's slug agrees.", (("tenant", "<a.slug>"),), 200, None),
    _tenant_header("spaces", "White space around the value is not part of it.", (("tenant", "<a.slug> \t"),), 200, None),
    _tenant_header("case", "A slug is compared as it is.", (("tenant", "TENANT-A"),), 403, "tenant-mismatch"),
    _tenant_header("other", "Another tenant's id is 403.", (("tenant", "<b.id>"),), 403, "tenant-mismatch"),
    _tenant_header("other-slug", "Another tenant's slug is 403.", (("tenant", "<b.slug>"),), 403, "tenant-mismatch"),
    _tenant_header("absent", "A tenant that does not exist is 403 as well.", (("tenant", "<absent.tenant>"),), 403, "tenant-mismatch"),
    _tenant_header("empty", "An empty Tenant names none.", (("tenant", ""),), 403, "tenant-mismatch"),
    _tenant_header("list", "A list of tenants is 400.", (("tenant", "<a.id>,<b.id>"),), 400, "malformed-header"),
    _tenant_header("twice", "Tenant twice is 400.", (("tenant", "<a.id>"), ("tenant", "<a.id>")), 400, "malformed-header"),
    _tenant_header("underscore", "X_Tenant is not the header.", (("x_tenant", "<b.id>"),), 200, None),
    _tenant_header("x-tenant", "X-Tenant is not the header.", (("x-tenant", "<b.id>"),), 200, None),
    _tenant_header(
        "underscore-beside",
        "An underscored spelling beside the header changes nothing.",
        (("tenant", "<a.id>"), ("tenant_", "<b.id>")),
        200,
        None,
    ),
    _version("supported", "2026-11-01", 200, None),
    _version("unknown", "2020-01-01", 400, "unknown-version"),
    _version("malformed", "latest", 400, "unknown-version"),
    _version("empty", "", 400, "unknown-version"),
    _version("list", "2026-11-01,2026-11-01", 400, "malformed-header"),
    one("header.version.echoed", "The version is echoed.", Step(expect=Expect(status=200, headers={"api-version": "2026-11-01"}))),
    *(
        one(
            f"header.request-id.{name}",
            f"Request-Id is {'echoed' if good else 'replaced where it is not well-formed'}.",
            Step(
                headers=(("request-id", value),),
                expect=Expect(status=200, headers={"request-id": value} if good else {}, without=() if good else (value,)),
            ),
        )
        for name, value, good in _IDS
    ),
    one(
        "header.request-id.x",
        "X-Request-Id serves where Request-Id is absent.",
        Step(
            omit=("request-id",), headers=(("x-request-id", "from-proxy"),), expect=Expect(status=200, headers={"request-id": "from-proxy"})
        ),
    ),
    one("header.traceparent.malformed", "A malformed traceparent is ignored.", get("/tenant", 200, headers=(("traceparent", "00-zzz"),))),
    one(
        "header.too-many",
        "More than 100 lines are 431.",
        get("/tenant", 431, "headers-too-large", headers=tuple((f"x-{n}", "1") for n in range(101))),
    ),
    one("header.too-long", "A line above 8 KiB is 431.", get("/tenant", 431, "headers-too-large", headers=(("x-long", "x" * 8200),))),
    one(
        "header.control",
        "A control character in a header that is read is 400.",
        get("/tenant", 400, "malformed-header", headers=(("tenant", "a\x01b"),)),
    ),
    one(
        "header.not-ascii",
        "A byte beyond ASCII in a header that is read is 400.",
        get("/tenant", 400, "malformed-header", headers=(("tenant", "t\xe9nant"),)),
    ),
    one("header.forwarded-for", "X-Forwarded-For is ignored.", get("/tenant", 200, headers=(("x-forwarded-for", "10.0.0.1, evil"),))),
    one(
        "header.cookie",
        "Cookies mean nothing here.",
        get("/tenant", 401, "unauthenticated", key=None, headers=(("cookie", "session=<a.key>"),)),
    ),
    one(
        "header.cookie.twice",
        "Two Cookie lines beside a credential change nothing.",
        get("/tenant", 200, headers=(("cookie", "a=1"), ("cookie", "session=<b.key>"))),
    ),
    one("header.cookie.not-ascii", "A cookie beyond ASCII is not read.", get("/tenant", 200, headers=(("cookie", "n=caf\xe9"),))),
    one(
        "header.accept-encoding",
        "Nothing is compressed: that is a proxy's business.",
        Step(headers=(("accept-encoding", "gzip, br, zstd"),), expect=Expect(status=200, absent=("content-encoding",))),
    ),
    one("header.accept-charset", "Accept-Charset is ignored: JSON is UTF-8.", get("/tenant", 200, headers=(("accept-charset", "utf-16"),))),
    one("header.range", "Range is ignored.", get("/tenant", 200, headers=(("range", "bytes=0-3"),))),
    one(
        "header.expectation",
        "A body is asked for as JSON whatever Accept-Language says.",
        post("/products", MUG, 201, headers=(("accept-language", "tlh"), ("content-type", "application/json"))),
    ),
)
