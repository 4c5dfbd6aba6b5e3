"""Strange input for programs: bodies, paths, queries and headers of every class that the contract speaks of. It knows bytes, no component.

What can be is made from a good request, so that a new operation is treated as badly as all others.
"""

import re
from collections.abc import Callable
from typing import Final

from kingpost.conformance.target import HeaderLines

_NUMBER: Final = re.compile(rb":(-?[0-9]+)")
_VALUE: Final = re.compile(rb':("[^"]*"|-?[0-9]+)')


def _with_number(number: bytes) -> Callable[[bytes], bytes]:
    """The first number of the body written another way."""
    return lambda body: _NUMBER.sub(rb":" + number, body, count=1)


def _with_text(lead: bytes) -> Callable[[bytes], bytes]:
    """Something in front of the first text of the body."""
    return lambda body: body.replace(b'":"', b'":"' + lead, 1)


BODIES: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda body: body[:-1],
    lambda body: body + body,
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: b" \t\r\n" + body + b"\n",
    lambda body: body[:-1] + b"," + body[1:],
    lambda body: body[:-1] + b',"more":1}',
    lambda body: body[:-1] + b",}",
    lambda body: body[:-1] + b',"tenant_id":"ten_01h455vb4pex5vsknk084sn02q"}',
    lambda body: b"[" + body + b"]",
    lambda body: body.replace(b'"', b"'"),
    lambda body: _VALUE.sub(b":null", body, count=1),
    lambda body: _VALUE.sub(b':{"a":[]}', body, count=1),
    _with_number(rb"\1.0"),
    _with_number(rb"\1e0"),
    _with_number(rb'"\1"'),
    _with_number(rb"0\1"),
    _with_number(b"true"),
    _with_number(b"NaN"),
    _with_number(b"9223372036854775808"),
    _with_number(b"9" * 700),
    _with_text(rb"\u0000"),
    _with_text(rb"\ud800"),
    _with_text(b"\xff"),
    _with_text(b"\n"),
    *(lambda _, body=body: body for body in (b" ", b"{", b"[]", b"null", b"true", b'"text"', b"{}", b"[" * 33 + b"]" * 33, b"[" * 20_000)),
)
"""What becomes of a good body."""

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get")

PATHS: Final[tuple[Callable[[str], str], ...]] = (
    lambda path: path,
    lambda path: f"{path}/",
    lambda path: f"/{path}",
    lambda path: path[:2].upper() + path[2:],
    lambda path: f"/%{ord(path[1]):x}{path[2:]}",
    lambda path: "%2F".join(path.rsplit("/", 1)),
    lambda path: "//".join(path.rsplit("/", 1)),
    lambda path: f"/x/..{path}",
    lambda path: f"/%2e%2e{path}",
    lambda path: "/./".join(path.rsplit("/", 1)),
    lambda path: f"{path}%0A",
    lambda path: f"{path}%00",
    lambda path: f"{path}%FF",
    lambda path: f"{path}%",
    lambda path: f"{path}/%C3%A9",
    lambda path: f"{path};v=1",
    lambda path: path.upper(),
    lambda path: path.rpartition("/")[0] or "/",
    lambda path: f"{path}/x",
)
"""What becomes of a good path."""

PLACES: Final = (
    "/",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/problems/not-found",
    "/problems/nothing",
    "/schema",
    "/admin/",
    "/static/x",
    "/nothing",
    "/a/b/c/d/e/f",
)
"""Paths that no component declares."""

QUERIES: Final = (
    "",
    "&",
    "limit=1",
    "limit=007",
    "limit=1&limit=2",
    "limit=",
    "status=active",
    "status=sold&colour=red",
    "x=%FF",
    "x=%00",
    "x=a+b%20c",
    "x=%zz",
    "limit=1;status=draft",
    "cursor=abc",
    "=&=",
    "%6Cimit=1",
    "x" * 4000,
    "&".join(f"p{number}=1" for number in range(101)),
)

HEADERS: Final[tuple[HeaderLines, ...]] = (
    ((b"accept", b"text/html"),),
    ((b"accept", b"*/*;q=0.5"),),
    ((b"accept", b"nonsense"),),
    ((b"accept", b"text/html"), (b"accept", b"application/json")),
    ((b"authorization", b"Basic eDp5"),),
    ((b"authorization", b"bearer"),),
    ((b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")),
    ((b"content-type", b"text/plain"),),
    ((b"content-type", b"application/json; charset=utf-8"),),
    ((b"content-type", b"application/json; charset=utf-16"),),
    ((b"content-type", b"application/json"), (b"content-type", b"application/json")),
    ((b"content-encoding", b"gzip"),),
    ((b"host", b"evil.example"),),
    ((b"host", b""),),
    ((b"host", b'test"server'),),
    ((b"host", b"testserver:80"), (b"host", b"testserver:80")),
    ((b"host", b"shop.acme.example"),),
    ((b"host", b"b.example:8443"),),
    ((b"tenant", b"acme"),),
    ((b"tenant", b"first"),),
    ((b"tenant", b"first,second"),),
    ((b"tenant", b"first"), (b"tenant", b"first")),
    ((b"tenant", b"caf\xe9"),),
    ((b"x_tenant", b"second"),),
    ((b"api-version", b"2026-11-01"),),
    ((b"api-version", b"tomorrow"),),
    ((b"request-id", b"two words"),),
    ((b"x-request-id", b"proxy-1"),),
    ((b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),),
    ((b"if-none-match", b"*"),),
    ((b"if-none-match", b"x"),),
    ((b"if-none-match", b'"a"'), (b"if-none-match", b'"b"')),
    ((b"if-match", b'"a"'), (b"if-match", b'"b"')),
    ((b"origin", b"https://evil.example"),),
    ((b"origin", b"https://app.example"), (b"access-control-request-method", b"POST")),
    ((b"x-forwarded-host", b"evil.example"),),
    ((b"x-http-method-override", b"DELETE"),),
    ((b"cookie", b"a=1"), (b"cookie", b"b=2")),
    ((b"upgrade", b"websocket"), (b"connection", b"upgrade")),
    ((b"range", b"bytes=0-1"),),
    ((b"x-long", b"x" * 8_200),),
    tuple((b"x-%d" % number, b"1") for number in range(101)),
)
