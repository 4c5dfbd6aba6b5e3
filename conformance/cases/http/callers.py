"""Cases about who calls and where: credentials, Host and the header Tenant (RFC 6750, RFC 9110 section 7.2; attacks 6 to 8, 21, 22, 39)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Pairs, Step, get, one, post

_INVALID: Final = 'Bearer error="invalid_token"'
_MALFORMED: Final = 'Bearer error="invalid_request"'

_CREDENTIALS: Final = (
    ("none", None, "Bearer", "No credential is 401, and the scheme is named."),
    ("basic", "Basic dXNlcjpwYXNz", _MALFORMED, "Another scheme is 401."),
    ("digest", 'Digest username="x"', _MALFORMED, "So is a scheme with parameters."),
    ("empty", "", _MALFORMED, "An empty Authorization is 401."),
    ("scheme-only", "Bearer", _MALFORMED, "A scheme without a credential is 401."),
    ("bare", "<a.key>", _MALFORMED, "A credential without a scheme is 401."),
    ("two-spaces", "Bearer  <a.key>", _MALFORMED, "Two spaces are not the grammar."),
    ("tab", "Bearer\t<a.key>", _MALFORMED, "A tab is not the grammar."),
    ("two-words", "Bearer <a.key> more", _MALFORMED, "Something behind the credential is 401."),
    ("quoted", 'Bearer "<a.key>"', _MALFORMED, "A credential is not quoted."),
    ("longer", "Bearer <a.key>0", _INVALID, "A longer key is 401."),
    ("other-case", "Bearer KP_<a.key>", _INVALID, "The prefix of a key is case-sensitive."),
    ("short", "Bearer abc", _INVALID, "What is no key proves nothing."),
    ("unknown", "Bearer kp_t_0000000000000000000000000000000000000000000000000000000000000", _INVALID, "An unknown key is 401."),
    ("id", "Bearer <a.id>", _INVALID, "The id of a tenant is no credential."),
    ("slug", "Bearer <a.slug>", _INVALID, "The slug of a tenant is no credential."),
    ("jwt-none", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", _INVALID, "An unsigned JWT is 401."),
)

_HOSTS: Final[tuple[tuple[str, Pairs, str], ...]] = (
    ("unlisted", (("host", "evil.example"),), "A host that is not served is 400."),
    ("empty", (("host", ""),), "An empty Host is 400."),
    ("twice", (("host", "testserver"), ("host", "testserver")), "Host twice is 400 (RFC 9112 section 3.2)."),
    ("twice-other", (("host", "testserver"), ("host", "evil.example")), "So are two different ones, whatever their order."),
    ("list", (("host", "testserver, evil.example"),), "A list of hosts is 400."),
    ("path", (("host", "testserver/x"),), "A Host with a path is 400."),
    ("scheme", (("host", "http://testserver"),), "A Host with a scheme is 400."),
    ("user", (("host", "evil@testserver"),), "A Host with a user is 400."),
    ("space", (("host", "test server"),), "A Host with a space is 400."),
    ("port-text", (("host", "testserver:http"),), "A port is digits."),
    ("port-empty", (("host", "testserver:"),), "A colon without a port is 400."),
    ("port-long", (("host", "testserver:123456"),), "A port has five digits at most."),
    ("two-ports", (("host", "testserver:80:80"),), "There is one port."),
    ("suffix", (("host", "testserver.evil.example"),), "Hosts are compared whole at their end."),
    ("prefix", (("host", "evil-testserver"),), "Hosts are compared whole at their beginning."),
    ("subdomain", (("host", "a.testserver"),), "A name below a host is another host."),
    ("pattern", (("host", "testserve."),), "Hosts are no regular expressions (CVE-2026-25479)."),
    ("quote", (("host", 'test"server'),), "A malformed Host is 400."),
    ("underscore", (("host", "test_server"),), "A name with an underscore is 400."),
    ("ip", (("host", "127.0.0.1"),), "An address is not served unless it is listed."),
    ("ip-6", (("host", "[::1]:8000"),), "So is one of version 6."),
    ("two-dots", (("host", "testserver.."),), "A name ends in one dot at most."),
    ("long", (("host", "a" * 300),), "A name of 300 characters is 400."),
)

_TENANTS: Final[tuple[tuple[str, str, Pairs, int, str | None], ...]] = (
    ("id", "The own tenant's id agrees.", (("tenant", "<a.id>"),), 200, None),
    ("slug", "The own tenant's slug agrees.", (("tenant", "<a.slug>"),), 200, None),
    ("spaces", "White space around the value is not part of it.", (("tenant", " <a.slug> \t"),), 200, None),
    ("longer-slug", "A slug is compared whole.", (("tenant", "<a.slug>x"),), 403, "tenant-mismatch"),
    ("longer-id", "An id is compared whole.", (("tenant", "<a.id>0"),), 403, "tenant-mismatch"),
    ("other", "Another tenant's id is 403.", (("tenant", "<b.id>"),), 403, "tenant-mismatch"),
    ("other-slug", "Another tenant's slug is 403.", (("tenant", "<b.slug>"),), 403, "tenant-mismatch"),
    ("absent", "A tenant that does not exist is 403 as well.", (("tenant", "<absent.tenant>"),), 403, "tenant-mismatch"),
    ("suspended", "So is one that is suspended.", (("tenant", "<suspended.id>"),), 403, "tenant-mismatch"),
    ("nonsense", "So is what is no tenant.", (("tenant", "*"),), 403, "tenant-mismatch"),
    ("empty", "An empty Tenant names none.", (("tenant", ""),), 403, "tenant-mismatch"),
    ("list", "A list of tenants is 400.", (("tenant", "<a.id>,<b.id>"),), 400, "malformed-header"),
    ("list-of-own", "So is a list of one's own.", (("tenant", "<a.id>,<a.id>"),), 400, "malformed-header"),
    ("comma", "So is a comma alone behind it.", (("tenant", "<a.id>,"),), 400, "malformed-header"),
    ("twice", "Tenant twice is 400.", (("tenant", "<a.id>"), ("tenant", "<a.id>")), 400, "malformed-header"),
    ("twice-other", "So are two different ones.", (("tenant", "<a.id>"), ("tenant", "<b.id>")), 400, "malformed-header"),
    ("underscore", "X_Tenant is not the header.", (("x_tenant", "<b.id>"),), 200, None),
    ("x-tenant", "X-Tenant is not the header.", (("x-tenant", "<b.id>"),), 200, None),
    ("tenant-id", "Tenant-Id is not the header.", (("tenant-id", "<b.id>"),), 200, None),
    ("beside", "An underscored spelling beside the header changes nothing.", (("tenant", "<a.id>"), ("tenant_", "<b.id>")), 200, None),
)


def _credential(name: str, value: str | None, challenge: str, law: str) -> Case:
    step = Step(
        key=None,
        headers=() if value is None else (("authorization", value),),
        expect=Expect(
            status=401,
            code="unauthenticated",
            headers={"www-authenticate": challenge},
            fields={"detail": "Valid credentials are required."},
            without=("<a.key>",),
        ),
    )
    return one(f"http.credential.{name}", law, step)


CASES: Final = (
    *(_credential(*row) for row in _CREDENTIALS),
    Case(
        id="http.credential.one-refusal",
        law="Every credential that proves nothing is refused in the same words, byte for byte.",
        steps=(
            get("/tenant", 401, "unauthenticated", key=None, headers=(("authorization", "Bearer <a.key>0"),)),
            *(
                Step(key=None, headers=(("authorization", f"Bearer {text}"),), expect=Expect(status=401, same_as=0))
                for text in (
                    "abc",
                    "kp_t_x",
                    "kp_p_0000000000000000000000000000000000000000000000000000000000000",
                    "eyJhbGciOiJub25lIn0.e30.",
                )
            ),
        ),
    ),
    Case(
        id="http.credential.scheme-case",
        law="The scheme is case-insensitive (RFC 9110 section 11.1).",
        steps=tuple(
            get("/tenant", 200, key=None, headers=(("authorization", f"{scheme} <a.key>"),)) for scheme in ("bearer", "BEARER", "bEaReR")
        ),
    ),
    one(
        "http.credential.trailing-space",
        "White space around a value is not part of it (RFC 9110 section 5.5).",
        get("/tenant", 200, key=None, headers=(("authorization", "Bearer <a.key> \t"),)),
        tier="edge",
    ),
    one(
        "http.credential.twice",
        "Authorization twice is 400: never the first wins on one side only.",
        get(
            "/tenant", 400, "malformed-header", key=None, headers=(("authorization", "Bearer <a.key>"), ("authorization", "Bearer <b.key>"))
        ),
        tier="edge",
    ),
    one(
        "http.credential.twice-equal",
        "So is the same credential twice.",
        get(
            "/tenant", 400, "malformed-header", key=None, headers=(("authorization", "Bearer <a.key>"), ("authorization", "Bearer <a.key>"))
        ),
        tier="edge",
    ),
    one(
        "http.credential.list",
        "A list of credentials is 400.",
        get("/tenant", 400, "malformed-header", key=None, headers=(("authorization", "Bearer <a.key>, Bearer <b.key>"),)),
        tier="edge",
    ),
    one(
        "http.credential.underscore",
        "A name with an underscore is not the header.",
        get("/tenant", 200, headers=(("x_authorization", "Bearer <b.key>"),)),
        tier="edge",
    ),
    *(
        one(f"http.credential.elsewhere.{name}", law, Step(target=target, key=None, headers=headers, expect=Expect(status=401, code=code)))
        for name, target, headers, code, law in (
            ("query", "/tenant?access_token=<a.key>", (), "unauthenticated", "A credential in the query is none (RFC 6750 section 5.3)."),
            ("cookie", "/tenant", (("cookie", "session=<a.key>; access_token=<a.key>"),), "unauthenticated", "Nor is one in a cookie."),
            ("x-api-key", "/tenant", (("x-api-key", "<a.key>"),), "unauthenticated", "Nor is one in another header."),
            ("proxy", "/tenant", (("proxy-authorization", "Bearer <a.key>"),), "unauthenticated", "Nor is one for a proxy."),
            (
                "underscore",
                "/tenant",
                (("authorization_", "Bearer <a.key>"),),
                "unauthenticated",
                "Nor is one in a name with an underscore.",
            ),
        )
    ),
    one(
        "http.credential.elsewhere.body",
        "A credential in the body is none, and the body is not read before the caller is known.",
        post("/specimens", b'{"access_token":"<a.key>"}', 401, "unauthenticated", key=None),
    ),
    *(one(f"http.host.{name}", law, get("/tenant", 400, "unknown-host", headers=headers), tier="edge") for name, headers, law in _HOSTS),
    one(
        "http.host.not-ascii",
        "A Host beyond ASCII is 400.",
        get("/tenant", 400, "malformed-header", headers=(("host", "t\xe9stserver"),)),
        tier="edge",
    ),
    one(
        "http.host.missing",
        "A request without Host is 400 (RFC 9112 section 3.2).",
        Step(omit=("host",), expect=Expect(status=400, code="unknown-host")),
        tier="edge",
    ),
    *(
        one(f"http.host.taken.{name}", f"Host: {value} is served.", get("/tenant", 200, headers=(("host", value),)), tier="edge")
        for name, value in (("port", "testserver:8000"), ("case", "TESTSERVER"), ("dot", "testserver."), ("dot-port", "TestServer.:443"))
    ),
    one(
        "http.host.before-path",
        "An unknown host is told before 404.",
        get("/nothing", 400, "unknown-host", key=None, headers=(("host", "evil.example"),)),
        tier="edge",
    ),
    one(
        "http.host.before-credentials",
        "An unknown host is told before 401.",
        get("/tenant", 400, "unknown-host", key=None, headers=(("host", "evil.example"),)),
        tier="edge",
    ),
    one(
        "http.host.no-echo",
        "The name of an unknown host is not repeated.",
        Step(headers=(("host", "evil.example"),), expect=Expect(status=400, without=("evil",))),
        tier="edge",
    ),
    *(
        one(f"http.tenant.{name}", law, get("/tenant", status, code, headers=headers), tier="edge" if len(headers) > 1 else "core")
        for name, law, headers, status, code in _TENANTS
    ),
    Case(
        id="http.tenant.one-refusal",
        law="A tenant that the caller is not of is refused in the same words, whether there is one or not.",
        steps=(
            get("/tenant", 403, "tenant-mismatch", headers=(("tenant", "<absent.tenant>"),)),
            *(
                Step(headers=(("tenant", value),), expect=Expect(status=403, same_as=0))
                for value in ("<b.id>", "<b.slug>", "<suspended.id>", "<closed.slug>", "x", "")
            ),
        ),
    ),
)
