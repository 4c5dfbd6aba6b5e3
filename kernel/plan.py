"""Plan: an operation compiled once at assembly, with nothing left to look up per request."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from kingpost.kernel.operations import Operation
from kingpost.kernel.wire import body_decoder, path_decoder, query_decoder


class Plan:
    """What the pipeline needs to know of one operation."""

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


class _NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The query of an operation that declares none: every parameter is unknown."""
