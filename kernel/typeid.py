"""TypeIDs, the text form of ids: a prefix and a UUID in base32 (TypeID specification 0.3). It knows no record and draws no id.

``prd_01h455vb4pex5vsknk084sn02q`` is the prefix ``prd``, an underscore, and 26 digits of Crockford's base32 in lower case. The 26 digits hold 130
bits, an id has 128, so the first digit is at most ``7``.
"""

import re
from functools import lru_cache
from uuid import UUID, SafeUUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PYTHON_DIGITS = b"0123456789abcdefghijklmnopqrstuv"
_SUFFIX_LENGTH = 26
_SUFFIX_PATTERN = "[0-7][0-9a-hjkmnp-tv-z]{25}"
_PREFIX = re.compile(r"(?:[a-z](?:[a-z_]{0,61}[a-z])?)?")
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
"""The two digits of every number of ten bits: thirteen look-ups write a whole id."""


def _to_python_digits() -> bytes:
    """A translation of Crockford's digits to those of ``int(text, 32)``; every other byte becomes ``!``, which ``int`` refuses."""
    table = bytearray(b"!" * 256)
    for digit, python_digit in zip(_ALPHABET.encode(), _PYTHON_DIGITS, strict=True):
        table[digit] = python_digit
    return bytes(table)


_TRANSLATION = _to_python_digits()


@lru_cache(maxsize=1024)
def _lead(prefix: str) -> str:
    """What stands before the digits: ``prd_``, or nothing for the empty prefix. ``ValueError`` when the prefix breaks the grammar."""
    if _PREFIX.fullmatch(prefix) is None:
        message = "a TypeID prefix has at most 63 characters of a-z and _, and begins and ends with a letter"
        raise ValueError(message)
    return f"{prefix}_" if prefix else ""


def encode(prefix: str, value: UUID) -> str:
    """Write ``value`` as a TypeID. ``ValueError`` when ``prefix`` breaks the grammar of the specification."""
    return encode_bits(prefix, value.int)


def encode_bits(prefix: str, bits: int) -> str:
    """``encode`` for stores that hold the 128 bits in another form: ``bits`` is the UUID's integer."""
    n, t = bits, _PAIRS
    return (
        f"{_lead(prefix)}{t[n >> 120]}{t[n >> 110 & 1023]}{t[n >> 100 & 1023]}{t[n >> 90 & 1023]}{t[n >> 80 & 1023]}{t[n >> 70 & 1023]}"
        f"{t[n >> 60 & 1023]}{t[n >> 50 & 1023]}{t[n >> 40 & 1023]}{t[n >> 30 & 1023]}{t[n >> 20 & 1023]}{t[n >> 10 & 1023]}{t[n & 1023]}"
    )


def _number(digits: str) -> int:
    """The 128 bits of 26 digits. ``ValueError`` for another length, a character outside the alphabet (upper case too), or more than 128 bits."""
    if len(digits) != _SUFFIX_LENGTH or digits[0] > "7" or not digits.isascii():
        message = "a TypeID ends in 26 base32 digits in lower case, the first of them 0 to 7"
        raise ValueError(message)
    try:
        return int(digits.encode().translate(_TRANSLATION), 32)
    except ValueError:
        message = "a TypeID holds only the digits 0-9 and a-z without i, l, o and u"
        raise ValueError(message) from None


def _uuid(number: int) -> UUID:
    """``UUID(int=number)`` without its argument checks, which cost more than the rest of ``decode``; ``number`` has at most 128 bits."""
    value = object.__new__(UUID)
    object.__setattr__(value, "int", number)
    object.__setattr__(value, "is_safe", SafeUUID.unknown)
    return value


def decode(text: str, prefix: str) -> UUID:
    """Read a TypeID that must carry ``prefix``. ``ValueError`` when it is malformed or carries another prefix; the message never echoes it."""
    return _uuid(decode_bits(text, prefix))


def decode_bits(text: str, prefix: str) -> int:
    """``decode`` for stores that hold the 128 bits in another form than a UUID."""
    lead = _lead(prefix)
    if not text.startswith(lead):
        message = f"the id does not begin with {lead}"
        raise ValueError(message)
    return _number(text[len(lead) :])


def split(text: str) -> tuple[str, UUID]:
    """Read a TypeID of any prefix: ``(prefix, uuid)``. ``ValueError`` when it is malformed."""
    prefix, separator, digits = text.rpartition("_")
    if separator and not prefix:
        message = "a TypeID without a prefix has no underscore"
        raise ValueError(message)
    _lead(prefix)
    return prefix, _uuid(_number(digits))


def pattern(prefix: str) -> str:
    """The anchored regular expression of TypeIDs with ``prefix``, in the dialect that Python and JSON Schema share."""
    return f"^{_lead(prefix)}{_SUFFIX_PATTERN}$"
