"""What the storefront offers over HTTP."""

from kingpost.kernel.errors import NotFound, StaleVersion
from kingpost.kernel.operations import Example, Operation
from kingpost.kernel.scalars import Count, Int64, Timestamp, format_timestamp
from msgspec import Struct

from .model import (
    AdjustStock,
    CreateProduct,
    Found,
    Level,
    LevelQuery,
    Price,
    ProductPath,
    ProductQuery,
    SearchQuery,
    SkuTaken,
    StockInsufficient,
    StockTooLarge,
    UpdateProduct,
)
from .records import Product, ProductId, Status
from .usecases import (
    adjust_stock,
    create_product,
    delete_product,
    list_levels,
    list_products,
    read_product,
    search_products,
    update_product,
)


class ProductView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product on the wire."""

    id: ProductId
    sku: str
    name: str
    description: str
    status: Status
    price: Price
    stock: Int64
    attributes: dict[str, str]
    created_at: Timestamp
    updated_at: Timestamp
    version: Int64


def view(product: Product) -> ProductView:
    """The product on the wire."""
    return ProductView(
        id=product.id,
        sku=product.sku,
        name=product.name,
        description=product.description,
        status=product.status,
        price=Price(amount=product.price_amount, currency=product.price_currency),
        stock=product.stock,
        attributes=product.attributes,
        created_at=format_timestamp(product.created_at),
        updated_at=format_timestamp(product.updated_at),
        version=product.version,
    )


class FoundView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product that was found."""

    id: ProductId
    sku: str
    name: str
    price: Price
    stock: Int64
    cheaper: Count
    """How many products have a lower price in the same currency."""


class LevelView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The stock of the products with one status and one currency."""

    status: Status
    currency: str
    products: Count
    low: Count
    pieces: Int64
    first: str
    """The name that comes first among them."""


def found_view(found: Found) -> FoundView:
    """The product that was found, on the wire."""
    return FoundView(
        id=found.id,
        sku=found.sku,
        name=found.name,
        price=Price(amount=found.price_amount, currency=found.price_currency),
        stock=found.stock,
        cheaper=found.cheaper,
    )


def level_view(level: Level) -> LevelView:
    """The stock on the wire."""
    return LevelView(
        status=level.status,
        currency=level.currency,
        products=level.products,
        low=level.low,
        pieces=level.pieces,
        first=level.first,
    )


def location(product: Product) -> str:
    """Where the new product can be read."""
    return f"/products/{product.id}"


READ = "storefront.products:read"
WRITE = "storefront.products:write"
ADJUST = "storefront.stock:adjust"

_PATH = "/products/{product_id}"
_EXAMPLE: dict[str, object] = {
    "id": "prd_01h455vb4pex5vsknk084sn02q",
    "sku": "MUG-01",
    "name": "Mug",
    "description": "Holds coffee.",
    "status": "active",
    "price": {"amount": 1250, "currency": "EUR"},
    "stock": 40,
    "attributes": {"colour": "blue"},
    "created_at": "2026-11-01T09:30:00.000000Z",
    "updated_at": "2026-11-01T09:30:00.000000Z",
    "version": 1,
}
_FOUND: dict[str, object] = {
    "id": "prd_01h455vb4pex5vsknk084sn02q",
    "sku": "MUG-01",
    "name": "Mug",
    "price": {"amount": 1250, "currency": "EUR"},
    "stock": 40,
    "cheaper": 3,
}
_LEVEL: dict[str, object] = {"status": "active", "currency": "EUR", "products": 12, "low": 2, "pieces": 480, "first": "Mug"}

OPERATIONS = (
    Operation(
        id="storefront.products.create",
        method="POST",
        path="/products",
        summary="Add a product",
        use_case=create_product,
        permission=WRITE,
        body=CreateProduct,
        returns=ProductView,
        view=view,
        location=location,
        status=201,
        errors=(SkuTaken,),
        examples=(
            Example(summary="A mug", body={"sku": "MUG-01", "name": "Mug", "price": {"amount": 1250, "currency": "EUR"}, "stock": 40}),
        ),
    ),
    Operation(
        id="storefront.products.list",
        method="GET",
        path="/products",
        summary="List products",
        use_case=list_products,
        permission=READ,
        query=ProductQuery,
        returns=ProductView,
        view=view,
        examples=(Example(summary="One mug", result=_EXAMPLE),),
    ),
    Operation(
        id="storefront.products.search",
        method="GET",
        path="/product-search",
        summary="Search products",
        use_case=search_products,
        permission=READ,
        query=SearchQuery,
        returns=FoundView,
        view=found_view,
        examples=(Example(summary="One mug", result=_FOUND),),
    ),
    Operation(
        id="storefront.stock.levels",
        method="GET",
        path="/stock-levels",
        summary="See where stock is low",
        use_case=list_levels,
        permission=READ,
        query=LevelQuery,
        returns=LevelView,
        view=level_view,
        examples=(Example(summary="Mugs and plates", result=_LEVEL),),
    ),
    Operation(
        id="storefront.products.read",
        method="GET",
        path=_PATH,
        summary="Read a product",
        use_case=read_product,
        permission=READ,
        path_parameters=ProductPath,
        returns=ProductView,
        view=view,
        errors=(NotFound,),
        examples=(Example(summary="A mug", result=_EXAMPLE),),
    ),
    Operation(
        id="storefront.products.update",
        method="PATCH",
        path=_PATH,
        summary="Change a product",
        use_case=update_product,
        permission=WRITE,
        path_parameters=ProductPath,
        body=UpdateProduct,
        returns=ProductView,
        view=view,
        if_match=True,
        errors=(NotFound, StaleVersion, SkuTaken),
        examples=(Example(summary="A new name", body={"name": "Large mug"}, result={**_EXAMPLE, "name": "Large mug", "version": 2}),),
    ),
    Operation(
        id="storefront.products.delete",
        method="DELETE",
        path=_PATH,
        summary="Delete a product",
        use_case=delete_product,
        permission=WRITE,
        path_parameters=ProductPath,
        status=204,
        if_match=True,
        errors=(NotFound, StaleVersion),
    ),
    Operation(
        id="storefront.stock.adjust",
        method="POST",
        path=f"{_PATH}/stock-adjustments",
        summary="Receive pieces or take them",
        use_case=adjust_stock,
        permission=ADJUST,
        path_parameters=ProductPath,
        body=AdjustStock,
        returns=ProductView,
        view=view,
        errors=(NotFound, StockInsufficient, StockTooLarge),
        examples=(Example(summary="Take three", body={"delta": -3}, result={**_EXAMPLE, "stock": 37, "version": 2}),),
    ),
)
