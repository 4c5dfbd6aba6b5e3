"""Cases about the order in which a request is looked at, so that no answer tells more than the caller may know (RULES 16; DESIGN section 4)."""

from typing import Final

from kingpost.conformance.cases.case import QUARTZ, Expect, Pairs, Step, one

_HTML: Final[Pairs] = (("accept", "text/html"),)
_TEXT: Final[Pairs] = (("content-type", "text/plain"),)
_OLD: Final[Pairs] = (("api-version", "2020-01-01"),)
_OTHER: Final[Pairs] = (("tenant", "<b.id>"),)
_WRONG: Final[Pairs] = (("authorization", "Bearer abc"),)

_ORDER: Final[tuple[tuple[str, str, str, str | None, Pairs, bytes, int, str], ...]] = (
    ("method-credential", "PUT", "/specimens", None, (), b"", 405, "method-not-allowed"),
    ("path-method", "PUT", "/nothing", "a.key", (), b"", 404, "not-found"),
    ("credential-tenant", "GET", "/tenant", None, (*_WRONG, *_OTHER), b"", 401, "unauthenticated"),
    ("credential-version", "GET", "/tenant", None, (*_WRONG, *_OLD), b"", 401, "unauthenticated"),
    ("credential-accept", "GET", "/tenant", None, (*_WRONG, *_HTML), b"", 401, "unauthenticated"),
    ("credential-query", "GET", "/specimens?colour=red", None, _WRONG, b"", 401, "unauthenticated"),
    ("credential-id", "GET", "/specimens/nonsense", None, _WRONG, b"", 401, "unauthenticated"),
    ("credential-body", "POST", "/specimens", None, _WRONG, b"{", 401, "unauthenticated"),
    ("credential-media", "POST", "/specimens", None, (*_WRONG, *_TEXT), QUARTZ, 401, "unauthenticated"),
    ("credential-if-match", "DELETE", "/specimens/<a.specimen>", None, _WRONG, b"", 401, "unauthenticated"),
    ("scope-tenant", "GET", "/platform/tenants", "a.key", _OTHER, b"", 403, "platform-only"),
    ("scope-version", "GET", "/platform/tenants", "a.key", _OLD, b"", 403, "platform-only"),
    ("scope-query", "GET", "/platform/tenants?colour=red", "a.key", (), b"", 403, "platform-only"),
    ("scope-id", "GET", "/platform/tenants/nonsense", "a.key", (), b"", 403, "platform-only"),
    ("scope-body", "POST", "/platform/tenants", "a.key", (), b"{", 403, "platform-only"),
    ("scope-accept", "GET", "/platform/tenants", "a.key", _HTML, b"", 403, "platform-only"),
    ("scope-if-match", "PATCH", "/platform/tenants/<a.id>", "a.key", (), b"{}", 403, "platform-only"),
    ("required-body", "POST", "/specimens", "platform.key", (), b"{", 403, "tenant-required"),
    ("required-id", "GET", "/specimens/nonsense", "platform.key", (), b"", 403, "tenant-required"),
    ("tenant-version", "GET", "/tenant", "a.key", (*_OTHER, *_OLD), b"", 403, "tenant-mismatch"),
    ("tenant-query", "GET", "/specimens?colour=red", "a.key", _OTHER, b"", 403, "tenant-mismatch"),
    ("tenant-id", "GET", "/specimens/<b.specimen>", "a.key", _OTHER, b"", 403, "tenant-mismatch"),
    ("tenant-body", "POST", "/specimens", "a.key", _OTHER, b"{", 403, "tenant-mismatch"),
    ("state-query", "GET", "/specimens?colour=red", "suspended.key", (), b"", 403, "tenant-suspended"),
    ("state-body", "POST", "/specimens", "closed.key", (), b"{", 403, "tenant-closed"),
    ("state-version", "GET", "/tenant", "suspended.key", _OLD, b"", 403, "tenant-suspended"),
    ("mismatch-state", "GET", "/tenant", "suspended.key", _OTHER, b"", 403, "tenant-mismatch"),
    ("version-accept", "GET", "/tenant", "a.key", (*_OLD, *_HTML), b"", 400, "unknown-version"),
    ("version-media", "POST", "/specimens", "a.key", (*_OLD, *_TEXT), QUARTZ, 400, "unknown-version"),
    ("version-query", "GET", "/specimens?colour=red", "a.key", _OLD, b"", 400, "unknown-version"),
    ("version-id", "GET", "/specimens/<absent.specimen>", "a.key", _OLD, b"", 400, "unknown-version"),
    ("accept-row", "GET", "/specimens/<absent.specimen>", "a.key", _HTML, b"", 406, "not-acceptable"),
    ("accept-query", "GET", "/specimens?colour=red", "a.key", _HTML, b"", 406, "not-acceptable"),
    ("media-body", "POST", "/specimens", "a.key", _TEXT, b"{", 415, "unsupported-media-type"),
    ("query-row", "GET", "/specimens/<absent.specimen>?x=1", "a.key", (), b"", 422, "invalid"),
    ("body-row", "POST", "/specimens/<absent.specimen>/adjustments", "a.key", (), b"{}", 422, "invalid"),
    ("body-rules", "POST", "/specimens", "a.key", (), b'{"label":"SHARED-1"}', 422, "invalid"),
)
"""What two things are wrong, the exchange, and the one that is told. The name says which goes first."""

_PLACES: Final = {
    "path": "the path",
    "method": "the method",
    "credential": "the credential",
    "scope": "the side of the credential",
    "required": "the side of the credential",
    "tenant": "the tenant that is named",
    "mismatch": "the tenant that is named",
    "state": "the state of the tenant",
    "version": "the API version",
    "accept": "Accept",
    "media": "the media type",
    "query": "the query",
    "id": "the id in the path",
    "body": "the body",
    "if-match": "If-Match",
    "row": "the row",
    "rules": "the rules of the component",
}

CASES: Final = tuple(
    one(
        f"http.order.{name}",
        f"What is wrong with {_PLACES[name.partition('-')[0]]} is told before what is wrong with {_PLACES[name.partition('-')[2]]}.",
        Step(method=method, target=target, key=key, headers=headers, body=body, expect=Expect(status=status, code=code)),
    )
    for name, method, target, key, headers, body, status, code in _ORDER
)
