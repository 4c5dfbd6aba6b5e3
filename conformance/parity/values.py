"""Values for the parts of a request, made from the declared types alone: plain ones, ones at the bounds, ones that break a rule. It knows types, no component."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias, cast

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from msgspec import Struct, inspect

from kingpost.kernel.scalars import INT64_MAX
from kingpost.kernel.validation import inclusive, unmeta

from .chance import SEED_ALONE
from .turn import Turn

Make: TypeAlias = Callable[[Turn], object]
"""Makes one JSON value from the choices of a step."""

PATIENT: Final = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example)
"""What Hypothesis must not mind: that drawing takes long, or much."""
ENOUGH: Final = 8
"""Values of a pool: few, so that programs run into uniqueness, references and stale versions."""
_TEXTS: Final = ("Mug", "x", " e\u0301 \U0001f600", "</p>", "%_\\", "\u2028", 'a"b', "zwölf", "\x7f", "")
_WORDS: Final = (
    "acme",
    "beta",
    "gamma-2",
    "A-1",
    "a1",
    "Z.z_Z",
    "EUR",
    "JPY",
    "shop.beta.example",
    "b.example",
    "2026-11-01",
    "42",
    "admin",
)
_WRONG_WORDS: Final = ("", "bad value", "a--b", "Bad", "é", "a\n", "%00", "0")
_TIMES: Final = (
    "2026-12-24T18:00:00Z",
    "2026-12-24T18:00:00.5Z",
    "2026-11-01T09:30:00.000001Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
)
_NO_TIMES: Final = (
    "2026-12-24",
    "2026-02-30T00:00:00Z",
    "2026-12-24T18:00:00+00:00",
    "2026-12-24t18:00:00z",
    "2026-12-24T24:00:00Z",
    "1766599200",
    "",
)
_NUMBERS: Final = (1, 2, 0, 3, 7, 40, -1, -3, 1999, 10**6)
_NO_NUMBERS: Final[tuple[object, ...]] = (True, "1", 1.5, 2**63, -(2**63) - 1, None, [1], 10**400)


class Pool(Struct, frozen=True):
    """Some values that a field takes, and some that it must refuse."""

    plain: tuple[object, ...]
    odd: tuple[object, ...]

    def __call__(self, turn: Turn) -> object:
        """One of them."""
        if not self.plain or (self.odd and turn.wild and turn.number(3) == 2):
            return turn.of(self.odd)
        return turn.of(self.plain)


def maker(node: inspect.Type, examples: tuple[object, ...] = ()) -> Make:
    """Compile the maker of a type. ``examples`` come down from its description."""
    inner, marks = unmeta(node)
    if isinstance(node, inspect.Metadata):
        described = cast("Mapping[str, Iterable[object]]", node.extra_json_schema or {})  # pyright: ignore[reportUnknownMemberType] - a bare dict
        examples = (*examples, *described.get("examples", ()))
    match inner:
        case inspect.StrType():
            return _text(inner, marks, examples)
        case inspect.UnionType():
            return _union(tuple(maker(member, examples) for member in inner.types))
        case inspect.StructType():
            return members(inner)
        case inspect.DictType():
            return _mapping(maker(inner.key_type), maker(inner.value_type), inner.max_length)
        case inspect.ListType() | inspect.VarTupleType():
            return _items(maker(inner.item_type), inner.max_length)
        case inspect.TupleType():
            makers = tuple(map(maker, inner.item_types))
            return lambda turn: [make(turn) for make in makers]
        case _:
            return _plain(inner)


def _plain(node: inspect.Type) -> Pool:
    """What is one of a few values, or a number."""
    match node:
        case inspect.IntType():
            return _integer(node)
        case inspect.BoolType():
            return Pool((False, True), (0, "true", None))
        case inspect.LiteralType():
            return _choice(cast("tuple[object, ...]", node.values))
        case inspect.EnumType():
            return _choice(tuple(member.value for member in node.cls))
        case _:
            return Pool((None,), (False, "null"))


def _choice(values: tuple[object, ...]) -> Pool:
    return Pool(values, ("nothing of these", str(values[0]).upper(), "", None, 0))


def _integer(node: inspect.IntType) -> Pool:
    low, high = (bound if bound is not None else usual for bound, usual in zip(inclusive(node), (-INT64_MAX - 1, INT64_MAX), strict=True))
    within = (*(number for number in _NUMBERS if low <= number <= high), low, low + 1, high - 1, high)
    return Pool(tuple(dict.fromkeys(within)), (low - 1, high + 1, *_NO_NUMBERS))


def _text(node: inspect.StrType, marks: Mapping[str, object], examples: tuple[object, ...]) -> Make:
    if "typeid" in marks:
        prefix = str(marks["typeid"])
        return lambda turn: turn.id_of(prefix)
    if "timestamp" in marks:
        return Pool(_TIMES, (*_NO_TIMES, 0, None))
    longest = node.max_length
    long = ("x" * longest, "é" * longest) if longest is not None else ()
    candidates = tuple(dict.fromkeys((*map(str, examples), *(_WORDS if node.pattern else _TEXTS), *long)))
    refused = (*_WRONG_WORDS, "e\u0301", *(f"{text}x" for text in long))
    fits = _fitting(node, nfc="nfc" in marks)
    plain = tuple(text for text in candidates if fits(text))
    if node.pattern is not None and len(plain) < 2:  # nobody has given enough examples
        plain = tuple(dict.fromkeys((*plain, *filter(fits, sampled(node.pattern)))))
    return Pool(plain[:ENOUGH], (*(text for text in (*refused, *candidates) if not fits(text)), 5, None))


def _fitting(node: inspect.StrType, *, nfc: bool) -> Callable[[str], bool]:
    pattern = re.compile(node.pattern) if node.pattern is not None else None
    shortest, longest = node.min_length or 0, node.max_length

    def fits(text: str) -> bool:
        length = shortest <= len(text) and (longest is None or len(text) <= longest)
        return length and (pattern is None or pattern.search(text) is not None) and not (nfc and not unicodedata.is_normalized("NFC", text))

    return fits


@cache
def sampled(pattern: str) -> tuple[str, ...]:
    """Some texts that a pattern matches, always the same. None where it is beyond what can be drawn."""
    found: dict[str, None] = {}

    @seed(0)
    @settings(
        backend=SEED_ALONE,
        max_examples=ENOUGH,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=PATIENT,
        verbosity=Verbosity.quiet,
    )
    @given(st.from_regex(pattern, alphabet=st.characters(min_codepoint=33, max_codepoint=126)))
    def collect(text: str) -> None:
        found[text.removesuffix("\n")] = None

    try:
        collect()
    except HypothesisException:  # nothing that it draws fits: what examples there are must do
        return ()
    return tuple(found)


def _union(makers: tuple[Make, ...]) -> Make:
    """Most often the first member, which is what the type is about; null and its like come last."""
    weighted = (*makers[:1] * 3, *makers)
    return lambda turn: turn.of(weighted)(turn)


def _mapping(key: Make, value: Make, longest: int | None) -> Make:
    def make(turn: Turn) -> object:
        if longest is not None and turn.wild and turn.once_in(4):
            return {f"k{number}": value(turn) for number in range(longest + 1)}
        return {str(key(turn)): value(turn) for _ in range(turn.number(4))}

    return make


def _items(item: Make, longest: int | None) -> Make:
    def make(turn: Turn) -> object:
        if longest is not None and turn.wild and turn.once_in(4):
            return [item(turn)] * (longest + 1)
        return [item(turn) for _ in range(turn.number(3))]

    return make


def members(node: inspect.StructType) -> Callable[[Turn], dict[str, object]]:
    """The maker of an object: what is required, some of what is not, and in a wild step too much or too little."""
    fields = tuple((field.encode_name, field.required, maker(field.type)) for field in node.fields)
    spread = 2 if len(fields) < 6 else 3

    def make(turn: Turn) -> dict[str, object]:
        made = {name: value(turn) for name, required, value in fields if _is_given(turn, spread, required=required)}
        if turn.wild and turn.once_in(6):
            made["more"] = 1
        return made

    return make


def _is_given(turn: Turn, spread: int, *, required: bool) -> bool:
    if required:
        return not (turn.wild and turn.once_in(8))
    return turn.once_in(spread)
