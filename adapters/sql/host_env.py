"""For a host that runs Alembic itself: its autogenerate leaves Kingpost's tables alone. It knows names only.

In the host's ``env.py``::

    from kingpost.adapters.sql.host_env import include_name, include_object

    context.configure(..., include_name=include_name, include_object=include_object)
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from .comparison import PREFIX

IncludeName: TypeAlias = Callable[[str | None, Any, MutableMapping[Any, str | None]], bool]
IncludeObject: TypeAlias = Callable[[Any, str | None, Any, bool, Any], bool]


def is_ours(table: str | None) -> bool:
    """Whether a table belongs to Kingpost: its name begins with ``kingpost_``."""
    return table is not None and table.startswith(PREFIX)


def include_name(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """For ``context.configure(include_name=...)``: what is reflected from the database, without Kingpost's tables."""
    return not is_ours(name if kind == "table" else parents.get("table_name"))


def include_object(_: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:  # noqa: FBT001  (Alembic's signature)
    """For ``context.configure(include_object=...)``: the same for tables that the host's metadata mentions, as targets of its foreign keys."""
    return not (kind == "table" and is_ours(name))


def also(include: IncludeObject) -> IncludeObject:
    """A host's own ``include_object``, asked only about what is not ours."""

    def both(item: Any, name: str | None, kind: Any, reflected: bool, compared: Any) -> bool:  # noqa: FBT001  (Alembic's signature)
        return include_object(item, name, kind, reflected, compared) and include(item, name, kind, reflected, compared)

    return both
