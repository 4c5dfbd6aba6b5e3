"""Raw bytes of what says where a body ends: Content-Length, Transfer-Encoding, chunks (RFC 9112 sections 6 and 7; spec http, table; attacks 32, 37)."""

from typing import Final

from msgspec.structs import replace

from .bytes_case import CALLER, HOST, REFUSED, ByteCase, Statuses, chunked, edge, get, length_of, one, post, specimen

_BODY: Final = specimen("LENGTH")
_SIZE: Final = len(_BODY)
_TAKEN_OR_NOT: Final = (201, 400)

_LENGTHS: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("negative", b"Content-Length: -1\r\n", "A negative length is refused."),
    ("plus", b"Content-Length: +%d\r\n" % _SIZE, "A length has no sign."),
    ("hex", b"Content-Length: 0x%x\r\n" % _SIZE, "A length is decimal."),
    ("empty", b"Content-Length:\r\n", "An empty length is refused."),
    ("text", b"Content-Length: many\r\n", "A length is a number."),
    ("fraction", b"Content-Length: %d.0\r\n" % _SIZE, "A length is whole."),
    ("exponent", b"Content-Length: 6e1\r\n", "A length has no exponent."),
    ("space-inside", b"Content-Length: 6 7\r\n", "A length is one number."),
    ("underscore", b"Content-Length: 6_7\r\n", "A length has no underscores."),
    ("arabic", b"Content-Length: \xd9\xa1\r\n", "The digits of a length are ASCII."),
    ("space-before-colon", b"Content-Length : %d\r\n" % _SIZE, "White space before the colon is refused, and nothing is read as a body."),
    ("list-different", b"Content-Length: %d, 0\r\n" % _SIZE, "Two lengths in a list are refused (RFC 9110 section 8.6)."),
    ("twice-different", b"Content-Length: %d\r\nContent-Length: 0\r\n" % _SIZE, "Two lengths are refused."),
    ("twice-different-zero-first", b"Content-Length: 0\r\nContent-Length: %d\r\n" % _SIZE, "Two lengths are refused in any order."),
    ("overflow", b"Content-Length: 18446744073709551616\r\n", "A length beyond 64 bits is refused."),
    ("overflow-wrapped", b"Content-Length: %d\r\n" % (2**64 + _SIZE), "A length that wraps around to the right one is refused."),
    ("overflow-long", b"Content-Length: " + b"9" * 100 + b"\r\n", "A length of a hundred digits is refused."),
)
"""Name, header lines, law: 400, and the body is not read as a request."""

_CODINGS: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("unknown", b"xchunked", "An unknown coding is refused."),
    ("identity", b"identity", "identity is no coding any more (RFC 9112 section 7)."),
    ("chunked-not-last", b"chunked, gzip", "chunked comes last (RFC 9112 section 6.1)."),
    ("empty", b"", "An empty coding is refused."),
    ("vertical-tab", b"\x0bchunked", "A control character before the coding is refused."),
    ("quoted", b'"chunked"', "A coding is no quoted text."),
    ("parameter", b"chunked;q=1", "chunked has no parameters."),
    ("folded", b"\r\n chunked", "A folded coding is refused."),
)
"""Name, Transfer-Encoding, law: 400 or 501, and the chunks are not read as a request."""

_CHUNKS: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("size-text", b"xyz", "The size of a chunk is a number."),
    ("size-0x", b"0x%x", "The size of a chunk has no prefix."),
    ("size-negative", b"-1", "The size of a chunk is not negative."),
    ("size-plus", b"+%x", "The size of a chunk has no sign."),
    ("size-underscore", b"4_2", "The size of a chunk has no underscore."),
    ("size-empty", b"", "A chunk has a size."),
    ("size-space-first", b" %x", "White space before the size of a chunk is refused."),
    ("extension-line-feed", b"%x;a\nb", "A bare LF in an extension ends no line (CVE-2025-22871 and its kin)."),
)
"""Name, line of the size, law: 400, and the chunk is not read as a request."""


def _coded(coding: bytes, body: bytes, lines: bytes = b"") -> bytes:
    return post(b"Transfer-Encoding: " + coding + b"\r\n" + lines, body)


def _length(name: str, law: str, lines: bytes) -> ByteCase:
    return one(f"length.{name}", law, post(lines, _BODY), REFUSED)


def _coding(name: str, law: str, coding: bytes, statuses: Statuses, *, lines: bytes = b"") -> ByteCase:
    return one(f"coding.{name}", law, _coded(coding, chunked(specimen(f"CODING-{name}")), lines), statuses)


def _chunk(name: str, law: str, size: bytes) -> ByteCase:
    body = specimen(f"CHUNK-{name}")
    line = size.replace(b"%x", b"%x" % len(body))
    return one(f"chunk.{name}", law, _coded(b"chunked", chunked(body, size=line)), REFUSED)


def _taken(name: str, law: str, lines: bytes, body: bytes) -> ByteCase:
    """A body that every server and the kernel take."""
    return edge(name, law, post(lines, body), 201)


_CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"


def _whole_chunks() -> tuple[ByteCase, ...]:
    """Chunks as the grammar allows them."""
    bodies = {name: specimen(f"CHUNK-{name}") for name in _WELL_CHUNKED}
    return tuple(
        _taken(f"chunk.{name}", law, _CHUNKED, make.replace(b"<size>", b"%x" % len(bodies[name])).replace(b"<body>", bodies[name]))
        for name, (make, law) in _WELL_CHUNKED.items()
    )


_WELL_CHUNKED: Final = {
    "whole": (b"<size>\r\n<body>\r\n0\r\n\r\n", "A body may come in chunks."),
    "zero-padded": (b"000<size>\r\n<body>\r\n0\r\n\r\n", "The size of a chunk may begin with zeros."),
    "zero-padded-end": (b"<size>\r\n<body>\r\n0000\r\n\r\n", "The last chunk may have many zeros."),
    "extension": (b"<size>;a=b\r\n<body>\r\n0\r\n\r\n", "An extension of a chunk is passed over (RFC 9112 section 7.1.1)."),
    "extension-quoted": (b'<size>;a="b;c"\r\n<body>\r\n0\r\n\r\n', "An extension may be quoted."),
    "trailer": (
        b"<size>\r\n<body>\r\n0\r\nX-Trailer: 1\r\n\r\n",
        "A trailer that nobody asked for is passed over (RFC 9112 section 7.1.2).",
    ),
}

CASES: Final = (
    *(_length(name, law, lines) for name, lines, law in _LENGTHS),
    _taken("length.exact", "A body as long as announced is taken.", length_of(specimen("EXACT")), specimen("EXACT")),
    _taken("length.zeros-first", "A length may begin with zeros.", b"Content-Length: 00%d\r\n" % len(specimen("ZEROS")), specimen("ZEROS")),
    _taken(
        "length.white-around",
        "White space around a length is not part of it.",
        b"Content-Length: \t%d \r\n" % len(specimen("WHITE")),
        specimen("WHITE"),
    ),
    edge("length.none", "A POST without any length has no body.", post(b"", b""), 400, "malformed-json"),
    edge("length.zero", "A body of length zero is no JSON.", post(b"Content-Length: 0\r\n", b""), 400, "malformed-json"),
    one(
        "length.list-equal",
        "A list of equal lengths is refused or read as one.",
        post(b"Content-Length: %d, %d\r\n" % (_SIZE, _SIZE), _BODY),
        _TAKEN_OR_NOT,
        then="either",
    ),
    one(
        "length.twice-equal",
        "Two equal lengths are refused or read as one.",
        post(length_of(_BODY) * 2, _BODY),
        _TAKEN_OR_NOT,
        then="either",
    ),
    *(
        one(f"length.{name}", law, post(lines, b""), (413,), code="body-too-large", then="unasked", tier="edge")
        for name, lines, law in (
            ("limit", b"Content-Length: 1048577\r\n", "A body that is announced one byte too long is 413 before it comes."),
            ("gigabyte", b"Content-Length: 1000000000\r\n", "A gigabyte that is announced is 413 at once."),
            ("gigabyte-white-around", b"Content-Length: \t1000000000 \r\n", "White space around a length of a gigabyte hides nothing."),
        )
    ),
    one(
        "length.too-large-sent",
        "A body that is too long and comes all the same is 413.",
        post(b"Content-Length: 2000000\r\n", b"x" * 2_000_000),
        (413,),
        then="unasked",
        tier="edge",
    ),
    *(_coding(name, law, coding, (400, 501)) for name, coding, law in _CODINGS),
    edge("coding.capitals", "Codings have no case.", _coded(b"CHUNKED", chunked(specimen("CAPITALS"))), 201),
    replace(
        _coding("gzip", "A coding beside chunked is refused, or what it wraps is taken as it is.", b"gzip, chunked", (201, 400, 415, 501)),
        then="either",
    ),
    replace(_coding("twice", "chunked twice is refused or read once.", b"chunked, chunked", _TAKEN_OR_NOT), then="either"),
    replace(
        _coding("two-lines", "Two lines of chunked are refused or read once.", b"chunked\r\nTransfer-Encoding: chunked", _TAKEN_OR_NOT),
        then="either",
    ),
    replace(
        _coding("comma-last", "An empty member behind chunked is refused or passed over.", b"chunked,", (201, 400, 501)), then="either"
    ),
    one(
        "coding.space-before-colon",
        "White space before the colon is refused, and no chunk is read as a request.",
        post(b"Transfer-Encoding : chunked\r\n", chunked(_BODY)),
        REFUSED,
    ),
    _coding(
        "beside-length",
        "A coding beside a length is refused, or wins and ends the connection (RFC 9112 section 6.3).",
        b"chunked",
        _TAKEN_OR_NOT,
        lines=b"Content-Length: 3\r\n",
    ),
    _coding(
        "beside-length-zero",
        "A coding beside a length of zero is refused, or wins and ends the connection.",
        b"chunked",
        _TAKEN_OR_NOT,
        lines=b"Content-Length: 0\r\n",
    ),
    _coding("identity-beside-length", "identity beside a length is refused.", b"identity", REFUSED, lines=b"Content-Length: 5\r\n"),
    one(
        "coding.length-first",
        "A request hidden behind a length that a coding contradicts is not answered (CL.TE).",
        post(b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nG"),
        REFUSED,
    ),
    one(
        "coding.coding-first",
        "A request hidden in a chunk that a length contradicts is not answered (TE.CL).",
        post(
            b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"5c\r\nGPOST / HTTP/1.1\r\nContent-Length: 15\r\n\r\nx=1\r\n0\r\n\r\n"
        ),
        REFUSED,
    ),
    one(
        "coding.in-1.0",
        "HTTP/1.0 has no codings: the request is refused, or the connection ends behind it (RFC 9112 section 6.1).",
        post(b"Transfer-Encoding: chunked\r\n", chunked(specimen("OLD-CODING")), version=b"1.0"),
        _TAKEN_OR_NOT,
    ),
    edge("coding.get", "A GET with an empty body in chunks is a GET.", get(lines=_CHUNKED) + b"0\r\n\r\n", 200),
    edge("coding.get-with-body", "A GET with a body is 400.", get(lines=_CHUNKED) + chunked(b"hello"), 400, "bad-request"),
    *_whole_chunks(),
    _taken(
        "chunk.upper-case",
        "The digits of a size have no case.",
        _CHUNKED,
        chunked(specimen("UPPER-CASE-12345678"), size=b"%X" % len(specimen("UPPER-CASE-12345678"))),
    ),
    _taken(
        "chunk.bytewise",
        "A chunk may be one byte.",
        _CHUNKED,
        b"".join(b"1\r\n%c\r\n" % byte for byte in specimen("BYTEWISE")) + b"0\r\n\r\n",
    ),
    *(_chunk(name, law, size) for name, size, law in _CHUNKS),
    one(
        "chunk.size-space-last",
        "White space behind a size is refused or passed over.",
        _coded(b"chunked", chunked(specimen("SPACE"), size=b"%x " % len(specimen("SPACE")))),
        _TAKEN_OR_NOT,
        then="either",
    ),
    one(
        "chunk.without-end",
        "A chunk that does not end where it says is refused.",
        _coded(b"chunked", b"%x\r\n%s0\r\n\r\n" % (_SIZE, _BODY)),
        REFUSED,
    ),
    one("chunk.longer", "A chunk longer than it says is refused.", _coded(b"chunked", chunked(_BODY, size=b"%x" % (_SIZE - 5))), REFUSED),
    one(
        "chunk.shorter",
        "A chunk shorter than it says is refused.",
        _coded(b"chunked", chunked(_BODY, size=b"%x" % (_SIZE + 5))),
        REFUSED,
    ),
    one("chunk.line-feeds", "Bare LFs end no chunk.", _coded(b"chunked", b"%x\n%s\n0\n\n" % (_SIZE, _BODY)), REFUSED),
    one(
        "chunk.extension-long",
        "An extension of 20 KB is refused or passed over.",
        _coded(b"chunked", chunked(specimen("EXTENSION"), size=b"%x;" % len(specimen("EXTENSION")) + b"a" * 20_000)),
        (201, 400, 413, 431),
        then="either",
    ),
    *(
        one(f"chunk.{name}", law, _coded(b"chunked", chunked(specimen(name), end=b"0\r\n" + trailer + b"\r\n")), statuses, then="either")
        for name, trailer, statuses, law in (
            (
                "trailer-tenant",
                b"Tenant: <b.id>\r\n",
                _TAKEN_OR_NOT,
                "A trailer is no header: Tenant in one contradicts nobody (RFC 9110 section 6.5.1).",
            ),
            ("trailer-length", b"Content-Length: 3\r\n", _TAKEN_OR_NOT, "A length in a trailer is refused or passed over."),
            (
                "trailer-many",
                b"".join(b"X-%d: 1\r\n" % number for number in range(5_000)),
                (201, 400, 431),
                "Five thousand trailers are refused or passed over.",
            ),
        )
    ),
    one(
        "chunk.trailer-malformed",
        "A trailer without a colon is refused.",
        _coded(b"chunked", chunked(_BODY, end=b"0\r\nnocolon\r\n\r\n")),
        REFUSED,
    ),
    one(
        "chunk.trailer-credential",
        "A credential in a trailer is none (RFC 9110 section 6.5.1).",
        b"POST /specimens HTTP/1.1\r\n"
        + HOST
        + CALLER.partition(b"Authorization")[0]
        + b"Content-Type: application/json\r\n"
        + _CHUNKED
        + b"\r\n"
        + chunked(specimen("CREDENTIAL"), end=b"0\r\nAuthorization: Bearer <a.key>\r\n\r\n"),
        (400, 401),
        then="either",
    ),
    one(
        "chunk.over-the-limit",
        "A body that grows beyond the limit chunk by chunk is 413.",
        _coded(b"chunked", (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 20 + b"0\r\n\r\n"),
        (413,),
        code="body-too-large",
        then="unasked",
        tier="edge",
    ),
)
