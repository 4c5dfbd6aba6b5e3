"""What the checkers must know of what a host's Django views get. It is read by mypy and pyright and never run."""
# pyright: reportMissingTypeStubs=false

from collections.abc import Callable
from typing import assert_type

import svcs
from django.http import HttpRequest

from examples.storefront import CreateProduct, Product
from examples.storefront.usecases import create_product
from kingpost.adapters.django_app.decorators import guarded, requires, tenant_scoped
from kingpost.adapters.django_app.host import HostCall, svcs_from
from kingpost.kernel.context import Caller, Context, TenantState


@requires("storefront.products:read")
def counted(request: HttpRequest, number: int) -> str:
    """A view with a decorator keeps its parameters and its result."""
    return str(number)


@tenant_scoped
async def awaited(request: HttpRequest) -> bytes:
    """An asynchronous one too."""
    return b""


@guarded(lambda call: call.require("storefront.products:read"))
def checked(request: HttpRequest) -> int:
    """And one with a check of the host's own."""
    return 1


def right(request: HttpRequest, call: HostCall, body: CreateProduct) -> None:
    """A use case is called with its result's type."""
    assert_type(counted(request, 3), str)
    assert_type(checked(request), int)
    assert_type(call.call(create_product, body=body), Product)
    assert_type(call.caller, Caller)
    assert_type(call.tenant, TenantState)
    assert_type(svcs_from(request), svcs.Container)
    with call.context(write=True) as context:
        assert_type(context, Context)


async def right_awaited(request: HttpRequest) -> None:
    """An asynchronous view is still one."""
    assert_type(await awaited(request), bytes)


def wrong(request: HttpRequest, call: HostCall, body: CreateProduct, view: Callable[[HttpRequest], str]) -> None:
    """What is wrong is an error."""
    counted(request, "3")  # type: ignore[arg-type]
    counted(request)  # type: ignore[call-arg]
    text: str = call.call(create_product, body=body)  # type: ignore[assignment]
    call.call(view)  # type: ignore[arg-type]
    requires(1)  # type: ignore[arg-type]
    guarded("storefront.products:read")  # type: ignore[arg-type]
    call.require()  # type: ignore[call-arg]
    print(text)
