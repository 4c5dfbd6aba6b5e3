"""What is persisted of specimens."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from kingpost.kernel.records import Facts, Index, Record, Reference, Retention, Unique
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import TenantId

SpecimenId: TypeAlias = Annotated[str, id_of("spc")]
Status: TypeAlias = Literal["draft", "active", "archived"]


class Specimen(Record, frozen=True, kw_only=True):
    """Something of a tenant, perhaps a part of something else of the same tenant."""

    facts: ClassVar[Facts]
    id: SpecimenId
    tenant_id: TenantId
    label: Annotated[str, Meta(max_length=64)]
    title: Annotated[str, Meta(max_length=200)]
    note: Annotated[str, Meta(max_length=5000)]
    status: Status
    price_amount: int
    """In minor units of the currency."""
    price_currency: Annotated[str, Meta(max_length=3)]
    count: int
    """Never below zero."""
    ready: bool
    due: datetime | None
    parent_id: SpecimenId | None
    attributes: dict[str, str]
    created_at: datetime
    updated_at: datetime
    version: int = 1


Specimen.facts = Facts(  # behind the class, because it refers to itself
    component="specimen",
    name="specimen",
    tenant="tenant_id",
    versioned=True,
    personal=(),
    retention=Retention("kept until its tenant deletes it"),
    unique=(Unique(("label",)),),
    indexes=(
        Index(("status", "id")),
        Index(("ready", "id")),
        Index(("parent_id", "id")),
        Index(("price_currency", "price_amount", "id")),
    ),
    references=(Reference("parent_id", Specimen),),
)
