"""A join as a named query and as the text that anybody would write for it. It knows the storefront's products and measures nothing."""

from typing import Final

from msgspec import Struct
from sqlalchemy import select

from examples.storefront import Product, ProductId
from kingpost.adapters.sql.queries import Query, scoped


class Paired(Struct, frozen=True, kw_only=True):
    """A product beside the one with the same stock-keeping unit, which is itself."""

    id: ProductId
    sku: str
    stock: int
    partner: str


product, partner = scoped(Product), scoped(Product)

PAIRED: Final = Query(
    "bench.products.paired",
    select(product.c.id, product.c.sku, product.c.stock, partner.c.name.label("partner")).join(partner, partner.c.sku == product.c.sku),
    returns=Paired,
    key=("id",),
)


def by_hand(mark: str, limit: int) -> str:
    """The same in SQL; it takes the tenant twice."""
    table = Product.facts.table
    return (
        f"SELECT one.id, one.sku, one.stock, two.name FROM {table} one JOIN {table} two ON two.tenant_id = {mark} AND two.sku = one.sku "  # noqa: S608
        f"WHERE one.tenant_id = {mark} ORDER BY one.id LIMIT {limit}"
    )
