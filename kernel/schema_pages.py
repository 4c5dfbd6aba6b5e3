"""How a JSON Schema reads: tables of members, types and rules in words, sample values, as HTML. It knows schemas; it knows no operation and no page."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

import msgspec

from kingpost.kernel.openapi import Json, Object

_CONSTRAINTS: Final[Mapping[str, str]] = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} members",
    "maxProperties": "at most {} members",
    "pattern": "matches {}",
    "format": "format {}",
    "default": "default {}",
}
_REQUIRED: Final = ' <span class="need">required</span>'


def shape(schema: Object, document: Object) -> str:
    """A table of the members of an object; the type, for anything else."""
    found = _resolved(schema, document)
    members, required = as_object(found.get("properties")), as_array(found.get("required"))
    said = as_text(found.get("description"))
    head = prose(said) if said else ""
    if not members:
        return f"{head}<p>{type_in_words(found)} {_notes(found)}</p>"
    return head + table([(name, as_object(member), name in required, "", "") for name, member in members.items()])


def table(rows: Iterable[tuple[str, Object, bool, str, str]]) -> str:
    """Name, schema, whether it must be there, where it stands, and what it means beyond its schema."""
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code>{_REQUIRED if needed else ''}</td>"
        f"<td>{type_in_words(schema)}</td><td>{'; '.join(filter(None, (escape(where), _prose_line(said), _notes(schema))))}</td></tr>"
        for name, schema, needed, where, said in rows
    )
    return f'<div class="scroll"><table><tr><th>Name</th><th>Type</th><th>Rules</th></tr>{lines}</table></div>'


def type_in_words(schema: Object) -> str:
    """The type in words, with links to named schemas."""
    if "$ref" in schema:
        name = escape(as_text(schema["$ref"]).rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "enum" in schema or "const" in schema:
        return " | ".join(f"<code>{_value(choice)}</code>" for choice in as_array(schema.get("enum")) or [schema.get("const")])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_in_words(as_object(member)) for member in as_array(schema["anyOf"])))
    if schema.get("type") == "array":
        return f"array of {type_in_words(as_object(schema.get('items')))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of text to {type_in_words(as_object(schema['additionalProperties']))}"
    kinds = schema.get("type", "any")
    return escape(" or ".join(map(as_text, kinds)) if isinstance(kinds, list) else as_text(kinds))


def _notes(schema: Object) -> str:
    """Description and constraints, those of union members, items and map values too."""
    own = [_prose_line(as_text(schema["description"]))] if "description" in schema and "properties" not in schema else []
    own += [said.format(f"<code>{_value(schema[name])}</code>") for name, said in _CONSTRAINTS.items() if name in schema]
    inner = [*as_array(schema.get("anyOf")), schema.get("items"), schema.get("additionalProperties")]
    nested = (_notes(as_object(part)) for part in inner if isinstance(part, dict))
    return "; ".join(dict.fromkeys(note for note in (*own, *nested) if note))


def sample(schema: Object, document: Object) -> Json:
    """A value of the schema: its example, default or first choice, else the required members, else the emptiest value of its type."""
    found = _resolved(schema, document)
    for given in (found.get("examples"), found.get("enum"), [found["const"]] if "const" in found else None):
        if isinstance(given, list) and given:
            return given[0]
    if "default" in found:
        return found["default"]
    if "anyOf" in found:
        return sample(as_object(as_array(found["anyOf"])[0]), document)
    members = as_object(found.get("properties"))
    plain: Object = {"string": "text", "integer": found.get("minimum", 1), "boolean": True, "array": [], "null": None}
    required = {as_text(name): sample(as_object(members.get(as_text(name))), document) for name in as_array(found.get("required"))}
    return plain.get(as_text(found.get("type")), required)


def _resolved(schema: Object, document: Object) -> Object:
    if "$ref" not in schema:
        return schema
    return as_object(as_object(as_object(document.get("components")).get("schemas")).get(as_text(schema["$ref"]).rpartition("/")[2]))


def prose(text: str) -> str:
    """Paragraphs of a docstring, with its double backticks as code."""
    paragraphs = (re.sub(r"``(.+?)``", r"<code>\1</code>", escape(" ".join(part.split()))) for part in text.split("\n\n"))
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _prose_line(text: str) -> str:
    return escape(" ".join(text.split()).rstrip("."))


def as_json(value: Json) -> str:
    """The value as indented JSON, ready for a page."""
    return f"<pre>{escape(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())}</pre>"


def _value(value: Json) -> str:
    """As JSON, but text without its quotes."""
    return escape(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def as_object(value: Json) -> Object:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_array(value: Json) -> list[Json]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str:
    """The value as text; nothing for null."""
    return "" if value is None else str(value)
