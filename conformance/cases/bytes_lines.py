"""Raw bytes of request lines and of Host (RFC 9112 sections 2.2, 3 and 3.2; spec http, table; attacks 39 to 41)."""

from typing import Final

from .bytes_case import CALLER, HOST, REFUSED, Statuses, edge, get, one

_NOT_FOUND: Final = (404,)
_REFUSED_OR_NOT: Final = (200, 400)

_OF_THE_KERNEL: Final[tuple[tuple[str, bytes, int, str, str], ...]] = (
    ("trace", b"TRACE /tenant HTTP/1.1", 405, "method-not-allowed", "TRACE is refused, and echoes nothing."),
    ("webdav", b"PROPFIND /tenant HTTP/1.1", 405, "method-not-allowed", "A method that HTTP knows and this API does not is 405."),
    ("too-long", b"GET /tenant?" + b"x" * 4_000 + b" HTTP/1.1", 414, "path-too-long", "A target above 4,000 bytes is 414."),
    ("twice-too-long", b"GET /" + b"x" * 8_000 + b" HTTP/1.1", 414, "path-too-long", "A path above 4,000 bytes is 414."),
    ("braces", b"GET /tenant{}| HTTP/1.1", 404, "not-found", "Characters that should be encoded make another path."),
    ("double-slash", b"GET //tenant HTTP/1.1", 404, "not-found", "A doubled slash is not collapsed."),
    ("network-path", b"GET //evil.example/tenant HTTP/1.1", 404, "not-found", "What looks like a host behind two slashes is a path."),
    ("dots", b"GET /x/../tenant HTTP/1.1", 404, "not-found", "Dot segments are not resolved."),
    ("colon", b"GET /tenant:80 HTTP/1.1", 404, "not-found", "A colon is part of its segment."),
    ("encoded-nul", b"GET /tenant%00 HTTP/1.1", 400, "malformed-path", "An encoded NUL is 400."),
    ("encoded-line-break", b"GET /tenant%0d%0aX: HTTP/1.1", 400, "malformed-path", "An encoded line break splits nothing."),
    ("bare-question-mark", b"GET /tenant? HTTP/1.1", 200, "", "An empty query is no query."),
    ("absolute", b"GET http://testserver/tenant HTTP/1.1", 200, "", "The absolute form is understood (RFC 9112 section 3.2.2)."),
    ("asterisk", b"OPTIONS * HTTP/1.1", 400, "malformed-path", "OPTIONS * asks for no resource of this API."),
)
"""Name, request line, status, code, law."""

_MALFORMED: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("version-typo", b"GET /tenant HTP/1.1", "Another protocol's name is refused."),
    ("version-lower-case", b"GET /tenant http/1.1", "The protocol's name is upper case (RFC 9112 section 2.3)."),
    ("version-two-digits", b"GET /tenant HTTP/1.10", "A version is one digit, a dot and one digit."),
    ("version-three-parts", b"GET /tenant HTTP/1.1.1", "A version has two parts."),
    ("version-one-part", b"GET /tenant HTTP/1", "A version has two parts."),
    ("method-only", b"GET", "A request line has three parts."),
    ("method-empty", b" /tenant HTTP/1.1", "A request line begins with a method."),
    ("method-no-token", b"G@T /tenant HTTP/1.1", "A method is a token (RFC 9110 section 9.1)."),
    ("space-first", b" GET /tenant HTTP/1.1", "White space before the method is refused."),
    ("space-last", b"GET /tenant HTTP/1.1 ", "White space behind the version is refused."),
    ("space-in-target", b"GET /ten ant HTTP/1.1", "A target holds no white space."),
    ("tab-in-target", b"GET /ten\tant HTTP/1.1", "A target holds no tab."),
    ("tabs", b"GET\t/tenant\tHTTP/1.1", "The parts are separated by spaces."),
    ("target-empty", b"GET  HTTP/1.1", "A request without a target is refused."),
    ("target-query-only", b"GET ?x HTTP/1.1", "A target begins with a slash."),
    ("backslash", b"GET \\tenant HTTP/1.1", "A backslash is no slash."),
    ("not-utf8", b"GET /caf\xe9 HTTP/1.1", "A raw byte that is no UTF-8 is refused."),
    ("nul", b"GET /ten\0ant HTTP/1.1", "A raw NUL is refused."),
    ("control", b"GET /ten\x01ant HTTP/1.1", "A raw control character is refused."),
    ("delete", b"GET /ten\x7fant HTTP/1.1", "A raw DEL is refused."),
    ("bare-cr", b"GET /tenant\rX: y HTTP/1.1", "A bare CR ends no line."),
    ("upper-tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "A TLS handshake is no request."),
    ("garbage", b"\xff\xfe\xfd", "Bytes that are no request are refused."),
    ("mail", b"EHLO evil.example", "A greeting of another protocol is refused."),
)
"""Name, request line, law: 400 and the end of the connection."""

_FREE: Final[tuple[tuple[str, bytes, Statuses, str], ...]] = (
    ("http-0.9", b"GET /tenant", _REFUSED_OR_NOT, "A request of HTTP/0.9 is refused, or the connection ends behind its answer."),
    (
        "http-2.0",
        b"GET /tenant HTTP/2.0",
        (200, 400, 505),
        "HTTP/2 in the words of HTTP/1 is refused, or the connection ends behind its answer.",
    ),
    ("preface", b"PRI * HTTP/2.0", (400, 404, 405, 505), "The preface of HTTP/2 is refused where HTTP/1.1 is spoken."),
)
"""Name, request line, statuses, law: nothing is answered behind it, or the server's parser begins again."""

_EITHER: Final[tuple[tuple[str, bytes, Statuses, str], ...]] = (
    ("connect", b"CONNECT testserver:80 HTTP/1.1", (400, 404, 405, 501), "CONNECT opens no tunnel."),
    ("connect-path", b"CONNECT /tenant HTTP/1.1", (400, 405, 501), "CONNECT with a path is refused."),
    (
        "http-1.2",
        b"GET /tenant HTTP/1.2",
        (200, 400, 505),
        "A minor version that does not exist is refused or read as 1.1 (RFC 9110 section 2.5).",
    ),
    ("method-lower-case", b"get /tenant HTTP/1.1", (400, 405, 501), "Methods are case-sensitive: get is not GET."),
    ("method-unknown", b"BREW /tenant HTTP/1.1", (400, 405, 501), "An unknown method is refused."),
    ("method-long", b"A" * 100 + b" /tenant HTTP/1.1", (400, 405, 501), "A method of a hundred letters is refused."),
    ("authority", b"GET testserver:80 HTTP/1.1", (400, 404), "The authority form is for CONNECT alone."),
    ("asterisk-get", b"GET * HTTP/1.1", (400, 404), "The asterisk is for OPTIONS alone."),
    ("absolute-foreign", b"GET http://evil.example/tenant HTTP/1.1", _REFUSED_OR_NOT, "A foreign host in the target moves nothing."),
    ("absolute-scheme", b"GET https://testserver/tenant HTTP/1.1", _REFUSED_OR_NOT, "A scheme in the target moves nothing."),
    ("absolute-unknown-scheme", b"GET ftp://testserver/tenant HTTP/1.1", _REFUSED_OR_NOT, "A scheme of another protocol moves nothing."),
    ("absolute-user", b"GET http://a@testserver/tenant HTTP/1.1", _REFUSED_OR_NOT, "A user in the target is refused or ignored."),
    ("absolute-upper-case", b"GET HTTP://testserver/tenant HTTP/1.1", _REFUSED_OR_NOT, "A scheme in capitals is refused or understood."),
    ("absolute-bare", b"GET http://testserver HTTP/1.1", (400, 404), "The absolute form without a path is the root."),
    ("two-spaces", b"GET  /tenant HTTP/1.1", _REFUSED_OR_NOT, "Two spaces before the target are refused or read as one."),
    ("two-spaces-behind", b"GET /tenant  HTTP/1.1", _REFUSED_OR_NOT, "Two spaces behind the target are refused or read as one."),
    ("no-slash", b"GET tenant HTTP/1.1", (400, 404), "A target without a slash is no path."),
    ("fragment", b"GET /tenant#part HTTP/1.1", (200, 400, 404), "A fragment is refused, cut off, or part of a path that nothing has."),
    ("quotes", b'GET /tenant"<> HTTP/1.1', (400, 404), "Quotes and angles in a path are refused or make another path."),
    (
        "quotes-in-query",
        b'GET /specimens?label="<>{}|^ HTTP/1.1',
        (200, 400, 422),
        "Quotes and angles in a query are refused or read as they are.",
    ),
    ("raw-utf8", b"GET /caf\xc3\xa9 HTTP/1.1", REFUSED, "Raw UTF-8 in a path is refused."),
    ("raw-utf8-in-query", b"GET /specimens?label=caf\xc3\xa9 HTTP/1.1", REFUSED, "Raw UTF-8 in a query is refused."),
    ("longer-than-9000", b"GET /tenant?" + b"x" * 9_000 + b" HTTP/1.1", (414,), "A target above the line limit of any server is 414."),
    ("longer-than-70000", b"GET /" + b"x" * 70_000 + b" HTTP/1.1", (400, 414, 431), "A target of 70 KB is refused."),
)
"""Name, request line, statuses, law: whether the connection goes on is the server's choice."""

_HOSTS: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("missing", b"", "A request of HTTP/1.1 without Host is 400 (RFC 9112 section 3.2)."),
    ("empty", b"Host:\r\n", "An empty Host is 400."),
    ("white", b"Host: \t \r\n", "A Host of white space is 400."),
    ("space", b"Host: test server\r\n", "A Host with a space is 400."),
    ("list", b"Host: testserver, evil.example\r\n", "A list of hosts is 400."),
    ("path", b"Host: testserver/x\r\n", "A Host with a path is 400."),
    ("user", b"Host: a@testserver\r\n", "A Host with a user is 400."),
    ("port-text", b"Host: testserver:http\r\n", "A port is digits."),
    ("port-large", b"Host: testserver:99999999\r\n", "A port has at most five digits."),
    ("port-empty", b"Host: testserver:\r\n", "A colon without a port is 400."),
    ("ipv6-open", b"Host: [::1\r\n", "An address whose bracket stays open is 400."),
    ("other", b"Host: evil.example\r\n", "A host that is not served is 400."),
)
"""Name, header lines, law: 400 by the kernel."""

_BROKEN_HOSTS: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("nul", b"Host: testserver\0\r\n", "A NUL in Host is refused."),
    ("line-feed", b"Host: testserver\nX: y\r\n", "A bare LF in Host is refused: behind it stands no header."),
    ("folded", b"Host: test\r\n server\r\n", "A folded Host is refused (RFC 9112 section 5.2)."),
)


CASES: Final = (
    *(edge(f"line.{name}", law, get(line), status, code or None) for name, line, status, code, law in _OF_THE_KERNEL),
    *(one(f"line.{name}", law, get(line), REFUSED, silent=True) for name, line, law in _MALFORMED),
    *(one(f"line.{name}", law, get(line), statuses, silent=True) for name, line, statuses, law in _FREE),
    *(one(f"line.{name}", law, get(line), statuses, then="either") for name, line, statuses, law in _EITHER),
    edge("line.crlf-first", "An empty line before the request is passed over (RFC 9112 section 2.2).", b"\r\n" + get(), 200),
    one("line.crlf-many-first", "Many empty lines first are passed over or refused.", b"\r\n" * 20 + get(), _REFUSED_OR_NOT, then="either"),
    one("line.lf-first", "A bare LF first is passed over or refused.", b"\n" + get(), _REFUSED_OR_NOT, then="either"),
    *(edge(f"host.{name}", law, get(host=lines), 400, "unknown-host") for name, lines, law in _HOSTS),
    edge("host.not-ascii", "A byte beyond ASCII in Host is 400.", get(host=b"Host: t\xe9st\r\n"), 400, "malformed-header"),
    edge("host.capitals", "Names of headers and hosts have no case.", get(host=b"HOST: TESTSERVER\r\n"), 200),
    *(one(f"host.{name}", law, get(host=lines), REFUSED) for name, lines, law in _BROKEN_HOSTS),
    one("host.twice", "Host twice is 400, though both be equal.", get(host=HOST * 2), REFUSED, then="either"),
    one("host.twice-different", "Two hosts are 400.", get(host=HOST + b"Host: evil.example\r\n"), REFUSED, then="either"),
    one(
        "host.missing-in-1.0",
        "HTTP/1.0 need not name a host, and this API needs one.",
        b"GET /tenant HTTP/1.0\r\n" + CALLER + b"\r\n",
        REFUSED,
        code="unknown-host",
        tier="edge",
    ),
)
