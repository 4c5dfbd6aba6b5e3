"""The walker: compiles a wire type into a check of plain JSON values that finds everything wrong at once. It knows no bytes and no request.

The typed decoder of ``msgspec`` stops at its first error and says it in prose; the walker reads the same facts (``msgspec.inspect``) and accepts exactly
what ``bodies`` accepts. Order of the errors of an object: its members as they are written, then what is missing, as the type declares it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import NoneType
from typing import Final, TypeAlias, cast

from msgspec import inspect

from kingpost.kernel import violations
from kingpost.kernel.errors import ConfigurationError, FieldError
from kingpost.kernel.scalars import parse_timestamp
from kingpost.kernel.violations import Found, Note

Check: TypeAlias = Callable[[object, str, Found], None]
"""Looks at one value at a pointer and notes what is wrong."""
Branches: TypeAlias = dict[type, Check]
"""The check for each Python type that a JSON value of this type can have."""
Predicate: TypeAlias = Callable[[str], bool]
Marks: TypeAlias = Mapping[str, object]
"""``Meta.extra`` of a text."""

_JSON_NAMES: Final[dict[type, str]] = {
    str: "string", int: "integer", bool: "boolean", NoneType: "null", list: "array", dict: "object",
}  # fmt: skip
_DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def walker(type_: object) -> Callable[[object], tuple[FieldError, ...]]:
    """Compile ``type_``, which ``assert_wire_type`` has passed, into a function from a JSON value to all that is wrong with it."""
    check = Walker().check(inspect.type_info(type_))

    def walk(value: object) -> tuple[FieldError, ...]:
        found: Found = []
        check(value, "", found)
        return tuple(found[: violations.MAX_ERRORS])

    return walk


def anchored(pattern: str) -> re.Pattern[str]:
    """Compile ``pattern`` with ``$`` as JSON Schema reads it: only the very end. Python's own also stands before a last line feed."""
    return re.compile(_DOLLAR.sub(lambda match: r"\Z" if match[0] == "$" else match[0], pattern))


def is_timestamp(text: str) -> bool:
    """Whether ``text`` is in the profile of ``Timestamp`` and a calendar has it."""
    try:
        parse_timestamp(text)
    except ValueError:
        return False
    return True


is_nfc: Predicate = partial(unicodedata.is_normalized, "NFC")


def semantics(marks: Marks) -> Predicate | None:
    """What the typed decoder cannot check of a text with these marks, or ``None``."""
    if marks.get("timestamp"):
        return is_timestamp
    return is_nfc if marks.get("nfc") else None


def unmeta(node: inspect.Type) -> tuple[inspect.Type, Marks]:
    """Take ``Metadata`` off ``node``: the type itself and its marks."""
    if isinstance(node, inspect.Metadata):
        return node.type, cast("Marks", node.extra or {})  # pyright: ignore[reportUnknownMemberType] - msgspec types it as a bare dict
    return node, {}


class Walker:
    """Compiles nodes of ``msgspec.inspect``; one instance per root, because a recursive type refers back to what is being compiled."""

    def __init__(self) -> None:
        """Start with no struct known."""
        self._structs: dict[int, Check] = {}

    def check(self, node: inspect.Type) -> Check:
        """The check of one value of the type ``node``."""
        return _dispatch(self.branches(node))

    def branches(self, node: inspect.Type, marks: Marks | None = None) -> Branches:
        """The checks of ``node`` by Python type; ``marks`` come down from an ``Annotated`` around a union."""
        inner, own = unmeta(node)
        marks = {**(marks or {}), **own}
        if isinstance(inner, inspect.UnionType):
            return self._union(inner, marks)
        container = self._container(inner)
        return container if container is not None else _leaf(inner, marks)

    def _container(self, node: inspect.Type) -> Branches | None:
        """The checks of a type that holds others, or ``None`` for a leaf."""
        match node:
            case inspect.StructType():
                return {dict: self._struct(node)}
            case inspect.DictType():
                return {dict: self._mapping(node)}
            case inspect.ListType() | inspect.VarTupleType():
                return {list: self._sequence(node)}
            case inspect.TupleType():
                return {list: self._fixed(node)}
            case _:
                return None

    def _union(self, node: inspect.UnionType, marks: Marks) -> Branches:
        structs = [inner for inner, _ in map(unmeta, node.types) if isinstance(inner, inspect.StructType)]
        branches: Branches = {}
        for member in node.types:
            branches.update(self.branches(member, marks))
        if len(structs) > 1:
            branches[dict] = self._tagged(structs)
        return branches

    def _tagged(self, structs: list[inspect.StructType]) -> Check:
        """A union of Structs: the tag decides which one it is, and must be there."""
        tag_field = str(structs[0].tag_field)
        by_tag = {struct.tag: self._struct(struct) for struct in structs}
        place = f"/{violations.token(tag_field)}"
        tag_check = _dispatch(_choice(cast("Sequence[str | int | None]", tuple(by_tag))))

        def check(value: object, pointer: str, found: Found) -> None:
            members = cast("dict[str, object]", value)
            if tag_field not in members:
                violations.missing(pointer + place, found)
                return
            before = len(found)
            tag_check(members[tag_field], pointer + place, found)
            if len(found) == before:
                by_tag[cast("str | int", members[tag_field])](value, pointer, found)

        return check

    def _struct(self, node: inspect.StructType) -> Check:
        known = self._structs.get(id(node))
        if known is not None:
            return known
        self._structs[id(node)] = self._later(id(node))
        fields = {field.encode_name: self.check(field.type) for field in node.fields}
        if node.tag_field is not None:
            fields[node.tag_field] = _dispatch(_choice((cast("str | int", node.tag),)))
        required = tuple((field.encode_name, f"/{violations.token(field.encode_name)}") for field in node.fields if field.required)
        check = _members(fields, required)
        self._structs[id(node)] = check
        return check

    def _later(self, key: int) -> Check:
        """Stands for a struct while it is being compiled: looks the finished check up when a value comes."""

        def check(value: object, pointer: str, found: Found) -> None:
            self._structs[key](value, pointer, found)

        return check

    def _mapping(self, node: inspect.DictType) -> Check:
        sized = _sized(node.min_length, node.max_length)
        key_check, value_check = self.check(node.key_type), self.check(node.value_type)

        def check(value: object, pointer: str, found: Found) -> None:
            members = cast("dict[str, object]", value)
            sized(members, pointer, found)
            for key, item in members.items():
                if violations.is_full(found):
                    return
                at = f"{pointer}/{violations.token(key)}"
                key_check(key, at, found)
                value_check(item, at, found)

        return check

    def _sequence(self, node: inspect.ListType | inspect.VarTupleType) -> Check:
        sized = _sized(node.min_length, node.max_length)
        item_check = self.check(node.item_type)

        def check(value: object, pointer: str, found: Found) -> None:
            items = cast("list[object]", value)
            sized(items, pointer, found)
            for index, item in enumerate(items):
                if violations.is_full(found):
                    return
                item_check(item, f"{pointer}/{index}", found)

        return check

    def _fixed(self, node: inspect.TupleType) -> Check:
        sized = _sized(len(node.item_types), len(node.item_types))
        item_checks = tuple(self.check(item) for item in node.item_types)

        def check(value: object, pointer: str, found: Found) -> None:
            items = cast("list[object]", value)
            sized(items, pointer, found)
            for index, (item, item_check) in enumerate(zip(items, item_checks, strict=False)):
                item_check(item, f"{pointer}/{index}", found)

        return check


def _leaf(node: inspect.Type, marks: Marks) -> Branches:
    match node:
        case inspect.StrType():
            return {str: _tested(_text_tests(node, marks))}
        case inspect.IntType():
            return {int: _tested(_integer_tests(node))}
        case inspect.BoolType() | inspect.NoneType():
            return {bool if isinstance(node, inspect.BoolType) else NoneType: _pass}
        case inspect.LiteralType():
            return _choice(cast("Sequence[str | int | None]", node.values))
        case inspect.EnumType():
            return _choice([cast("str | int", member.value) for member in node.cls])
        case _:
            message = f"{type(node).__name__} has no place on the wire; assert_wire_type says what to write instead"
            raise ConfigurationError(message)


def _pass(value: object, pointer: str, found: Found) -> None:
    """Every value of the type is right."""


def _dispatch(branches: Branches) -> Check:
    wrong = violations.wrong_type(*(name for kind, name in _JSON_NAMES.items() if kind in branches))

    def check(value: object, pointer: str, found: Found) -> None:
        branch = branches.get(type(value))
        if branch is None:
            wrong(pointer, found)
        else:
            branch(value, pointer, found)

    return check


def _members(fields: Mapping[str, Check], required: tuple[tuple[str, str], ...]) -> Check:
    def check(value: object, pointer: str, found: Found) -> None:
        members = cast("dict[str, object]", value)
        for key, item in members.items():
            if violations.is_full(found):
                return
            field = fields.get(key)
            at = f"{pointer}/{violations.token(key)}"
            if field is None:
                violations.unknown_field(at, found)
            else:
                field(item, at, found)
        for name, place in required:
            if name not in members:
                violations.missing(pointer + place, found)

    return check


Tests: TypeAlias = tuple[tuple[Callable[..., object], Note], ...]
"""Questions to one value, in order; the first that is answered with no decides."""


def _tested(tests: Tests) -> Check:
    def check(value: object, pointer: str, found: Found) -> None:
        for passes, note in tests:
            if not passes(value):
                note(pointer, found)
                return

    return check


def _text_tests(node: inspect.StrType, marks: Marks) -> Tests:
    tests: list[tuple[Callable[[str], object], Note]] = []
    if node.min_length:
        tests.append((partial(_at_least, node.min_length), violations.too_short(node.min_length)))
    if node.max_length is not None:
        tests.append((partial(_at_most, node.max_length), violations.too_long(node.max_length)))
    if node.pattern is not None:
        tests.append((anchored(node.pattern).search, _pattern_note(node.pattern, marks)))
    meaning = semantics(marks)
    if meaning is not None:
        tests.append((meaning, violations.invalid_timestamp if meaning is is_timestamp else violations.not_nfc))
    return tuple(tests)


def _at_least(minimum: int, value: Sequence[object] | Mapping[str, object]) -> bool:
    return len(value) >= minimum


def _at_most(maximum: int, value: Sequence[object] | Mapping[str, object]) -> bool:
    return len(value) <= maximum


def _pattern_note(pattern: str, marks: Marks) -> Note:
    prefix = marks.get("typeid")
    if isinstance(prefix, str):
        return violations.invalid_id(prefix)
    return violations.invalid_timestamp if marks.get("timestamp") else violations.mismatch(pattern)


def inclusive(node: inspect.IntType) -> tuple[int | None, int | None]:
    """The bounds of an integer, both inclusive; ``None`` where there is none."""
    low = node.gt + 1 if node.gt is not None else node.ge
    high = node.lt - 1 if node.lt is not None else node.le
    return low, high


def _integer_tests(node: inspect.IntType) -> Tests:
    low, high = inclusive(node)
    tests: list[tuple[Callable[[int], object], Note]] = []
    if low is not None or high is not None:
        within = violations.not_in_range(low, high)
        tests.append((lambda value: (low is None or low <= value) and (high is None or value <= high), within))
    if node.multiple_of is not None:
        step = node.multiple_of
        tests.append((lambda value: value % step == 0, violations.not_a_multiple(step)))
    return tuple(tests)


def _sized(minimum: int | None, maximum: int | None) -> Check:
    tests: list[tuple[Callable[..., object], Note]] = []
    if minimum:
        tests.append((partial(_at_least, minimum), violations.too_few_items(minimum)))
    if maximum is not None:
        tests.append((partial(_at_most, maximum), violations.too_many_items(maximum)))
    return _tested(tuple(tests))


def _choice(choices: Sequence[str | int | None]) -> Branches:
    note = violations.not_a_choice(choices)
    members = frozenset(choices)
    check = _tested(((members.__contains__, note),))
    return {type(choice): check for choice in choices}
