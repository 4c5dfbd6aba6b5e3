"""Cases about query strings and lists: one grammar per type, limits, filters and cursors (spec http, table; attacks 3, 5, 34 to 36)."""

from .case import Case, Expect, Step, get, one, post

_LIMITS = (
    "0",
    "-1",
    "1000000000",
    "007",
    "+1",
    "1_0",
    "%D9%A1",
    "1.0",
    "1e2",
    "%201",
    "0x10",
    "201",
    "",
    "abc",
    "true",
    "9999999999999999999999",
)

_INVALID = (
    ("unknown", "colour=red", ("query:colour",), "An unknown parameter is 422."),
    ("page", "page=2", ("query:page",), "There are no page numbers."),
    ("repeated", "limit=1&limit=2", ("query:limit",), "A repeated scalar is 422."),
    ("repeated-equal", "status=draft&status=draft", ("query:status",), "A scalar repeated with the same value is 422."),
    ("choice", "status=sold", ("query:status",), "A value outside the list is 422."),
    ("null", "status=null", ("query:status",), "null is a text like any other."),
    ("semicolon", "limit=1;status=draft", ("query:limit",), "A semicolon is no separator."),
    ("tenant", "tenant_id=<b.id>", ("query:tenant_id",), "A filter by tenant is unknown."),
    ("sort", "sort=tenant_id", ("query:sort",), "There is no sort parameter to abuse."),
    ("include", "include=tenant", ("query:include",), "There is nothing to include."),
    ("price-without-currency", "min_price=1", ("query:currency",), "A price range needs its currency."),
    ("array-syntax", "status[]=draft", ("query:status[]",), "Brackets have no meaning."),
    (
        "several",
        "limit=0&colour=red&status=sold",
        ("query:limit", "query:colour", "query:status"),
        "All errors are told at once, in order.",
    ),
)

_MALFORMED = (
    ("bad-utf8", "sku=%FF", "Bad UTF-8 in a query is 400."),
    ("nul", "sku=%00", "NUL in a query is 400."),
    ("newline", "sku=a%0Ab", "A newline in a query is 400."),
    ("broken-escape", "sku=%zz", "A percent sign without two digits is 400."),
    ("too-many", "&".join(f"p{number}=1" for number in range(101)), "More than 100 parameters are 400."),
)

_EMPTY: dict[str, object] = {"items": [], "next_cursor": None}

_LITERAL = ("%25", "_", "%27", "%5C", "%22", "%E2%80%A8", "*", "%27%20OR%20%271%27=%271")


def _numbered(count: int) -> tuple[Step, ...]:
    body = b'{"sku":"L-%d","name":"x","status":"active","price":{"amount":%d,"currency":"USD"}}'
    return tuple(post("/products", body % (number, 100 * number), 201, key="empty.key") for number in range(count))


CASES = (
    *(
        one(
            f"query.limit.{number}",
            f"limit={value or '(empty)'} is 422.",
            Step(target=f"/products?limit={value}", expect=Expect(status=422, code="invalid", pointers=("query:limit",))),
        )
        for number, value in enumerate(_LIMITS)
    ),
    *(one(f"query.limit.accepted-{value}", f"limit={value} is taken.", get(f"/products?limit={value}", 200)) for value in ("1", "200")),
    *(
        one(f"query.invalid.{name}", law, Step(target=f"/products?{query}", expect=Expect(status=422, code="invalid", pointers=pointers)))
        for name, query, pointers, law in _INVALID
    ),
    *(one(f"query.malformed.{name}", law, get(f"/products?{query}", 400, "malformed-query")) for name, query, law in _MALFORMED),
    *(
        one(
            f"query.literal.{number}",
            "A metacharacter of SQL is a character: no row matches it.",
            get(f"/products?sku={text}", 422, "invalid"),
        )
        for number, text in enumerate(_LITERAL)
    ),
    one("query.no-value", "A name without a value has an empty one.", get("/products?limit", 422, "invalid")),
    one("query.encoded-name", "A percent-encoded name means the name.", get("/products?%6Cimit=1", 200)),
    one("query.question-mark", "A second question mark is a character of the value.", get("/products?sku=a?b", 422, "invalid")),
    one("query.empty-pieces", "Empty pieces are nothing.", get("/products?&&limit=1&", 200)),
    one(
        "query.plus-is-space",
        "Plus is a space.",
        Step(target="/platform/tenants?host_ref=a+b", key="platform.key", expect=Expect(status=200, fields=_EMPTY)),
    ),
    one(
        "query.on-item",
        "An item takes no parameters.",
        Step(target="/products/<a.product>?expand=all", expect=Expect(status=422, pointers=("query:expand",))),
    ),
    one(
        "query.on-write", "A write takes no parameters.", post("/products?dry_run=true", b"{}", 422, "invalid", pointers=("query:dry_run",))
    ),
    one(
        "query.token", "A credential in the query is no credential.", get("/tenant?access_token=<a.key>", 401, "unauthenticated", key=None)
    ),
    Case(
        id="query.pages",
        law="Pages follow each other by cursor and Link, without gap or repetition, and end without a cursor.",
        steps=(
            *_numbered(3),
            Step(
                target="/products?limit=2&currency=USD",
                key="empty.key",
                expect=Expect(status=200, holds=("L-0", "L-1"), without=("L-2",)),
                save={"next": "json:next_cursor"},
            ),
            Step(
                target="/products?limit=2&currency=USD&cursor=<next>",
                key="empty.key",
                expect=Expect(status=200, holds=("L-2", '"next_cursor":null'), without=("L-0", "L-1"), absent=("link",)),
            ),
            get("/products?limit=2&currency=USD&status=active&cursor=<next>", 400, "malformed-cursor", key="empty.key"),
            get("/platform/tenants?cursor=<next>", 400, "malformed-cursor", key="platform.key"),
            get("/products?limit=2&currency=USD&cursor=<next>", 400, "malformed-cursor", key="b.key"),
        ),
    ),
    Case(
        id="query.price-range",
        law="A price range is inclusive, in the order of the price, within one currency and tenant.",
        steps=(
            *_numbered(4),
            Step(
                target="/products?currency=USD&min_price=100&max_price=200",
                key="empty.key",
                expect=Expect(status=200, holds=("L-1", "L-2"), without=("L-0", "L-3")),
            ),
            Step(target="/products?currency=EUR&min_price=0", key="empty.key", expect=Expect(status=200, fields=_EMPTY)),
        ),
    ),
    *(
        one(
            f"query.cursor.{name}",
            "A cursor that this server did not make is 400.",
            get(f"/products?cursor={cursor}", 400, "malformed-cursor"),
        )
        for name, cursor in (
            ("empty", ""),
            ("text", "abc"),
            ("base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("long", "A" * 3000),
            ("not-ascii", "%C3%A9"),
        )
    ),
)
