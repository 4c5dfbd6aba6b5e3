"""Cases about lists: keyset pages, signed cursors and links (RFC 8288; DESIGN section 5; attack 5; isolation T06)."""

from typing import Final

from kingpost.conformance.cases.case import EMPTY_PAGE, Case, Expect, Step, get, one, post

_FORGED: Final = (
    ("empty", ""),
    ("text", "abc"),
    ("base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("padded", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("long", "A" * 3000),
    ("not-ascii", "%C3%A9"),
    ("json", "%7B%22after%22:1%7D"),
    ("id", "<a.specimen>"),
    ("number", "1"),
)

_TAMPERED: Final = (
    ("longer", "<next>A"),
    ("prefixed", "A<next>"),
    ("doubled", "<next><next>"),
    ("padded", "<next>="),
    ("spaced", "<next>%20"),
    ("dotted", "<next>."),
)


def _numbered(count: int, *, price: int = 100) -> tuple[Step, ...]:
    """So many specimens of the empty tenant, each dearer than the one before, or all of one price where it is 0."""
    body = b'{"label":"L-%d","title":"x","status":"active","price":{"amount":%d,"currency":"USD"}}'
    return tuple(post("/specimens", body % (number, price * number), 201, key="empty.key") for number in range(count))


def _page(query: str, *labels: str, last: bool, save: bool = False) -> Step:
    """A page of the empty tenant with these labels, which leads on or is the last."""
    return Step(
        target=f"/specimens?{query}" if not query.startswith("<") else query,
        key="empty.key",
        expect=Expect(
            status=200,
            listed={"label": labels},
            fields={"next_cursor": None} if last else {},
            matches={} if last else {"next_cursor": "[A-Za-z0-9_-]+"},
            absent=("link",) if last else (),
        ),
        save={"next": "json:next_cursor", "link": "link:next"} if save else {},
    )


CASES: Final = (
    *(
        one(
            f"http.cursor.forged.{name}",
            "A cursor that this server did not make is 400.",
            get(f"/specimens?cursor={cursor}", 400, "malformed-cursor"),
        )
        for name, cursor in _FORGED
    ),
    *(
        Case(
            id=f"http.cursor.tampered.{name}",
            law="A cursor that was changed is 400.",
            steps=(
                Step(target="/specimens?limit=1", expect=Expect(status=200), save={"next": "json:next_cursor"}),
                get(f"/specimens?limit=1&cursor={cursor}", 400, "malformed-cursor"),
                get("/specimens?limit=1&cursor=<next>", 200),
            ),
        )
        for name, cursor in _TAMPERED
    ),
    Case(
        id="http.cursor.bound-to-tenant",
        law="A cursor of another tenant is 400, in both directions.",
        steps=(
            Step(target="/specimens?limit=1", key="b.key", expect=Expect(status=200), save={"of_b": "json:next_cursor"}),
            Step(target="/specimens?limit=1", expect=Expect(status=200), save={"of_a": "json:next_cursor"}),
            get("/specimens?limit=1&cursor=<of_b>", 400, "malformed-cursor"),
            get("/specimens?limit=1&cursor=<of_a>", 400, "malformed-cursor", key="b.key"),
            get("/specimens?limit=1&cursor=<of_b>", 400, "malformed-cursor", key="empty.key"),
        ),
    ),
    Case(
        id="http.cursor.bound-to-list",
        law="A cursor of another list is 400.",
        steps=(
            Step(target="/specimens?limit=1", expect=Expect(status=200), save={"next": "json:next_cursor"}),
            get("/platform/tenants?limit=1&cursor=<next>", 400, "malformed-cursor", key="platform.key"),
            Step(target="/platform/tenants?limit=1", key="platform.key", expect=Expect(status=200), save={"other": "json:next_cursor"}),
            get("/specimens?limit=1&cursor=<other>", 400, "malformed-cursor"),
        ),
    ),
    Case(
        id="http.cursor.bound-to-filter",
        law="A cursor of another filter is 400: one added, one dropped, one changed.",
        steps=(
            *_numbered(3),
            _page("limit=1&currency=USD", "L-0", last=False, save=True),
            get("/specimens?limit=1&cursor=<next>", 400, "malformed-cursor", key="empty.key"),
            get("/specimens?limit=1&currency=EUR&cursor=<next>", 400, "malformed-cursor", key="empty.key"),
            get("/specimens?limit=1&currency=USD&min_price=0&cursor=<next>", 400, "malformed-cursor", key="empty.key"),
            get("/specimens?limit=1&status=active&cursor=<next>", 400, "malformed-cursor", key="empty.key"),
        ),
    ),
    Case(
        id="http.cursor.other-limit",
        law="A cursor holds a position, so the size of the page may change.",
        steps=(
            *_numbered(4),
            _page("currency=USD&limit=1", "L-0", last=False, save=True),
            _page("currency=USD&limit=200&cursor=<next>", "L-1", "L-2", "L-3", last=True),
            _page("currency=USD&cursor=<next>", "L-1", "L-2", "L-3", last=True),
        ),
    ),
    Case(
        id="http.cursor.stays",
        law="A cursor leads on after the row that it names has gone, and shows what came in between.",
        steps=(
            *_numbered(2),
            Step(
                target="/specimens?currency=USD&limit=1",
                key="empty.key",
                expect=Expect(status=200),
                save={"next": "json:next_cursor", "id": "json:items/0/id"},
            ),
            Step(target="/specimens/<id>", key="empty.key", expect=Expect(status=200), save={"etag": "header:etag"}),
            Step(method="DELETE", target="/specimens/<id>", key="empty.key", headers=(("if-match", "<etag>"),), expect=Expect(status=204)),
            post("/specimens", b'{"label":"L-9","title":"x","price":{"amount":900,"currency":"USD"}}', 201, key="empty.key"),
            _page("currency=USD&limit=200&cursor=<next>", "L-1", "L-9", last=True),
        ),
    ),
    Case(
        id="http.list.pages",
        law="Pages follow each other by cursor and by Link without gap or repetition, and end without a cursor.",
        steps=(
            *_numbered(5),
            _page("limit=2&currency=USD", "L-0", "L-1", last=False, save=True),
            _page("limit=2&currency=USD&cursor=<next>", "L-2", "L-3", last=False),
            _page("<link>", "L-2", "L-3", last=False, save=True),
            _page("<link>", "L-4", last=True),
        ),
    ),
    *(
        Case(
            id=f"http.list.equal-rank.{name}",
            law="A page may end among rows of equal rank: the next one goes on behind the last row and neither repeats nor leaves one out.",
            steps=(
                *_numbered(5, price=0),
                Step(
                    target=f"/specimens?{query}limit=2",
                    key="empty.key",
                    expect=Expect(status=200, listed={"version": (1, 1)}),
                    save={"link": "link:next", "first": "json:items/0/id", "second": "json:items/1/id"},
                ),
                Step(
                    target="<link>",
                    key="empty.key",
                    expect=Expect(status=200, listed={"version": (1, 1)}, without=("<first>", "<second>")),
                    save={"link": "link:next", "third": "json:items/0/id", "fourth": "json:items/1/id"},
                ),
                Step(
                    target="<link>",
                    key="empty.key",
                    expect=Expect(
                        status=200, listed={"version": (1,)}, without=("<first>", "<second>", "<third>", "<fourth>"), absent=("link",)
                    ),
                ),
            ),
        )
        for name, query in (("all", ""), ("filter", "status=active&"), ("price", "currency=USD&"))
    ),
    Case(
        id="http.list.link",
        law="Link names the same list with the next cursor, relative to the server, its filters in one order and one spelling (RFC 8288).",
        steps=(
            *_numbered(2),
            Step(
                target="/specimens?%6Cimit=1&status=active",
                key="empty.key",
                expect=Expect(status=200, matches={"next_cursor": ".+"}),
                save={"next": "json:next_cursor"},
            ),
            Step(
                target="/specimens?status=active&limit=1",
                key="empty.key",
                expect=Expect(status=200, headers={"link": '</specimens?limit=1&status=active&cursor=<next>>; rel="next"'}),
            ),
        ),
    ),
    Case(
        id="http.list.full-page",
        law="A page that is full and the last has no cursor.",
        steps=(*_numbered(2), _page("currency=USD&limit=2", "L-0", "L-1", last=True), _page("currency=USD&limit=1", "L-0", last=False)),
    ),
    one(
        "http.list.empty",
        "A list in which nothing is, is an empty page.",
        Step(target="/specimens", key="empty.key", expect=Expect(status=200, fields=EMPTY_PAGE, absent=("link", "etag"))),
    ),
    Case(
        id="http.list.default-limit",
        law="A page has 50 items where no limit is given.",
        steps=(
            *_numbered(51),
            _page("currency=USD", *(f"L-{number}" for number in range(50)), last=False, save=True),
            _page("currency=USD&cursor=<next>", "L-50", last=True),
        ),
    ),
    Case(
        id="http.list.cache",
        law="A list has no tag and is not kept.",
        steps=(
            Step(target="/specimens", expect=Expect(status=200, headers={"cache-control": "no-store"}, absent=("etag", "last-modified"))),
            Step(target="/specimens", headers=(("if-none-match", "*"),), expect=Expect(status=200)),
        ),
    ),
)
