"""Strict JSON (RFC 8259 within the limits of I-JSON, RFC 7493): text in, plain values or ``MalformedJson`` out. It knows no type and no request.

This is the slow, complete reading. ``bodies`` reads a body with the typed decoder first and comes here for what that cannot prove.
"""

import json
import re
from itertools import chain
from math import isfinite
from typing import Final, NoReturn, cast

from kingpost.kernel.errors import MalformedJson

MAX_DEPTH: Final = 32
"""Objects and arrays inside one another; the root counts as one."""
MAX_INTEGER_DIGITS: Final = 640
"""Longer literals are not read: the least limit that an interpreter may set on ``int()`` (``sys.int_info.str_digits_check_threshold``)."""

_TOO_DEEP: Final = f"The body nests objects and arrays deeper than {MAX_DEPTH} levels."
_BACKSLASH: Final = ord("\\")
_GAPS: Final = (b" :", b"\n:", b"\t:", b"\r:")
_OBJECTS: Final = frozenset((dict,))
_ARRAYS: Final = frozenset((list,))
_CONTAINERS: Final = _OBJECTS | _ARRAYS
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
"""A string, or the rest of the text when it does not end: possessive, so that no text makes the scan go back over itself."""
_KEY_COLON: Final = re.compile(_STRING + rb"[ \t\n\r]*+(:)?", re.DOTALL)


def refuse(reason: str, detail: str) -> NoReturn:
    """Raise ``MalformedJson`` with ``params.reason`` for programs and ``detail`` for people."""
    raise MalformedJson(detail, params={"reason": reason}) from None


def parse(body: bytes) -> object:
    """Read ``body`` as one JSON value. ``MalformedJson`` when it is not strict JSON; no other exception leaves here."""
    if not body.strip(b" \t\n\r"):
        refuse("empty", "The body is empty; a JSON value is expected.")
    text = _text(body)
    try:
        value: object = _DECODER.decode(text)
    except RecursionError:
        refuse("too-deep", _TOO_DEEP)
    except ValueError:
        refuse("syntax", "The body is not well-formed JSON.")
    count_members(value)  # refuses what is nested too deep
    if "\\u" in text:  # nothing else can bring U+0000 or half a surrogate pair into a string
        _check_strings(value)
    return value


def count_members(value: object) -> int:
    """How many members the objects in ``value`` have. ``MalformedJson`` when it nests deeper than ``MAX_DEPTH``."""
    members = 0
    level: list[object] = [value]  # breadth first, because a call for each of a million empty arrays would cost more than reading them
    for _ in range(MAX_DEPTH):
        objects = cast("list[dict[str, object]]", [item for item in level if type(item) in _OBJECTS])
        arrays = cast("list[list[object]]", [item for item in level if type(item) in _ARRAYS])
        members += sum(map(len, objects))
        inner = chain(chain.from_iterable(item.values() for item in objects), chain.from_iterable(arrays))
        level = [item for item in inner if type(item) in _CONTAINERS]
        if not level:
            return members
    refuse("too-deep", _TOO_DEEP)


def has_doubled_key(body: bytes, members: int) -> bool:
    """Whether a key is doubled in ``body``, which is well-formed and holds ``members`` different ones, each counted in its object.

    A key that is written ends in a quote and a colon. Without backslashes and without gaps before colons that pair is there at least once for each key,
    so as many pairs as members prove that none is doubled. Other bodies are taken apart string by string.
    """
    if _BACKSLASH not in body and not any(gap in body for gap in _GAPS) and body.count(b'":') == members:
        return False
    return count_keys(body) != members


def count_keys(body: bytes) -> int:
    """How many keys are written in ``body``, which must be well-formed: doubled keys count twice."""
    return _KEY_COLON.findall(body).count(b":")


def _text(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        refuse("byte-order-mark", "The body begins with a byte order mark; send UTF-8 without one.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        refuse("encoding", "The body is not UTF-8.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        refuse("duplicate-key", "An object in the body has the same key twice.")
    return members


def _integer(literal: str) -> int:
    if len(literal) > MAX_INTEGER_DIGITS:
        refuse("number-too-long", f"An integer in the body has more than {MAX_INTEGER_DIGITS} digits.")
    return int(literal)


def _float(literal: str) -> float:
    number = float(literal)
    if not isfinite(number):
        refuse("number-range", "A number in the body is beyond the range of a double.")
    return number


def _constant(literal: str) -> NoReturn:
    refuse("syntax", f"{literal.removeprefix('-')} is not JSON.")  # NaN or Infinity: the parser's own words, not the caller's


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant, strict=True)


def _check_strings(value: object) -> None:
    if type(value) is str:
        _check_string(value)
    elif type(value) is list:
        for item in cast("list[object]", value):
            _check_strings(item)
    elif type(value) is dict:
        for key, item in cast("dict[str, object]", value).items():
            _check_string(key)
            _check_strings(item)


def _check_string(text: str) -> None:
    if "\x00" in text:
        refuse("nul-character", "A text in the body holds U+0000.")
    try:
        text.encode()
    except UnicodeEncodeError:
        refuse("lone-surrogate", "A text in the body holds half of a surrogate pair.")
