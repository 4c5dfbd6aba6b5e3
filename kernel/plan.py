"""Plan: an operation compiled once at assembly, with nothing left to look up per request."""

from collections.abc import Callable, Mapping
from types import GenericAlias

from msgspec import Struct, defstruct

from kingpost.kernel.operations import Operation
from kingpost.kernel.wire import body_decoder, path_decoder, query_decoder


class Plan:
    """What the pipeline needs to know of one operation."""

    __slots__ = ("decode_body", "decode_path", "decode_query", "is_page", "operation", "page", "paged", "public", "unit")

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
        self.page = _page(operation)


def _page(operation: Operation) -> Callable[..., Struct]:
    """What a page of the operation's items is written as: ``items``, and ``next_cursor`` or null."""
    fields = [("items", GenericAlias(tuple, (operation.returns, ...))), ("next_cursor", str | None)]
    return defstruct("Page", fields, frozen=True, kw_only=True, forbid_unknown_fields=True)


class _NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The query of an operation that declares none: every parameter is unknown."""


async def _nothing(_: object) -> None:
    """No operation was found, so none runs."""


UNMATCHED = Plan(
    Operation(id="unknown", method="GET", path="/", summary="", use_case=_nothing, scope="public", permission=None, status=204)
)
"""The plan of a request until its operation is found; in logs and metrics it is ``unknown``."""
