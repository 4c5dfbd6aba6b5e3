"""What a test of a component costs: a workbench that begins empty, a tenant, and a use case or a request. CPU time of this process; no pytest.

The kernel is assembled before; a run pays for that once for each set of components.
"""

from collections.abc import Callable

from examples import storefront
from examples.storefront.model import AdjustStock, CreateProduct, Price, ProductPath
from examples.storefront.usecases import adjust_stock, create_product
from kingpost.testing import Workbench

from .measure import Contestant, Effort, Row, compare, judged

EFFORT = Effort(rounds=21, batch=50)
BUDGET = 2_000.0
"""Microseconds that a unit test of a use case may take."""
_MUG = CreateProduct(sku="MUG-01", name="Mug", price=Price(amount=1250, currency="EUR"), stock=1)


def run(effort: Effort) -> list[Row]:
    """Three tests, the first beside its budget."""
    tests = {"test of a use case": _of_a_use_case, "test of a request": _of_a_request, "every interleaving of two calls": _of_a_race}
    first, *others = compare([Contestant(name=name, batch=_repeated(test)) for name, test in tests.items()], effort)
    allowed = Row(name="2 ms", value=BUDGET, unit="us")
    return [allowed, judged(first, allowed.name, first.value / BUDGET, 1.0), *others]


def _repeated(test: Callable[[Workbench], None]) -> Callable[[int], None]:
    """As the fixture does it: each test has a bench of its own."""

    def batch(count: int) -> None:
        for _ in range(count):
            with Workbench(storefront.COMPONENT) as bench:
                test(bench)

    return batch


def _of_a_use_case(bench: Workbench) -> None:
    bench.run(create_product, as_=bench.tenant("acme"), body=_MUG)


def _of_a_request(bench: Workbench) -> None:
    bench.client(as_=bench.tenant("acme")).post("/products", _MUG).expect(201)


def _of_a_race(bench: Workbench) -> None:
    acme = bench.tenant("acme")
    product = bench.run(create_product, as_=acme, body=_MUG)
    take = bench.prepare(adjust_stock, as_=acme, path=ProductPath(product_id=product.id), body=AdjustStock(delta=-1))
    bench.every_interleaving(take, take)
