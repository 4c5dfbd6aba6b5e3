"""Django models from the facts of records: real ones, for migrations, admin, permissions and a host's foreign keys. It opens no connection."""

from collections.abc import Callable
from typing import Any

from django.db import models

from kingpost.adapters.django_app.fields import CodePointCharField, CodePointTextField, TypeIdField
from kingpost.adapters.django_app.references import References
from kingpost.adapters.sql.shape import ReferenceShape, Shape, shapes
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.records import Column, Kind, Record

_FIELDS: dict[Kind, type[models.Field]] = {
    Kind.INTEGER: models.BigIntegerField,
    Kind.BOOLEAN: models.BooleanField,
    Kind.INSTANT: models.DateTimeField,
    Kind.JSON: models.JSONField,
    Kind.BYTES: models.BinaryField,
}


def models_of(module: str, component: Component) -> dict[str, type[models.Model]]:
    """The models of a component's records by name; call it in the app's ``models`` module as ``globals().update(models_of(__name__, COMPONENT))``.

    ``ConfigurationError`` where a record's facts and its class do not have the same name, because the table would have another one.
    """
    known = (*component.records, *_targets(component.records))
    return {shape.record.__name__: _model(module, shape) for shape in shapes(known) if shape.record in component.records}


def app_label(component: str) -> str:
    """``kingpost_<component>``."""
    return f"kingpost_{component}"


def _targets(records: tuple[type[Record], ...]) -> tuple[type[Record], ...]:
    """Records of other components that these refer to, and the tenant record, to which every record of a tenant refers."""
    from kingpost.kernel.tenancy.records import Tenant

    return (*(reference.target for record in records for reference in record.facts.references), Tenant)


def _model(module: str, shape: Shape) -> type[models.Model]:
    record, facts = shape.record, shape.record.facts
    if record.__name__.lower() != facts.name:
        message = (
            f"{record.__name__}: the facts say name={facts.name!r}; Django needs {record.__name__.lower()!r}, the class name in lower case"
        )
        raise ConfigurationError(message)
    parents = {reference.columns[-1]: reference for reference in shape.references}
    fields = {_attribute(each.name, parents): _field(each, shape, parents.get(each.name)) for each in shape.columns}
    named = {"__module__": module, "__doc__": record.__doc__, "__str__": _named_by(shape), "Meta": _meta(shape, parents)}
    return type(record.__name__, (models.Model,), {**fields, **named})


def _named_by(shape: Shape) -> Callable[[models.Model], str]:
    """How a row is called in lists and selects: by its first unique text, else by its key."""
    texts = {column.name for column in shape.columns if column.kind is Kind.TEXT and not column.nullable}
    alone = (unique.fields[0] for unique in shape.record.facts.unique if len(unique.fields) == 1)
    name = next((field for field in alone if field in texts), shape.record.facts.key)

    def text(row: models.Model) -> str:
        return str(getattr(row, name))

    return text


def _attribute(column: str, parents: dict[str, ReferenceShape]) -> str:
    """The field's name: a reference ``tenant_id`` is the field ``tenant``, whose attribute ``tenant_id`` holds the id."""
    return column.removesuffix("_id") if column in parents else column


def _meta(shape: Shape, parents: dict[str, ReferenceShape]) -> type:
    facts = shape.record.facts

    def fields(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_attribute(name, parents) for name in names)

    constraints = [  # references first: see References.constraint_sql
        *(
            References(name=each.name, columns=each.columns, target=each.target.facts.table, target_columns=each.target_columns)
            for each in shape.references
        ),
        *(models.UniqueConstraint(fields=fields(unique.columns), name=unique.name) for unique in shape.uniques),
    ]
    facts_of_the_table = {
        "app_label": app_label(facts.component),
        "db_table": facts.table,
        "verbose_name": _words(shape.record.__name__),
        "constraints": constraints,
        "indexes": [models.Index(fields=fields(index.columns), name=index.name) for index in shape.indexes],
    }
    return type("Meta", (), facts_of_the_table)


def _words(name: str) -> str:
    """``AccessKey`` -> ``access key``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _field(column: Column, shape: Shape, reference: ReferenceShape | None) -> models.Field:
    facts: dict[str, Any] = {"null": column.nullable, "blank": column.nullable or column.kind is Kind.JSON}
    facts |= {"verbose_name": column.name.removesuffix("_id").replace("_", " ") if reference else column.name.replace("_", " ")}
    if column.name == shape.key:
        facts = {"primary_key": True, "verbose_name": facts["verbose_name"]}
    if reference is not None:
        return _foreign_key(column, reference, facts)
    if column.kind is Kind.ID:
        return TypeIdField(prefix=column.prefix or "", **facts)
    if column.kind is Kind.TEXT:
        return CodePointTextField(**facts) if column.max_length is None else CodePointCharField(max_length=column.max_length, **facts)
    return _FIELDS[column.kind](**facts)


def _foreign_key(column: Column, reference: ReferenceShape, facts: dict[str, Any]) -> models.ForeignKey:
    """For the ORM only: the constraint and its index are those of the shape."""
    target = reference.target
    return models.ForeignKey(
        f"{app_label(target.facts.component)}.{target.__name__}",
        on_delete=models.DO_NOTHING,
        db_column=column.name,
        db_constraint=False,
        db_index=False,
        related_name="+",
        **facts,
    )
