"""What the checkers must know of operations, components and facts. It is read by mypy and pyright and never run."""

from typing import assert_type

from examples.storefront import COMPONENT, CreateProduct, Product, ProductView
from kingpost.kernel.component import Component, Permission
from kingpost.kernel.context import Context
from kingpost.kernel.errors import NotFound
from kingpost.kernel.operations import Operation
from kingpost.kernel.records import Facts, Retention


async def use_case(context: Context, *, body: CreateProduct) -> Product:
    """Add a product."""
    raise NotFound


def view(product: Product) -> ProductView:
    """A product on the wire."""
    raise NotFound


RIGHT = Operation(
    id="shop.products.create",
    method="POST",
    path="/products",
    summary="Add",
    use_case=use_case,
    permission=None,
    body=CreateProduct,
    returns=ProductView,
    view=view,
    errors=(NotFound,),
    status=201,
)

assert_type(RIGHT.paged, bool)
assert_type(RIGHT.inputs, tuple[str, ...])
assert_type(COMPONENT.operations, tuple[Operation, ...])


def synchronous(context: Context) -> int:
    """No use case: it cannot be awaited."""
    return 1


Operation(id="a.b", method="GET", path="/", summary="", use_case=synchronous, permission=None)  # type: ignore[arg-type]
Operation(id="a.b", method="FETCH", path="/", summary="", use_case=use_case, permission=None)  # type: ignore[arg-type]
Operation(id="a.b", method="GET", path="/", summary="", use_case=use_case)  # type: ignore[call-arg]
Operation(id="a.b", method="GET", path="/", summary="", use_case=use_case, permission=None, body=dict)  # type: ignore[arg-type]
Operation(id="a.b", method="GET", path="/", summary="", use_case=use_case, permission=None, errors=(ValueError,))  # type: ignore[arg-type]
Operation(id="a.b", method="GET", path="/", summary="", use_case=use_case, permission=None, scope="world")  # type: ignore[arg-type]
Operation(id="a.b", method="GET", path="/", summary="", use_case=use_case, permission=None, colour="red")  # type: ignore[call-arg]
Component(name="shop", package="shop", records=(ProductView,))  # type: ignore[arg-type]
Component(name="shop", package="shop", permissions=("shop.products:read",))  # type: ignore[arg-type]
Permission("shop.products:read")  # type: ignore[call-arg]
Facts(component="shop", name="product", retention=Retention("kept"), tenant=None)  # type: ignore[call-arg]
Facts(component="shop", name="product", retention=Retention("kept"), personal=())  # type: ignore[call-arg]
RIGHT.path = "/other"  # type: ignore[misc]
