"""What the storefront persists."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from kingpost.kernel.records import Facts, Index, Record, Retention, Unique
from kingpost.kernel.scalars import id_of
from kingpost.kernel.tenancy import TenantId
from msgspec import Meta

ProductId: TypeAlias = Annotated[str, id_of("prd")]
Status: TypeAlias = Literal["draft", "active", "archived"]


class Product(Record, frozen=True, kw_only=True):
    """Something for sale, with its price and its stock."""

    facts: ClassVar[Facts] = Facts(
        component="storefront",
        name="product",
        tenant="tenant_id",
        versioned=True,
        personal=(),
        retention=Retention("kept until its tenant deletes it"),
        unique=(Unique(("sku",)),),
        indexes=(
            Index(("status", "id")),
            Index(("price_currency", "price_amount", "id")),
            Index(("price_currency", "status", "price_amount", "id")),
        ),
    )
    id: ProductId
    tenant_id: TenantId
    sku: Annotated[str, Meta(max_length=64)]
    name: Annotated[str, Meta(max_length=200)]
    description: Annotated[str, Meta(max_length=5000)]
    status: Status
    price_amount: int
    """In minor units of the currency: 1999 is 19.99 EUR."""
    price_currency: Annotated[str, Meta(max_length=3)]
    stock: int
    """Pieces on hand; never below zero."""
    attributes: dict[str, str]
    created_at: datetime
    updated_at: datetime
    version: int = 1
