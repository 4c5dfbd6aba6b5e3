"""What can be wrong with one value of a request: code, sentence and params of each. It knows no type and never echoes a value."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from kingpost.kernel.errors import FieldError, Params

CODES: Final = {
    "missing": "A required field or parameter is absent.",
    "unknown-field": "The object has a field that is not part of its type.",
    "unknown-parameter": "The query has a parameter that the operation does not know.",
    "repeated-parameter": "A parameter that takes one value is given more than once.",
    "wrong-type": "The value has another JSON type, or is not written in the grammar of its type; params.expected.",
    "too-short": "The text has too few characters (Unicode code points); params.minimum.",
    "too-long": "The text has too many characters (Unicode code points); params.maximum.",
    "too-few-items": "The array or object has too few items; params.minimum.",
    "too-many-items": "The array or object has too many items; params.maximum.",
    "pattern": "The text does not match the regular expression; params.pattern.",
    "not-in-range": "The number is out of range; params.minimum and params.maximum, both inclusive, where there are such.",
    "not-a-multiple": "The number is not a multiple; params.multiple_of.",
    "not-a-choice": "The value is none of the permitted ones; params.choices.",
    "not-nfc": "The text names something and is not in Unicode normalization form C.",
    "invalid-id": "The text is not a TypeID with the prefix; params.prefix.",
    "invalid-timestamp": "The text is not a time in UTC in the one profile of RFC 3339, or no calendar has it.",
}
"""Every code that reading a request can give, and what it means. Components add codes of their own (``unknown-reference``)."""

MAX_ERRORS: Final = 100
"""An answer lists this many errors at most."""
MAX_POINTER_TOKEN: Final = 128
"""Characters of a key that a pointer repeats; a longer key is cut, for the answer must not grow with the attack."""

Found: TypeAlias = list[FieldError]
Note: TypeAlias = Callable[[str, Found], None]
"""Writes one violation down at the pointer it is given."""


def violation(code: str, detail: str, params: Params | None = None) -> Note:
    """Prepare a violation at assembly, so that a request only adds the pointer. ``KeyError`` for a code that is not in ``CODES``."""
    if code not in CODES:
        raise KeyError(code)
    facts: Params = params or {}

    def note(pointer: str, found: Found) -> None:
        found.append(FieldError(pointer=pointer, code=code, detail=detail, params=facts))

    return note


def is_full(found: Found) -> bool:
    """Whether looking further is pointless."""
    return len(found) >= MAX_ERRORS


def token(key: str) -> str:
    """Write ``key`` as one token of a JSON Pointer (RFC 6901 section 3)."""
    shown = key if len(key) <= MAX_POINTER_TOKEN else key[:MAX_POINTER_TOKEN] + "…"
    return shown.replace("~", "~0").replace("/", "~1")


missing = violation("missing", "The field is required.")
missing_parameter = violation("missing", "The parameter is required.")
unknown_field = violation("unknown-field", "The field is not known here; remove it.")
unknown_parameter = violation("unknown-parameter", "The parameter is not known here; remove it.")
repeated_parameter = violation("repeated-parameter", "The parameter takes one value and is given more than once.")
not_nfc = violation("not-nfc", "The text must be in Unicode normalization form C.")
invalid_timestamp = violation("invalid-timestamp", "The value must be a time in UTC, such as 2026-01-31T09:30:00.000000Z.")


def wrong_type(*expected: str) -> Note:
    """The value is of none of the types ``expected``."""
    return violation("wrong-type", f"The value must be of type {' or '.join(expected)}.", {"expected": expected})


def invalid_id(prefix: str) -> Note:
    """The text is not a TypeID with ``prefix``."""
    return violation("invalid-id", f"The value must be an id that begins with {prefix}_.", {"prefix": prefix})


def mismatch(pattern: str) -> Note:
    """The text does not match ``pattern``."""
    return violation("pattern", "The value does not have the required form.", {"pattern": pattern})


def not_a_choice(choices: Sequence[str | int | None]) -> Note:
    """The value is none of ``choices``."""
    written = tuple("null" if choice is None else str(choice) for choice in choices)
    return violation("not-a-choice", "The value is none of the permitted ones.", {"choices": written})


def not_a_multiple(of: int) -> Note:
    """The number is not a multiple of ``of``."""
    return violation("not-a-multiple", f"The value must be a multiple of {of}.", {"multiple_of": of})


def not_in_range(minimum: int | None, maximum: int | None) -> Note:
    """The number lies outside the bounds; both are inclusive."""
    bounds = {name: bound for name, bound in (("minimum", minimum), ("maximum", maximum)) if bound is not None}
    words = " and ".join(f"at {'least' if name == 'minimum' else 'most'} {bound}" for name, bound in bounds.items())
    return violation("not-in-range", f"The value must be {words}.", bounds)


def too_short(minimum: int) -> Note:
    """The text has fewer than ``minimum`` characters."""
    return violation("too-short", f"The value must have at least {minimum} characters.", {"minimum": minimum})


def too_long(maximum: int) -> Note:
    """The text has more than ``maximum`` characters."""
    return violation("too-long", f"The value must have at most {maximum} characters.", {"maximum": maximum})


def too_few_items(minimum: int) -> Note:
    """The array or object has fewer than ``minimum`` items."""
    return violation("too-few-items", f"The value must have at least {minimum} items.", {"minimum": minimum})


def too_many_items(maximum: int) -> Note:
    """The array or object has more than ``maximum`` items."""
    return violation("too-many-items", f"The value must have at most {maximum} items.", {"maximum": maximum})
