"""The wire: the raw request and reply, and the door to strict reading and writing. It knows bytes and types, no operation, store or framework."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from math import isfinite
from typing import Any, Final, Literal, cast

import msgspec
from msgspec import Struct

from kingpost.kernel.bodies import body_decoder
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.headers import EntityTag, Headers, accepts, check_json_media, parse_entity_tags
from kingpost.kernel.parameters import path_decoder, query_decoder, split_path
from kingpost.kernel.wire_types import assert_wire_type

__all__ = (
    "EntityTag",
    "Headers",
    "Person",
    "RawReply",
    "RawRequest",
    "accepts",
    "assert_wire_type",
    "body_decoder",
    "check_json_media",
    "encode",
    "parse_entity_tags",
    "path_decoder",
    "query_decoder",
    "split_path",
)


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who is logged in at the host application, as the kernel is to see them. The host keeps the account; nothing of it is copied but this."""

    account: str
    """The key of the account in the host's table, as text: at most 200 characters."""
    side: Literal["platform", "tenant"]
    tenant_id: str | None = None
    """The id of the tenant that somebody of the side ``tenant`` belongs to."""
    host_ref: str | None = None
    """Or the key of that tenant in the host's own table: the ``host_ref`` of the tenant."""
    permissions: frozenset[str] | None = frozenset()
    """The kernel's permissions; None means every permission of the side."""


class RawRequest(Struct, frozen=True, kw_only=True):
    """A request as it came in, before anything was decoded."""

    method: str
    path: bytes
    """Still percent-encoded, after the mount prefix; begins with a slash."""
    query: bytes
    """Without the question mark."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Names in lower case, in the order in which they came."""
    body: bytes
    mount: str = ""
    """What stands before ``path`` in the URL: prefix and SCRIPT_NAME. For ``Location``, ``Link`` and ``servers``."""
    scheme: str = "http"
    peer: str | None = None
    """The address of the other end of the connection."""
    upgrade: bool = False
    """The connection asks to become a WebSocket."""
    person: Callable[[], Person | None] | None = None
    """Where the framework knows who is logged in: tells it, None for nobody. Asked at most once, and only where no bearer credential is sent."""


class RawReply(Struct, frozen=True, kw_only=True):
    """A reply as it goes out."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    failure: BaseException | None = None
    """What caused a 500, for the framework's own hook; never on the wire."""


_encode: Final[Callable[[Any], bytes]] = msgspec.json.Encoder(order="deterministic").encode
"""Maps are written in the order of their keys: some databases forget any other, and every store must give the same bytes."""


def encode(value: object) -> bytes:
    """Write ``value`` as JSON: compact, raw UTF-8. ``ValueError`` for a float that is not finite, which JSON cannot say."""
    body = _encode(value)
    # msgspec writes NaN as null; a Struct that has passed assert_wire_type has no floats, so only other values are searched.
    if b"null" in body and not _is_wire_type(cast("Hashable", type(value))):
        _refuse_not_finite(value)
    return body


@lru_cache(maxsize=1024)
def _is_wire_type(type_: Hashable) -> bool:
    if not (isinstance(type_, type) and issubclass(type_, Struct)):
        return False
    try:
        assert_wire_type(type_)
    except ConfigurationError:
        return False
    return True


def _refuse_not_finite(value: object) -> None:
    if isinstance(value, float) and not isfinite(value):
        message = "JSON has no NaN and no Infinity; the value to encode holds one"
        raise ValueError(message)
    if isinstance(value, Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, dict):
        for item in cast("dict[object, object]", value).values():
            _refuse_not_finite(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in cast("tuple[object, ...]", value):
            _refuse_not_finite(item)
