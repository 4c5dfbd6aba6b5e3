"""What a browser's script from another origin is told (WHATWG Fetch section 3.3), as data for every adapter. It knows headers, no adapter."""

from typing import Final

from msgspec import Struct

from kingpost.conformance.target import HeaderLines, Reply

ORIGIN: Final = "https://app.example"
EXPOSED: Final = "API-Version, Deprecation, ETag, Link, Location, RateLimit, RateLimit-Policy, Request-Id, Retry-After, Sunset"
ALLOWED: Final = (
    "Accept, API-Version, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Request-Id, Tenant, traceparent"
)

SIMPLE: Final = {"access-control-allow-origin": ORIGIN, "access-control-expose-headers": EXPOSED}
PREFLIGHT: Final = {**SIMPLE, "access-control-allow-headers": ALLOWED, "access-control-max-age": "600"}


class Told(Struct, frozen=True, kw_only=True):
    """A request, and the headers of CORS in its answer: all of them."""

    name: str
    method: str = "GET"
    path: str
    headers: HeaderLines
    status: int
    told: dict[str, str]


def _from(origin: bytes, *more: tuple[bytes, bytes]) -> HeaderLines:
    return ((b"host", b"testserver"), (b"origin", origin), *more)


_WANTED = (b"access-control-request-method", b"PATCH")
_OURS = ORIGIN.encode()

TOLD: Final = (
    Told(name="success", path="/livez", headers=_from(_OURS), status=200, told=SIMPLE),
    Told(name="page", path="/problems/not-found", headers=_from(_OURS), status=200, told=SIMPLE),
    Told(name="unauthenticated", path="/tenant", headers=_from(_OURS), status=401, told=SIMPLE),
    Told(name="unknown", path="/nothing", headers=_from(_OURS), status=404, told=SIMPLE),
    Told(name="wrong-method", method="DELETE", path="/tenant", headers=_from(_OURS), status=405, told=SIMPLE),
    Told(name="foreign-host", path="/tenant", headers=(*_from(_OURS)[1:], (b"host", b"evil.example")), status=400, told=SIMPLE),
    Told(name="options", method="OPTIONS", path="/tenant", headers=_from(_OURS), status=204, told=SIMPLE),
    Told(
        name="preflight",
        method="OPTIONS",
        path="/tenant",
        headers=_from(_OURS, _WANTED),
        status=204,
        told={**PREFLIGHT, "access-control-allow-methods": "GET, HEAD, OPTIONS"},
    ),
    Told(
        name="preflight-of-an-object",
        method="OPTIONS",
        path="/products/prd_01h455vb4pex5vsknk084sn02q",
        headers=_from(_OURS, _WANTED, (b"access-control-request-headers", b"if-match")),
        status=204,
        told={**PREFLIGHT, "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH"},
    ),
    Told(name="preflight-of-nothing", method="OPTIONS", path="/nothing", headers=_from(_OURS, _WANTED), status=404, told=SIMPLE),
    *(
        Told(name=f"foreign-{number}", method=method, path="/tenant", headers=_from(origin, *more), status=status, told={})
        for number, (method, origin, more, status) in enumerate(
            (
                ("GET", b"https://app.example.evil.example", (), 401),
                ("GET", b"http://app.example", (), 401),
                ("GET", b"https://app.example:8443", (), 401),
                ("GET", b"HTTPS://APP.EXAMPLE", (), 401),
                ("GET", b"https://appXexample", (), 401),
                ("GET", b"null", (), 401),
                ("OPTIONS", b"https://evil.example", (_WANTED,), 204),
            )
        )
    ),
)


def told_by(reply: Reply) -> dict[str, str]:
    """The headers of CORS in a reply, each of which stands once."""
    return {name: reply.one(name) or "" for name in {line[0].decode() for line in reply.headers} if name.startswith("access-control-")}
