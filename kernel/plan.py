"""Plan: an operation compiled once at assembly: decoders, fixed headers, the way from a result to a reply."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from kingpost.kernel.operations import Operation, PageQuery, Raw
from kingpost.kernel.records import Record
from kingpost.kernel.replies import JSON, NO_CACHE, NO_STORE, entity_tag, header_lines, not_modified, reply
from kingpost.kernel.store import Page, Scope
from kingpost.kernel.wire import RawReply, body_decoder, encode, path_decoder, query_decoder

if TYPE_CHECKING:
    from kingpost.kernel.dispatch import Call


class Plan:
    """What the pipeline needs to know of one operation, with nothing left to look up per request."""

    __slots__ = ("decode_body", "decode_path", "decode_query", "is_page", "operation", "paged", "public", "unit")

    def __init__(self, operation: Operation) -> None:
        """Compile the operation's decoders."""
        self.operation = operation
        self.public = operation.scope == "public"
        self.paged = operation.paged
        self.is_page = operation.media == "text/html"
        self.unit = operation.unit and operation.method != "GET"
        self.decode_path: Callable[[Mapping[str, str]], object] | None = None
        self.decode_body: Callable[[bytes], object] | None = None
        if operation.path_parameters is not None:
            self.decode_path = path_decoder(operation.path_parameters)
        self.decode_query: Callable[[bytes], object] = query_decoder(operation.query or _NoQuery)
        if operation.body is not None:
            self.decode_body = body_decoder(operation.body)

    def binding(self, scope: Scope, query: PageQuery) -> bytes:
        """What a cursor of this list is bound to: operation, tenant, and every filter."""
        filters = msgspec.structs.replace(query, cursor=msgspec.UNSET, limit=1)
        return msgspec.json.encode((self.operation.id, scope.tenant, filters))

    def render(self, call: "Call", result: object) -> RawReply:
        """The reply for the result of the use case."""
        operation = self.operation
        if isinstance(result, Raw):
            return reply(result.status, result.body, result.media, header_lines(result.headers))
        if isinstance(result, Page):
            return self._page(call, result)
        if operation.returns is None:
            return reply(204, b"", None, ())
        return self._one(call, result)

    def _one(self, call: "Call", result: object) -> RawReply:
        operation = self.operation
        record = operation.resource(result) if operation.resource else result
        headers: list[tuple[bytes, bytes]] = []
        if isinstance(record, Record) and record.facts.versioned:
            tag = entity_tag(record)
            headers += ((b"etag", tag.encode()), NO_STORE if operation.secret else NO_CACHE)
            known = call.headers.one("if-none-match") if operation.method == "GET" else None
            if known is not None and not_modified(known, tag):
                return reply(304, b"", None, headers)
        else:
            headers.append(NO_STORE)
        if operation.location is not None:
            headers.append((b"location", (call.request.mount + operation.location(result)).encode()))
        return reply(operation.status, encode(operation.view(result) if operation.view else result), JSON, headers)

    def _page(self, call: "Call", page: Page[Record]) -> RawReply:
        view, query = self.operation.view, call.inputs["query"]
        items = [view(item) for item in page.items] if view else list(page.items)
        headers = [NO_STORE]
        document: dict[str, object] = {"items": items, "next_cursor": None}
        if page.next is not None and isinstance(query, PageQuery):
            cursor = call.kernel.cursors.seal(page.next, binding=self.binding(call.scope, query))
            document["next_cursor"] = cursor
            headers.append((b"link", _link(call, query, cursor)))
        return reply(self.operation.status, encode(document), JSON, headers)


def _link(call: "Call", query: PageQuery, cursor: str) -> bytes:
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


class _NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of an operation that declares none: every parameter is unknown."""
