"""Cases about what comes back: text as it was sent, one spelling of every value, exactly the members of the schema (spec http, table; attack 20)."""

from typing import Final

from kingpost.conformance.cases.case import QUARTZ, TIMESTAMP, Case, Expect, Step, get, one, post, priced, specimen

SPECIMEN: Final = (
    "id",
    "label",
    "title",
    "note",
    "status",
    "price",
    "count",
    "ready",
    "due",
    "parent_id",
    "attributes",
    "created_at",
    "updated_at",
    "version",
)
"""The members of a specimen, no more and no less."""

_TEXTS: Final = (
    ("combining", '"e\\u0301"', "e\u0301", "Text is not normalised: a combining accent stays one."),
    ("precomposed", '"caf\\u00e9"', "caf\u00e9", "Text is not normalised: a precomposed letter stays one."),
    ("pair", '"\\ud83d\\ude00"', "\U0001f600", "A surrogate pair is one character."),
    ("raw-pair", '"\U0001f600"', "\U0001f600", "A character beyond the basic plane comes back as it was sent."),
    ("line-separator", '"a\\u2028b"', "a\u2028b", "U+2028 is text like any other."),
    ("byte-order-mark", '"\\ufeffx"', "\ufeffx", "A byte order mark inside text is a character."),
    ("noncharacter", '"\\uffff"', "\uffff", "A noncharacter is kept."),
    ("spaces", '"  x  "', "  x  ", "Nothing is trimmed."),
    ("line-breaks", '"a\\r\\nb\\tc"', "a\r\nb\tc", "Line breaks are kept as they were sent."),
    ("control", '"a\\u0001\\u007f\\u0085b"', "a\x01\x7f\x85b", "Control characters other than U+0000 are kept."),
    ("markup", '"</p><!-- & \\u003cSCRIPT\\u003e"', "</p><!-- & <SCRIPT>", "Markup is text: whoever shows it escapes it."),
    ("sql", '"\'; DROP TABLE x; -- %_\\\\"', "'; DROP TABLE x; -- %_\\", "The language of a database is text."),
    ("template", '"{{7*7}} ${7*7} %s %(x)s"', "{{7*7}} ${7*7} %s %(x)s", "The language of a template is text."),
    ("escaped-slash", '"a\\/b"', "a/b", "An escaped slash is a slash."),
    ("right-to-left", '"\\u202eabc"', "\u202eabc", "A change of direction is kept."),
    ("longest", '"' + "\U0001f600" * 200 + '"', "\U0001f600" * 200, "Length is counted in characters, not in bytes."),
)

_SPELLED: Final = (
    ("compact", QUARTZ, '"price":{"amount":1250,"currency":"EUR"},"count":40,', "JSON is compact."),
    ("minus-zero", priced(b"-0"), '"amount":0,', "Zero has no sign."),
    (
        "members",
        specimen(price=b'{ "currency" : "EUR", "amount" : 7 }'),
        '"price":{"amount":7,"currency":"EUR"}',
        "Members have one order.",
    ),
    ("raw-utf8", specimen(title=b'"caf\\u00e9"'), '"title":"caf\u00e9"', "Characters beyond ASCII are written as UTF-8, not escaped."),
    ("escapes", specimen(title=b'"\\u0022\\u005c\\u000a"'), '"title":"\\"\\\\\\n"', "Only what must be escaped is, and in the short form."),
    (
        "map-order",
        specimen(attributes=b'{"b":"1","a":"2"}'),
        '"attributes":{"a":"2","b":"1"}',
        "The members of a map are in the order of their keys.",
    ),
    ("null", specimen(), '"due":null,"parent_id":null,', "What is not there is null, never left out."),
    ("boolean", specimen(ready=b"true"), '"ready":true,', "A boolean is true or false."),
    ("empty-map", specimen(), '"attributes":{},', "An empty map is an object."),
)


def _text(name: str, sent: str, kept: str, law: str) -> Case:
    return Case(
        id=f"http.text.{name}",
        law=law,
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen(title=sent.encode(), attributes=b'{"text":%s}' % sent.encode()),
                expect=Expect(status=201, fields={"title": kept, "attributes/text": kept}),
                save={"where": "header:location"},
            ),
            Step(target="<where>", expect=Expect(status=200, fields={"title": kept, "attributes/text": kept})),
        ),
    )


CASES: Final = (
    *(_text(*row) for row in _TEXTS),
    *(
        one(f"http.spelling.{name}", law, Step(method="POST", target="/specimens", body=body, expect=Expect(status=201, holds=(wanted,))))
        for name, body, wanted, law in _SPELLED
    ),
    one(
        "http.spelling.times",
        "Times are in UTC with six digits of a second, also where they are zero (RFC 3339).",
        Step(
            target="/specimens/<a.specimen>",
            expect=Expect(
                status=200,
                fields={"due": "2026-12-24T18:00:00.000000Z"},
                matches={"created_at": TIMESTAMP, "updated_at": TIMESTAMP},
            ),
        ),
    ),
    one(
        "http.spelling.ids",
        "Ids are TypeIDs of version 7: a prefix and 26 digits of base32 in lower case.",
        Step(target="/specimens/<a.specimen>", expect=Expect(status=200, matches={"id": "spc_[0-7][0-9a-hjkmnp-tv-z]{25}"})),
    ),
    Case(
        id="http.numbers.largest",
        law="The largest permitted numbers come back exactly.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen(price=b'{"amount":1000000000000000,"currency":"JPY"}', count=b"1000000000000"),
                expect=Expect(status=201, fields={"price": {"amount": 10**15, "currency": "JPY"}, "count": 10**12}),
                save={"where": "header:location"},
            ),
            Step(target="<where>", expect=Expect(status=200, fields={"price/amount": 10**15, "count": 10**12})),
        ),
    ),
    Case(
        id="http.map.keys",
        law="A key of a map is any text: __proto__, a number, a slash, a character beyond the basic plane.",
        steps=(
            Step(
                method="POST",
                target="/specimens",
                body=specimen(attributes='{"__proto__":"a","0":"b","a/b~c":"c","\U0001f600":"d","constructor":"e"}'.encode()),
                expect=Expect(
                    status=201,
                    fields={"attributes": {"__proto__": "a", "0": "b", "a/b~c": "c", "\U0001f600": "d", "constructor": "e"}},
                ),
            ),
        ),
    ),
    one(
        "http.map.largest",
        "A map of 50 members is kept.",
        post("/specimens", specimen(attributes=b"{" + b",".join(b'"k%d":"x"' % n for n in range(50)) + b"}"), 201),
    ),
    Case(
        id="http.members.specimen",
        law="A resource has the members of the schema and no other, however it was asked for.",
        steps=(
            Step(method="POST", target="/specimens", body=QUARTZ, expect=Expect(status=201, members=SPECIMEN)),
            Step(target="/specimens/<a.specimen>", expect=Expect(status=200, members=SPECIMEN)),
            Step(target="/specimens/<a.specimen>/children/<a.child>", expect=Expect(status=200, members=SPECIMEN)),
            Step(
                method="POST",
                target="/specimens/<a.specimen>/adjustments",
                body=b'{"delta":1}',
                expect=Expect(status=200, members=SPECIMEN),
            ),
        ),
    ),
    one(
        "http.members.page",
        "A page has its items and the next cursor.",
        Step(target="/specimens", expect=Expect(status=200, members=("items", "next_cursor"), fields={"next_cursor": None})),
    ),
    one(
        "http.members.problem",
        "A problem document has the members of RFC 9457 and the contract, and no instance or trace.",
        Step(
            target="/specimens/<absent.specimen>",
            expect=Expect(status=404, members=("type", "title", "status", "detail", "code", "request_id")),
        ),
    ),
    one(
        "http.members.invalid",
        "Each error of a body has a pointer, a code, a sentence, and parameters for a translation.",
        Step(
            method="POST",
            target="/specimens",
            body=specimen(title=b'""'),
            expect=Expect(
                status=422,
                members=("type", "title", "status", "detail", "code", "request_id", "errors"),
                fields={
                    "errors/0/pointer": "/title",
                    "errors/0/code": "too-short",
                    "errors/0/params": {"minimum": 1},
                    "errors/0/detail": "The value must have at least 1 characters.",
                },
            ),
        ),
    ),
    one(
        "http.members.choices",
        "A refused choice is told the permitted ones, and its own value is not repeated.",
        Step(
            method="POST",
            target="/specimens",
            body=specimen(status=b'"secret-word"'),
            expect=Expect(status=422, fields={"errors/0/params": {"choices": ["active", "archived", "draft"]}}, without=("secret-word",)),
        ),
    ),
    one(
        "http.output.media",
        "A JSON answer has one Content-Type, without a charset (RFC 8259 section 11).",
        Step(target="/specimens", expect=Expect(status=200, headers={"content-type": "application/json"})),
        tier="edge",
    ),
    Case(
        id="http.output.same-twice",
        law="The same question has the same answer, byte for byte.",
        steps=(get("/specimens/<a.specimen>", 200), Step(target="/specimens/<a.specimen>", expect=Expect(status=200, same_as=0))),
    ),
)
