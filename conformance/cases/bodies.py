"""Cases about request bodies: strict JSON, one media type, one grammar per type, limits (spec http, table; attacks 19, 28 to 33)."""

from .case import MUG, Case, Expect, Step, get, one, post

_LIMIT = 1_048_576

_MALFORMED = (
    ("empty", b"", "An empty body is 400."),
    ("blank", b"  \n", "A blank body is 400."),
    ("syntax", b'{"sku":', "A truncated document is 400."),
    ("trailing-comma", b'{"sku":"A",}', "A trailing comma is 400."),
    ("comment", b'{"sku":"A"/* no */}', "A comment is 400."),
    ("single-quotes", b"{'sku':'A'}", "Single quotes are 400."),
    ("two-documents", MUG + MUG, "Two documents are 400."),
    ("bad-utf8", b'{"sku":"\xff"}', "Invalid UTF-8 is 400."),
    ("bom", b"\xef\xbb\xbf" + MUG, "A byte order mark is 400."),
    ("utf-16", MUG.decode().encode("utf-16"), "UTF-16 is 400."),
    ("duplicate-key", b'{"sku":"A","sku":"B","name":"x","price":{"amount":1,"currency":"EUR"}}', "A doubled key is 400."),
    ("duplicate-inner-key", b'{"sku":"A","name":"x","price":{"amount":1,"amount":2,"currency":"EUR"}}', "A doubled key inside is 400."),
    (
        "duplicate-escaped-key",
        b'{"sku":"A","\\u0073ku":"B","name":"x","price":{"amount":1,"currency":"EUR"}}',
        "A key doubled in another spelling is 400.",
    ),
    ("nan", b'{"sku":"A","name":"x","price":{"amount":NaN,"currency":"EUR"}}', "NaN is 400."),
    ("infinity", b'{"sku":"A","name":"x","price":{"amount":-Infinity,"currency":"EUR"}}', "Infinity is 400."),
    ("huge-exponent", b'{"sku":"A","name":"x","price":{"amount":1e400,"currency":"EUR"}}', "1e400 is 400."),
    ("lone-surrogate", b'{"sku":"A","name":"\\ud800","price":{"amount":1,"currency":"EUR"}}', "Half a surrogate pair is 400."),
    ("nul", b'{"sku":"A","name":"a\\u0000b","price":{"amount":1,"currency":"EUR"}}', "U+0000 in text is 400."),
    ("control", b'{"sku":"A","name":"a\nb","price":{"amount":1,"currency":"EUR"}}', "A bare control character in a string is 400."),
    ("nesting-33", b"[" * 33 + b"]" * 33, "33 levels are 400."),
    ("nesting-100000", b"[" * 100_000, "100,000 brackets are 400."),
    (
        "digits-5000",
        b'{"sku":"A","name":"x","price":{"amount":' + b"9" * 5000 + b',"currency":"EUR"}}',
        "An integer of 5,000 digits is 400.",
    ),
    ("leading-zero", b'{"sku":"A","name":"x","price":{"amount":01,"currency":"EUR"}}', "A leading zero is 400."),
    ("plus-sign", b'{"sku":"A","name":"x","price":{"amount":+1,"currency":"EUR"}}', "A plus sign is 400."),
)


def _product(**changes: bytes) -> bytes:
    fields = {"sku": b'"A"', "name": b'"x"', "price": b'{"amount":1,"currency":"EUR"}'} | changes
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in fields.items()) + b"}"


def _price(amount: bytes, currency: bytes = b'"EUR"') -> bytes:
    return _product(price=b'{"amount":%s,"currency":%s}' % (amount, currency))


_INVALID = (
    ("array", b"[]", ("",), "An array where an object belongs is 422."),
    ("null", b"null", ("",), "null where an object belongs is 422."),
    ("number", b"1", ("",), "A number where an object belongs is 422."),
    ("missing-all", b"{}", ("/sku", "/name", "/price"), "Every missing field is named at once."),
    ("unknown-field", _product(colour=b'"red"'), ("/colour",), "An unknown field is 422."),
    (
        "owner-fields",
        _product(tenant_id=b'"<b.id>"', id=b'"<b.product>"', version=b"7"),
        ("/tenant_id", "/id", "/version"),
        "Fields that the server owns are 422.",
    ),
    ("created-at", _product(created_at=b'"2026-01-01T00:00:00Z"'), ("/created_at",), "A creation time is not the client's to set."),
    ("proto", _product(__proto__=b"{}"), ("/__proto__",), "__proto__ is an unknown field."),
    ("empty-key", b'{"":1,"sku":"A","name":"x","price":{"amount":1,"currency":"EUR"}}', ("/",), "An empty key is an unknown field."),
    ("escaped-pointer", _product(**{"a/b~c": b"1"}), ("/a~1b~0c",), "Pointers escape slash and tilde (RFC 6901)."),
    ("int-from-true", _price(b"true"), ("/price/amount",), "true is no integer."),
    ("int-from-text", _price(b'"5"'), ("/price/amount",), "A text of digits is no integer."),
    ("int-from-float", _price(b"5.0"), ("/price/amount",), "5.0 is no integer."),
    ("int-from-exponent", _price(b"1e2"), ("/price/amount",), "1e2 is no integer."),
    ("int-beyond-64-bit", _price(b"9223372036854775808"), ("/price/amount",), "An integer beyond 64 bits is 422."),
    ("int-negative", _price(b"-1"), ("/price/amount",), "A price below zero is 422."),
    ("text-from-number", _product(name=b"5"), ("/name",), "A number is no text."),
    ("text-from-null", _product(name=b"null"), ("/name",), "null is no text."),
    ("text-empty", _product(name=b'""'), ("/name",), "A name has at least one character."),
    ("text-too-long", _product(name=b'"' + b"x" * 201 + b'"'), ("/name",), "A name has at most 200 characters."),
    ("sku-newline", _product(sku=b'"A\\n"'), ("/sku",), "A pattern is anchored at both ends: a trailing newline does not match."),
    ("choice", _product(status=b'"sold"'), ("/status",), "A status outside the list is 422."),
    ("choice-case", _product(status=b'"Draft"'), ("/status",), "A choice is case-sensitive."),
    ("currency", _price(b"1", b'"eur"'), ("/price/currency",), "A currency is upper case."),
    ("attribute-number", _product(attributes=b'{"size":1}'), ("/attributes/size",), "An attribute is text."),
    (
        "several",
        _product(name=b'""', price=b'{"amount":-1}', more=b"1"),
        ("/name", "/price/amount", "/price/currency", "/more"),
        "All errors are told at once.",
    ),
)

_MEDIA = (
    ("missing", (), "A body without Content-Type is 415."),
    ("text", (("content-type", "text/plain"),), "text/plain is 415."),
    ("xml", (("content-type", "application/xml"),), "XML is 415."),
    ("form", (("content-type", "application/x-www-form-urlencoded"),), "A form is 415."),
    ("multipart", (("content-type", "multipart/form-data; boundary=x"),), "Multipart is 415."),
    ("msgpack", (("content-type", "application/msgpack"),), "MessagePack is 415."),
    ("suffix", (("content-type", "application/problem+json"),), "Another JSON media type is 415."),
    ("utf-16", (("content-type", "application/json; charset=utf-16"),), "Another charset is 415."),
    ("other-parameter", (("content-type", "application/json; profile=x"),), "Another parameter is 415."),
    ("gzip", (("content-type", "application/json"), ("content-encoding", "gzip")), "A compressed body is 415."),
)

_MEDIA_ACCEPTED = ("application/json", "application/json; charset=utf-8", 'application/json;charset="UTF-8"', "Application/JSON")


CASES = (
    *(
        one(f"body.malformed.{name}", law, post("/products", body, 400, "malformed-json", headers=(("content-type", "application/json"),)))
        for name, body, law in _MALFORMED
    ),
    *(
        one(f"body.invalid.{name}", law, post("/products", body, 422, "invalid", pointers=pointers))
        for name, body, pointers, law in _INVALID
    ),
    *(
        one(
            f"body.media.{name}",
            law,
            Step(
                method="POST",
                target="/products",
                body=MUG,
                headers=headers,
                omit=("content-type",) if not headers else (),
                expect=Expect(status=415, code="unsupported-media-type"),
            ),
        )
        for name, headers, law in _MEDIA
    ),
    one(
        "body.media.twice",
        "Content-Type twice is 400.",
        post(
            "/products", MUG, 400, "malformed-header", headers=(("content-type", "application/json"), ("content-type", "application/json"))
        ),
    ),
    *(
        one(
            f"body.media.accepted-{number}",
            f"Content-Type {media} is taken.",
            post("/products", MUG, 201, headers=(("content-type", media),)),
        )
        for number, media in enumerate(_MEDIA_ACCEPTED)
    ),
    one(
        "body.nesting-32",
        "32 levels are JSON, only not what is wanted.",
        post("/products", b"[" * 32 + b"]" * 32, 422, "invalid", pointers=("",)),
    ),
    one(
        "body.unexpected",
        "A body where none belongs is 400.",
        Step(target="/tenant", body=b"{}", expect=Expect(status=400, code="bad-request")),
    ),
    one(
        "body.too-large",
        "A body of one byte more than the limit is 413.",
        post("/products", b" " * (_LIMIT + 1), 413, "body-too-large"),
    ),
    one("body.largest", "A body of exactly the limit is read.", post("/products", b" " * (_LIMIT - len(MUG)) + MUG, 201)),
    one(
        "body.declared-too-large",
        "A Content-Length of a gigabyte is 413 at once, unread.",
        Step(
            method="POST",
            target="/products",
            headers=(("content-type", "application/json"),),
            declared=1_000_000_000,
            expect=Expect(status=413, code="body-too-large"),
        ),
    ),
    one(
        "body.too-large-for-unknown",
        "413 is told before 404.",
        Step(
            method="POST",
            target="/nothing",
            headers=(("content-type", "application/json"),),
            declared=1_000_000_000,
            expect=Expect(status=413, code="body-too-large"),
        ),
    ),
    one(
        "body.chunked",
        "A chunked body is read.",
        Step(method="POST", target="/products", body=MUG, chunked=True, expect=Expect(status=201)),
        needs=frozenset({"chunked"}),
    ),
    one(
        "body.chunked-too-large",
        "A chunked body over the limit is 413.",
        Step(
            method="POST", target="/products", body=b" " * (_LIMIT + 70_000), chunked=True, expect=Expect(status=413, code="body-too-large")
        ),
        needs=frozenset({"chunked"}),
    ),
    Case(
        id="body.refused-is-not-stored",
        law="A refused body leaves no row.",
        steps=(
            post("/products", _product(tenant_id=b'"<b.id>"', sku=b'"FORGED"'), 422, "invalid"),
            Step(target="/products?sku=FORGED", expect=Expect(status=200, fields={"items": [], "next_cursor": None})),
        ),
    ),
    Case(
        id="body.text-as-sent",
        law="Text comes back as it was sent: no normalisation, no escaping, no trimming.",
        steps=(
            Step(
                method="POST",
                target="/products",
                body=_product(sku=b'"RAW"', name=b'" e\\u0301 \\ud83d\\ude00 \\u2028 </p> %_\\\\ "'),
                expect=Expect(
                    status=201, fields={"name": " e\u0301 \U0001f600 \u2028 </p> %_\\ "}, holds=(" e\u0301 \U0001f600 \u2028 </p> %_\\\\ ",)
                ),
            ),
            Step(target="/products?sku=RAW", expect=Expect(status=200, holds=("\U0001f600",))),
        ),
    ),
    Case(
        id="body.canonical-output",
        law="What was made comes back in one spelling: compact JSON, raw UTF-8, six digits of a second, zero without a sign.",
        steps=(
            Step(
                method="POST",
                target="/products",
                body=_product(sku=b'"CANON"', name=b'"caf\\u00e9"', price=b'{ "currency" : "EUR", "amount" : -0 }'),
                expect=Expect(
                    status=201,
                    fields={"created_at": "2026-11-01T09:30:00.000000Z"},
                    holds=('"name":"caf\xe9"', '"price":{"amount":0,"currency":"EUR"}'),
                ),
            ),
        ),
    ),
    Case(
        id="body.largest-numbers",
        law="The largest permitted amount comes back exactly.",
        steps=(
            Step(
                method="POST",
                target="/products",
                body=_product(price=b'{"amount":1000000000000000,"currency":"JPY"}'),
                expect=Expect(status=201, fields={"price": {"amount": 10**15, "currency": "JPY"}}),
            ),
        ),
    ),
    Case(
        id="body.not-nfc",
        law="An identifier that is not in normal form C is 422.",
        steps=(
            post(
                "/platform/tenants",
                b'{"slug":"nfd","name":"x","host_ref":"e\xcc\x81"}',
                422,
                "invalid",
                key="platform.key",
                pointers=("/host_ref",),
            ),
            get("/platform/tenants?slug=nfd", 200, key="platform.key"),
        ),
    ),
)
