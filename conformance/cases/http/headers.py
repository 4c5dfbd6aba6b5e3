"""Cases about request headers: grammar, repetition, limits, Accept, versions, request ids (RFC 9110; spec http, table; attacks 8, 24, 38)."""

from typing import Final

from kingpost.conformance.cases.case import QUARTZ, Case, Expect, Pairs, Step, get, one, post

_ACCEPT_REFUSED: Final = (
    ("html", "text/html"),
    ("xml", "application/xml"),
    ("zero", "application/json;q=0"),
    ("all-zero", "*/*;q=0"),
    ("zero-before-all", "application/*;q=0, */*"),
    ("zero-specific", "application/json;q=0, */*;q=1"),
    ("zero-decimals", "text/*, application/json;q=0.000"),
    ("problem", "application/problem+json"),
    ("parameter", "application/json;profile=x"),
    ("other-charset", "application/json;charset=utf-16"),
)
_ACCEPT_TAKEN: Final = (
    ("only-empty-elements", " , ,"),  # RFC 9110 section 5.6.1.2: a recipient passes over them
    ("empty", ""),
    ("all", "*/*"),
    ("kind", "application/*"),
    ("plain", "application/json"),
    ("weighted-rest", "text/html, */*;q=0.1"),
    ("least-weight", "application/json;q=0.001"),
    ("upper-case", "APPLICATION/JSON"),
    ("charset", "application/json;charset=utf-8"),
    ("weight-case", "application/json;Q=1.000"),
    ("browser", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
    ("empty-elements", ", application/json ,, "),
    ("quoted", 'text/html;x="a,b;q=0", application/json'),
)
_ACCEPT_MALFORMED: Final = (
    ("word", "json"),
    ("weight-2", "application/json;q=2"),
    ("four-decimals", "application/json;q=0.1234"),
    ("weight-word", "application/json;q=high"),
    ("weight-negative", "application/json;q=-1"),
    ("kind-wildcard", "*/json"),
    ("bare-equals", "application/json;;=x"),
    ("two-slashes", "a/b/c"),
    ("open-quote", 'application/json;x="a'),
    ("star", "*"),
)

_IDS: Final = (
    ("plain", "01J-abc.DEF:7/x+y=z", True),
    ("uuid", "018c8a5d-ac96-7775-bce6-b504c10d22f7", True),
    ("longest", "x" * 128, True),
    ("too-long", "x" * 129, False),
    ("with-space", "two words", False),
    ("with-quote", '"quoted"', False),
    ("with-comma", "one,two", False),
    ("with-tab", "one\ttwo", False),
    ("with-markup", "<SCRIPT>", False),
    ("with-percent", "a%0Ab", False),
    ("leading-dash", "-rf", False),
    ("not-ascii", "caf\xe9", False),
)

_TRACES: Final = (
    ("valid", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("malformed", "00-zzz"),
    ("zero", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
    ("upper", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01"),
    ("other-version", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("list", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,x"),
)

_VERSIONS: Final = (
    ("supported", "2026-11-01", 200, None),
    ("spaces", " 2026-11-01\t", 200, None),
    ("unknown", "2020-01-01", 400, "unknown-version"),
    ("future", "2999-01-01", 400, "unknown-version"),
    ("impossible", "2026-13-45", 400, "unknown-version"),
    ("malformed", "latest", 400, "unknown-version"),
    ("number", "1", 400, "unknown-version"),
    ("prefixed", "v2026-11-01", 400, "unknown-version"),
    ("empty", "", 400, "unknown-version"),
    ("list", "2026-11-01,2026-11-01", 400, "malformed-header"),
    ("not-ascii", "2026-11-0\xb9", 400, "malformed-header"),
)

_IGNORED: Final[tuple[tuple[str, Pairs, str], ...]] = (
    ("forwarded-for", (("x-forwarded-for", "10.0.0.1, evil"),), "X-Forwarded-For is nobody's word but a trusted proxy's."),
    ("forwarded", (("forwarded", "for=_x;host=evil.example;proto=https"),), "Neither is Forwarded (RFC 7239)."),
    ("original-url", (("x-original-url", "/platform/tenants"), ("x-rewrite-url", "/platform/tenants")), "A header moves no path."),
    ("script-name", (("script-name", "/evil"), ("x-script-name", "/evil")), "A header sets no mount prefix."),
    ("remote-user", (("remote-user", "root"), ("x-remote-user", "root")), "A header names no user."),
    ("accept-charset", (("accept-charset", "utf-16"),), "Accept-Charset is passed over: JSON is UTF-8."),
    ("accept-language", (("accept-language", "tlh"),), "Accept-Language changes no answer."),
    ("range", (("range", "bytes=0-3"),), "Range is passed over (RFC 9110 section 14.2)."),
    ("if-range", (("if-range", '"x"'), ("range", "bytes=0-3")), "So is If-Range."),
    ("if-modified-since", (("if-modified-since", "Thu, 24 Dec 2099 18:00:00 GMT"),), "There are no dates of change to compare with."),
    ("cookies", (("cookie", "a=1"), ("cookie", "session=<b.key>")), "Two Cookie lines beside a credential change nothing."),
    ("cookie-not-ascii", (("cookie", "n=caf\xe9"),), "A cookie beyond ASCII is not read."),
    ("cookie-quotes", (("cookie", 'a="b; c=\\073d'),), "A cookie is not parsed."),
    ("underscore", (("if_none_match", "*"), ("api_version", "tomorrow")), "A name with an underscore is another header (CVE-2026-3902)."),
    ("unread-not-ascii", (("x-note", "caf\xe9"),), "A byte beyond ASCII in a header that nobody reads is nobody's business."),
    ("cache-control", (("cache-control", "only-if-cached"), ("pragma", "no-cache")), "The caller's cache directives are for caches."),
)

_LIMITS: Final[tuple[tuple[str, str, Pairs, int, str | None, str], ...]] = (
    ("most", "/tenant", tuple((f"x-{n}", "1") for n in range(97)), 200, None, "A hundred lines are read."),
    (
        "too-many",
        "/tenant",
        tuple((f"x-{n}", "1") for n in range(101)),
        431,
        "headers-too-large",
        "More than 100 lines are 431 (RFC 6585 section 5).",
    ),
    ("longest", "/tenant", (("x-long", "x" * (8192 - len("x-long"))),), 200, None, "A line of exactly 8 KiB is read."),
    ("too-long", "/tenant", (("x-long", "x" * 8200),), 431, "headers-too-large", "A line above 8 KiB is 431."),
    ("too-long-name", "/tenant", (("x-" + "n" * 8200, "1"),), 431, "headers-too-large", "A name counts as its value does."),
    ("too-long-before-path", "/nothing", (("x-long", "x" * 8200),), 431, "headers-too-large", "431 is told before 404."),
    ("control", "/tenant", (("tenant", "a\x01b"),), 400, "malformed-header", "A control character in a header that is read is 400."),
    ("not-ascii", "/tenant", (("tenant", "t\xe9nant"),), 400, "malformed-header", "A byte beyond ASCII in a header that is read is 400."),
)
"""Beside the lines of each row, ``Host``, ``Request-Id`` and ``Authorization`` are sent."""


CASES: Final = (
    *(
        one(
            f"http.accept.refused.{name}",
            f"Accept: {value} is 406 (RFC 9110 section 12.5.1).",
            get("/tenant", 406, "not-acceptable", headers=(("accept", value),)),
        )
        for name, value in _ACCEPT_REFUSED
    ),
    *(
        one(f"http.accept.taken.{name}", f"Accept: {value} admits JSON.", get("/tenant", 200, headers=(("accept", value),)))
        for name, value in _ACCEPT_TAKEN
    ),
    *(
        one(
            f"http.accept.malformed.{name}",
            f"Accept: {value} is 400.",
            get("/tenant", 400, "malformed-header", headers=(("accept", value),)),
        )
        for name, value in _ACCEPT_MALFORMED
    ),
    one(
        "http.accept.repeated",
        "Accept may be repeated: it is a list (RFC 9110 section 5.3).",
        get("/tenant", 200, headers=(("accept", "text/html"), ("accept", "application/json"))),
        tier="edge",
    ),
    one(
        "http.accept.long",
        "A long list is read in one pass.",
        get("/tenant", 200, headers=(("accept", "text/html;q=0.1," * 500 + "*/*"),)),
        tier="edge",
    ),
    one(
        "http.accept.write",
        "What will not be read is not written.",
        post("/specimens", QUARTZ, 406, "not-acceptable", headers=(("accept", "text/html"),)),
    ),
    one("http.version.echoed", "The version is echoed.", Step(expect=Expect(status=200, headers={"api-version": "2026-11-01"}))),
    one(
        "http.version.of-problem",
        "A problem has the version too.",
        Step(target="/nothing", expect=Expect(status=404, headers={"api-version": "2026-11-01"})),
    ),
    *(
        one(
            f"http.version.{name}",
            f"API-Version: {value.strip()} is {status}.",
            get("/tenant", status, code, headers=(("api-version", value),)),
        )
        for name, value, status, code in _VERSIONS
    ),
    one(
        "http.version.supported-ones",
        "An unknown version is told the supported ones.",
        Step(headers=(("api-version", "2020-01-01"),), expect=Expect(status=400, fields={"params/supported": ["2026-11-01"]})),
    ),
    *(
        one(
            f"http.request-id.{name}",
            f"Request-Id is {'echoed' if good else 'replaced where it is not well-formed'}.",
            Step(
                headers=(("request-id", value),),
                expect=Expect(status=200, headers={"request-id": value} if good else {}, without=() if good else (value,)),
            ),
            tier="edge",
        )
        for name, value, good in _IDS
    ),
    one(
        "http.request-id.x",
        "X-Request-Id serves where Request-Id is absent.",
        Step(
            omit=("request-id",), headers=(("x-request-id", "from-proxy"),), expect=Expect(status=200, headers={"request-id": "from-proxy"})
        ),
    ),
    one(
        "http.request-id.first",
        "Request-Id goes before X-Request-Id.",
        Step(headers=(("request-id", "own"), ("x-request-id", "from-proxy")), expect=Expect(status=200, headers={"request-id": "own"})),
    ),
    one(
        "http.request-id.twice",
        "A repeated Request-Id is as good as none.",
        Step(
            omit=("request-id",),
            headers=(("request-id", "first"), ("request-id", "second")),
            expect=Expect(status=200, without=("first", "second")),
        ),
        tier="edge",
    ),
    one(
        "http.request-id.made",
        "Where none was sent, one is made, and the problem document has the same.",
        Step(target="/nothing", omit=("request-id",), expect=Expect(status=404, matches={"request_id": "[0-9a-f]{32}"})),
    ),
    *(
        one(
            f"http.trace.{name}",
            "A traceparent refuses no request (W3C Trace Context).",
            get("/tenant", 200, headers=(("traceparent", value),)),
        )
        for name, value in _TRACES
    ),
    *(
        one(f"http.header.{name}", law, get(target, status, code, headers=headers), tier="edge")
        for name, target, headers, status, code, law in _LIMITS
    ),
    *(
        Case(
            id=f"http.header.ignored.{name}",
            law=law,
            tier="edge",
            steps=(get("/tenant", 200), Step(headers=headers, expect=Expect(status=200, same_as=0))),
        )
        for name, headers, law in _IGNORED
    ),
    one(
        "http.header.accept-encoding",
        "Nothing is compressed: that is a proxy's business.",
        Step(headers=(("accept-encoding", "gzip, br, zstd"),), expect=Expect(status=200, absent=("content-encoding",))),
        tier="edge",
    ),
    Case(
        id="http.header.forwarded-host",
        law="X-Forwarded-Host moves no link (PYSEC-2026-2603).",
        tier="edge",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=QUARTZ,
                headers=(("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example"), ("x-forwarded-proto", "https")),
                expect=Expect(status=201, without=("evil.example",)),
                save={"where": "header:location"},
            ),
            get("<where>", 200),
            Step(
                target="/specimens?limit=1",
                headers=(("x-forwarded-host", "evil.example"), ("x-forwarded-prefix", "/evil")),
                expect=Expect(status=200, without=("evil",)),
            ),
        ),
    ),
)
