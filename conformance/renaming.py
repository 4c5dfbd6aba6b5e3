"""What two targets may have different because chance and clocks are not theirs to set, and how it is made equal. It knows spellings, no operation.

Between targets that have ``Capability.SEEDED`` nothing of this is needed. Everything that is not in ``NORMALISED`` must be equal, byte for byte.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, cast

import msgspec
from msgspec import structs

from .target import Exchange, HeaderLines, Reply

Normal: TypeAlias = tuple[int, HeaderLines, bytes]
"""Status, sorted header lines and body, in names that every target would have them in."""

NORMALISED: Final[Mapping[str, str]] = {
    "id": "A TypeID holds the time and chance of its making. The first that appears is <spc:1>; two that are equal here must be equal there.",
    "key": "The secret of an access key is drawn by chance. Named by first appearance, like ids.",
    "etag": "An entity tag is opaque and may be made from an id (RFC 9110 section 8.8.3). Named by first appearance, like ids.",
    "cursor": "A cursor is opaque and signed. Named by first appearance, like ids.",
    "nonce": "Where a target cannot be emptied, the values that are unique over the platform hold a text that was never used before; its shape is known.",
    "request id": "One that the server makes is drawn by chance; its shape is checked. The caller's own stays.",
    "time": "Members named ..._at and ..._after tell the target's clock. Their shape is checked, and that created_at and updated_at never go back.",
    "counts": "The samples of /metrics count everything that a process was asked so far; what is measured, and in which words, stays.",
    "length": "Content-Length follows the names in the body; that it is the body's is checked.",
    "server": "Date, Server, Connection, Keep-Alive and Transfer-Encoding are the server's own.",
}
"""Everything that is normalised, with its reason."""

OF_THE_SERVER: Final = frozenset({b"connection", b"date", b"keep-alive", b"server", b"transfer-encoding"})

_TYPEID: Final = rb"(?<![0-9A-Za-z_])[a-z]{1,63}_[0-7][0-9a-hjkmnp-tv-z]{25}(?![0-9A-Za-z])"
_KEY: Final = rb"(?<![0-9A-Za-z_])kp_[pt]_[0-9A-Za-z]{61}(?![0-9A-Za-z])"
_CURSOR: Final = rb'(?<="next_cursor":")[^"]+|(?<=[?&]cursor=)[^&>"]+'
_MADE_ID: Final = re.compile(rb"^[0-9a-f]{32}$")
_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_TIMES: Final = re.compile(rb'"([a-z_]+_(?:at|after))":"' + _TIME.encode() + rb'"')
_NONCE: Final = re.compile(rb"(?<![0-9A-Za-z])n[0-9a-f]{7}(?![0-9A-Za-z])")
_NAMED: Final = re.compile(b"|".join((_KEY, _TYPEID, _CURSOR)))
_IN_TAGS: Final = re.compile(rb'"[^"]*"')
_TAG_HEADERS: Final = frozenset({b"etag", b"if-match", b"if-none-match"})
_COUNTED: Final = b"text/plain; version="
_NAME: Final = re.compile(rb"<[a-z][a-z0-9_.]*(?::[0-9]+)?>")


class Renaming:
    """The names that the values of one target have; one for each target and program, from the world that it starts in."""

    def __init__(self, world: Mapping[str, str] = {}) -> None:
        """The values of the world get its names."""
        self._names: dict[bytes, bytes] = {}
        self._values: dict[bytes, bytes] = {}
        self._counts: dict[bytes, int] = {}
        self._seen: dict[object, tuple[str, str]] = {}
        for name, value in world.items():
            if not name.endswith("slug"):  # it is made from the nonce
                self._remember(value.encode(), b"<%s>" % name.encode())

    def normalised(self, reply: Reply) -> Normal:
        """The reply in names; ``AssertionError`` where a length, a time or a made request id is not as it must be."""
        _check_length(reply)
        headers = tuple(
            (name, self._of_header(name, value))
            for name, value in sorted(reply.headers, key=lambda line: line[0])
            if name not in OF_THE_SERVER and name != b"content-length"
        )
        return reply.status, tuple(sorted(headers)), self._of_body(reply)

    def named(self, text: bytes, *, tags: bool = False) -> bytes:
        """The text with names in place of the values that were seen so far; ``tags``: it is a list of entity tags."""
        pattern = _IN_TAGS if tags else _NAMED
        return _NONCE.sub(self._known, pattern.sub(self._known, text))

    def _known(self, match: re.Match[bytes]) -> bytes:
        return self._names.get(match[0], match[0])

    def filled(self, text: bytes) -> bytes:
        """The text with this target's values in place of names; a name that it has no value for stays."""
        return _NAME.sub(lambda match: self._values.get(match[0], match[0]), text)

    def _of_header(self, name: bytes, value: bytes) -> bytes:
        if name == b"request-id":
            return self._first(_MADE_ID, value, b"request")
        return self._first(_IN_TAGS, value, b"etag") if name in _TAG_HEADERS else self._met(value)

    def _of_body(self, reply: Reply) -> bytes:
        if (reply.one("content-type") or "").encode().startswith(_COUNTED):
            return b"".join(line for line in reply.body.splitlines(keepends=True) if line.startswith(b"#"))
        if b"ted_at" in reply.body:
            self._check_times(reply)
        body = _TIMES.sub(rb'"\1":"<time>"', reply.body)
        made = (reply.one("request-id") or "").encode()
        return self._met(body.replace(made, self._names[made]) if made in self._names else body)

    def _met(self, text: bytes) -> bytes:
        """The text in names; values that were never seen get one."""
        named = _NAMED.sub(lambda match: self._name(match[0], _kind(match[0])), text)
        return self._first(_NONCE, named, b"nonce")

    def _first(self, pattern: re.Pattern[bytes], value: bytes, kind: bytes) -> bytes:
        return pattern.sub(lambda match: self._name(match[0], kind), value)

    def _name(self, value: bytes, kind: bytes) -> bytes:
        if value not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._remember(value, b"<%s:%d>" % (kind, self._counts[kind]))
        return self._names[value]

    def _remember(self, value: bytes, name: bytes) -> None:
        self._names[value] = name
        self._values[name] = value

    def _check_times(self, reply: Reply) -> None:
        """Of each resource: created before it was updated, created once, and updated never earlier than was told before."""
        for resource in _resources(msgspec.json.decode(reply.body) if reply.body.startswith(b"{") else None):
            created, updated = str(resource["created_at"]), str(resource.get("updated_at", resource["created_at"]))
            for time in (created, updated):
                _require(re.fullmatch(_TIME, time), f"{time} is no time in UTC with six digits of a second")
            before = self._seen.get(resource["id"], (created, created))
            _require(before[0] == created, f"{resource['id']} was created at {before[0]}, and now at {created}")
            _require(created <= updated and before[1] <= updated, f"{resource['id']} was updated at {updated}, after {max(before)}")
            self._seen[resource["id"]] = created, updated


def translated(exchange: Exchange, reference: Renaming, other: Renaming) -> Exchange:
    """The exchange that was written in the values of one target, in those of another."""

    def told(text: bytes, *, tags: bool = False) -> bytes:
        return other.filled(reference.named(text, tags=tags))

    headers = tuple((name, told(value, tags=name in _TAG_HEADERS)) for name, value in exchange.headers)
    return structs.replace(exchange, target=told(exchange.target), headers=headers, body=told(exchange.body))


def _kind(value: bytes) -> bytes:
    """``ten`` for a tenant's id, ``kp_t`` for its key; what has no prefix is a cursor."""
    if re.fullmatch(_KEY, value):
        return value[:4]
    return value.rpartition(b"_")[0] if re.fullmatch(_TYPEID, value) else b"cursor"


def _resources(document: object) -> Iterator[dict[str, object]]:
    """Every object in a document that tells its id and when it was created; in a schema these are no texts."""
    if isinstance(document, dict):
        members = cast("dict[str, object]", document)
        if "created_at" in members and isinstance(members.get("id"), str):
            yield members
        for inner in members.values():
            yield from _resources(inner)
    elif isinstance(document, list):
        for inner in cast("list[object]", document):
            yield from _resources(inner)


def _check_length(reply: Reply) -> None:
    length = reply.one("content-length")
    _require(length is None or not reply.body or length == str(len(reply.body)), f"Content-Length {length}, and {len(reply.body)} bytes")


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
