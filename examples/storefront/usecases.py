"""What can be done with products: load, decide, write."""

from kingpost.kernel.context import Context
from kingpost.kernel.errors import Conflict, NotFound
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.store import Condition, Page, Value, at_least, at_most, equal
from msgspec import UNSET

from .model import (
    AdjustStock,
    CreateProduct,
    Found,
    Level,
    LevelQuery,
    ProductPath,
    ProductQuery,
    SearchQuery,
    SkuTaken,
    UpdateProduct,
    adjusted,
    changed,
    check_query,
)
from .queries import LEVELS, SEARCH
from .records import Product


async def create_product(context: Context, *, body: CreateProduct) -> Product:
    """Add a product. ``SkuTaken``."""
    now = context.now()
    product = Product(
        id=context.new_id("prd"),
        tenant_id=context.tenant_id,
        sku=body.sku,
        name=body.name,
        description="" if body.description is UNSET else body.description,
        status="draft" if body.status is UNSET else body.status,
        price_amount=body.price.amount,
        price_currency=body.price.currency,
        stock=0 if body.stock is UNSET else body.stock,
        attributes={} if body.attributes is UNSET else body.attributes,
        created_at=now,
        updated_at=now,
    )
    try:
        await context.store.insert(product)
    except Conflict as error:
        raise _named(error) from error
    return product


async def read_product(context: Context, *, path: ProductPath) -> Product:
    """One product."""
    return await _load(context, path)


async def list_products(context: Context, *, query: ProductQuery, after: tuple[Value, ...] | None) -> Page[Product]:
    """Products in the order of their creation, or of their price where a currency is given."""
    check_query(query)
    if query.sku is not UNSET:
        return await _by_sku(context, query.sku, query)
    where = tuple(_filters(query))
    order = ("id",) if query.currency is UNSET else ("price_amount", "id")
    return await context.store.find(Product, where=where, order=order, after=after, limit=query.limit)


async def search_products(context: Context, *, query: SearchQuery, after: tuple[Value, ...] | None) -> Page[Found]:
    """Products whose name or description holds the term, by name."""
    return await context.store.ask(SEARCH(term=query.term), after=after, limit=query.limit)


async def list_levels(context: Context, *, query: LevelQuery, after: tuple[Value, ...] | None) -> Page[Level]:
    """The stock by status and currency, most low products first."""
    return await context.store.ask(LEVELS(below=query.below), after=after, limit=query.limit)


async def update_product(context: Context, *, path: ProductPath, body: UpdateProduct, if_match: IfMatch) -> Product:
    """Change what the body names. ``StaleVersion``, ``SkuTaken``."""
    product = await _load(context, path)
    if_match.require(product)
    try:
        return await context.store.replace(changed(product, body, now=context.now()), expected=product.version)
    except Conflict as error:
        raise _named(error) from error


async def adjust_stock(context: Context, *, path: ProductPath, body: AdjustStock) -> Product:
    """Receive or take pieces. The row is held from the look to the write, so that two adjustments add up."""
    product = await _load(context, path, lock=True)
    return await context.store.replace(adjusted(product, body.delta, now=context.now()), expected=product.version)


async def delete_product(context: Context, *, path: ProductPath, if_match: IfMatch) -> None:
    """Remove a product. ``StaleVersion``."""
    product = await _load(context, path)
    if_match.require(product)
    await context.store.remove(Product, product.id, expected=product.version)


def _named(error: Conflict) -> Conflict:
    """The broken rule in the terms of the API."""
    return SkuTaken() if error.rule == f"unique:{Product.facts.table}:sku" else error


async def _load(context: Context, path: ProductPath, *, lock: bool = False) -> Product:
    product = await context.store.get(Product, path.product_id, lock=lock)
    if product is None:
        raise NotFound
    return product


async def _by_sku(context: Context, sku: str, query: ProductQuery) -> Page[Product]:
    """The one product with the SKU, if it passes the other filters too."""
    found = await context.store.find(Product, where=(equal("sku", sku),), limit=1)
    return Page(tuple(product for product in found.items if _passes(product, query)), None)


def _passes(product: Product, query: ProductQuery) -> bool:
    return (
        query.status in (UNSET, product.status)
        and query.currency in (UNSET, product.price_currency)
        and (query.min_price is UNSET or product.price_amount >= query.min_price)
        and (query.max_price is UNSET or product.price_amount <= query.max_price)
    )


def _filters(query: ProductQuery) -> list[Condition]:
    where: list[Condition] = []
    if query.currency is not UNSET:
        where.append(equal("price_currency", query.currency))
    if query.status is not UNSET:
        where.append(equal("status", query.status))
    if query.min_price is not UNSET:
        where.append(at_least("price_amount", query.min_price))
    if query.max_price is not UNSET:
        where.append(at_most("price_amount", query.max_price))
    return where
