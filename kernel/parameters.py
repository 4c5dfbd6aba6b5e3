"""Reads paths and query strings: percent-decoding, and one grammar per kind of scalar. It knows bytes and types, no operation and no header.

The typing is the walker's: a parameter is turned into the JSON value that its text stands for, and then checked like a member of a body.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn, TypeAlias, TypeVar, cast
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct, inspect

from kingpost.kernel import violations
from kingpost.kernel.bodies import has_semantics
from kingpost.kernel.errors import ConfigurationError, FieldError, Invalid, MalformedPath, MalformedQuery, NotFound
from kingpost.kernel.validation import unmeta, walker
from kingpost.kernel.violations import Found, Note
from kingpost.kernel.wire_types import assert_wire_type

S = TypeVar("S", bound=Struct)
Read: TypeAlias = Callable[[str], object]
"""Turns the text of one parameter into a JSON value; a text outside the grammar stays a text, which the walker then refuses."""

MAX_PARAMETERS: Final = 100

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_BOOLEANS: Final[Mapping[str, object]] = {"true": True, "false": False}
_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ENCODED_SLASH: Final = re.compile(rb"%2[Ff]")
_NOT_IN_A_TARGET: Final = re.compile(rb"[^\x21-\x7e]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def split_path(path: bytes) -> tuple[str, ...]:
    """Split a raw path into its decoded segments; empty ones stay, so that a doubled or trailing slash matches nothing.

    ``MalformedPath`` for what is no path: no leading slash, broken escapes, bad UTF-8, control characters. ``NotFound`` for an encoded slash, which
    no id holds.
    """
    if not path.startswith(b"/"):
        raise MalformedPath("The path must begin with a slash.")
    if b"%" in path:
        return _decoded_segments(path)
    return tuple(_plain(path)[1:].split("/"))


def _plain(path: bytes) -> str:
    """A path without escapes: visible ASCII, nothing else (RFC 3986 section 2)."""
    text = path.decode("latin-1")
    if not (path.isascii() and text.isprintable()) or " " in text:
        raise MalformedPath("The path holds a character that must be percent-encoded.")
    return text


def _decoded_segments(path: bytes) -> tuple[str, ...]:
    _plain(path)
    if _BROKEN_ESCAPE.search(path) is not None:
        raise MalformedPath("The path holds a % that two hexadecimal digits do not follow.")
    try:
        segments = tuple(unquote_to_bytes(segment).decode() for segment in path.split(b"/")[1:])
    except UnicodeDecodeError:
        raise MalformedPath("The path is not UTF-8.") from None
    if any(map(_CONTROL.search, segments)):
        raise MalformedPath("The path holds a control character.")
    if _ENCODED_SLASH.search(path) is not None:
        raise NotFound
    return segments


def path_decoder(struct: type[S]) -> Callable[[Mapping[str, str]], S]:
    """Compile a function from the decoded path parameters to ``struct``.

    A malformed value is ``NotFound``, as an absent one is. ``ConfigurationError`` at once for a Struct that a path cannot fill.
    """
    readers = _readers(struct)
    if any(is_list for _, is_list in readers.values()):
        message = f"{struct.__name__}: a path parameter has one value, not a list; use str, int, an Enum or an id"
        raise ConfigurationError(message)
    # Without a line feed, which slips past a pattern that ends in $, only what the typed decoder cannot check needs the walker.
    walk = walker(struct) if has_semantics(inspect.type_info(struct), set()) else None
    texts = all(read is str for read, _ in readers.values())

    def decode(values: Mapping[str, str]) -> S:
        members = values if texts else {name: readers[name][0](text) if name in readers else text for name, text in values.items()}
        if "\n" in "".join(values.values()) or (walk is not None and walk(members)):
            raise NotFound
        try:
            return msgspec.convert(members, struct)
        except msgspec.ValidationError:
            raise NotFound from None

    return decode


def query_decoder(struct: type[S]) -> Callable[[bytes], S]:
    """Compile a function from a raw query string (without ``?``) to ``struct``.

    ``MalformedQuery`` when it cannot be parsed, ``Invalid`` with pointers ``query:<name>`` for unknown, repeated, missing and unacceptable parameters.
    ``ConfigurationError`` at once for a Struct that a query cannot fill.
    """
    readers, walk = _readers(struct), walker(struct)
    absent = _shared_default(struct)

    def decode(query: bytes) -> S:
        if not query and absent is not None:
            return absent
        members, repeated = _members(_values(query), readers)
        errors = walk(members)
        if errors or repeated:
            raise Invalid(errors=_query_errors(members, repeated, errors))
        return msgspec.convert(members, struct)

    return decode


def _members(values: Mapping[str, list[str]], readers: Mapping[str, tuple[Read, bool]]) -> tuple[dict[str, object], set[str]]:
    """The JSON object that the parameters stand for, and the names of scalars given more than once."""
    members: dict[str, object] = {}
    repeated: set[str] = set()
    for name, texts in values.items():
        read, is_list = readers.get(name, (str, False))
        members[name] = [read(text) for text in texts] if is_list else read(texts[0])
        if len(texts) > 1 and not is_list and name in readers:
            repeated.add(name)
    return members, repeated


def _query_errors(members: Mapping[str, object], repeated: set[str], errors: tuple[FieldError, ...]) -> tuple[FieldError, ...]:
    """The first error of each parameter, in the order of the query, then the missing ones: of a repeated scalar only that it is repeated."""
    first: dict[str, FieldError | None] = {violations.token(name): None for name in members}
    for name in repeated:
        first[violations.token(name)] = _noted(violations.repeated_parameter, f"query:{name}")
    for error in errors:
        name = error.pointer[1:].partition("/")[0]
        if first.get(name) is None:
            first[name] = _of_parameter(error, f"query:{name}")
    return tuple(error for error in first.values() if error is not None)


def _of_parameter(error: FieldError, pointer: str) -> FieldError:
    if error.code == "unknown-field":
        return _noted(violations.unknown_parameter, pointer)
    if error.code == "missing":
        return _noted(violations.missing_parameter, pointer)
    return msgspec.structs.replace(error, pointer=pointer)


def _noted(note: Note, pointer: str) -> FieldError:
    found: Found = []
    note(pointer, found)
    return found[0]


def _values(query: bytes) -> dict[str, list[str]]:
    """The parameters by name, in order of first appearance. Only ``&`` separates, ``+`` is a space, an empty piece is nothing."""
    if query.count(b"&") >= MAX_PARAMETERS:
        _refuse_query(f"The query has more than {MAX_PARAMETERS} parameters.")
    if _NOT_IN_A_TARGET.search(query) is not None:
        _refuse_query("The query holds a character that must be percent-encoded.")
    if _BROKEN_ESCAPE.search(query) is not None:
        _refuse_query("The query holds a % that two hexadecimal digits do not follow.")
    values: dict[str, list[str]] = {}
    for piece in query.split(b"&"):
        if piece:
            name, _, text = piece.partition(b"=")
            values.setdefault(_text(name), []).append(_text(text))
    return values


def _text(raw: bytes) -> str:
    spaced = raw.replace(b"+", b" ")
    try:
        text = (unquote_to_bytes(spaced) if b"%" in spaced else spaced).decode()
    except UnicodeDecodeError:
        _refuse_query("The query is not UTF-8.")
    if _CONTROL.search(text) is not None:
        _refuse_query("The query holds a control character.")
    return text


def _refuse_query(detail: str) -> NoReturn:
    raise MalformedQuery(detail) from None


def _shared_default(struct: type[S]) -> S | None:
    """The one instance for an empty query, or ``None`` where a field is required or a default is made anew each time."""
    fields = msgspec.structs.fields(struct)
    if any(field.required or field.default_factory is not msgspec.NODEFAULT for field in fields):
        return None
    return msgspec.convert({}, struct)


def _readers(struct: type[Struct]) -> dict[str, tuple[Read, bool]]:
    """For each parameter the grammar of its text, and whether it takes repetition."""
    assert_wire_type(struct)
    node = inspect.type_info(struct)
    if not isinstance(node, inspect.StructType) or node.tag_field is not None:
        message = f"{struct.__name__}: parameters are described by a Struct without a tag"
        raise ConfigurationError(message)
    return {field.encode_name: _reader(field.type, f"{struct.__name__}.{field.name}") for field in node.fields}


def _reader(node: inspect.Type, place: str) -> tuple[Read, bool]:
    inner, _ = unmeta(node)
    members = [unmeta(member)[0] for member in inner.types] if isinstance(inner, inspect.UnionType) else [inner]
    kinds = [member for member in members if not isinstance(member, inspect.NoneType)]
    if len(kinds) == 1 and isinstance(kinds[0], inspect.ListType | inspect.VarTupleType):
        return _scalar_reader(unmeta(kinds[0].item_type)[0], place), True
    if len(kinds) == 1:
        return _scalar_reader(kinds[0], place), False
    message = f"{place}: a parameter has one kind of value, for its text says no type; keep one member of the union"
    raise ConfigurationError(message)


def _scalar_reader(node: inspect.Type, place: str) -> Read:
    match node:
        case inspect.StrType():
            return str
        case inspect.IntType():
            return _read_integer
        case inspect.BoolType():
            return _read_boolean
        case inspect.LiteralType() | inspect.EnumType():
            return _choice_reader(node, place)
        case _:
            message = f"{place}: a parameter is a str, int, bool, Literal, Enum or id, or a list of one of these"
            raise ConfigurationError(message)


def _choice_reader(node: inspect.LiteralType | inspect.EnumType, place: str) -> Read:
    if isinstance(node, inspect.EnumType):
        choices: tuple[object, ...] = tuple(member.value for member in node.cls)
    else:
        choices = cast("tuple[object, ...]", node.values)
    kinds: set[type] = {type(choice) for choice in choices if choice is not None}
    if len(kinds) != 1:
        message = f"{place}: the choices of a parameter are all text or all integers"
        raise ConfigurationError(message)
    return _read_integer if kinds == {int} else str


def _read_integer(text: str) -> object:
    return int(text) if _INTEGER.fullmatch(text) is not None else text


def _read_boolean(text: str) -> object:
    return _BOOLEANS.get(text, text)
