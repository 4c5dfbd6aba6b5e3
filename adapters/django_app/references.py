"""A foreign key over several columns, immediate and with a name of its own, as a Django constraint. It knows DDL and migration state only.

Django's own foreign key is deferrable, has a hashed name, brings an index of its own and cannot name a tenant beside the id.
"""

from typing import Any

from django.db import models
from django.db.backends.ddl_references import Columns, Statement, Table

_ADD = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(columns)s) REFERENCES %(target)s (%(target_columns)s)"
_INLINE = "CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)\n"
_DROP = "ALTER TABLE %s DROP CONSTRAINT %s"


class References(models.BaseConstraint):
    """``columns`` refer to ``target_columns`` of the table ``target``, which is made first (a ``ForeignKey`` beside it sees to that)."""

    def __init__(self, *, name: str, columns: tuple[str, ...], target: str, target_columns: tuple[str, ...]) -> None:
        """All names are those in the database."""
        super().__init__(name=name)
        self.columns = tuple(columns)
        self.target = target
        self.target_columns = tuple(target_columns)

    def constraint_sql(self, model: Any, schema_editor: Any) -> str | None:
        """The clause inside CREATE TABLE on SQLite; elsewhere None, and the statement waits until every table of the migration is there."""
        if schema_editor.connection.vendor == "sqlite":
            quote = schema_editor.quote_name
            columns, goals = (", ".join(map(quote, names)) for names in (self.columns, self.target_columns))
            # SQLAlchemy reflects SQLite from this text by regular expressions that look for a name up to the end of a line.
            return _INLINE % (quote(self.name), columns, quote(self.target), goals)
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def create_sql(self, model: Any, schema_editor: Any) -> Statement:
        """ALTER TABLE ... ADD CONSTRAINT."""
        quote = schema_editor.quote_name
        table = model._meta.db_table  # noqa: SLF001  (Django's public name for it)
        return Statement(
            _ADD,
            table=Table(table, quote),
            name=quote(self.name),
            columns=Columns(table, self.columns, quote),
            target=Table(self.target, quote),
            target_columns=Columns(self.target, self.target_columns, quote),
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """ALTER TABLE ... DROP CONSTRAINT."""
        quote = schema_editor.quote_name
        return _DROP % (quote(model._meta.db_table), quote(self.name))  # noqa: SLF001  (Django's public name for it)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """Return: the database decides, and the fields' own validation has looked already."""

    def deconstruct(self) -> Any:
        """Everything it was made from, for migrations."""
        path = f"{self.__class__.__module__}.{self.__class__.__qualname__}"
        return path, (), {"name": self.name, "columns": self.columns, "target": self.target, "target_columns": self.target_columns}

    def __eq__(self, other: object) -> bool:
        return self.deconstruct() == other.deconstruct() if isinstance(other, References) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.columns, self.target, self.target_columns))
