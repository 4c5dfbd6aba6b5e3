"""Strict JSON (RFC 8259 within the limits of I-JSON, RFC 7493): text in, plain values or ``MalformedJson`` out. It knows no type and no request.

This is the slow, complete reading. ``bodies`` reads a body with the typed decoder first and comes here for what that cannot prove.
"""

import json
import re
from math import isfinite
from typing import Final, NoReturn, cast

from kingpost.kernel.errors import MalformedJson

MAX_DEPTH: Final = 32
"""Objects and arrays inside one another; the root counts as one."""
MAX_INTEGER_DIGITS: Final = 640
"""Longer literals are not read: the least limit that an interpreter may set on ``int()`` (``sys.int_info.str_digits_check_threshold``)."""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
"""A string, or the rest of the text when it does not end: possessive, so that no text makes the scan go back over itself."""
_STRING_OR_BRACKET: Final = re.compile(_STRING + rb"|[\[{\]}]", re.DOTALL)
_KEY_COLON: Final = re.compile(_STRING + rb"[ \t\n\r]*+(:)?", re.DOTALL)


def refuse(reason: str, detail: str) -> NoReturn:
    """Raise ``MalformedJson`` with ``params.reason`` for programs and ``detail`` for people."""
    raise MalformedJson(detail, params={"reason": reason}) from None


def parse(body: bytes) -> object:
    """Read ``body`` as one JSON value. ``MalformedJson`` when it is not strict JSON; no other exception leaves here."""
    if not body.strip(b" \t\n\r"):
        refuse("empty", "The body is empty; a JSON value is expected.")
    if exceeds_depth(body):
        refuse("too-deep", f"The body nests objects and arrays deeper than {MAX_DEPTH} levels.")
    text = _text(body)
    try:
        value: object = _DECODER.decode(text)
    except ValueError:
        refuse("syntax", "The body is not well-formed JSON.")
    if "\\u" in text:  # nothing else can bring U+0000 or half a surrogate pair into a string
        _check_strings(value)
    return value


def exceeds_depth(body: bytes) -> bool:
    """Whether the brackets of ``body`` nest deeper than ``MAX_DEPTH``; brackets inside strings do not count."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(body):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token in (b"]", b"}"):
            depth -= 1
    return False


def count_keys(body: bytes) -> int:
    """How many keys are written in ``body``, which must be well-formed: doubled keys count twice."""
    return _KEY_COLON.findall(body).count(b":")


def count_members(value: object) -> int:
    """How many members the objects in ``value`` have: fewer than ``count_keys`` of its text when a key was doubled."""
    if type(value) is dict:
        members = cast("dict[str, object]", value)
        return len(members) + sum(map(count_members, members.values()))
    if type(value) is list:
        return sum(map(count_members, cast("list[object]", value)))
    return 0


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
