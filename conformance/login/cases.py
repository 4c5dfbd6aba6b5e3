"""Cases about people who are logged in at a host: what their session opens, what proves a change, and when it counts no more (spec identity, spec http)."""

from typing import Final

import msgspec

from kingpost.conformance.cases.case import EMPTY_PAGE, QUARTZ, Case, Expect, Pairs, Step, one
from kingpost.kernel.csrf import Csrf

_KEY: Final = "0123456789abcdefghijklmnopqrstuv"
_OTHER: Final = "vutsrqponmlkjihgfedcba9876543210"
_SECRET: Final = "Ab3" * 10 + "Zz"
_MASKED: Final = "b" * 32 + "Bc4" * 10 + "0A"
"""The secret under a mask that shifts each letter by one, in Django's order of letters and digits."""
_WRONG: Final = "Ab3" * 10 + "ZZ"

SESSION: Final[Pairs] = (("cookie", f"sessionid={_KEY}"),)
COOKIES: Final[Pairs] = (("cookie", f"a=1; sessionid={_KEY}; csrftoken={_SECRET}"),)
PROOF: Final[Pairs] = (*COOKIES, ("x-csrftoken", _SECRET))
NOBODY: Final = Step(key=None, expect=Expect(status=401, code="unauthenticated", headers={"www-authenticate": "Bearer"}))


def log_in(*, tenant: str | None = "a", key: str = _KEY, **facts: object) -> Step:
    """Somebody of a tenant, or of the platform, with a session."""
    side = {"side": "platform"} if tenant is None else {"side": "tenant", "tenant": f"<{tenant}.id>"}
    body = msgspec.json.encode({"session_key": key, "account": "5", **side, **facts})
    return Step(method="POST", target="/platform/logins", key="platform.key", body=body, expect=Expect(status=200, fields={"account": "5"}))


def as_them(method: str, target: str, status: int, code: str | None = None, *, headers: Pairs = PROOF, body: bytes = b"") -> Step:
    """An exchange of a browser in which somebody is logged in."""
    return Step(method=method, target=target, key=None, headers=headers, body=body, expect=Expect(status=status, code=code))


def refused(name: str, law: str, reason: str, *headers: tuple[str, str], cookies: Pairs = COOKIES) -> Case:
    """A change that another site may have caused: refused, and nothing is changed."""
    step = Step(
        method="POST",
        target="/specimens",
        key=None,
        headers=(*cookies, *headers),
        body=QUARTZ,
        expect=Expect(status=403, code="csrf-failed", fields={"params/reason": reason}),
    )
    unchanged = Step(target="/specimens?label=QUARTZ-1", expect=Expect(status=200, fields=EMPTY_PAGE))
    return Case(id=f"identity.csrf.{name}", law=law, steps=(log_in(), step, unchanged))


def let_through(name: str, law: str, *headers: tuple[str, str], cookies: Pairs = COOKIES) -> Case:
    """A change that was meant."""
    return Case(
        id=f"identity.csrf.{name}",
        law=law,
        steps=(log_in(), as_them("POST", "/specimens", 201, headers=(*cookies, *headers), body=QUARTZ)),
    )


_TOKEN: Final = ("x-csrftoken", _SECRET)

CASES: Final = (
    Case(
        id="identity.session.reads",
        law="A session reads what its person may, without any proof.",
        steps=(
            log_in(),
            Step(key=None, headers=SESSION, expect=Expect(status=200, fields={"id": "<a.id>"})),
            Step(target="/specimens", key=None, headers=SESSION, expect=Expect(status=200, found={"label": ("SHARED-1", "SHARED-2")})),
            Step(method="HEAD", key=None, headers=SESSION, expect=Expect(status=200)),
        ),
    ),
    Case(
        id="identity.session.changes",
        law="A session changes what its person may, with the proof that the change is meant.",
        steps=(
            log_in(),
            as_them("POST", "/specimens", 201, body=QUARTZ),
            as_them("DELETE", "/specimens/<a.child>", 204, headers=(*PROOF, ("if-match", "<a.child.etag>"))),
        ),
    ),
    Case(
        id="identity.session.permission",
        law="A session opens what its person may and nothing more.",
        steps=(
            log_in(permissions=["specimen.specimens:read"]),
            as_them("GET", "/specimens", 200),
            as_them("GET", "/tenant", 403, "permission-missing"),
            as_them("POST", "/specimens", 403, "permission-missing", body=QUARTZ),
        ),
    ),
    Case(
        id="identity.session.unknown",
        law="A session that nobody has mirrored is nobody, told as nobody is told.",
        steps=(
            NOBODY,
            Step(key=None, headers=PROOF, expect=Expect(status=401, same_as=0)),
            log_in(key=_OTHER),
            Step(key=None, headers=PROOF, expect=Expect(status=401, same_as=0)),
            Step(key=None, headers=(("cookie", f"sessionid={_OTHER[:-1]}"),), expect=Expect(status=401, same_as=0)),
            Step(key=None, headers=(("cookie", f"sessionid={_OTHER.upper()}"),), expect=Expect(status=401, same_as=0)),
            Step(key=None, headers=(("cookie", "sessionid="),), expect=Expect(status=401, same_as=0)),
            Step(key=None, headers=(("cookie", f"SESSIONID={_OTHER}"),), expect=Expect(status=401, same_as=0)),
        ),
    ),
    Case(
        id="identity.session.expired",
        law="A session counts until its end and not a second longer.",
        steps=(
            log_in(seconds=600),
            Step(key=None, headers=SESSION, advance=599, expect=Expect(status=200)),
            Step(key=None, headers=SESSION, advance=1, expect=Expect(status=401, code="unauthenticated")),
        ),
    ),
    Case(
        id="identity.session.unconfirmed",
        law="A session that its host has not confirmed for an hour is nobody until it does.",
        steps=(
            log_in(),
            Step(key=None, headers=SESSION, advance=3599, expect=Expect(status=200)),
            Step(key=None, headers=SESSION, advance=1, expect=Expect(status=401, code="unauthenticated")),
            log_in(),
            Step(key=None, headers=SESSION, expect=Expect(status=200)),
        ),
    ),
    Case(
        id="identity.session.refreshed",
        law="What its host says last of a session's person is what holds.",
        steps=(
            log_in(),
            as_them("GET", "/tenant", 200),
            log_in(tenant="b"),
            Step(key=None, headers=SESSION, expect=Expect(status=200, fields={"id": "<b.id>"})),
            log_in(tenant=None),
            as_them("GET", "/tenant", 403, "tenant-required"),
        ),
    ),
    *(
        Case(
            id=f"identity.tenant.{state}",
            law=f"Somebody of a {state} tenant is refused as its keys are, before anything else of the request is looked at.",
            steps=(
                log_in(tenant=state),
                as_them("GET", "/tenant", 403, f"tenant-{state}"),
                as_them("POST", "/specimens", 403, f"tenant-{state}", body=b"{"),
            ),
        )
        for state in ("suspended", "closed")
    ),
    Case(
        id="identity.tenant.header",
        law="The header Tenant must agree with the tenant of the session.",
        steps=(
            log_in(),
            as_them("GET", "/tenant", 200, headers=(*SESSION, ("tenant", "<a.slug>"))),
            as_them("GET", "/tenant", 403, "tenant-mismatch", headers=(*SESSION, ("tenant", "<b.id>"))),
        ),
    ),
    Case(
        id="identity.tenant.foreign",
        law="A row of another tenant is for a session what a row is that never was.",
        steps=(
            log_in(),
            as_them("GET", "/specimens/<absent.specimen>", 404, "not-found"),
            Step(target="/specimens/<b.specimen>", key=None, headers=PROOF, expect=Expect(status=404, same_as=1)),
            as_them("PATCH", "/specimens/<b.specimen>", 404, headers=(*PROOF, ("if-match", "<b.specimen.etag>")), body=b'{"title":"x"}'),
        ),
    ),
    Case(
        id="identity.tenant.platform",
        law="A path of the platform is closed to somebody of a tenant, and a tenant's path to somebody of the platform.",
        steps=(
            log_in(),
            as_them("GET", "/platform/tenants", 403, "platform-only"),
            log_in(tenant=None, key=_OTHER),
            as_them("GET", "/platform/tenants", 200, headers=(("cookie", f"sessionid={_OTHER}"),)),
            as_them("GET", "/tenant", 403, "tenant-required", headers=(("cookie", f"sessionid={_OTHER}"),)),
        ),
    ),
    Case(
        id="identity.bearer.wins",
        law="A bearer credential decides alone: beside it no session counts, and no proof is asked for.",
        steps=(
            log_in(),
            Step(key="b.key", headers=SESSION, expect=Expect(status=200, fields={"id": "<b.id>"})),
            Step(method="POST", target="/specimens", key="b.key", headers=SESSION, body=QUARTZ, expect=Expect(status=201)),
            Step(target="/platform/tenants", key="a.key", headers=SESSION, expect=Expect(status=403, code="platform-only")),
            Step(key="absent.tenant", headers=SESSION, expect=Expect(status=401, code="unauthenticated")),
            Step(key=None, headers=(*SESSION, ("authorization", "Basic YTpi")), expect=Expect(status=401, code="unauthenticated")),
            Step(key="a.key", headers=(("cookie", "sessionid=a; sessionid=b"),), expect=Expect(status=200)),
        ),
    ),
    let_through("token", "A change is let through with the secret of the cookie in the header.", _TOKEN),
    let_through("masked", "The header may hold the secret masked, as Django gives it to pages.", ("x-csrftoken", _MASKED)),
    let_through(
        "masked-cookie",
        "The cookie may hold the secret masked.",
        _TOKEN,
        cookies=(("cookie", f"csrftoken={_MASKED}; sessionid={_KEY}"),),
    ),
    let_through("own-origin", "A page of the same origin may change.", _TOKEN, ("origin", "http://testserver")),
    let_through(
        "same-site-header",
        "A browser that says same-origin is believed where it sends no origin.",
        _TOKEN,
        ("sec-fetch-site", "same-origin"),
    ),
    refused("no-token", "A change without the token is refused.", "token"),
    refused("empty-token", "An empty token is none.", "token", ("x-csrftoken", "")),
    refused("wrong-token", "Another secret is refused.", "token", ("x-csrftoken", _WRONG)),
    refused("short-token", "A part of the secret is refused.", "token", ("x-csrftoken", _SECRET[:-1])),
    refused("no-cookie", "A token without its cookie is refused.", "token", _TOKEN, cookies=SESSION),
    refused(
        "origin", "A page of another origin is refused, though it knows the token.", "origin", _TOKEN, ("origin", "http://evil.example")
    ),
    refused("origin-null", "A page that hides its origin is refused.", "origin", _TOKEN, ("origin", "null")),
    refused("origin-scheme", "Another scheme is another origin.", "origin", _TOKEN, ("origin", "https://testserver")),
    refused("origin-port", "Another port is another origin.", "origin", _TOKEN, ("origin", "http://testserver:8080")),
    refused(
        "origin-decides",
        "Where an origin is sent, what else the browser says does not mend it.",
        "origin",
        _TOKEN,
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "same-origin"),
    ),
    refused(
        "cross-site",
        "A browser that says cross-site is refused, though the token is right.",
        "site",
        _TOKEN,
        ("sec-fetch-site", "cross-site"),
    ),
    refused("same-site", "A neighbour on the same site is another origin.", "site", _TOKEN, ("sec-fetch-site", "same-site")),
    Case(
        id="identity.csrf.before-all",
        law="Without the proof nothing of the request is looked at, and nobody is still nobody.",
        steps=(
            log_in(),
            as_them("POST", "/specimens", 403, "csrf-failed", headers=SESSION, body=b"{"),
            as_them("PATCH", "/specimens/<absent.specimen>", 403, "csrf-failed", headers=SESSION, body=b"{}"),
            as_them("POST", "/nowhere", 404, "not-found", headers=SESSION),
            as_them("POST", "/specimens", 401, "unauthenticated", headers=(("cookie", f"sessionid={_OTHER}"),), body=QUARTZ),
        ),
    ),
    Case(
        id="identity.csrf.tells",
        law="The refusal says what to send.",
        steps=(
            log_in(),
            Step(
                method="POST",
                target="/specimens",
                key=None,
                headers=SESSION,
                body=QUARTZ,
                expect=Expect(status=403, code="csrf-failed", holds=(Csrf().header, Csrf().cookie)),
            ),
        ),
    ),
    *(
        Case(
            id=f"identity.cookie.{name}",
            law=law,
            steps=(log_in(), as_them("GET", "/tenant", status, code, headers=(("cookie", cookies),))),
        )
        for name, law, cookies, status, code in (
            ("others", "Other cookies may be as broken as scripts make them.", f'x; ={{"a": 1}}; b="; sessionid={_KEY}', 200, None),
            ("tight", "No space need stand behind a semicolon.", f"a=1;sessionid={_KEY};b=2", 200, None),
            ("quoted", "Quotes around the value are no part of it.", f'sessionid="{_KEY}"', 200, None),
            (
                "planted-before",
                "A second cookie of the same name is refused, whichever is the true one.",
                f"sessionid={_OTHER}; sessionid={_KEY}",
                400,
                "malformed-header",
            ),
            (
                "planted-behind",
                "A second cookie of the same name behind the true one is refused.",
                f"sessionid={_KEY}; sessionid={_OTHER}",
                400,
                "malformed-header",
            ),
            ("planted-empty", "An empty second cookie is a second one.", f"sessionid=; sessionid={_KEY}", 400, "malformed-header"),
            ("comma", "A value with a comma is no value that a server has set.", f"sessionid={_KEY},a=1", 400, "malformed-header"),
            ("space", "A value with a space is none.", f"sessionid={_KEY} x", 400, "malformed-header"),
            ("inside-another", "A cookie inside the value of another is none.", f"a=sessionid={_KEY}", 401, "unauthenticated"),
        )
    ),
    one(
        "identity.public",
        "Where nobody need be logged in no cookie is looked at.",
        as_them("GET", "/openapi.json", 200, headers=(("cookie", "sessionid=a; sessionid=b"),)),
    ),
    one(
        "identity.vary",
        "Every answer varies by cookie, so that no shared cache gives it to somebody else.",
        Step(key=None, target="/openapi.json", expect=Expect(status=200, headers={"vary": "Authorization, Tenant, API-Version, Cookie"})),
    ),
)
