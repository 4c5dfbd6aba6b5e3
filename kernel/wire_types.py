"""What a type must be to stand on the wire, checked once at assembly. It knows no value and no request.

A type that passes can be read strictly (``bodies``, ``parameters``) and written so that every client can hold it: integers within 64 bits, no floats,
nothing that ``msgspec`` would coerce from text, no object with room for unknown fields.
"""

import re
from enum import Flag
from typing import Final, NoReturn, cast

from msgspec import inspect

from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.scalars import INT64_MAX, INT64_MIN
from kingpost.kernel.validation import inclusive, unmeta

_MENDS: Final[dict[type[inspect.Type], str]] = {
    inspect.AnyType: "name the types that are meant; nothing can be checked in Any",
    inspect.RawType: "name the types that are meant; nothing can be checked in Raw",
    inspect.FloatType: "use an integer of a smaller unit (cents, millimetres), or a str with a pattern; a float rounds",
    inspect.DecimalType: "use Money or an integer of a smaller unit; msgspec reads a Decimal in several forms",
    inspect.DateTimeType: "use Timestamp; msgspec reads a datetime in several forms",
    inspect.DateType: "use a str with a pattern",
    inspect.TimeType: "use a str with a pattern",
    inspect.TimeDeltaType: "use an integer number of seconds",
    inspect.UUIDType: "use Annotated[str, id_of(prefix)]; ids on the wire are TypeIDs",
    inspect.BytesType: "use a str; say in its description how the bytes are written",
    inspect.ByteArrayType: "use a str; say in its description how the bytes are written",
    inspect.MemoryViewType: "use a str; say in its description how the bytes are written",
    inspect.SetType: "use tuple[X, ...]; JSON has no sets, and a repeated item would vanish",
    inspect.FrozenSetType: "use tuple[X, ...]; JSON has no sets, and a repeated item would vanish",
    inspect.TypedDictType: "use a frozen msgspec Struct",
    inspect.NamedTupleType: "use a frozen msgspec Struct",
    inspect.DataclassType: "use a frozen msgspec Struct",
}
_KINDS: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "string",
    inspect.IntType: "integer",
    inspect.BoolType: "boolean",
    inspect.NoneType: "null",
    inspect.DictType: "object",
    inspect.StructType: "object",
    inspect.ListType: "array",
    inspect.VarTupleType: "array",
    inspect.TupleType: "array",
}
_UNICODE_CLASS: Final = re.compile(r"(?<!\\)(?:\\\\)*\\([dDwWsSbB])")
_INLINE_FLAGS: Final = re.compile(r"\(\?[aiLmsux-]+[):]")


def assert_wire_type(type_: object) -> None:
    """Check ``type_`` and everything in it. ``ConfigurationError`` names the Struct and the field, and says what to write instead."""
    name = getattr(type_, "__name__", None) or str(type_)
    try:
        node = inspect.type_info(type_)
    except (TypeError, NotImplementedError) as error:  # the second for choices beyond 64 bits
        message = f"{name} cannot stand on the wire: {error}"
        raise ConfigurationError(message) from error
    _Assertion().visit(node, name)


def _refuse(place: str, what: str, mend: str) -> NoReturn:
    message = f"{place}: {what} cannot stand on the wire; {mend}"
    raise ConfigurationError(message)


def _text(node: inspect.StrType, place: str) -> None:
    pattern = node.pattern or ""
    broad = _UNICODE_CLASS.search(pattern)
    if broad is not None:
        mend = "write the characters out, such as [0-9]; Python and JSON Schema disagree about its meaning beyond ASCII"
        _refuse(place, f"a pattern with \\{broad[1]}", mend)
    if _INLINE_FLAGS.search(pattern) is not None:
        _refuse(place, "a pattern with inline flags", "write the pattern without them; JSON Schema has none")


def _integer(node: inspect.IntType, place: str) -> None:
    low, high = inclusive(node)
    if low is None or high is None or low < INT64_MIN or high > INT64_MAX:
        _refuse(place, "an int without bounds inside 64 bits", "use Int64, or Annotated[int, Meta(ge=..., le=...)]")


def _literal(node: inspect.LiteralType, place: str) -> None:
    if any(isinstance(value, bool) for value in cast("tuple[object, ...]", node.values)):
        _refuse(place, "a Literal of True or False", "use bool; msgspec takes the two for 1 and 0")


def _enum(node: inspect.EnumType, place: str) -> None:
    if issubclass(node.cls, Flag):
        _refuse(place, "a Flag", "use a tuple of an Enum, or one bool field for each flag")
    if "_missing_" in vars(node.cls):
        _refuse(place, "an Enum with _missing_", "list the values; the wire has one spelling for each")


def _kinds(node: inspect.Type) -> set[str]:
    """The JSON types that a member of a union can have."""
    inner, _ = unmeta(node)
    if isinstance(inner, inspect.LiteralType):
        return {_KINDS[type(inspect.type_info(type(value)))] for value in cast("tuple[object, ...]", inner.values)}
    if isinstance(inner, inspect.EnumType):
        return {"string" if isinstance(member.value, str) else "integer" for member in inner.cls}
    return {_KINDS[type(inner)]}


def _union(node: inspect.UnionType, place: str) -> None:
    taken: set[str] = set()
    structs = [member for member in node.types if isinstance(unmeta(member)[0], inspect.StructType)]
    for member in (other for other in node.types if other not in structs[1:]):
        kinds = _kinds(member)
        if taken & kinds:
            _refuse(place, f"a union with two members that are JSON {' and '.join(sorted(taken & kinds))}s", "keep one of them")
        taken |= kinds


def _struct(node: inspect.StructType, place: str) -> None:
    if not node.forbid_unknown_fields:
        _refuse(place, f"the Struct {node.cls.__name__}", "declare it with forbid_unknown_fields=True")
    if not node.cls.__struct_config__.frozen:
        _refuse(place, f"the Struct {node.cls.__name__}", "declare it with frozen=True")
    if node.array_like:
        _refuse(place, f"the Struct {node.cls.__name__}", "leave out array_like; the wire has objects with named fields")
    if hasattr(node.cls, "__post_init__"):
        mend = "move the rule into the use case and raise Invalid there; __post_init__ hides every other error"
        _refuse(place, f"the Struct {node.cls.__name__} with __post_init__", mend)


class _Assertion:
    """One visit of one root type; a Struct that refers to itself is visited once."""

    def __init__(self) -> None:
        self._seen: set[type] = set()

    def visit(self, node: inspect.Type, place: str) -> None:
        inner, _ = unmeta(node)
        match inner:
            case inspect.StrType():
                _text(inner, place)
            case inspect.IntType():
                _integer(inner, place)
            case inspect.LiteralType():
                _literal(inner, place)
            case inspect.EnumType():
                _enum(inner, place)
            case inspect.BoolType() | inspect.NoneType():
                pass
            case _:
                self._visit_container(inner, place)

    def _visit_container(self, node: inspect.Type, place: str) -> None:
        match node:
            case inspect.UnionType():
                for member in node.types:
                    self.visit(member, place)
                _union(node, place)
            case inspect.StructType():
                self._visit_struct(node, place)
            case inspect.DictType():
                self._visit_mapping(node, place)
            case inspect.ListType() | inspect.VarTupleType():
                self.visit(node.item_type, f"{place}[]")
            case inspect.TupleType():
                for index, item in enumerate(node.item_types):
                    self.visit(item, f"{place}[{index}]")
            case _:
                what = type(node).__name__.removesuffix("Type")
                _refuse(place, what, _MENDS.get(type(node), "use str, int, bool, an Enum, a tuple, a dict or a Struct"))

    def _visit_struct(self, node: inspect.StructType, place: str) -> None:
        if node.cls in self._seen:
            return
        self._seen.add(node.cls)
        _struct(node, place)
        for field in node.fields:
            self.visit(field.type, f"{node.cls.__name__}.{field.name}")

    def _visit_mapping(self, node: inspect.DictType, place: str) -> None:
        if not isinstance(unmeta(node.key_type)[0], inspect.StrType):
            _refuse(place, "a dict whose keys are not str", "use dict[str, X]")
        self.visit(node.key_type, f"{place}{{}}")
        self.visit(node.value_type, f"{place}{{}}")
