"""What the checkers must know of what a host's Litestar handlers get. It is read by mypy and pyright and never run."""

from typing import assert_type

import svcs
from litestar import get

from examples.storefront import CreateProduct, Product, ProductView
from examples.storefront.usecases import create_product, list_products
from kingpost.adapters.litestar_app.host import HostCall, requires
from kingpost.kernel.context import Context, Principal
from kingpost.kernel.operations import PageQuery
from kingpost.kernel.store import Page
from kingpost.kernel.wire import RawReply


@get("/mugs", guards=[requires("storefront.products:read")], sync_to_thread=False)
def mugs(kingpost: HostCall) -> str:
    """A handler with a guard keeps its type."""
    return kingpost.request_id


async def right(kingpost: HostCall, body: CreateProduct) -> None:
    """A use case is called with its result's type."""
    assert_type(await kingpost.call(create_product, body=body), Product)
    assert_type(await kingpost.call(list_products, query=PageQuery(), after=None), Page[Product])
    assert_type(await kingpost.principal(), Principal)
    assert_type(kingpost.services, svcs.Container)
    async with kingpost.context(write=True) as context:
        assert_type(context, Context)


async def wrong(kingpost: HostCall, body: CreateProduct) -> None:
    """What is wrong is an error."""
    view: ProductView = await kingpost.call(create_product, body=body)  # type: ignore[arg-type]
    await kingpost.call(len, body=body)  # type: ignore[arg-type]
    with kingpost.context():  # type: ignore[attr-defined]
        pass
    reply: str = kingpost.problem(ValueError())  # type: ignore[assignment,arg-type]
    requires()  # type: ignore[call-arg]
    print(view, reply, RawReply)
