"""``kingpost.testing`` over a Django project: the test case's transaction, the project's own URLs and test client. It knows the storefront and the host."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase
from msgspec import structs

from examples.storefront import COMPONENT, Product
from examples.storefront.model import AdjustStock, ProductPath
from examples.storefront.usecases import adjust_stock, create_product
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.signals import tenant_changed
from kingpost.kernel.context import Context
from kingpost.kernel.errors import Conflict, Unavailable
from kingpost.testing import ComponentLaws
from kingpost.testing.django import ProjectBench, WithKingpost
from tests.adapters.django.shop.models import Note
from tests.adapters.django.wares import MUG, WARE

pytestmark = pytest.mark.usefixtures("migrated")


class TestInATestCase(WithKingpost, TestCase):
    """What a project's own test case finds."""

    def test_a_use_case_runs_in_the_transaction_of_the_test(self) -> None:
        """Its rows are there, beside those that the project wrote, and nothing is committed."""
        acme = self.kingpost.tenant("acme")
        Note.objects.create(text="beside")
        self.kingpost.run(create_product, as_=acme, body=WARE)
        assert [product.sku for product in self.kingpost.rows(Product)] == ["MUG-01"]
        assert connection.in_atomic_block

    def test_nothing_of_another_test_is_there(self) -> None:
        """The rows go with the test's transaction; the same slug can be taken again."""
        self.kingpost.tenant("acme")
        assert self.kingpost.rows(Product) == ()

    def test_a_client_goes_through_the_projects_urls(self) -> None:
        """Under the prefix that the project has given, with the caller's key."""
        api = self.kingpost.client(as_=self.kingpost.tenant("acme"))
        made = api.post("/products", MUG).expect(201)
        assert made.location == f"/api/products/{made.json['id']}"
        assert api.get(f"/products/{made.json['id']}").expect(200).etag == made.etag
        self.kingpost.client().get("/products").expect(401, "unauthenticated")

    def test_what_waits_for_the_commit_is_done(self) -> None:
        """A test case never commits; the work that a use case leaves for the commit is done when the call is over."""
        told: list[str] = []

        def hear(sender: object, change: str, **_: Any) -> None:
            told.append(change)

        tenant_changed.connect(hear)
        try:
            self.kingpost.tenant("acme")
            self.kingpost.client(as_=self.kingpost.platform).post("/platform/tenants", {"slug": "other", "name": "Other"}).expect(201)
        finally:
            tenant_changed.disconnect(hear)
        assert told == ["created", "created"]

    def test_what_is_rolled_back_leaves_nothing_for_the_commit(self) -> None:
        """A use case that is refused has no work done behind it."""
        told: list[str] = []

        async def refused(context: Context) -> None:
            context.on_commit(lambda: told.append("done"))
            raise Conflict

        with pytest.raises(Conflict):
            self.kingpost.run(refused, as_=self.kingpost.tenant("acme"))
        assert told == []

    def test_time_and_faults_are_the_tests(self) -> None:
        """The clock is moved by the test, and the next call of the store can fail."""
        acme = self.kingpost.tenant("acme")
        before = self.kingpost.clock.now()
        self.kingpost.clock.advance(hours=3)
        product = self.kingpost.run(create_product, as_=acme, body=WARE)
        assert (product.created_at - before).total_seconds() == 3 * 3600
        self.kingpost.fail_next("replace", Unavailable)
        path = f"/products/{product.id}/stock-adjustments"
        self.kingpost.client(as_=acme).post(path, {"delta": 1}).expect(503, "unavailable")
        self.kingpost.client(as_=acme).post(path, {"delta": 1}).expect(200)

    def test_the_projects_own_views_have_the_same_kernel(self) -> None:
        """A view of the project sees the caller, because the bench's kernel stands in the place of the project's."""
        acme = self.kingpost.tenant("acme")
        assert kernel() is self.kingpost.kernel
        with self.settings(MIDDLEWARE=["kingpost.adapters.django_app.middleware.KingpostMiddleware"]):
            answer = self.client.get("/host/whoami", headers=dict(acme.headers))
        assert "acme" in answer.content.decode()

    def test_a_refusal_inside_keeps_the_projects_rows(self) -> None:
        """A unit of work is a savepoint of the test's transaction."""
        acme = self.kingpost.tenant("acme")
        product = self.kingpost.run(create_product, as_=acme, body=WARE)
        path, body = ProductPath(product_id=product.id), AdjustStock(delta=-1)
        with transaction.atomic():
            Note.objects.create(text="kept")
            with pytest.raises(Conflict):
                self.kingpost.run(adjust_stock, as_=acme, path=path, body=body)
        assert Note.objects.filter(text="kept").exists()


class TestLawsInDjango(ComponentLaws, SimpleTestCase):
    """The laws for components run in a test case of Django too."""

    component = COMPONENT


def test_afterwards_the_project_has_its_own_kernel() -> None:
    """The bench takes the kernel's place for its block alone."""
    own = kernel()
    with ProjectBench() as bench:
        assert kernel() is bench.kernel is not own
    assert kernel() is own


@pytest.mark.django_db
def test_settings_and_services_can_be_others(kingpost_django: ProjectBench) -> None:
    """Policy and ports are overridden for one test, over the project's rows."""
    acme = kingpost_django.tenant("acme")
    kingpost_django.override_settings(limits=structs.replace(kingpost_django.kernel.policy.limits, body=10))
    kingpost_django.client(as_=acme).post("/products", MUG).expect(413, "body-too-large")
    kingpost_django.client(as_=acme.only()).get("/products").expect(403, "permission-missing")
