"""How Alembic compares a database with the tables, and writes what differs. It knows types in words; it runs nothing."""

import re
from typing import Any, Final

from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column
from sqlalchemy.types import TypeEngine

from . import column_types
from .shape import LEDGER_TABLE

VERSION_TABLE: Final = "kingpost_alembic"
"""Where Alembic keeps the revisions of our components; a host's own history has its own table."""
PREFIX: Final = "kingpost_"

_WORDS: Final = {"bool": "boolean", "timestamp": "timestamp without time zone"}
_CALLS: Final = ("identifier", "integer", "boolean", "instant", "document", "binary")
_QUALIFIED: Final = re.compile(r'"?pg_catalog"?\.')


def compare_type(
    context: MigrationContext, _inspected: Column[Any], _wanted: Column[Any], inspected: TypeEngine[Any], wanted: TypeEngine[Any]
) -> bool:
    """Whether the types differ, collation included: both are written as DDL in lower case."""
    return _words(context, inspected) != _words(context, wanted)


def _words(context: MigrationContext, each: TypeEngine[Any]) -> str:
    written = _QUALIFIED.sub("", each.compile(dialect=context.dialect)).lower()
    return _WORDS.get(written, written)


def render_item(kind: str, item: Any, _: AutogenContext) -> str | bool:
    """A type as the call of ``column_types`` that makes it; the rest is left to Alembic."""
    if kind == "check" or isinstance(item, CheckConstraint):
        column = re.search(r'JSON_VALID\("(\w+)"\)', str(getattr(item, "sqltext", "")))
        return f"kp.document_check({column[1]!r})" if column else False
    return _call(item) if kind == "type" else False


def _call(item: TypeEngine[Any]) -> str | bool:
    length = getattr(item, "length", None)
    if _same(column_types.text(length), item):
        return f"kp.text({'' if length is None else length})"
    return next((f"kp.{name}()" for name in _CALLS if _same(getattr(column_types, name)(), item)), False)


def _same(made: TypeEngine[Any], item: TypeEngine[Any]) -> bool:
    return repr(made) == repr(item) and _variants(made) == _variants(item)


def _variants(each: TypeEngine[Any]) -> dict[str, str]:
    return {dialect: type(variant).__name__ for dialect, variant in each._variant_mapping.items()}  # noqa: SLF001  (no public way to ask)


def include_name(name: str | None, kind: str, parent_names: Any) -> bool:  # noqa: ARG001  (Alembic's signature)
    """Only what is ours; a host's tables in the same database are none of our business."""
    return kind != "table" or (name is not None and name.startswith(PREFIX) and name != VERSION_TABLE)


OPTIONS: Final[dict[str, Any]] = {
    "version_table": VERSION_TABLE,
    "compare_type": compare_type,
    "render_item": render_item,
    "include_name": include_name,
    "render_as_batch": False,
    "transaction_per_migration": False,
}
"""What every Alembic context of ours is configured with."""

OURS: Final = (LEDGER_TABLE, VERSION_TABLE)
"""Tables of ours that belong to no record."""
