"""How any operation is asked, read from its declaration: its path, a body that it accepts, where ids stand. It knows types, no operation by name."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias, cast

import msgspec
from msgspec import Struct, inspect

from kingpost.kernel.operations import Operation, parameter_names
from kingpost.kernel.schema_pages import sample

from .cases.case import Expect, Pairs, Step

Way: TypeAlias = tuple[str | int, ...]
"""How to get from a JSON value to one inside it."""

ANY: Final = Expect(status=0)
"""For a step whose reply is judged elsewhere."""


class Text(Struct, frozen=True, kw_only=True):
    """A place in a wire type where a text stands."""

    way: Way
    prefix: str | None
    """Of the TypeIDs that belong there; None where none do."""
    free: bool
    """Whether any text is taken."""
    longest: int | None
    """Characters; None without a limit."""


@cache
def texts(type_: Hashable) -> tuple[Text, ...]:
    """Every place of a text in the type; none for None."""
    return () if type_ is None else tuple(_texts(inspect.type_info(type_), (), None, ()))


def _texts(node: inspect.Type, way: Way, prefix: str | None, around: tuple[object, ...]) -> Iterator[Text]:
    """The places below a node. ``around`` are the Structs that it stands in, so that a type that holds itself comes to an end."""
    match node:
        case inspect.Metadata():
            marks = cast("Mapping[str, object]", node.extra or {})  # pyright: ignore[reportUnknownMemberType]  (msgspec types it as a bare dict)
            known = cast("str | None", marks.get("typeid", "" if marks.get("timestamp") else prefix))
            yield from _texts(node.type, way, known, around)
        case inspect.UnionType():
            for member in node.types:
                yield from _texts(member, way, prefix, around)
        case inspect.StructType() if node.cls not in around:
            for field in node.fields:
                yield from _texts(field.type, (*way, field.encode_name), None, (*around, node.cls))
        case inspect.DictType():
            yield from _texts(node.value_type, (*way, "owner"), None, around)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _texts(node.item_type, (*way, 0), None, around)
        case inspect.StrType():
            yield Text(way=way, prefix=prefix or None, free=prefix is None and node.pattern is None, longest=node.max_length)
        case _:
            return


def ids(type_: Hashable) -> tuple[Text, ...]:
    """The places in a type where ids stand."""
    return tuple(text for text in texts(type_) if text.prefix is not None)


def path_ids(operation: Operation) -> tuple[str | None, ...]:
    """For each parameter of the path the prefix of its ids; None where it is no id."""
    prefixes = {text.way: text.prefix for text in texts(operation.path_parameters)}
    return tuple(prefixes.get((name,)) for name in parameter_names(operation.path))


def path_of(operation: Operation, values: Sequence[str]) -> str:
    """The path with the parameters filled in, in order."""
    return operation.path.format(**dict(zip(parameter_names(operation.path), values, strict=True)))


def body_of(operation: Operation) -> dict[str, object]:
    """The body of the operation's first example, else what its schema requires; empty where it takes none."""
    for example in operation.examples:
        if example.body is not None:
            return dict(example.body)
    if operation.body is None:
        return {}
    (schema,), components = msgspec.json.schema_components((operation.body,))
    made = sample(schema, {"components": {"schemas": msgspec.to_builtins(components)}})
    return cast("dict[str, object]", made)


def put(body: Mapping[str, object], way: Way, value: object) -> dict[str, object]:
    """The body with the value at the end of the way; what is missing on the way is made."""
    return cast("dict[str, object]", _put(body, way, value))


def _put(inside: object, way: Way, value: object) -> object:
    if not way:
        return value
    first, rest = way[0], way[1:]
    if isinstance(first, int):
        items: list[object] = cast("list[object]", inside) if isinstance(inside, list) else []
        return [_put(next(iter(items), None), rest, value), *items[1:]]
    members: Mapping[str, object] = cast("Mapping[str, object]", inside) if isinstance(inside, Mapping) else {}
    return {**members, first: _put(members.get(first), rest, value)}


def found(value: object, way: Way) -> object:
    """What stands at the end of the way; None where it breaks off."""
    for part in way:
        if isinstance(part, int) or not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, object]", value).get(part)
    return value


def wrong_body(operation: Operation) -> dict[str, object]:
    """The fields of a body that the operation takes, each with a value that none takes."""
    return {name: [] for name in body_of(operation)}


def asked(
    operation: Operation,
    target: str,
    *,
    key: str | None = "a.key",
    method: str | None = None,
    body: bytes | None = None,
    etag: str | None = None,
    headers: Pairs = (),
) -> Step:
    """The operation as a client asks it, but for what the arguments say. ``etag`` goes into ``If-Match`` where the operation wants one."""
    sent = msgspec.json.encode(body_of(operation)) if body is None and operation.body is not None else body
    tags: Pairs = (("if-match", etag),) if operation.if_match and etag is not None else ()
    return Step(
        method=method or operation.method,
        target=target,
        key=key,
        headers=(*tags, ("accept", "*/*"), *headers),
        body=sent or b"",
        expect=ANY,
    )
