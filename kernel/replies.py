"""How answers look on the wire: headers, entity tags and problem documents. It knows bytes; it decides nothing about requests."""

from collections.abc import Iterable
from functools import cache
from typing import TypeAlias

import msgspec
from msgspec import Struct

from kingpost.kernel.errors import FieldError, KernelError, MalformedHeader, PreconditionFailed, StaleVersion, WeakEtag
from kingpost.kernel.records import Record
from kingpost.kernel.wire import EntityTag, RawReply, parse_entity_tags

HeaderLines: TypeAlias = tuple[tuple[bytes, bytes], ...]

JSON = "application/json"
PROBLEM = "application/problem+json"

SECURITY: HeaderLines = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Sent with every answer (OWASP Secure Headers)."""

NO_STORE = (b"cache-control", b"no-store")
NO_CACHE = (b"cache-control", b"private, no-cache")

EXPOSED = b"API-Version, Deprecation, ETag, Link, Location, RateLimit, RateLimit-Policy, Request-Id, Retry-After, Sunset"
"""What a browser's script may read of a cross-origin answer."""


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document (RFC 9457), media type ``application/problem+json``."""

    type: str
    """The path of a page that explains the condition: ``/problems/{code}``."""
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    params: dict[str, str | int | bool | tuple[str, ...]] = {}
    """What a front end needs to translate the message."""
    errors: tuple[FieldError, ...] = ()
    """Everything that is wrong with a request of status 422."""


_encode = msgspec.json.Encoder().encode


def problem_body(error: KernelError, *, request_id: str, mount: str) -> bytes:
    """The problem document of an error."""
    document = Problem(
        type=f"{mount}/problems/{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        params=dict(error.params),
        request_id=request_id,
        errors=error.errors,
    )
    return _encode(document)


def reply(status: int, body: bytes, media: str | None, headers: Iterable[tuple[bytes, bytes]]) -> RawReply:
    """A reply with its length and media type; 204 and 304 carry neither, as they have no content."""
    lines = tuple(headers)
    if media is not None:
        lines = (_content_type(media), (b"content-length", b"%d" % len(body)), *lines)
    return RawReply(status=status, headers=lines, body=body)


@cache
def _content_type(media: str) -> tuple[bytes, bytes]:
    return (b"content-type", media.encode())


def entity_tag(record: Record) -> str:
    """The strong tag of a versioned record: its key, which is never used again, and its version. Differs between all records."""
    key = str(getattr(record, record.facts.key))
    return f'"{key.rpartition("_")[2]}-{record.version}"'  # type: ignore[attr-defined]


class IfMatch(Struct, frozen=True):
    """The tags of an ``If-Match`` header (RFC 9110 section 13.1.1)."""

    tags: frozenset[str]

    def require(self, record: Record) -> None:
        """Go on only if the record still has one of the versions that the caller named; else ``StaleVersion`` with the current ``ETag``."""
        current = entity_tag(record)
        if current not in self.tags:
            raise StaleVersion(headers=(("etag", current),))


def if_match(value: str, *, accept_weak: bool) -> IfMatch:
    """The header's tags. ``*`` is refused: it would allow a blind write. ``WeakEtag`` where a tag is weak and weak ones are not accepted."""
    tags = parse_entity_tags(value)
    if tags == "*":
        detail = "If-Match: * would overwrite whatever is there; send the ETag that was loaded."
        raise PreconditionFailed(detail)
    if any(tag.weak for tag in tags) and not accept_weak:
        raise WeakEtag
    return IfMatch(frozenset(_spelled(tag) for tag in tags))


def not_modified(value: str, current: str) -> bool:
    """Whether ``If-None-Match`` names the current tag, compared weakly (RFC 9110 section 13.1.2)."""
    tags = parse_entity_tags(value)
    return tags == "*" or any(_spelled(tag) == current for tag in tags)


def _spelled(tag: EntityTag) -> str:
    return f'"{tag.opaque}"'


def header_lines(pairs: Iterable[tuple[str, str]]) -> HeaderLines:
    """Header lines as bytes; ``MalformedHeader`` rather than a line that a server would refuse or split."""
    lines = tuple((name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in pairs)
    if any(b"\r" in value or b"\n" in value or b"\0" in value for _, value in lines):
        raise MalformedHeader
    return lines
