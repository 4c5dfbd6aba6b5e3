"""Cases about entity tags and preconditions: 304, 412 and 428 (RFC 9110 section 13, RFC 6585 section 3; spec http, table; DESIGN section 5)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Step, delete, get, one, patch, specimen

_ITEM: Final = "/specimens/<a.specimen>"
_BODY: Final = b'{"title":"New"}'

_REFUSED: Final = (
    ("missing", None, 428, "precondition-required", "A change without If-Match is 428."),
    ("star", "*", 428, "precondition-required", "If-Match: * would be a blind write."),
    ("weak", "W/<a.specimen.etag>", 412, "weak-etag", "A weak tag is 412: If-Match compares strongly."),
    ("weak-in-list", '"x", W/<a.specimen.etag>', 412, "weak-etag", "So is a weak one in a list."),
    ("stale", '"01h455vb4pex5vsknk084sn02q-1"', 412, "stale-version", "A tag of something else is 412."),
    ("foreign", "<b.specimen.etag>", 412, "stale-version", "B's tag is 412."),
    ("of-child", "<a.child.etag>", 412, "stale-version", "The tag of another row of one's own is 412."),
    ("stale-list", '"x-1", "x-2"', 412, "stale-version", "A list in which the tag is not, is 412."),
    ("unquoted", "abc", 400, "malformed-header", "A tag without quotes is 400 (RFC 9110 section 8.8.3)."),
    ("empty", "", 400, "malformed-header", "An empty If-Match is 400."),
    ("commas", " , ,", 400, "malformed-header", "A list of nothing is 400."),
    ("half-quoted", '"abc', 400, "malformed-header", "A tag with one quote is 400."),
    ("single-quoted", "'abc'", 400, "malformed-header", "A tag in single quotes is 400."),
    ("lower-weak", 'w/"abc"', 400, "malformed-header", "The weakness mark is case-sensitive."),
    ("no-comma", '"a" "b"', 400, "malformed-header", "Two tags without a comma are 400."),
    ("star-in-list", '*, "a"', 400, "malformed-header", "A star stands alone."),
    ("inner-quote", '"a"b"', 400, "malformed-header", "A quote inside a tag is 400."),
    ("inner-space", '"a b"', 400, "malformed-header", "A space inside a tag is 400."),
)

_UNMODIFIED: Final = (
    ("strong", "<a.specimen.etag>"),
    ("weak", "W/<a.specimen.etag>"),
    ("star", "*"),
    ("last-of-list", '"x", <a.specimen.etag>'),
    ("first-of-list", '<a.specimen.etag>,"x"'),
    ("empty-elements", ", <a.specimen.etag> ,,"),
)

_MODIFIED: Final = (
    ("other", '"x"', "Another tag is answered in full."),
    ("child", "<a.child.etag>", "So is the tag of another row."),
    ("empty-tag", '""', "So is the empty tag."),
    ("weak-other", 'W/"x"', "So is another weak tag."),
)


def _change(etag: str | None, status: int, code: str | None = None, *, body: bytes = _BODY, save: str | None = None) -> Step:
    return patch(_ITEM, etag, body, Expect(status=status, code=code), save={save: "header:etag"} if save else {})


CASES: Final = (
    *(one(f"http.if-match.{name}", law, _change(etag, status, code)) for name, etag, status, code, law in _REFUSED),
    *(
        one(f"http.if-match.taken.{name}", "One tag of a list suffices.", _change(etag, 200))
        for name, etag in (("last", '"x-1", <a.specimen.etag>'), ("first", '<a.specimen.etag>,"x-1"'), ("gaps", " ,<a.specimen.etag>, "))
    ),
    one(
        "http.if-match.repeated",
        "If-Match may be repeated: it is a list.",
        Step(
            method="PATCH",
            target=_ITEM,
            body=_BODY,
            headers=(("if-match", '"x"'), ("if-match", "<a.specimen.etag>")),
            expect=Expect(status=200),
        ),
        tier="edge",
    ),
    one(
        "http.if-match.on-get",
        "If-Match on a GET is passed over: nothing is changed.",
        get(_ITEM, 200, headers=(("if-match", '"x"'),)),
    ),
    one(
        "http.if-match.before-body", "A malformed body is told before a missing If-Match.", _change(None, 400, "malformed-json", body=b"{")
    ),
    one(
        "http.if-match.after-invalid", "An invalid body is told before a missing If-Match.", _change(None, 422, "invalid", body=b'{"x":1}')
    ),
    one(
        "http.if-match.before-row",
        "A missing If-Match is told before the row is looked for.",
        delete("/specimens/<absent.specimen>", None, 428, "precondition-required"),
    ),
    one(
        "http.if-match.after-row",
        "An absent row is told before a stale tag.",
        delete("/specimens/<absent.specimen>", '"x-1"', 404, "not-found"),
    ),
    one(
        "http.if-match.before-rules",
        "A stale tag is told before a rule that the change would break.",
        _change('"x-1"', 412, "stale-version", body=b'{"label":"SHARED-2"}'),
    ),
    Case(
        id="http.if-match.changes-once",
        law="A tag is good for one change; the next needs the new one, so that no update is lost.",
        steps=(
            _change("<a.specimen.etag>", 200, save="second"),
            _change("<a.specimen.etag>", 412, "stale-version"),
            _change("<second>", 200, body=b'{"status":"active"}'),
            Step(target=_ITEM, expect=Expect(status=200, fields={"title": "New", "status": "active", "version": 3})),
        ),
    ),
    Case(
        id="http.if-match.empty-change",
        law="A change of nothing is a change: the version and the tag are new.",
        steps=(
            _change("<a.specimen.etag>", 200, body=b"{}", save="second"),
            _change("<a.specimen.etag>", 412, "stale-version", body=b"{}"),
            Step(target=_ITEM, expect=Expect(status=200, fields={"version": 2}, headers={"etag": "<second>"})),
        ),
    ),
    Case(
        id="http.if-match.refused-changes-nothing",
        law="A refused change leaves the row and its tag as they were.",
        steps=(
            get(_ITEM, 200),
            _change('"x-1"', 412, "stale-version"),
            _change(None, 428, "precondition-required"),
            _change("<a.specimen.etag>", 422, "invalid", body=b'{"title":""}'),
            _change("<a.specimen.etag>", 409, "label-taken", body=b'{"title":"New","label":"SHARED-2"}'),
            Step(target=_ITEM, expect=Expect(status=200, same_as=0)),
        ),
    ),
    Case(
        id="http.if-match.stale-tells-current",
        law="412 carries the current tag.",
        steps=(
            Step(
                method="DELETE",
                target="/specimens/<a.child>",
                headers=(("if-match", '"x-1"'),),
                expect=Expect(status=412, code="stale-version", headers={"etag": "<a.child.etag>"}),
            ),
            delete("/specimens/<a.child>", "<a.child.etag>", 204),
        ),
    ),
    Case(
        id="http.delete",
        law="Deleting is 204 and bare, and then it is gone (RFC 9110 section 9.3.5).",
        steps=(
            delete("/specimens/<a.child>", None, 428, "precondition-required"),
            Step(
                method="DELETE",
                target="/specimens/<a.child>",
                headers=(("if-match", "<a.child.etag>"),),
                expect=Expect(status=204, body=b"", absent=("content-type", "content-length", "etag")),
            ),
            get("/specimens/<a.child>", 404, "not-found"),
            delete("/specimens/<a.child>", "<a.child.etag>", 404, "not-found"),
            Step(target="/specimens", expect=Expect(status=200, listed={"label": ("SHARED-1",)})),
        ),
    ),
    *(
        one(
            f"http.if-none-match.{name}",
            "If-None-Match with the current tag, weak or strong, is 304 with the tag and no body (RFC 9110 section 13.1.2).",
            Step(
                target=_ITEM,
                headers=(("if-none-match", value),),
                expect=Expect(
                    status=304,
                    body=b"",
                    headers={"cache-control": "private, no-cache", "etag": "<a.specimen.etag>"},
                    absent=("content-type", "content-length"),
                ),
            ),
        )
        for name, value in _UNMODIFIED
    ),
    *(one(f"http.if-none-match.{name}", law, get(_ITEM, 200, headers=(("if-none-match", value),))) for name, value, law in _MODIFIED),
    *(
        one(
            f"http.if-none-match.malformed.{name}",
            f"If-None-Match: {value} is 400.",
            get(_ITEM, 400, "malformed-header", headers=(("if-none-match", value),)),
        )
        for name, value in (("word", "x"), ("open", '"x'), ("empty", ""), ("two", '"a" "b"'), ("star-in-list", '*, "a"'))
    ),
    one(
        "http.if-none-match.head",
        "HEAD is 304 where GET is.",
        Step(method="HEAD", target=_ITEM, headers=(("if-none-match", "<a.specimen.etag>"),), expect=Expect(status=304, body=b"")),
        tier="edge",
    ),
    one(
        "http.if-none-match.repeated",
        "If-None-Match may be repeated: it is a list.",
        Step(
            target=_ITEM,
            headers=(("if-none-match", '"x"'), ("if-none-match", "<a.specimen.etag>")),
            expect=Expect(status=304, body=b""),
        ),
        tier="edge",
    ),
    one(
        "http.if-none-match.absent",
        "What is not there is 404 though any tag would do.",
        get("/specimens/<absent.specimen>", 404, "not-found", headers=(("if-none-match", "*"),)),
    ),
    one(
        "http.if-none-match.problem",
        "Authentication goes before a condition.",
        get(_ITEM, 401, "unauthenticated", key=None, headers=(("if-none-match", "<a.specimen.etag>"),)),
    ),
    Case(
        id="http.if-none-match.after-change",
        law="A tag is no longer current once the row has changed, whoever changed it.",
        steps=(
            get(_ITEM, 304, headers=(("if-none-match", "<a.specimen.etag>"),)),
            Step(
                method="POST",
                target=f"{_ITEM}/adjustments",
                body=b'{"delta":1}',
                expect=Expect(status=200),
                save={"second": "header:etag"},
            ),
            get(_ITEM, 200, headers=(("if-none-match", "<a.specimen.etag>"),)),
            get(_ITEM, 304, headers=(("if-none-match", "<second>"),)),
        ),
    ),
    Case(
        id="http.etag.one-representation",
        law="Every answer that shows a row has its tag, strong and the same: creation, reading, change, the way through its parent.",
        steps=(
            Step(target="/specimens/<a.child>", expect=Expect(status=200, headers={"etag": "<a.child.etag>"})),
            Step(target="/specimens/<a.specimen>/children/<a.child>", expect=Expect(status=200, headers={"etag": "<a.child.etag>"})),
            patch(
                "/specimens/<a.child>",
                "<a.child.etag>",
                b'{"note":"x"}',
                Expect(status=200, headers={"cache-control": "private, no-cache"}),
                save={"second": "header:etag"},
            ),
            Step(target="/specimens/<a.child>", expect=Expect(status=200, headers={"etag": "<second>"})),
        ),
    ),
    Case(
        id="http.created",
        law="What was created is where Location says, with the tag that was given (RFC 9110 section 15.3.2).",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen("NEW-1"),
                expect=Expect(status=201, fields={"label": "NEW-1", "version": 1}, headers={"content-type": "application/json"}),
                save={"where": "header:location", "etag": "header:etag", "id": "json:id"},
            ),
            Step(target="<where>", headers=(("if-none-match", "<etag>"),), expect=Expect(status=304)),
            Step(target="/specimens/<id>", expect=Expect(status=200, headers={"etag": "<etag>"}, fields={"label": "NEW-1"})),
        ),
    ),
)
