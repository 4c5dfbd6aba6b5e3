"""Cases about query strings: one grammar per type, nothing guessed, nothing passed over (spec http, table; attacks 3, 34 to 36; RULES 25)."""

from typing import Final

from kingpost.conformance.cases.case import EMPTY_PAGE, Case, Expect, Step, get, one, post

_LIMITS: Final = (
    ("zero", "0", "not-in-range"),
    ("negative", "-1", "not-in-range"),
    ("one-too-large", "201", "not-in-range"),
    ("a-billion", "1000000000", "not-in-range"),
    ("leading-zeros", "007", "wrong-type"),
    ("plus-sign", "%2B1", "wrong-type"),
    ("plus", "+1", "wrong-type"),
    ("minus-zero", "-0", "wrong-type"),
    ("underscore", "1_0", "wrong-type"),
    ("arabic-digit", "%D9%A1", "wrong-type"),
    ("full-width-digit", "%EF%BC%91", "wrong-type"),
    ("superscript", "%C2%B2", "wrong-type"),
    ("fraction", "1.0", "wrong-type"),
    ("exponent", "1e2", "wrong-type"),
    ("leading-space", "%201", "wrong-type"),
    ("trailing-space", "1%20", "wrong-type"),
    ("hexadecimal", "0x10", "wrong-type"),
    ("empty", "", "wrong-type"),
    ("word", "abc", "wrong-type"),
    ("true", "true", "wrong-type"),
    ("null", "null", "wrong-type"),
    ("infinity", "inf", "wrong-type"),
    ("22-digits", "9999999999999999999999", "wrong-type"),
    ("quoted", "%221%22", "wrong-type"),
    ("comma", "1,000", "wrong-type"),
)

_BOOLEANS: Final = (
    ("yes", "yes"),
    ("no", "no"),
    ("on", "on"),
    ("off", "off"),
    ("t", "t"),
    ("y", "y"),
    ("one", "1"),
    ("zero", "0"),
    ("capital", "True"),
    ("upper", "FALSE"),
    ("empty", ""),
    ("null", "null"),
    ("space", "true%20"),
    ("float", "1.0"),
)

_IDS: Final = (
    ("upper", "SPC_01H455VB4PEX5VSKNK084SN02Q"),
    ("other-prefix", "<a.id>"),
    ("no-prefix", "01h455vb4pex5vsknk084sn02q"),
    ("uuid", "018c8a5d-ac96-7775-bce6-b504c10d22f7"),
    ("braces", "%7B018c8a5d-ac96-7775-bce6-b504c10d22f7%7D"),
    ("integer", "1"),
    ("empty", ""),
    ("null", "null"),
    ("space", "%20<a.specimen>"),
    ("list", "<a.specimen>,<a.child>"),
)

_AMOUNTS: Final = (
    ("negative", "-1"),
    ("leading-zero", "01"),
    ("exponent", "1e3"),
    ("underscore", "1_000"),
    ("fraction", "1.5"),
    ("too-large", "1000000000000001"),
    ("beyond-64-bit", "9223372036854775808"),
    ("minus-zero", "-0"),
)

_INVALID: Final = (
    ("unknown", "colour=red", ("query:colour",), ("unknown-parameter",), "An unknown parameter is 422."),
    ("unknown-case", "Limit=1", ("query:Limit",), ("unknown-parameter",), "The names of parameters are case-sensitive."),
    ("unknown-empty", "=1", ("query:",), ("unknown-parameter",), "A parameter without a name is an unknown one."),
    ("cache-buster", "_=1", ("query:_",), ("unknown-parameter",), "A parameter against caches is unknown too."),
    ("page", "page=2", ("query:page",), ("unknown-parameter",), "There are no page numbers."),
    ("offset", "offset=100000", ("query:offset",), ("unknown-parameter",), "There are no offsets."),
    ("repeated", "limit=1&limit=2", ("query:limit",), ("repeated-parameter",), "A repeated scalar is 422."),
    ("repeated-equal", "status=draft&status=draft", ("query:status",), ("repeated-parameter",), "So is one with the same value."),
    ("repeated-encoded", "limit=1&%6Cimit=2", ("query:limit",), ("repeated-parameter",), "So is one in another spelling."),
    ("repeated-empty", "limit=1&limit=", ("query:limit",), ("repeated-parameter",), "So is one with an empty value."),
    ("choice", "status=sold", ("query:status",), ("not-a-choice",), "A value outside the list is 422."),
    ("choice-case", "status=Draft", ("query:status",), ("not-a-choice",), "A choice is case-sensitive."),
    ("choice-empty", "status=", ("query:status",), ("not-a-choice",), "An empty value is no choice."),
    ("choice-null", "status=null", ("query:status",), ("not-a-choice",), "null is a text like any other."),
    ("semicolon", "limit=1;status=draft", ("query:limit",), ("wrong-type",), "A semicolon is no separator (WHATWG URL)."),
    ("tenant", "tenant_id=<b.id>", ("query:tenant_id",), ("unknown-parameter",), "A filter by tenant is unknown."),
    ("sort", "sort=tenant_id", ("query:sort",), ("unknown-parameter",), "There is no sort parameter to abuse."),
    ("order", "order_by=-created_at", ("query:order_by",), ("unknown-parameter",), "There is no order to choose."),
    ("include", "include=tenant", ("query:include",), ("unknown-parameter",), "There is nothing to include."),
    ("expand", "expand=parent.tenant", ("query:expand",), ("unknown-parameter",), "There is nothing to expand."),
    ("lookup", "parent__tenant=<b.id>", ("query:parent__tenant",), ("unknown-parameter",), "No filter follows a reference."),
    ("fields", "fields=tenant_id", ("query:fields",), ("unknown-parameter",), "There are no fields to choose."),
    ("array-syntax", "status[]=draft", ("query:status[]",), ("unknown-parameter",), "Brackets have no meaning."),
    ("object-syntax", "label[ne]=x", ("query:label[ne]",), ("unknown-parameter",), "There are no operators in names."),
    ("price-without-currency", "min_price=1", ("query:currency",), ("missing",), "A price range needs its currency."),
    ("currency-case", "currency=eur", ("query:currency",), ("pattern",), "A currency is in upper case."),
    ("exclusive", "label=A&status=draft", ("query:status",), ("exclusive",), "Two filters that no index serves together are 422."),
    (
        "several",
        "limit=0&colour=red&status=sold",
        ("query:limit", "query:colour", "query:status"),
        ("not-in-range", "unknown-parameter", "not-a-choice"),
        "All errors are told at once, in the order of the query.",
    ),
)

_MALFORMED: Final = (
    ("bad-utf8", "label=%FF", "Bad UTF-8 in a query is 400."),
    ("bad-utf8-name", "%FF=1", "Bad UTF-8 in the name of a parameter is 400."),
    ("overlong-utf8", "label=%C0%AF", "An overlong encoding is bad UTF-8."),
    ("surrogate-utf8", "label=%ED%A0%80", "An encoded surrogate is bad UTF-8."),
    ("nul", "label=%00", "NUL in a query is 400."),
    ("newline", "label=a%0Ab", "A line break in a query is 400."),
    ("line-break", "label=a%0D%0ASet-Cookie:x=1", "A line break in a query splits no header."),
    ("control-in-name", "la%01bel=a", "A control character in the name of a parameter is 400."),
    ("delete-character", "label=%7F", "DEL in a query is 400."),
    ("broken-escape", "label=%zz", "A percent sign without two digits is 400."),
    ("cut-escape", "label=%", "A percent sign at the end is 400."),
    ("too-many", "&".join(f"p{number}=1" for number in range(101)), "More than 100 parameters are 400."),
    ("too-many-separators", "&" * 100, "More than a hundred pieces are 400, though they are empty."),
)

_LITERAL: Final = (
    ("percent", "a%25"),
    ("underscore", "a%5Fb%27"),
    ("quote", "%27"),
    ("backslash", "%5C"),
    ("double-quote", "%22"),
    ("line-separator", "%E2%80%A8"),
    ("star", "*"),
    ("or", "%27%20OR%20%271%27=%271"),
    ("union", "x%27%20UNION%20SELECT%201--"),
)


def _invalid(name: str, law: str, query: str, *pointers: str, reasons: tuple[str, ...]) -> Case:
    step = Step(target=f"/specimens?{query}", expect=Expect(status=422, code="invalid", pointers=pointers, reasons=reasons))
    return one(f"http.query.{name}", law, step)


CASES: Final = (
    *(
        _invalid(
            f"limit.{name}",
            f"limit={value or '(empty)'} is 422: a limit is [1-9][0-9]*, at most 200.",
            f"limit={value}",
            "query:limit",
            reasons=(reason,),
        )
        for name, value, reason in _LIMITS
    ),
    *(one(f"http.query.limit.taken-{value}", f"limit={value} is taken.", get(f"/specimens?limit={value}", 200)) for value in ("1", "200")),
    *(
        _invalid(
            f"boolean.{name}", "A boolean is true or false and nothing else.", f"ready={value}", "query:ready", reasons=("wrong-type",)
        )
        for name, value in _BOOLEANS
    ),
    *(
        _invalid(f"id.{name}", "A malformed id in a query is 422.", f"parent_id={value}", "query:parent_id", reasons=("invalid-id",))
        for name, value in _IDS
    ),
    *(
        one(
            f"http.query.amount.{name}",
            "An amount in a query has the grammar of an integer.",
            Step(target=f"/specimens?currency=EUR&min_price={value}", expect=Expect(status=422, pointers=("query:min_price",))),
        )
        for name, value in _AMOUNTS
    ),
    *(_invalid(name, law, query, *pointers, reasons=reasons) for name, query, pointers, reasons, law in _INVALID),
    *(one(f"http.query.malformed.{name}", law, get(f"/specimens?{query}", 400, "malformed-query")) for name, query, law in _MALFORMED),
    *(
        one(
            f"http.query.literal.{name}",
            "A metacharacter of SQL or of a pattern is a character, and no label has it.",
            Step(target=f"/specimens?label={text}", expect=Expect(status=422, pointers=("query:label",))),
        )
        for name, text in _LITERAL
    ),
    one(
        "http.query.literal.wildcards-match-nothing",
        "An underscore in a filter is an underscore, not any character.",
        Step(target="/specimens?label=SHARED_1", expect=Expect(status=200, fields=EMPTY_PAGE)),
    ),
    one(
        "http.query.literal.case",
        "A filter is case-sensitive on every store.",
        Step(target="/specimens?label=shared-1", expect=Expect(status=200, fields=EMPTY_PAGE)),
    ),
    one("http.query.no-value", "A name without a value has an empty one.", get("/specimens?limit", 422, "invalid")),
    Case(
        id="http.query.spelling",
        law="A query is read as a form (WHATWG URL): escapes, plus for a space, empty pieces that mean nothing.",
        steps=(
            Step(target="/specimens?label=SHARED-1", expect=Expect(status=200, listed={"label": ("SHARED-1",)})),
            Step(target="/specimens?%6Cabel=SHARED-1", expect=Expect(status=200, same_as=0)),
            Step(target="/specimens?label=%53HARED%2D1", expect=Expect(status=200, same_as=0)),
            Step(target="/specimens?&&label=SHARED-1&", expect=Expect(status=200, same_as=0)),
        ),
    ),
    Case(
        id="http.query.empty",
        law="A question mark with nothing behind it is no query.",
        tier="edge",
        steps=(get("/specimens", 200), Step(target="/specimens?", expect=Expect(status=200, same_as=0)), get("/tenant?", 200)),
    ),
    one("http.query.question-mark", "A second question mark is a character of the value.", get("/specimens?label=a?b", 422, "invalid")),
    one("http.query.equals-sign", "A second equals sign is a character of the value.", get("/specimens?label=a=b", 422, "invalid")),
    one(
        "http.query.plus-is-space",
        "Plus is a space.",
        Step(target="/platform/tenants?host_ref=a+b", key="platform.key", expect=Expect(status=200, fields=EMPTY_PAGE)),
    ),
    one(
        "http.query.hundred",
        "A hundred parameters are read.",
        Step(
            target="/specimens?" + "&".join(f"p{n}=1" for n in range(100)),
            expect=Expect(status=422, pointers=tuple(f"query:p{n}" for n in range(100))),
        ),
    ),
    one(
        "http.query.on-item",
        "An item takes no parameters.",
        Step(target="/specimens/<a.specimen>?expand=all", expect=Expect(status=422, pointers=("query:expand",))),
    ),
    one(
        "http.query.on-write",
        "A write takes no parameters.",
        post("/specimens?dry_run=true", b"{}", 422, "invalid", pointers=("query:dry_run",)),
    ),
    one(
        "http.query.echo",
        "A refused value is not repeated in the answer.",
        Step(target="/specimens?status=%3Cscript%3E", expect=Expect(status=422, without=("script",))),
    ),
    one(
        "http.query.echo-in-problem",
        "The query is not repeated in a problem.",
        Step(target="/nothing?secret=word", expect=Expect(status=404, without=("secret", "word"))),
    ),
)
