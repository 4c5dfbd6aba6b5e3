"""Model fields whose columns are exactly those of the SQL tables. It knows column types and ids; it knows no record.

Text sorts by code point, an id is a TypeID in Python and a UUID in the database.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from kingpost.kernel import typeid


class TypeIdField(models.UUIDField):
    """An id as the API shows it (``ten_01h...``), stored as a UUID; assignments and filters take a TypeID or a UUID."""

    description = "TypeID"

    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        """``prefix`` is that of the TypeID, without underscore."""
        self.prefix = prefix
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """The prefix belongs to the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "prefix": self.prefix}

    def from_db_value(self, value: UUID | None, _expression: object, _connection: object) -> str | None:
        """UUID -> TypeID."""
        return None if value is None else typeid.encode(self.prefix, value)

    def to_python(self, value: object) -> str | None:
        """A TypeID of this prefix; ``ValidationError`` for anything else."""
        uuid = self._uuid(value)
        return None if uuid is None else typeid.encode(self.prefix, uuid)

    def get_db_prep_value(self, value: object, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002  (Django's signature)
        """The UUID, or its 32 hexadecimal digits where the database has no such type."""
        return super().get_db_prep_value(self._uuid(value), connection, prepared)

    def formfield(self, **kwargs: Any) -> Any:
        """A text field: people see and paste TypeIDs."""
        return models.Field.formfield(self, form_class=forms.CharField, **kwargs)

    def _uuid(self, value: object) -> UUID | None:
        if value is None or isinstance(value, UUID):
            return value
        try:
            return typeid.decode(value, self.prefix) if isinstance(value, str) and "_" in value else UUID(str(value))
        except ValueError as error:
            message = f"{self.name}: not an id that begins with {self.prefix}_"
            raise ValidationError(message, code="invalid") from error


class _SortsByCodePoint:
    """Text columns with COLLATE "C" on PostgreSQL; SQLite compares bytes by itself."""

    def db_parameters(self, connection: Any) -> Any:
        """Django's parameters with the collation of this database."""
        return {**super().db_parameters(connection), "collation": "C" if connection.vendor == "postgresql" else None}  # type: ignore[misc]

    def db_type(self, connection: Any) -> Any:
        """The type; a text key on PostgreSQL has a name that keeps Django from adding its index for LIKE, which nothing here uses."""
        name: str | None = super().db_type(connection)  # type: ignore[misc]
        if name is None or connection.vendor != "postgresql" or not self.primary_key:  # type: ignore[attr-defined]
            return name
        return name.replace("varchar", "character varying") if name.startswith("varchar") else f"pg_catalog.{name}"


class CodePointCharField(_SortsByCodePoint, models.CharField):
    """Text of at most ``max_length`` characters that sorts by code point."""


class CodePointTextField(_SortsByCodePoint, models.TextField):
    """Text of any length that sorts by code point."""
