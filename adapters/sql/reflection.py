"""What a database's tables are, in one canonical form: for comparing what two histories made. It knows SQLAlchemy's inspector; no record.

Order of columns, names of primary keys, and how a database spells a type are left out, because they make no difference to anybody.
"""

import re
from typing import Any, Final

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import Inspector

from .comparison import PREFIX, VERSION_TABLE

_SPELLINGS: Final = {
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
    "timestamp with time zone": "timestamp with time zone",
    "double_precision": "double precision",
}
_COLLATION: Final = re.compile(r'\s+collate\s+"?(?P<name>[\w.]+)"?', re.IGNORECASE)


def describe(connection: Connection, *, prefix: str = PREFIX) -> dict[str, object]:
    """Table -> its columns, keys, indexes, references and checks, without Alembic's own table."""
    inspector: Inspector = inspect(connection)
    names = [name for name in inspector.get_table_names() if name.startswith(prefix) and name != VERSION_TABLE]
    return {name: _table(inspector, name) for name in sorted(names)}


def _table(inspector: Inspector, name: str) -> dict[str, object]:
    return {
        "columns": {each["name"]: _column(inspector, each) for each in inspector.get_columns(name)},
        "key": tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        "uniques": sorted((str(each["name"]), tuple(each["column_names"])) for each in inspector.get_unique_constraints(name)),
        "indexes": sorted(_index(each) for each in inspector.get_indexes(name) if not each.get("duplicates_constraint")),
        "references": sorted(_reference(each) for each in inspector.get_foreign_keys(name)),
        "checks": sorted(_bare(str(each["sqltext"])) for each in inspector.get_check_constraints(name)),
    }


def _column(inspector: Inspector, each: Any) -> tuple[str, str, bool, str]:
    """Type, collation, whether it takes null, default of the database."""
    kind = each["type"]
    written = kind.compile(dialect=inspector.dialect) if not getattr(kind, "timezone", False) else "timestamp with time zone"
    collation = _COLLATION.search(written)
    bare = _COLLATION.sub("", written).lower()
    return _SPELLINGS.get(bare, bare), collation["name"] if collation else "", bool(each["nullable"]), str(each.get("default") or "")


def _index(each: Any) -> tuple[str, tuple[str, ...], bool]:
    return str(each["name"]), tuple(each["column_names"]), bool(each["unique"])


def _reference(each: Any) -> tuple[str, tuple[str, ...], str, tuple[str, ...], str]:
    options = {key: value for key, value in each.get("options", {}).items() if value not in (None, "NO ACTION", False)}
    return (
        str(each["name"]),
        tuple(each["constrained_columns"]),
        str(each["referred_table"]),
        tuple(each["referred_columns"]),
        str(sorted(options.items())),
    )


def _bare(check: str) -> str:
    """A check without its spelling: case, quotes, brackets and spaces."""
    return re.sub(r'[\s"()]', "", check).lower()
