"""Reads a JSON body into its wire type, strictly and fast. It knows bytes and types, no header, no path and no operation.

The typed decoder of ``msgspec`` is fast and accepts doubled keys, U+0000 and any depth. So its result stands only when cheap facts about the bytes prove
that there is nothing of the kind; what is unproved, and everything that failed, is read again by ``strict_json`` and checked by the walker.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter, is_not
from typing import Final, NoReturn, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET, inspect

from kingpost.kernel import strict_json
from kingpost.kernel.errors import FieldError, Invalid
from kingpost.kernel.validation import Predicate, semantics, unmeta, walker
from kingpost.kernel.wire_types import assert_wire_type

T = TypeVar("T")
Walk: TypeAlias = Callable[[object], tuple[FieldError, ...]]
Count: TypeAlias = Callable[[object], int]
Sound: TypeAlias = Callable[[object], bool]
"""Whether a decoded value has what the typed decoder cannot check."""

_FAILURES: Final = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What the typed decoder raises for bad input: ``UnicodeDecodeError`` is a ``ValueError``, ``OverflowError`` an ``ArithmeticError``."""
_LEAVES: Final = (inspect.StrType, inspect.IntType, inspect.BoolType, inspect.NoneType, inspect.LiteralType, inspect.EnumType)
_DISAGREEMENT: Final = FieldError(pointer="", code="wrong-type", detail="The value is not of the required type.", params={"expected": ()})
"""For a body that the typed decoder refuses and the walker accepts. A property says that there is none; were there one, it would be refused."""
_UNPROVED: Final = -1
_BACKSLASH: Final = ord("\\")
_COLON: Final = ord(":")


def body_decoder(type_: type[T]) -> Callable[[bytes], T]:
    """Compile a function that reads a body as ``type_``.

    It raises ``MalformedJson`` when the body is not strict JSON, and ``Invalid`` with every error and its JSON Pointer when the JSON is not of the type.
    ``ConfigurationError`` at once when ``type_`` cannot stand on the wire.
    """
    assert_wire_type(type_)
    typed = msgspec.json.Decoder(type_).decode
    walk = walker(type_)
    node = inspect.type_info(type_)
    keys, sound = _least_keys(node), _soundness(node)

    def decode(body: bytes) -> T:
        try:
            value = typed(body)
        except _FAILURES:
            _reject(body, walk)
        # Without a backslash no text holds U+0000 or a line feed, and without spare colons no key is doubled.
        if _BACKSLASH not in body and body.count(_COLON) == keys(value) and (sound is None or sound(value)):
            return value
        return _settle(body, value, sound, walk)

    return decode


def _reject(body: bytes, walk: Walk) -> NoReturn:
    """Say everything that is wrong with a body that the typed decoder refuses."""
    raise Invalid(errors=walk(strict_json.parse(body)) or (_DISAGREEMENT,)) from None


def _settle(body: bytes, value: T, sound: Sound | None, walk: Walk) -> T:
    """Decide about a body that the typed decoder has read and the fast path has not proved."""
    plain = _plain(body)
    # Only an escaped line feed can slip past a pattern that ends in $, so without a backslash the patterns stand.
    if _BACKSLASH not in body and (sound is None or sound(value)):
        return value
    errors = walk(plain)
    if errors:
        raise Invalid(errors=errors)
    return value


def _plain(body: bytes) -> object:
    """The plain value of a body that the typed decoder has read. ``MalformedJson`` when it is not strict JSON after all."""
    if b"\\u0000" not in body:
        plain: object = msgspec.json.decode(body)
        if not strict_json.has_doubled_key(body, strict_json.count_members(plain)):
            return plain
    return strict_json.parse(body)


def _is_leaf(node: inspect.Type) -> bool:
    inner, _ = unmeta(node)
    if isinstance(inner, inspect.UnionType):
        return all(map(_is_leaf, inner.types))
    return isinstance(inner, _LEAVES)


def _least_keys(node: inspect.Type) -> Count:
    """Compile: how many different keys the body of this type certainly has, seen from its value; ``_UNPROVED`` where the value does not tell."""
    try:
        return _keys(node, ()) or _none
    except _Untold:
        return lambda _: _UNPROVED


class _Untold(Exception):
    """The value of this type does not tell how many keys it was read from."""


def _none(_: object) -> int:
    return 0


def _keys(node: inspect.Type, around: tuple[type, ...]) -> Count | None:
    """The count for one type inside the Structs ``around``; ``None`` where nothing in it has keys. A type inside itself has no bounded depth."""
    inner, _ = unmeta(node)
    if _is_leaf(inner):
        return None
    match inner:
        case inspect.UnionType():
            return _keys_of_optional(inner, around)
        case inspect.ListType() | inspect.VarTupleType():
            each = _keys(inner.item_type, around)
            return each and (lambda value: sum(map(each, cast("Sequence[object]", value))))
        case inspect.DictType():
            return _keys_of_mapping(_keys(inner.value_type, around))
        case inspect.StructType() if inner.tag_field is None and inner.cls not in around:
            return _keys_of_struct(inner, (*around, inner.cls))
        case _:
            raise _Untold


def _keys_of_optional(node: inspect.UnionType, around: tuple[type, ...]) -> Count | None:
    """One type that has keys, beside types that have none."""
    counts = [count for member in node.types if (count := _keys(member, around)) is not None]
    texts = any(isinstance(member, _LEAVES) and not isinstance(member, inspect.NoneType) for member in node.types)
    if len(counts) > 1 or texts:
        raise _Untold
    return (lambda value: 0 if value is None else counts[0](value)) if counts else None


def _keys_of_mapping(each: Count | None) -> Count:
    def count(value: object) -> int:
        members = cast("dict[str, object]", value)
        return len(members) if each is None else len(members) + sum(map(each, members.values()))

    return count


def _keys_of_struct(node: inspect.StructType, around: tuple[type, ...]) -> Count:
    """The Struct's own keys, and those inside its fields."""
    own = _own_keys(node)
    inside = tuple((attrgetter(f.name), count) for f in node.fields if (count := _keys(f.type, around)) is not None)
    if not inside:
        return own

    def total(value: object) -> int:
        keys = own(value)
        for get, count in inside:
            field = get(value)
            if field is not UNSET:  # msgspec tells nothing of UNSET in the types of fields
                keys += count(field)
        return keys

    return total


def _own_keys(node: inspect.StructType) -> Count:
    """A required field was sent; an optional one was sent where its value is not the default object itself."""
    fields = msgspec.structs.fields(node.cls)
    required = sum(field.required for field in fields)
    optional = tuple(field for field in fields if not field.required and field.default is not msgspec.NODEFAULT)
    if not optional:
        return lambda _: required
    # attrgetter gives a tuple only for two names or more, so the first name is asked for twice and counted once.
    values = attrgetter(optional[0].name, *(field.name for field in optional))
    defaults = tuple(field.default for field in optional)
    if all(default is UNSET for default in defaults):
        most = required + len(optional)
        return lambda value: most - values(value)[1:].count(UNSET)
    return lambda value: required + sum(map(is_not, values(value)[1:], defaults))


def _soundness(node: inspect.Type) -> Sound | None:
    """Compile: whether a value has what the typed decoder cannot check (times that exist, normal form C).

    ``None`` where there is no such thing. Where it is not in fields of the root, the answer is always no, and the walker decides.
    """
    inner, _ = unmeta(node)
    if not has_semantics(node, set()):
        return None
    if not isinstance(inner, inspect.StructType) or any(has_semantics(f.type, set()) and not _is_leaf(f.type) for f in inner.fields):
        return lambda _: False
    tests = tuple((attrgetter(field.name), test) for field in inner.fields if (test := _leaf_semantics(field.type)) is not None)

    def sound(value: object) -> bool:
        for get, test in tests:
            text = get(value)
            if type(text) is str and not test(text):
                return False
        return True

    return sound


def _leaf_semantics(node: inspect.Type) -> Predicate | None:
    inner, marks = unmeta(node)
    if isinstance(inner, inspect.UnionType):
        return semantics(marks) or next((test for member in inner.types if (test := _leaf_semantics(member)) is not None), None)
    return semantics(marks)


def has_semantics(node: inspect.Type, seen: set[type]) -> bool:
    """Whether anything in ``node`` needs more than the typed decoder; ``seen`` ends the visit of a type that refers to itself."""
    inner, _ = unmeta(node)
    if _leaf_semantics(node) is not None:
        return True
    if isinstance(inner, inspect.StructType):
        if inner.cls in seen:
            return False
        seen.add(inner.cls)
    return any(has_semantics(part, seen) for part in _parts(inner))


def _parts(node: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types that ``node`` is made of."""
    match node:
        case inspect.UnionType():
            return node.types
        case inspect.StructType():
            return tuple(field.type for field in node.fields)
        case inspect.DictType():
            return (node.key_type, node.value_type)
        case inspect.ListType() | inspect.VarTupleType():
            return (node.item_type,)
        case inspect.TupleType():
            return node.item_types
        case _:
            return ()
