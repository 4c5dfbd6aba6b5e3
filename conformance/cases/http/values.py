"""Cases about the values in a body: one grammar per type, everything wrong told at once (spec http, table; attacks 9, 19, 30, 31)."""

from typing import Final

from kingpost.conformance.cases.case import Case, Expect, Step, one, patch, post, priced, specimen

_OBJECTS: Final = (
    ("array", b"[]", ("",), ("wrong-type",), "An array where an object belongs is 422."),
    ("null", b"null", ("",), ("wrong-type",), "null where an object belongs is 422."),
    ("number", b"1", ("",), ("wrong-type",), "A number where an object belongs is 422."),
    ("text", b'"{}"', ("",), ("wrong-type",), "A text where an object belongs is 422."),
    ("true", b"true", ("",), ("wrong-type",), "true where an object belongs is 422."),
    ("array-of-one", b"[{}]", ("",), ("wrong-type",), "An array of one object is no object."),
    ("missing-all", b"{}", ("/label", "/title", "/price"), ("missing",) * 3, "Every missing field is named at once."),
    ("missing-inner", specimen(price=b"{}"), ("/price/amount", "/price/currency"), ("missing",) * 2, "So is every missing inner field."),
    ("unknown", specimen(colour=b'"red"'), ("/colour",), ("unknown-field",), "An unknown field is 422."),
    (
        "unknown-inner",
        specimen(price=b'{"amount":1,"currency":"EUR","net":1}'),
        ("/price/net",),
        ("unknown-field",),
        "An unknown inner field is 422.",
    ),
    ("unknown-case", specimen(Note=b'"x"'), ("/Note",), ("unknown-field",), "The names of fields are case-sensitive."),
    ("unknown-camel", specimen(parentId=b"null"), ("/parentId",), ("unknown-field",), "The names of fields are snake_case."),
    ("unknown-null", specimen(colour=b"null"), ("/colour",), ("unknown-field",), "An unknown field is 422 with the value null too."),
    (
        "owned",
        specimen(tenant_id=b'"<b.id>"', id=b'"<b.specimen>"', version=b"7"),
        ("/tenant_id", "/id", "/version"),
        ("unknown-field",) * 3,
        "Fields that the server owns are 422: nobody assigns what is not his.",
    ),
    (
        "owned-times",
        specimen(created_at=b'"2026-01-01T00:00:00Z"', updated_at=b"null"),
        ("/created_at", "/updated_at"),
        ("unknown-field",) * 2,
        "Times of creation and change are not the client's to set.",
    ),
    (
        "owned-privileges",
        specimen(owner_id=b'"x"', role=b'"admin"', is_staff=b"true", organization_id=b"1"),
        ("/owner_id", "/role", "/is_staff", "/organization_id"),
        ("unknown-field",) * 4,
        "Privileges cannot be slipped in with a body.",
    ),
    ("proto", specimen(__proto__=b"{}"), ("/__proto__",), ("unknown-field",), "__proto__ is an unknown field."),
    ("empty-key", specimen(**{"": b"1"}), ("/",), ("unknown-field",), "An empty key is an unknown field."),
    ("escaped-pointer", specimen(**{"a/b~c": b"1"}), ("/a~1b~0c",), ("unknown-field",), "Pointers escape slash and tilde (RFC 6901)."),
    (
        "several",
        specimen(title=b'""', price=b'{"amount":-1}', more=b"1"),
        ("/title", "/price/amount", "/price/currency", "/more"),
        ("too-short", "not-in-range", "missing", "unknown-field"),
        "All errors are told at once, each with its pointer and code.",
    ),
)

_WRONG: Final = (
    ("text.number", "title", b"5", "wrong-type", "A number is no text."),
    ("text.null", "title", b"null", "wrong-type", "null is no text."),
    ("text.true", "title", b"true", "wrong-type", "true is no text."),
    ("text.array", "title", b'["x"]', "wrong-type", "A list of one text is no text."),
    ("text.optional-null", "note", b"null", "wrong-type", "A field that can be left out is not null for that."),
    ("text.empty", "title", b'""', "too-short", "A title has at least one character."),
    ("text.too-long", "title", b'"' + b"x" * 201 + b'"', "too-long", "A title has at most 200 characters."),
    ("text.too-long-escaped", "title", b'"' + b"\\u00e9" * 201 + b'"', "too-long", "Escapes are counted as the characters they mean."),
    ("text.note-too-long", "note", b'"' + b"x" * 5001 + b'"', "too-long", "A note has at most 5,000 characters."),
    ("pattern.newline", "label", b'"A\\n"', "pattern", "A pattern is anchored at both ends: a trailing line break does not match."),
    ("pattern.space", "label", b'" A"', "pattern", "A pattern forgives no space."),
    ("pattern.empty", "label", b'""', "pattern", "A label is not empty."),
    ("pattern.start", "label", b'"-A"', "pattern", "A label begins with a letter or digit."),
    ("pattern.letter", "label", '"\u00c4"'.encode(), "pattern", "The letters of a label are those of ASCII."),
    ("pattern.digit", "label", '"\u0661"'.encode(), "pattern", "The digits of a label are those of ASCII."),
    ("pattern.too-long", "label", b'"' + b"A" * 65 + b'"', "too-long", "A label has at most 64 characters."),
    ("choice.other", "status", b'"sold"', "not-a-choice", "A status outside the list is 422."),
    ("choice.case", "status", b'"Draft"', "not-a-choice", "A choice is case-sensitive."),
    ("choice.space", "status", b'"draft "', "not-a-choice", "A choice forgives no space."),
    ("choice.number", "status", b"0", "wrong-type", "The place of a choice in its list is no choice."),
    ("choice.null", "status", b"null", "wrong-type", "null is no choice."),
    ("integer.true", "count", b"true", "wrong-type", "true is no integer."),
    ("integer.false", "count", b"false", "wrong-type", "false is no integer."),
    ("integer.text", "count", b'"5"', "wrong-type", "A text of digits is no integer."),
    ("integer.float", "count", b"5.0", "wrong-type", "5.0 is no integer."),
    ("integer.fraction", "count", b"5.5", "wrong-type", "5.5 is no integer."),
    ("integer.exponent", "count", b"1e2", "wrong-type", "1e2 is no integer."),
    ("integer.negative-zero-float", "count", b"-0.0", "wrong-type", "-0.0 is no integer."),
    ("integer.null", "count", b"null", "wrong-type", "null is no integer."),
    ("integer.object", "count", b"{}", "wrong-type", "An object is no integer."),
    ("integer.negative", "count", b"-1", "not-in-range", "A count is not below zero."),
    ("integer.too-large", "count", b"1000000000001", "not-in-range", "A count has an upper bound."),
    ("integer.beyond-64-bit", "count", b"9223372036854775808", "not-in-range", "An integer beyond 64 bits is 422."),
    ("integer.below-64-bit", "count", b"-9223372036854775809", "not-in-range", "An integer below 64 bits is 422."),
    ("integer.200-bit", "count", str(2**200).encode(), "not-in-range", "An integer of 200 bits is 422 and never rounded."),
    ("boolean.one", "ready", b"1", "wrong-type", "1 is not true."),
    ("boolean.zero", "ready", b"0", "wrong-type", "0 is not false."),
    ("boolean.float", "ready", b"1.0", "wrong-type", "1.0 is not true."),
    ("boolean.text", "ready", b'"true"', "wrong-type", "The text true is not true."),
    ("boolean.yes", "ready", b'"yes"', "wrong-type", "yes is not true."),
    ("boolean.on", "ready", b'"on"', "wrong-type", "on is not true."),
    ("boolean.empty", "ready", b'""', "wrong-type", "An empty text is not false."),
    ("boolean.null", "ready", b"null", "wrong-type", "null is not false."),
    ("boolean.array", "ready", b"[]", "wrong-type", "An empty list is not false."),
    ("map.array", "attributes", b"[]", "wrong-type", "A list is no map."),
    ("map.null", "attributes", b"null", "wrong-type", "null is no map."),
    ("map.text", "attributes", b'"{}"', "wrong-type", "A text that holds JSON is no map."),
    ("map.pairs", "attributes", b'[["a","b"]]', "wrong-type", "A list of pairs is no map."),
    (
        "map.too-many",
        "attributes",
        b"{" + b",".join(b'"k%d":"x"' % n for n in range(51)) + b"}",
        "too-many-items",
        "A map has at most 50 members.",
    ),
)

_IN_MAPS: Final = (
    ("number", b'{"size":1}', "/attributes/size", "wrong-type", "A value of the map is text."),
    ("null", b'{"size":null}', "/attributes/size", "wrong-type", "null is no value of the map."),
    ("nested", b'{"size":{"in":"x"}}', "/attributes/size", "wrong-type", "A map holds no map."),
    ("too-long", b'{"size":"' + b"x" * 201 + b'"}', "/attributes/size", "too-long", "A value of the map has at most 200 characters."),
    ("empty-key", b'{"":"x"}', "/attributes/", "too-short", "A key of the map has at least one character."),
    ("long-key", b'{"' + b"k" * 51 + b'":"x"}', "/attributes/" + "k" * 51, "too-long", "A key of the map has at most 50 characters."),
    ("pointer", b'{"a/b~c":1}', "/attributes/a~1b~0c", "wrong-type", "The pointer into a map escapes slash and tilde (RFC 6901)."),
)

_AMOUNTS: Final = (
    ("true", b"true", "wrong-type"),
    ("text", b'"5"', "wrong-type"),
    ("float", b"5.0", "wrong-type"),
    ("exponent", b"1e2", "wrong-type"),
    ("fraction", b"19.99", "wrong-type"),
    ("decimal-text", b'"19.99"', "wrong-type"),
    ("negative", b"-1", "not-in-range"),
    ("beyond-64-bit", b"9223372036854775808", "not-in-range"),
    ("too-large", b"1000000000000001", "not-in-range"),
    ("null", b"null", "wrong-type"),
)

_CURRENCIES: Final = (
    ("lower-case", b'"eur"', "pattern"),
    ("short", b'"EU"', "pattern"),
    ("long", b'"EURO"', "too-long"),
    ("symbol", '"\u20ac"'.encode(), "pattern"),
    ("number", b"978", "wrong-type"),
    ("newline", b'"EU\\n"', "pattern"),
    ("null", b"null", "wrong-type"),
)


def _invalid(name: str, law: str, body: bytes, *pointers: str, reasons: tuple[str, ...]) -> Case:
    step = Step(
        method="POST",
        target="/specimens",
        body=body,
        expect=Expect(status=422, code="invalid", pointers=pointers, reasons=reasons),
    )
    return one(f"http.value.{name}", law, step)


CASES: Final = (
    *(_invalid(f"object.{name}", law, body, *pointers, reasons=reasons) for name, body, pointers, reasons, law in _OBJECTS),
    *(_invalid(name, law, specimen(**{field: value}), f"/{field}", reasons=(reason,)) for name, field, value, reason, law in _WRONG),
    *(_invalid(f"in-map.{name}", law, specimen(attributes=value), at, reasons=(reason,)) for name, value, at, reason, law in _IN_MAPS),
    *(
        _invalid(
            f"amount.{name}", "An amount is an integer of minor units, zero or more.", priced(value), "/price/amount", reasons=(reason,)
        )
        for name, value, reason in _AMOUNTS
    ),
    *(
        _invalid(
            f"currency.{name}",
            "A currency is three upper-case letters (ISO 4217).",
            priced(b"1", value),
            "/price/currency",
            reasons=(reason,),
        )
        for name, value, reason in _CURRENCIES
    ),
    _invalid("price.null", "null is no price.", specimen(price=b"null"), "/price", reasons=("wrong-type",)),
    _invalid("price.number", "A bare number is no price.", specimen(price=b"1"), "/price", reasons=("wrong-type",)),
    _invalid("price.array", "A list is no price.", specimen(price=b'[1,"EUR"]'), "/price", reasons=("wrong-type",)),
    one(
        "http.value.at-most-100-errors",
        "An answer lists a hundred errors at most, so that it does not grow with the attack.",
        Step(
            method="POST",
            target="/specimens",
            body=specimen(**{f"x{n}": b"1" for n in range(300)}),
            expect=Expect(status=422, pointers=tuple(f"/x{n}" for n in range(100))),
        ),
    ),
    one(
        "http.value.long-key",
        "A pointer repeats 128 characters of a key at most.",
        Step(
            method="POST",
            target="/specimens",
            body=specimen(**{"k" * 10_000: b"1"}),
            expect=Expect(status=422, pointers=("/" + "k" * 128 + "\u2026",)),
        ),
    ),
    *(
        one(
            f"http.value.in-patch.{name}",
            "A change is held to the same grammar as a creation.",
            patch("/specimens/<a.specimen>", "<a.specimen.etag>", body, Expect(status=422, pointers=pointers)),
        )
        for name, body, pointers in (
            ("owned", b'{"tenant_id":"<b.id>","version":9}', ("/tenant_id", "/version")),
            ("count", b'{"count":5}', ("/count",)),
            ("boolean", b'{"ready":1}', ("/ready",)),
            ("null", b'{"title":null}', ("/title",)),
            ("inner", b'{"price":{"amount":1}}', ("/price/currency",)),
            ("array", b"[]", ("",)),
        )
    ),
    *(
        one(
            f"http.value.of-action.{name}",
            "The body of an action is held to the same grammar.",
            post("/specimens/<a.specimen>/adjustments", body, 422, "invalid", pointers=pointers),
        )
        for name, body, pointers in (
            ("missing", b"{}", ("/delta",)),
            ("true", b'{"delta":true}', ("/delta",)),
            ("float", b'{"delta":1.0}', ("/delta",)),
            ("text", b'{"delta":"1"}', ("/delta",)),
            ("too-large", b'{"delta":1000000001}', ("/delta",)),
            ("too-small", b'{"delta":-1000000001}', ("/delta",)),
            ("more", b'{"delta":1,"to":"x"}', ("/to",)),
        )
    ),
)
