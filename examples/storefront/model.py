"""The decisions of the storefront, and what its use cases are asked."""

from datetime import datetime
from typing import Annotated, TypeAlias

from kingpost.kernel.errors import Conflict, FieldError, Invalid
from kingpost.kernel.operations import PageQuery
from kingpost.kernel.scalars import INT64_MAX
from msgspec import UNSET, Meta, Struct, UnsetType, structs

from .records import Product, ProductId, Status

Sku: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64, examples=["MUG-01"])]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Description: TypeAlias = Annotated[str, Meta(max_length=5000)]
Minor: TypeAlias = Annotated[int, Meta(ge=0, le=10**15, description="In minor units: 1999 is 19.99 EUR.")]
CurrencyCode: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", max_length=3, examples=["EUR"])]
Stock: TypeAlias = Annotated[int, Meta(ge=0, le=10**12)]
Attributes: TypeAlias = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=50)], Annotated[str, Meta(max_length=200)]], Meta(max_length=50)
]


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of money, never negative."""

    amount: Minor
    currency: CurrencyCode


class CreateProduct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new product is made from."""

    sku: Sku
    name: Name
    price: Price
    description: Description | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class UpdateProduct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a product; a field that is left out stays as it is. Stock changes by adjustment only."""

    sku: Sku | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class AdjustStock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By how many pieces the stock changes: received is above zero, taken is below."""

    delta: Annotated[int, Meta(ge=-(10**9), le=10**9)]


class ProductPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which product."""

    product_id: ProductId


class ProductQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which products. A price range needs its currency, and then the list is in the order of the price."""

    status: Status | UnsetType = UNSET
    sku: Sku | UnsetType = UNSET
    currency: CurrencyCode | UnsetType = UNSET
    min_price: Minor | UnsetType = UNSET
    max_price: Minor | UnsetType = UNSET


class SearchQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which products to look for; all, where nothing is said."""

    term: Annotated[str, Meta(max_length=100, examples=["mug"])] = ""


class LevelQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on stock is low."""

    below: Stock = 10


class Term(Struct, frozen=True, kw_only=True):
    """What the search takes."""

    term: str


class Found(Struct, frozen=True, kw_only=True):
    """A product that was found, and how many there are with a lower price in its currency."""

    id: ProductId
    sku: str
    name: str
    price_amount: int
    price_currency: str
    stock: int
    cheaper: int


class Below(Struct, frozen=True, kw_only=True):
    """What the stock levels take."""

    below: int


class Level(Struct, frozen=True, kw_only=True):
    """The stock of all products with one status and one currency."""

    status: Status
    currency: str
    products: int
    low: int
    pieces: int
    first: str
    """The name that comes first among them."""


class SkuTaken(Conflict):
    """Another product of the tenant has the SKU."""

    code, title = "sku-taken", "Another product has this SKU."


class StockInsufficient(Conflict):
    """There are fewer pieces than the adjustment takes."""

    code, title = "stock-insufficient", "There is not enough stock."


class StockTooLarge(Conflict):
    """The stock would exceed what can be counted."""

    code, title = "stock-too-large", "The stock would exceed its limit."


def adjusted(product: Product, delta: int, *, now: datetime) -> Product:
    """The product with the new stock. ``StockInsufficient`` below zero, ``StockTooLarge`` beyond 64 bits."""
    stock = product.stock + delta
    if stock < 0:
        raise StockInsufficient(params={"available": product.stock})
    if stock > INT64_MAX:
        raise StockTooLarge
    return structs.replace(product, stock=stock, updated_at=now)


def changed(product: Product, changes: UpdateProduct, *, now: datetime) -> Product:
    """The product with the changes."""
    given = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET and name != "price"}
    if changes.price is not UNSET:
        given |= {"price_amount": changes.price.amount, "price_currency": changes.price.currency}
    return structs.replace(product, **given, updated_at=now)


def check_query(query: ProductQuery) -> None:
    """Refuse a price range without its currency: amounts of different currencies have no order."""
    if query.currency is UNSET and not (query.min_price is UNSET and query.max_price is UNSET):
        raise Invalid(errors=(FieldError(pointer="query:currency", code="missing", detail="A price range needs a currency."),))
