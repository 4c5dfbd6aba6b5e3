"""The storefront: products with price and stock, written once as a user of Kingpost writes a component, served by every adapter.

Extra files: queries.py, because it searches and adds up; cases.py, because the kit plays what it promises.
"""

from kingpost.kernel.component import Component, Permission

from .api import ADJUST, OPERATIONS, READ, WRITE, ProductView
from .model import AdjustStock, CreateProduct, Price, SkuTaken, StockInsufficient, StockTooLarge, UpdateProduct
from .queries import QUERIES
from .records import Product, ProductId

COMPONENT = Component(
    name="storefront",
    package="examples.storefront",
    records=(Product,),
    queries=QUERIES,
    operations=OPERATIONS,
    permissions=(
        Permission(READ, "Read products."),
        Permission(WRITE, "Add, change and delete products."),
        Permission(ADJUST, "Receive and take stock."),
    ),
    requires=("tenancy",),
)

__all__ = (
    "COMPONENT",
    "AdjustStock",
    "CreateProduct",
    "Price",
    "Product",
    "ProductId",
    "ProductView",
    "SkuTaken",
    "StockInsufficient",
    "StockTooLarge",
    "UpdateProduct",
)
