"""Reads request headers by their grammars (RFC 9110): one value, lists, media types, entity tags. It knows bytes, no operation and no tenant."""

import re
from functools import cache, lru_cache
from typing import Final, Literal, NoReturn, TypeAlias

from msgspec import Struct

from kingpost.kernel.errors import MalformedHeader, UnsupportedMediaType

RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]

WITHOUT_COMMA: Final = frozenset(
    {
        "tenant",
        "host",
        "authorization",
        "content-type",
        "idempotency-key",
        "request-id",
        "x-request-id",
        "api-version",
        "traceparent",
        "origin",
    },
)
"""Headers of one value in which a comma is refused: WSGI servers join a repeated header with commas, and every tier must give the same answer."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the grammar of a token, not a secret
_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t \x21-\x7e])*+"'
_PARAMETER: Final = re.compile(rf"[ \t]*+;[ \t]*+(?:({_TOKEN})=({_TOKEN}|{_QUOTED}))?")
_MEDIA_TYPE: Final = re.compile(rf"({_TOKEN})/({_TOKEN})")
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_ENTITY_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e]*+)"')
_SEPARATOR: Final = re.compile(r"[ \t]*+(?:,[ \t]*+|\Z)")
_PAIR: Final = re.compile(r"\\(.)")
_CACHED_LENGTH: Final = 256
"""Longer ``Accept`` values are parsed each time, so that the cache stays small."""


class Headers:
    """The headers of one request, read only; a value is looked at when it is asked for. Names are in lower case; those with an underscore do not exist.

    Servers disagree about ``X_Tenant``: some hand it over as ``X-Tenant`` (CVE-2026-3902), so an underscore never stands for a dash here.
    """

    __slots__ = ("_last", "_raw")

    def __init__(self, raw: RawHeaders) -> None:
        """``raw`` has names in lower case, in the order in which they came."""
        self._raw = raw
        self._last = dict(raw)

    def one(self, name: str) -> str | None:
        """The value of ``name``, or ``None``. ``MalformedHeader`` when it is repeated, holds a comma where none may be, or is not visible ASCII."""
        key = _key(name)
        value = self._last.get(key)
        if value is None:
            return None
        repeated = len(self._last) != len(self._raw) and sum(other == key for other, _ in self._raw) > 1
        if repeated or (b"," in value and name in WITHOUT_COMMA):  # one sentence for both: behind WSGI they look the same
            refuse(name, "takes one value, given once and without a comma")
        return _text(name, value)

    def lenient(self, name: str) -> str | None:
        """The value as ``one`` gives it, or None where it is absent, repeated or garbled."""
        if _key(name) not in self._last:
            return None
        try:
            return self.one(name)
        except MalformedHeader:
            return None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of ``name`` in order. ``MalformedHeader`` when one is not visible ASCII."""
        key = _key(name)
        value = self._last.get(key)
        if value is None:
            return ()
        if len(self._last) == len(self._raw):  # nothing is repeated
            return (_text(name, value),)
        return tuple(_text(name, value) for other, value in self._raw if other == key)

    def raw(self, name: str) -> tuple[bytes, ...]:
        """Every value of ``name`` in order, unread: for a header of which only a part is ours, such as ``Cookie``."""
        key = _key(name)
        return tuple(value for other, value in self._raw if other == key) if key in self._last else ()

    def joined(self, name: str) -> str | None:
        """The values of a header that is a list (``Accept``, ``If-Match``) as one (RFC 9110 section 5.3), or ``None``."""
        if len(self._last) == len(self._raw):  # nothing is repeated
            value = self._last.get(_key(name))
            return None if value is None else _text(name, value)
        values = self.all(name)
        return (values[0] if len(values) == 1 else ", ".join(values)) if values else None


@cache
def _key(name: str) -> bytes:
    """How a name that the kernel asks for stands in the request; one with an underscore stands nowhere."""
    return b"" if "_" in name else name.encode()


def refuse(name: str, what: str) -> NoReturn:
    """Raise ``MalformedHeader``; ``params.header`` is the name, which is one of ours and not the caller's text."""
    raise MalformedHeader(f"The header {name} {what}.", params={"header": name})


def _text(name: str, value: bytes) -> str:
    """Without the optional white space around it (RFC 9110 section 5.6.3)."""
    text = value.strip(b" \t").decode("latin-1")
    if not text.isascii() or not (text.isprintable() or text.replace("\t", " ").isprintable()):
        refuse(name, "may hold only visible ASCII characters, spaces and tabs")
    return text


def check_json_media(headers: Headers) -> None:
    """Demand ``Content-Type: application/json`` in UTF-8 without content coding.

    ``UnsupportedMediaType`` for anything else or nothing, ``MalformedHeader`` for a repeated or garbled one.
    """
    declared = headers.one("content-type")
    if declared is None or (declared != "application/json" and not _is_json(declared)):
        raise UnsupportedMediaType
    if any(coding.strip(" \t").lower() not in ("", "identity") for coding in (headers.joined("content-encoding") or "").split(",")):
        raise UnsupportedMediaType


def _is_json(declared: str) -> bool:
    media = _MEDIA_TYPE.match(declared)
    if media is None:
        return False
    parameters, end = _parameters(declared, media.end())
    if end != len(declared) or media[0].lower() != "application/json":
        return False
    return [(name, value.lower()) for name, value in parameters] in ([], [("charset", "utf-8")])


def _parameters(text: str, position: int) -> tuple[list[tuple[str, str]], int]:
    """The parameters from ``position`` on, and where they end. Names in lower case, values without quotes."""
    found: list[tuple[str, str]] = []
    while (match := _PARAMETER.match(text, position)) is not None:
        if match[1] is not None:
            found.append((match[1].lower(), _unquoted(match[2])))
        position = match.end()
    return found, position


def _unquoted(value: str) -> str:
    return _PAIR.sub(r"\1", value[1:-1]) if value.startswith('"') else value


class _Range(Struct, frozen=True, kw_only=True):
    """One element of ``Accept``."""

    kind: str
    subtype: str
    parameters: tuple[tuple[str, str], ...]
    weight: float


def accepts(accept: str | None, media: str) -> bool:
    """Whether ``Accept`` admits ``media`` (RFC 9110 section 12.5.1): the most specific range that matches decides, and ``q=0`` refuses.

    No header, or one without an element, admits everything. A range with parameters other than ``charset=utf-8`` matches no type of ours, for ours have none.
    ``MalformedHeader`` for a value outside the grammar.
    """
    if not accept:
        return True
    return _admits(accept, media) if len(accept) <= _CACHED_LENGTH else _admits.__wrapped__(accept, media)


@lru_cache(maxsize=512)
def _admits(accept: str, media: str) -> bool:
    kind, _, subtype = media.partition("/")
    best = (-1, 0.0)
    elements = _ranges(accept)
    for element in elements:
        if element.parameters not in ((), (("charset", "utf-8"),)):
            continue
        if element.kind in ("*", kind) and element.subtype in ("*", subtype):
            specific = (element.kind != "*") + (element.subtype != "*") + bool(element.parameters)
            best = max(best, (specific, element.weight))
    return best[1] > 0 or not elements


def _ranges(accept: str) -> tuple[_Range, ...]:
    found: list[_Range] = []
    position = 0
    while position < len(accept):
        if (blank := _SEPARATOR.match(accept, position)) is not None:
            position = blank.end()
            continue
        element, position = _range(accept, position)
        found.append(element)
    return tuple(found)


def _range(accept: str, position: int) -> tuple[_Range, int]:
    """The element at ``position``, and where the next one begins."""
    media = _MEDIA_TYPE.match(accept, position)
    if media is None or (media[1] == "*" and media[2] != "*"):
        refuse("accept", "is not a list of media ranges")
    parameters, after = _parameters(accept, media.end())
    end = _SEPARATOR.match(accept, after)
    if end is None:
        refuse("accept", "is not a list of media ranges")
    return _weighed(media, parameters), end.end()


def _weighed(media: re.Match[str], parameters: list[tuple[str, str]]) -> _Range:
    weights = [value for name, value in parameters if name == "q"]
    if len(weights) > 1 or not all(map(_WEIGHT.fullmatch, weights)):
        refuse("accept", "has a weight that is not 0 to 1 with at most three decimals")
    return _Range(
        kind=media[1].lower(),
        subtype=media[2].lower(),
        parameters=tuple((name, value.lower()) for name, value in parameters if name != "q"),
        weight=float(weights[0]) if weights else 1.0,
    )


class EntityTag(Struct, frozen=True, kw_only=True):
    """A validator of one representation (RFC 9110 section 8.8.3)."""

    weak: bool
    opaque: str


def parse_entity_tags(value: str) -> Literal["*"] | tuple[EntityTag, ...]:
    """Read ``If-Match`` or ``If-None-Match``: ``*``, or one tag and more. ``MalformedHeader`` for anything else; empty elements are passed over."""
    if value == "*":
        return "*"
    tags: list[EntityTag] = []
    position = 0
    while position < len(value):
        if (blank := _SEPARATOR.match(value, position)) is not None:
            position = blank.end()
            continue
        tag = _ENTITY_TAG.match(value, position)
        end = None if tag is None else _SEPARATOR.match(value, tag.end())
        if tag is None or end is None:
            raise MalformedHeader("The header is not a list of entity tags.")
        tags.append(EntityTag(weak=tag[1] is not None, opaque=tag[2]))
        position = end.end()
    if not tags:
        raise MalformedHeader("The header holds no entity tag.")
    return tuple(tags)
