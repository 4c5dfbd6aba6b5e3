"""Cases about request bodies as text: strict JSON, one media type, limits (RFC 8259, RFC 7493; spec http, table; attacks 28 to 33)."""

from typing import Final

from kingpost.conformance.cases.case import QUARTZ, Case, Expect, Pairs, Step, get, one, patch, post, priced, specimen

_LIMIT: Final = 1_048_576
_JSON: Final[Pairs] = (("content-type", "application/json"),)

_MALFORMED: Final = (
    ("empty", b"", "An empty body is 400."),
    ("blank", b"  \n", "A blank body is 400."),
    ("syntax", b'{"label":', "A truncated document is 400."),
    ("cut-string", b'{"label":"A', "A truncated string is 400."),
    ("cut-value", QUARTZ[:-1], "An object without its last brace is 400."),
    ("trailing-comma", b'{"label":"A",}', "A trailing comma is 400."),
    ("missing-comma", b'{"label":"A" "title":"x"}', "A missing comma is 400."),
    ("bare-key", b'{label:"A"}', "A key without quotes is 400."),
    ("comment", b'{"label":"A"/* no */}', "A comment is 400."),
    ("single-quotes", b"{'label':'A'}", "Single quotes are 400."),
    ("two-documents", QUARTZ + QUARTZ, "Two documents are 400."),
    ("trailing-text", QUARTZ + b"x", "Text behind the document is 400."),
    ("trailing-nul", QUARTZ + b"\x00", "A NUL behind the document is 400."),
    ("form", b"label=A&title=x", "A form under the media type of JSON is 400."),
    ("bad-utf8", b'{"label":"\xff"}', "Invalid UTF-8 is 400 (RFC 8259 section 8.1)."),
    ("bad-utf8-key", b'{"\xff":1}', "Invalid UTF-8 in a key is 400."),
    ("overlong-utf8", specimen(title=b'"\xc0\xaf"'), "An overlong encoding is 400 (RFC 3629 section 10)."),
    ("surrogate-utf8", specimen(title=b'"\xed\xa0\x80"'), "A surrogate in UTF-8 is 400 (RFC 3629 section 3)."),
    ("bom", b"\xef\xbb\xbf" + QUARTZ, "A byte order mark is 400 (RFC 8259 section 8.1)."),
    ("utf-16", QUARTZ.decode().encode("utf-16"), "UTF-16 is 400."),
    ("utf-16-without-mark", QUARTZ.decode().encode("utf-16-le"), "UTF-16 without a byte order mark is 400."),
    ("utf-32", QUARTZ.decode().encode("utf-32"), "UTF-32 is 400."),
    ("duplicate-key", specimen()[:-1] + b',"label":"B"}', "A doubled key is 400 (RFC 7493 section 2.3)."),
    ("duplicate-equal-key", specimen()[:-1] + b',"label":"QUARTZ-1"}', "A key doubled with the same value is 400."),
    ("duplicate-inner-key", specimen(price=b'{"amount":1,"amount":2,"currency":"EUR"}'), "A doubled key inside is 400."),
    ("duplicate-map-key", specimen(attributes=b'{"a":"1","a":"2"}'), "A doubled key of a map is 400."),
    ("duplicate-unknown-key", specimen()[:-1] + b',"more":1,"more":2}', "An unknown key that is doubled is 400 before it is unknown."),
    ("duplicate-escaped-key", specimen()[:-1] + b',"\\u006cabel":"B"}', "A key doubled in another spelling is 400."),
    ("duplicate-spaced-key", specimen()[:-1] + b',"label" :"B"}', "A key doubled with a gap before its colon is 400."),
    ("nan", priced(b"NaN"), "NaN is 400."),
    ("infinity", priced(b"-Infinity"), "Infinity is 400."),
    ("nan-in-map", specimen(attributes=b'{"a":NaN}'), "NaN in a map is 400."),
    ("huge-exponent", priced(b"1e400"), "1e400 is 400: no double holds it (RFC 7493 section 2.2)."),
    ("huge-negative-exponent", priced(b"-1E400"), "-1E400 is 400."),
    ("surrogate-high", specimen(title=b'"\\ud800"'), "The first half of a surrogate pair alone is 400 (RFC 7493 section 2.1)."),
    ("surrogate-low", specimen(title=b'"\\udc00"'), "The second half of a surrogate pair alone is 400."),
    ("surrogates-reversed", specimen(title=b'"\\udc00\\ud800"'), "A surrogate pair in the wrong order is 400."),
    ("surrogate-before-text", specimen(title=b'"\\ud83dx"'), "Half a surrogate pair before text is 400."),
    ("surrogate-in-key", specimen()[:-1] + b',"\\ud800":1}', "Half a surrogate pair in a key is 400."),
    ("surrogate-in-map", specimen(attributes=b'{"a":"\\ud800"}'), "Half a surrogate pair in a map is 400."),
    ("nul", specimen(title=b'"a\\u0000b"'), "U+0000 in text is 400."),
    ("nul-in-key", specimen(attributes=b'{"a\\u0000":"x"}'), "U+0000 in a key is 400."),
    ("control", specimen(title=b'"a\nb"'), "A bare line break in a string is 400 (RFC 8259 section 7)."),
    ("tab", specimen(title=b'"a\tb"'), "A bare tab in a string is 400."),
    ("bad-escape", specimen(title=b'"\\x41"'), "An escape that JSON does not have is 400."),
    ("short-escape", specimen(title=b'"\\u41"'), "An escape of two digits is 400."),
    ("nesting-33", b"[" * 33 + b"]" * 33, "33 levels of arrays are 400."),
    ("nesting-objects", b'{"a":' * 33 + b"1" + b"}" * 33, "33 levels of objects are 400."),
    ("nesting-inside", specimen(attributes=b'{"a":' + b"[" * 32 + b"]" * 32 + b"}"), "33 levels inside a document are 400."),
    ("nesting-100000", b"[" * 100_000, "100,000 brackets are 400."),
    ("nesting-closed", b"[" * 100_000 + b"]" * 100_000, "100,000 pairs of brackets are 400."),
    ("digits-5000", priced(b"9" * 5000), "An integer of 5,000 digits is 400."),
    ("digits-negative", priced(b"-" + b"9" * 5000), "A negative integer of 5,000 digits is 400."),
    ("leading-zero", priced(b"01"), "A leading zero is 400 (RFC 8259 section 6)."),
    ("plus-sign", priced(b"+1"), "A plus sign is 400."),
    ("hexadecimal", priced(b"0x10"), "A hexadecimal number is 400."),
    ("bare-point", priced(b"1."), "A point without digits behind it is 400."),
    ("leading-point", priced(b".5"), "A point without digits before it is 400."),
    ("underscore", priced(b"1_0"), "An underscore in a number is 400."),
    ("python-literal", specimen(ready=b"True"), "A literal of another language is 400."),
    ("undefined", specimen(due=b"undefined"), "undefined is 400."),
)

_MEDIA: Final[tuple[tuple[str, Pairs, str], ...]] = (
    ("missing", (), "A body without Content-Type is 415."),
    ("empty", (("content-type", ""),), "An empty Content-Type is 415."),
    ("text", (("content-type", "text/plain"),), "text/plain is 415."),
    ("text-json", (("content-type", "text/json"),), "text/json is 415."),
    ("javascript", (("content-type", "application/javascript"),), "JavaScript is 415."),
    ("xml", (("content-type", "application/xml"),), "XML is 415."),
    ("form", (("content-type", "application/x-www-form-urlencoded"),), "A form is 415, so that no page of another site can post one."),
    ("multipart", (("content-type", "multipart/form-data; boundary=x"),), "Multipart is 415."),
    ("msgpack", (("content-type", "application/msgpack"),), "MessagePack is 415."),
    ("suffix", (("content-type", "application/problem+json"),), "Another JSON media type is 415."),
    ("merge-patch", (("content-type", "application/merge-patch+json"),), "A merge patch is 415."),
    ("longer", (("content-type", "application/jsonp"),), "A media type is compared whole."),
    ("wildcard", (("content-type", "application/*"),), "A range is no media type."),
    ("utf-16", (("content-type", "application/json; charset=utf-16"),), "Another charset is 415."),
    ("latin-1", (("content-type", "application/json; charset=iso-8859-1"),), "Latin-1 is 415."),
    ("charset-twice", (("content-type", "application/json; charset=utf-8; charset=utf-8"),), "A doubled parameter is 415."),
    ("other-parameter", (("content-type", "application/json; profile=x"),), "Another parameter is 415."),
    ("cut-parameter", (("content-type", "application/json; charset"),), "A parameter without a value is 415."),
    ("no-subtype", (("content-type", "json"),), "A word is no media type."),
    ("gzip", (*_JSON, ("content-encoding", "gzip")), "A compressed body is 415."),
    ("several-codings", (*_JSON, ("content-encoding", "identity, gzip")), "A body that is compressed among other things is 415."),
    ("unknown-coding", (*_JSON, ("content-encoding", "x-own")), "A coding that nobody knows is 415."),
)

_MEDIA_ACCEPTED: Final = (
    ("plain", "application/json"),
    ("charset", "application/json; charset=utf-8"),
    ("quoted-charset", 'application/json;charset="UTF-8"'),
    ("case", "Application/JSON"),
    ("semicolon", "application/json;"),
    ("spaces", "application/json ;  charset=UTF-8"),
)


def _posted(headers: Pairs, body: bytes = QUARTZ, *, status: int = 415) -> Step:
    return Step(
        method="POST",
        target="/specimens",
        body=body,
        headers=headers,
        omit=() if headers else ("content-type",),
        expect=Expect(status=status, code="unsupported-media-type" if status == 415 else None),
    )


def _declared(target: str, length: int) -> Step:
    return Step(method="POST", target=target, headers=_JSON, declared=length, expect=Expect(status=413, code="body-too-large"))


CASES: Final = (
    *(
        one(f"http.body.malformed.{name}", law, post("/specimens", body, 400, "malformed-json", headers=_JSON))
        for name, body, law in _MALFORMED
    ),
    one(
        "http.body.malformed.in-patch",
        "A doubled key is 400 in a change as well.",
        patch("/specimens/<a.specimen>", "<a.specimen.etag>", b'{"title":"x","title":"y"}', Expect(status=400, code="malformed-json")),
    ),
    one(
        "http.body.malformed.reason",
        "A malformed body is told for programs too, and never repeated.",
        Step(
            method="POST",
            target="/specimens",
            body=b'{"secret-word":',
            expect=Expect(status=400, code="malformed-json", fields={"params/reason": "syntax"}, without=("secret-word",)),
        ),
    ),
    *(one(f"http.media.{name}", law, _posted(headers)) for name, headers, law in _MEDIA),
    one(
        "http.media.twice",
        "Content-Type twice is 400.",
        post("/specimens", QUARTZ, 400, "malformed-header", headers=(*_JSON, *_JSON)),
        tier="edge",
    ),
    one(
        "http.media.list",
        "A list of media types is 400, for behind WSGI it looks like a repeated header.",
        post("/specimens", QUARTZ, 400, "malformed-header", headers=(("content-type", "application/json, text/plain"),)),
        tier="edge",
    ),
    *(
        one(f"http.media.accepted.{name}", f"Content-Type: {media} is taken.", _posted((("content-type", media),), status=201))
        for name, media in _MEDIA_ACCEPTED
    ),
    one("http.media.accepted.identity", "The coding identity is none.", _posted((*_JSON, ("content-encoding", "identity")), status=201)),
    one("http.media.before-json", "A wrong media type is told before a malformed body.", _posted((("content-type", "text/plain"),), b"{")),
    one(
        "http.body.nesting-32",
        "32 levels are JSON, only not what is wanted.",
        post("/specimens", b"[" * 32 + b"]" * 32, 422, "invalid", pointers=("",)),
    ),
    one(
        "http.body.white-space",
        "White space between the tokens means nothing (RFC 8259 section 2).",
        post("/specimens", b'\r\n\t { "label" : "A" ,\n"title":\t"x","price":{ "amount" :1,"currency":"EUR"} } \n', 201),
    ),
    one(
        "http.body.unexpected",
        "A body where none belongs is 400.",
        Step(target="/tenant", body=b"{}", expect=Expect(status=400, code="bad-request")),
        tier="edge",
    ),
    one(
        "http.body.unexpected-on-delete",
        "A DELETE takes no body.",
        Step(
            method="DELETE",
            target="/specimens/<a.child>",
            headers=(("if-match", "<a.child.etag>"),),
            body=b"{}",
            expect=Expect(status=400, code="bad-request"),
        ),
        tier="edge",
    ),
    one(
        "http.body.too-large",
        "A body of one byte more than the limit is 413 (RFC 9110 section 15.5.14).",
        Step(
            method="POST",
            target="/specimens",
            body=b" " * (_LIMIT + 1),
            expect=Expect(status=413, code="body-too-large", fields={"params/limit": _LIMIT}),
        ),
        tier="edge",
    ),
    one(
        "http.body.largest",
        "A body of exactly the limit is read.",
        post("/specimens", b" " * (_LIMIT - len(QUARTZ)) + QUARTZ, 201),
        tier="edge",
    ),
    one(
        "http.body.declared-too-large",
        "A Content-Length of a gigabyte is 413 at once, unread.",
        _declared("/specimens", 10**9),
        tier="edge",
    ),
    one("http.body.declared-just-too-large", "So is one byte more than the limit.", _declared("/specimens", _LIMIT + 1), tier="edge"),
    one("http.body.too-large-for-unknown", "413 is told before 404.", _declared("/nothing", 10**9), tier="edge"),
    one(
        "http.body.too-large-without-credentials",
        "413 is told before 401.",
        Step(
            method="POST",
            target="/specimens",
            key=None,
            headers=_JSON,
            declared=10**9,
            expect=Expect(status=413, code="body-too-large"),
        ),
        tier="edge",
    ),
    one(
        "http.body.chunked",
        "A chunked body is read (RFC 9112 section 7.1).",
        Step(method="POST", target="/specimens", body=QUARTZ, chunked=True, expect=Expect(status=201, fields={"label": "QUARTZ-1"})),
        tier="edge",
    ),
    one(
        "http.body.chunked-empty",
        "A chunked body without a chunk is empty.",
        Step(method="POST", target="/specimens", headers=_JSON, body=b"", chunked=True, expect=Expect(status=400, code="malformed-json")),
        tier="edge",
    ),
    one(
        "http.body.chunked-too-large",
        "A chunked body over the limit is 413: it cannot slip past the declared length.",
        Step(
            method="POST",
            target="/specimens",
            body=b" " * (_LIMIT + 70_000),
            chunked=True,
            expect=Expect(status=413, code="body-too-large"),
        ),
        tier="edge",
    ),
    Case(
        id="http.body.refused-is-not-stored",
        law="A refused body leaves no row.",
        steps=(
            post("/specimens", specimen("FORGED", tenant_id=b'"<b.id>"'), 422, "invalid"),
            Step(target="/specimens?label=FORGED", expect=Expect(status=200, fields={"items": [], "next_cursor": None})),
            get("/specimens/<a.specimen>", 200),
        ),
    ),
)
