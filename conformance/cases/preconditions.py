"""Cases about entity tags and preconditions: 304, 412 and 428 (spec http, table; DESIGN section 5)."""

from .case import Case, Expect, Pairs, Step, get, one

_JSON: Pairs = (("content-type", "application/json"),)
_ITEM = "/products/<a.product>"

_REFUSED = (
    ("missing", None, 428, "precondition-required", "A change without If-Match is 428."),
    ("star", "*", 428, "precondition-required", "If-Match: * would be a blind write."),
    ("weak", "W/<a.product.etag>", 412, "weak-etag", "A weak tag is 412."),
    ("stale", '"01h455vb4pex5vsknk084sn02q-1"', 412, "stale-version", "A tag of something else is 412."),
    ("foreign", "<b.product.etag>", 412, "stale-version", "B's tag is 412."),
    ("unquoted", "abc", 400, "malformed-header", "A tag without quotes is 400."),
    ("empty", "", 400, "malformed-header", "An empty If-Match is 400."),
    ("half-quoted", '"abc', 400, "malformed-header", "A tag with one quote is 400."),
    ("lower-weak", 'w/"abc"', 400, "malformed-header", "The weakness mark is case-sensitive."),
)


def _patch(etag: str | None, status: int, code: str | None = None, *, body: bytes = b'{"name":"New"}', save: str | None = None) -> Step:
    headers = _JSON if etag is None else (("if-match", etag), *_JSON)
    return Step(
        method="PATCH",
        target=_ITEM,
        body=body,
        headers=headers,
        expect=Expect(status=status, code=code),
        save={save: "header:etag"} if save else {},
    )


CASES = (
    *(one(f"precondition.if-match.{name}", law, _patch(etag, status, code)) for name, etag, status, code, law in _REFUSED),
    one("precondition.if-match.list", "One tag of a list suffices.", _patch('"x-1", <a.product.etag>', 200)),
    one("precondition.body-first", "A malformed body is told before a missing If-Match.", _patch(None, 400, "malformed-json", body=b"{")),
    Case(
        id="precondition.changes-once",
        law="A tag is good for one change; the next needs the new one.",
        steps=(
            _patch("<a.product.etag>", 200, save="second"),
            _patch("<a.product.etag>", 412, "stale-version"),
            _patch("<second>", 200, body=b'{"status":"active"}'),
            Step(target=_ITEM, expect=Expect(status=200, fields={"name": "New", "status": "active", "version": 3})),
        ),
    ),
    Case(
        id="precondition.stale-tells-current",
        law="412 carries the current tag.",
        steps=(
            Step(
                method="DELETE",
                target=_ITEM,
                headers=(("if-match", '"x-1"'),),
                expect=Expect(status=412, code="stale-version"),
                save={"etag": "header:etag"},
            ),
            _patch("<etag>", 200),
        ),
    ),
    Case(
        id="precondition.delete",
        law="Deleting is 204 and bare, and then it is gone.",
        steps=(
            Step(method="DELETE", target=_ITEM, expect=Expect(status=428, code="precondition-required")),
            Step(
                method="DELETE",
                target=_ITEM,
                headers=(("if-match", "<a.product.etag>"),),
                expect=Expect(status=204, body=b"", absent=("content-type", "content-length", "etag")),
            ),
            get(_ITEM, 404, "not-found"),
            Step(method="DELETE", target=_ITEM, headers=(("if-match", "<a.product.etag>"),), expect=Expect(status=404, code="not-found")),
        ),
    ),
    Case(
        id="precondition.not-modified",
        law="If-None-Match with the current tag, weak or strong, is 304 with the tag and no body.",
        steps=(
            *(
                Step(
                    target=_ITEM,
                    headers=(("if-none-match", value),),
                    expect=Expect(
                        status=304, body=b"", headers={"cache-control": "private, no-cache"}, absent=("content-type", "content-length")
                    ),
                )
                for value in ("<a.product.etag>", "W/<a.product.etag>", "*", '"x", <a.product.etag>')
            ),
            get(_ITEM, 200, headers=(("if-none-match", '"x"'),)),
            get(_ITEM, 400, "malformed-header", headers=(("if-none-match", "x"),)),
        ),
    ),
    Case(
        id="precondition.head-not-modified",
        law="HEAD is 304 where GET is.",
        steps=(Step(method="HEAD", target=_ITEM, headers=(("if-none-match", "<a.product.etag>"),), expect=Expect(status=304, body=b"")),),
    ),
    Case(
        id="precondition.repeated",
        law="If-None-Match may be repeated: it is a list.",
        steps=(
            Step(
                target=_ITEM, headers=(("if-none-match", '"x"'), ("if-none-match", "<a.product.etag>")), expect=Expect(status=304, body=b"")
            ),
        ),
    ),
    Case(
        id="precondition.stock",
        law="Adjustments need no tag, add up, and never go below zero.",
        steps=(
            Step(
                method="POST",
                target=f"{_ITEM}/stock-adjustments",
                body=b'{"delta":-3}',
                expect=Expect(status=200, fields={"stock": 2, "version": 2}),
            ),
            Step(
                method="POST",
                target=f"{_ITEM}/stock-adjustments",
                body=b'{"delta":-3}',
                expect=Expect(status=409, code="stock-insufficient"),
            ),
            Step(
                method="POST",
                target=f"{_ITEM}/stock-adjustments",
                body=b'{"delta":10}',
                expect=Expect(status=200, fields={"stock": 12, "version": 3}),
            ),
        ),
    ),
    Case(
        id="precondition.created",
        law="What was created is where Location says, with the tag that was given.",
        steps=(
            Step(
                method="POST",
                target="/products",
                body=b'{"sku":"NEW-1","name":"x","price":{"amount":1,"currency":"EUR"}}',
                expect=Expect(
                    status=201,
                    fields={"sku": "NEW-1", "version": 1, "stock": 0, "status": "draft"},
                    headers={"content-type": "application/json"},
                ),
                save={"where": "header:location", "etag": "header:etag"},
            ),
            Step(target="<where>", headers=(("if-none-match", "<etag>"),), expect=Expect(status=304)),
        ),
    ),
)
