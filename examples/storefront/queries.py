"""What the storefront asks of many products at once. It is the only file of the component that knows SQL."""

from typing import Final

from kingpost.adapters.sql.queries import Query, contains, descending, given, scoped
from sqlalchemy import func, or_, select

from .model import Below, Found, Level, Term
from .records import Product

product, other = scoped(Product), scoped(Product)
_search, _levels = given(Term), given(Below)

_cheaper = (
    select(func.count(other.c.id))
    .where(other.c.price_currency == product.c.price_currency, other.c.price_amount < product.c.price_amount)
    .correlate(product)
    .scalar_subquery()
)

SEARCH: Final = Query(
    "storefront.products.search",
    select(
        product.c.id,
        product.c.sku,
        product.c.name,
        product.c.price_amount,
        product.c.price_currency,
        product.c.stock,
        _cheaper.label("cheaper"),
    ).where(or_(contains(product.c.name, _search.term), contains(product.c.description, _search.term))),
    returns=Found,
    takes=Term,
    order=("name",),
    key=("id",),
)

LEVELS: Final = Query(
    "storefront.stock.levels",
    select(
        product.c.status,
        product.c.price_currency.label("currency"),
        func.count().label("products"),
        func.count().filter(product.c.stock < _levels.below).label("low"),
        func.sum(product.c.stock).label("pieces"),
        func.min(product.c.name).label("first"),
    ).group_by(product.c.status, product.c.price_currency),
    returns=Level,
    takes=Below,
    order=(descending("low"),),
    key=("status", "currency"),
)

QUERIES: Final = (SEARCH, LEVELS)
