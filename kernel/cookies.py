"""Reads one cookie of a request (RFC 6265). It knows the grammar of the header, and neither sessions nor tokens."""

import re
from typing import Final

from kingpost.kernel.headers import Headers, refuse

_VALUE: Final = re.compile(rb'("?)([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)\1')
"""Section 4.1.1: visible ASCII without quote, comma, semicolon and backslash; quotes may stand around it and are no part of it."""


def cookie(headers: Headers, name: str) -> str | None:
    """The value of the cookie, or None where it is not sent or empty.

    ``MalformedHeader`` where it is sent twice, as when a neighbouring host has planted one of the same name beside it, or where its value
    breaks the grammar. No other cookie is looked at, because scripts of a host may set those as they like. Lines that a server has left apart
    are read as one (RFC 9113 section 8.2.3).
    """
    key = name.encode()
    found = [pair[2] for line in headers.raw("cookie") for pair in _pairs(line) if pair[0] == key]
    if not found:
        return None
    value = _VALUE.fullmatch(found[0])
    if len(found) > 1 or value is None:
        refuse("cookie", "holds a cookie of ours twice, or with a value that no server has set")
    return value[2].decode() or None


def _pairs(line: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Each pair as name, equals sign and value; white space around it is no part of it (section 5.2)."""
    return [pair.strip(b" \t").partition(b"=") for pair in line.split(b";")]
