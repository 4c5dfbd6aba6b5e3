"""Raw bytes of header lines (RFC 9110 section 5, RFC 9112 section 5; spec http, table; attacks 7, 8, 22, 37 to 39)."""

from typing import Final

from .bytes_case import HOST, REFUSED, Statuses, edge, get, one

_READ: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("empty-value", b"X-Odd:\r\n", "A header may be empty."),
    ("no-space", b"X-Odd:1\r\n", "No white space is needed behind the colon."),
    ("tab-inside", b"X-Odd: a\tb\r\n", "A value may hold a tab."),
    ("white-around", b"Tenant: \t <a.id> \t\r\n", "White space around a value is not part of it."),
    ("name-capitals", b"tENANT: <a.id>\r\n", "Names of headers have no case."),
    ("latin-1", b"X-Odd: caf\xe9\r\n", "Bytes beyond ASCII in a header that nobody reads are passed over."),
    ("utf-8", b"X-Odd: caf\xc3\xa9\r\n", "UTF-8 in a header that nobody reads is passed over."),
    ("semicolon", b"X-Odd: 1;2,3\r\n", "Delimiters in a header that nobody reads mean nothing."),
    ("underscore", b"Tenant_: <b.id>\r\nX_Tenant: <b.id>\r\n", "A name with an underscore is no header that is read."),
    ("forwarded", b"X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n", "What a proxy would add moves nothing."),
    ("forwarded-https", b"X-Forwarded-Proto: https\r\n", "A scheme that a proxy would add moves nothing."),
    (
        "remote-user",
        b"Remote-User: admin\r\nRemote-Addr: 10.0.0.1\r\n",
        "Headers named like variables of CGI are none (RFC 3875 section 4.1).",
    ),
    ("script-name", b"SCRIPT_NAME: /x\r\nPATH_INFO: /y\r\n", "Headers named like variables of CGI with underscores are none."),
    ("script-name-dashed", b"Script-Name: /x\r\nPath-Info: /y\r\n", "Headers named like variables of CGI with dashes are none."),
    ("proxy", b"Proxy: http://evil.example\r\n", "Proxy is no variable of the environment (httpoxy)."),
    ("connection-names-a-header", b"Connection: authorization\r\n", "Connection takes no header away from the one who reads it last."),
    ("connection-empty", b"Connection:\r\n", "An empty Connection has no option."),
    ("lines-100", b"".join(b"X-%d: 1\r\n" % number for number in range(97)), "A hundred lines are served."),
    ("line-8192", b"X-Long: " + b"x" * 8_186 + b"\r\n", "A line of 8,192 bytes, name and value, is served."),
    ("body-type-without-body", b"Content-Type: text/plain\r\n", "A GET may say the type of a body that it has not."),
)
"""Name, header lines, law: served as if they were not there."""

_LONG: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("line-8193", b"X-Long: " + b"x" * 8_187 + b"\r\n", "A line of 8,193 bytes is 431."),
    ("name-9000", b"X" * 9_000 + b": 1\r\n", "A name counts like its value."),
)

_TOO_LARGE: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("lines-101", b"".join(b"X-%d: 1\r\n" % number for number in range(98)), "A hundred and one lines are 431."),
    ("lines-213", b"".join(b"X-%d: 1\r\n" % number for number in range(210)), "More lines than any server takes are 431."),
    ("lines-10000", b"".join(b"X-%d: 1\r\n" % number for number in range(10_000)), "Ten thousand lines are 431."),
    ("line-20000", b"X-Long: " + b"x" * 20_000 + b"\r\n", "A line of 20 KB is 431."),
    ("line-70000", b"X-Long: " + b"x" * 70_000 + b"\r\n", "A line of 70 KB is 431."),
    ("line-2000000", b"X-Long: " + b"x" * 2_000_000 + b"\r\n", "A line of 2 MB is 431."),
    ("name-70000", b"X" * 70_000 + b": 1\r\n", "A name of 70 KB is 431."),
)

_MALFORMED: Final[tuple[tuple[str, bytes, str], ...]] = (
    ("space-before-colon", b"X-Odd : 1\r\n", "White space before the colon is refused (RFC 9112 section 5.1)."),
    ("tab-before-colon", b"X-Odd\t: 1\r\n", "A tab before the colon is refused."),
    ("space-before-colon-of-tenant", b"Tenant : <b.id>\r\n", "White space before the colon makes no header of another name."),
    ("folded", b"X-Odd: 1\r\n 2\r\n", "A folded line is refused (RFC 9112 section 5.2)."),
    ("folded-by-tab", b"X-Odd: 1\r\n\t2\r\n", "A line folded by a tab is refused."),
    ("folded-tenant", b"Tenant: <a.id>\r\n ,<b.id>\r\n", "A folded Tenant does not become a list."),
    ("folded-empty", b"X-Odd: 1\r\n \r\n", "A line of white space is no end of the head."),
    ("bare-lf", b"X-Odd: 1\nX-More: 2\r\n", "A bare LF ends no line."),
    ("bare-lf-tenant", b"X-Odd: 1\nTenant: <b.id>\r\n", "Behind a bare LF stands no header."),
    ("bare-cr", b"X-Odd: 1\rX-More: 2\r\n", "A bare CR ends no line."),
    ("nul", b"X-Odd: a\0b\r\n", "A NUL in a value is refused."),
    ("control", b"X-Odd: a\x01b\r\n", "A control character in a value is refused."),
    ("delete", b"X-Odd: a\x7fb\r\n", "A DEL in a value is refused."),
    ("no-colon", b"X-Odd\r\n", "A line without a colon is refused."),
    ("name-empty", b": 1\r\n", "A line without a name is refused."),
    ("name-space", b"X Odd: 1\r\n", "A name holds no white space."),
    ("name-bracket", b"X(Odd): 1\r\n", "A name is a token."),
    ("name-quote", b'X"Odd: 1\r\n', "A name holds no quote."),
    ("name-not-ascii", b"X-\xe9: 1\r\n", "A name is ASCII."),
    ("name-nul", b"X-\0: 1\r\n", "A name holds no NUL."),
)
"""Name, header lines, law: 400, and nothing behind it is answered."""

_EITHER: Final[tuple[tuple[str, bytes, Statuses, str], ...]] = (
    ("type-twice", b"Content-Type: a/b\r\n" * 2, (200, 400), "A type that is sent twice with no body is refused or passed over."),
    ("connection-close-among-others", b"Connection: close, tenant\r\n", (200,), "Connection may name more than its end."),
    ("connection-both", b"Connection: keep-alive, close\r\n", (200,), "Connection may contradict itself."),
)

CASES: Final = (
    *(edge(f"header.{name}", law, get(lines=lines), 200) for name, lines, law in _READ),
    *(edge(f"header.{name}", law, get(lines=lines), 431, "headers-too-large") for name, lines, law in _LONG),
    edge(
        "header.tenant-not-ascii",
        "A byte beyond ASCII in a header that is read is 400.",
        get(lines=b"Tenant: caf\xe9\r\n"),
        400,
        "malformed-header",
    ),
    edge("header.tenant-foreign", "Another tenant's id is 403.", get(lines=b"Tenant: <b.id>\r\n"), 403, "tenant-mismatch"),
    *(one(f"header.{name}", law, get(lines=lines), (431,), then="either") for name, lines, law in _TOO_LARGE),
    *(one(f"header.{name}", law, get(lines=lines), REFUSED) for name, lines, law in _MALFORMED),
    one(
        "header.white-first",
        "White space before the first line is refused, or the line is no header (RFC 9112 section 2.2).",
        b"GET /tenant HTTP/1.1\r\n Tenant: <b.id>\r\n" + get(host=HOST).partition(b"\r\n")[2],
        (200, 400),
        then="either",
    ),
    *(one(f"header.{name}", law, get(lines=lines), statuses, then="either") for name, lines, statuses, law in _EITHER),
)
