"""From the result of a use case to the reply: entity tags, pages and their links, CORS. It knows shapes, no decision of the business."""

from typing import cast
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from kingpost.kernel.call import Call
from kingpost.kernel.operations import PageQuery, Raw
from kingpost.kernel.policy import Cors
from kingpost.kernel.records import Record
from kingpost.kernel.replies import EXPOSED, JSON, NO_CACHE, NO_STORE, HeaderLines, entity_tag, header_lines, not_modified, reply
from kingpost.kernel.store import Page
from kingpost.kernel.wire import RawReply, encode


def binding(call: Call, query: PageQuery) -> bytes:
    """What a cursor of this list is bound to: operation, tenant, and every filter."""
    filters = msgspec.structs.replace(query, cursor=UNSET, limit=1)
    return msgspec.json.encode((call.plan.operation.id, call.scope.tenant, filters))


def render(call: Call, result: object) -> RawReply:
    """The reply for the result of the use case."""
    operation = call.plan.operation
    if isinstance(result, Raw):
        return reply(result.status, result.body, result.media, header_lines(result.headers))
    if isinstance(result, Page):
        return _page(call, cast("Page[Record]", result))
    if operation.returns is None:
        return reply(204, b"", None, ())
    return _one(call, result)


def _one(call: Call, result: object) -> RawReply:
    operation = call.plan.operation
    record = operation.resource(result) if operation.resource else result
    headers: list[tuple[bytes, bytes]] = [NO_STORE]
    if isinstance(record, Record) and record.facts.versioned:
        tag = entity_tag(record)
        headers = [(b"etag", tag.encode()), NO_STORE if operation.secret else NO_CACHE]
        known = call.headers.joined("if-none-match") if operation.method == "GET" else None
        if known is not None and not_modified(known, tag):
            return reply(304, b"", None, headers)
    if operation.location is not None:
        headers.append((b"location", (call.request.mount + operation.location(result)).encode()))
    return reply(operation.status, encode(operation.view(result) if operation.view else result), JSON, headers)


def _page(call: Call, page: Page[Record]) -> RawReply:
    operation, query = call.plan.operation, call.inputs["query"]
    items = tuple(map(operation.view, page.items)) if operation.view else page.items
    headers: list[tuple[bytes, bytes]] = [NO_STORE]
    cursor: str | None = None
    if page.next is not None and isinstance(query, PageQuery):
        cursor = call.kernel.cursors.seal(page.next, binding=binding(call, query))
        headers.append((b"link", _link(call, query, cursor)))
    return reply(operation.status, encode(call.plan.page(items=items, next_cursor=cursor)), JSON, headers)


def _link(call: Call, query: PageQuery, cursor: str) -> bytes:
    """``rel="next"`` (RFC 8288): the same list with the cursor in place of the old one."""
    target = f"{call.request.mount}{call.request.path.decode('ascii')}?{_query_text(query)}cursor={cursor}"
    return f'<{target}>; rel="next"'.encode()


def _query_text(query: PageQuery) -> str:
    """The filters of a list, spelled the one canonical way, each followed by ``&``."""
    pairs = [(name, getattr(query, name)) for name in query.__struct_fields__ if name != "cursor"]
    defaults = dict(zip(query.__struct_fields__[-len(query.__struct_defaults__) :], query.__struct_defaults__, strict=True))
    return "".join(f"{name}={quote(_text(value), safe='')}&" for name, value in pairs if value is not UNSET and value != defaults.get(name))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def cross_origin(cors: Cors | None, origin: str | None) -> HeaderLines:
    """The CORS headers of an answer to a request from an allowed origin (WHATWG Fetch section 3.3)."""
    if cors is None or origin is None or not (origin in cors.origins or "*" in cors.origins):
        return ()
    allowed = "*" if "*" in cors.origins else origin
    lines = ((b"access-control-allow-origin", allowed.encode()), (b"access-control-expose-headers", EXPOSED))
    return (*lines, (b"access-control-allow-credentials", b"true")) if cors.credentials else lines


_ALLOWED_HEADERS = (
    b"Accept, API-Version, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Request-Id, Tenant, traceparent"
)


def _allowed_headers(call: Call) -> bytes:
    """With that of the CSRF token where a cookie may be the credential."""
    kernel = call.kernel
    return _ALLOWED_HEADERS if kernel.resolver is None else b"%s, %s" % (_ALLOWED_HEADERS, kernel.policy.csrf.header.encode())


def preflight(call: Call, allow: str) -> HeaderLines:
    """What a CORS preflight from an allowed origin is told, besides ``cross_origin``."""
    cors = call.kernel.policy.cors
    if cors is None or not call.headers.all("access-control-request-method") or not cross_origin(cors, call.origin):
        return ()
    return (
        (b"access-control-allow-methods", allow.encode()),
        (b"access-control-allow-headers", _allowed_headers(call)),
        (b"access-control-max-age", b"%d" % cors.max_age),
    )
