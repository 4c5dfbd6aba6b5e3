"""What the checkers must know of a Context, its store and its services. It is read by mypy and pyright and never run.

An expected error stands behind ``type: ignore``: both checkers report a comment that hides nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_type

from examples.storefront import Product
from kingpost.kernel.context import Context, Principal, TenantState
from kingpost.kernel.replies import IfMatch
from kingpost.kernel.store import Page, Store, UnitOfWork, Value, equal
from kingpost.kernel.system import Clock, System


class Courier(Protocol):
    """A port of a component."""

    async def send(self, *, parcel: str) -> int:
        """The number of the parcel."""
        ...


async def right(context: Context, if_match: IfMatch) -> None:
    """What is right has the right type."""
    assert_type(context.get(Courier), Courier)
    assert_type(await context.get(Courier).send(parcel="a"), int)
    assert_type(context.get(System).clock, Clock)
    assert_type(context.store, Store)
    assert_type(context.unit, UnitOfWork | None)
    assert_type(context.tenant, TenantState | None)
    assert_type(context.principal, Principal)
    assert_type(context.tenant_id, str)
    assert_type(context.new_id("prd"), str)
    assert_type(context.now(), datetime)
    product = await context.store.get(Product, "prd_01h455vb4pex5vsknk084sn02q", lock=True)
    assert_type(product, Product | None)
    if product is not None:
        assert_type(await context.store.replace(product, expected=product.version), Product)
        if_match.require(product)
    page = await context.store.find(Product, where=(equal("sku", "MUG-01"),), order=("id",), limit=10)
    assert_type(page, Page[Product])
    assert_type(page.items, tuple[Product, ...])
    assert_type(page.next, tuple[Value, ...] | None)


async def wrong(context: Context, done: Callable[[int], None]) -> None:
    """What is wrong is an error."""
    context.get("Courier")  # type: ignore[arg-type]
    await context.get(Courier).send("a")  # type: ignore[call-arg]
    await context.get(Courier).send(parcel=1)  # type: ignore[arg-type]
    await context.store.get(str, "prd_01h455vb4pex5vsknk084sn02q")  # type: ignore[type-var]
    await context.store.insert("a product")  # type: ignore[arg-type]
    context.on_commit(done)  # type: ignore[arg-type]
    context.store = context.store  # type: ignore[misc]
    context.tenant.id  # type: ignore[union-attr]  # noqa: B018  (what must be refused is the look)
    context.require(1)  # type: ignore[arg-type]
