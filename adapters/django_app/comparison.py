"""Whether the tables in a database are those of the models. It knows Django's introspection; it changes nothing."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps as installed
from django.db import connections, models

from kingpost.adapters.django_app.apps import ComponentApp
from kingpost.adapters.django_app.models import Schema
from kingpost.adapters.django_app.references import References


def differences(alias: str) -> list[str]:
    """What differs, in words; empty where every column, key and index is there."""
    connection = connections[alias]
    ours = [model for config in installed.get_app_configs() if isinstance(config, ComponentApp) for model in config.get_models()]
    tables = frozenset(connection.introspection.table_names())
    found: list[str] = []
    with connection.cursor() as cursor:
        for model in (Schema, *ours):
            name = model._meta.db_table  # noqa: SLF001  (Django's public name for it)
            found += _of_table(connection, cursor, model) if name in tables else [f"no table {name}"]
    return found


def _of_table(connection: Any, cursor: Any, model: type[models.Model]) -> Iterator[str]:
    facts = model._meta  # noqa: SLF001  (Django's public name for it)
    there = {column.name: bool(column.null_ok) for column in connection.introspection.get_table_description(cursor, facts.db_table)}
    wanted = {field.column: field.null for field in facts.concrete_fields}
    yield from (f"no column {facts.db_table}.{name}" for name in sorted(wanted.keys() - there.keys()))
    yield from (f"unknown column {facts.db_table}.{name}" for name in sorted(there.keys() - wanted.keys()))
    yield from (f"{facts.db_table}.{name} differs in null" for name in sorted(wanted.keys() & there.keys()) if wanted[name] != there[name])
    named = connection.introspection.get_constraints(cursor, facts.db_table)
    keys = [*facts.indexes, *facts.constraints]
    if connection.vendor == "sqlite":  # which forgets the names of references
        keys = [key for key in keys if not isinstance(key, References)]
    yield from (f"no key or index {facts.db_table}: {key.name}" for key in keys if key.name not in named)
