"""What a host's own views get: who calls, use cases in their transaction, problem documents. It knows the host's views."""

import asyncio
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import AsyncClient, Client, RequestFactory

from examples.storefront import Product
from examples.storefront.usecases import create_product
from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.decorators import requires
from kingpost.adapters.django_app.host import HostCall
from kingpost.adapters.runtime.calls import platform_context, unchanged
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, Conflict, Unauthenticated
from kingpost.kernel.outbound import HttpRequest, Target, UpstreamForbidden
from kingpost.kernel.store import PLATFORM, Scope
from kingpost.kernel.tenancy import SuspendTenant, Tenant, TenantPath, suspend_tenant
from tests.adapters.django.shop.models import Branch, Note
from tests.adapters.django.wares import WARE, calling, platform_key, tenant

pytestmark = pytest.mark.usefixtures("migrated")


@pytest.fixture(autouse=True)
def _middleware(settings: Any) -> None:
    settings.MIDDLEWARE = ["kingpost.adapters.django_app.middleware.KingpostMiddleware"]


def suspend(tenant_id: str) -> None:
    """Suspend a tenant."""

    async def run() -> None:
        async with platform_context(kernel(), write=True) as context:
            row = await context.store.get(Tenant, tenant_id)
            assert row is not None
            path, body = TenantPath(tenant_id=tenant_id), SuspendTenant(reason="late")
            await suspend_tenant(context, path=path, body=body, if_match=unchanged(row))

    drive(run())


def test_a_view_knows_who_calls() -> None:
    """A tenant's key, a platform key, nobody."""
    _, slug, key = tenant()
    assert calling(key).get("/host/whoami").json() == {"side": "tenant", "tenant": slug}
    assert calling(platform_key()).get("/host/whoami").json() == {"side": "platform", "tenant": None}
    assert Client().get("/host/whoami").json() == {"side": "anonymous", "tenant": None}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"authorization": "Bearer kp_t_" + "x" * 61}, 401, "unauthenticated"),
        ({"authorization": "Basic abc"}, 401, "unauthenticated"),
        ({"authorization": "Bearer a,Bearer b"}, 400, "malformed-header"),
    ],
)
def test_a_wrong_credential_is_refused_as_the_api_refuses_it(headers: dict[str, str], status: int, code: str) -> None:
    """401 with a challenge, 400 for a repeated header, as problem documents."""
    answer = Client(headers=headers).get("/host/whoami")
    assert (answer.status_code, answer.json()["code"], answer["content-type"]) == (status, code, "application/problem+json")
    assert answer.has_header("www-authenticate") == (status == 401)
    assert answer["request-id"] == answer.json()["request_id"]


def test_the_tenant_header_must_agree_here_too() -> None:
    """It never selects a tenant."""
    _, slug, key = tenant()
    assert calling(key).get("/host/whoami", headers={"tenant": slug}).status_code == 200
    refused = calling(key).get("/host/whoami", headers={"tenant": tenant()[1]})
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant-mismatch")


def test_a_suspended_tenant_is_refused_here_too() -> None:
    """Everywhere is everywhere."""
    id_, _, key = tenant()
    suspend(id_)
    answer = calling(key).get("/host/whoami")
    assert (answer.status_code, answer.json()["code"]) == (403, "tenant-suspended")


def test_requires_lets_in_who_may() -> None:
    """A tenant's key holds every permission of a tenant; nobody is 401."""
    assert calling(tenant()[2]).get("/host/guarded").json() == {"done": True}
    nobody = Client().get("/host/guarded")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")


def test_requires_refuses_who_may_not(rf: RequestFactory) -> None:
    """A principal without the permission is 403, and the problem names it."""
    from msgspec.structs import replace

    from kingpost.kernel.context import ANONYMOUS, Caller

    request = rf.get("/")
    call = HostCall(kernel, request)
    call.caller = Caller(principal=replace(ANONYMOUS, side="tenant"), tenant=None)
    request.kingpost = call
    answer = requires("storefront.products:write")(lambda request: pytest.fail("not refused"))(request)
    assert answer.status_code == 403
    assert b'"permission":"storefront.products:write"' in answer.content


def test_requires_without_the_middleware_says_what_is_missing(rf: RequestFactory) -> None:
    """A mistake of the project, told with its mend."""
    with pytest.raises(ImproperlyConfigured, match="KingpostMiddleware"):
        requires("x.y:z")(lambda request: pytest.fail("not refused"))(rf.get("/"))


def test_a_view_calls_use_cases_of_the_kernel() -> None:
    """The row belongs to the caller's tenant, beside the host's own row."""
    id_, _, key = tenant()
    made = calling(key).get("/host/product", {"note": id_})
    assert made.status_code == 200
    assert Note.objects.filter(text=id_).count() == 1
    assert calling(key).get(f"/api/products/{made.json()['id']}").status_code == 200


def test_in_the_hosts_transaction_a_refusal_takes_the_hosts_row_back_too(settings: Any) -> None:
    """With ATOMIC_REQUESTS the view is one transaction: the second product conflicts, and the note beside it is gone."""
    from django.db import connections

    id_, _, key = tenant()
    facts = connections["default"].settings_dict
    facts["ATOMIC_REQUESTS"] = True
    try:
        assert calling(key).get("/host/product", {"note": f"{id_}-1"}).status_code == 200
        again = calling(key).get("/host/product", {"note": f"{id_}-2"})
    finally:
        facts["ATOMIC_REQUESTS"] = False
    assert (again.status_code, again.json()["code"]) == (409, "sku-taken")
    assert list(Note.objects.filter(text__startswith=id_).values_list("text", flat=True)) == [f"{id_}-1"]


def test_errors_of_the_kernel_become_the_answers_of_the_api() -> None:
    """Whatever view raises them."""
    answer = Client().get("/host/broken")
    assert (answer.status_code, answer.json()["params"]) == (409, {"rule": "unique:shop:text"})


def test_nobody_has_no_context_unless_the_host_answers_for_it(rf: RequestFactory) -> None:
    """A scope is never guessed: it is the caller's, or the host names it."""
    id_, _, _ = tenant()
    call = HostCall(kernel, rf.get("/"))
    with pytest.raises(Unauthenticated):
        call.call(create_product, body=WARE)
    made = call.call(create_product, scope=Scope(id_), body=WARE)
    with call.context(scope=PLATFORM) as context:
        assert drive(context.store.get(Product, made.id)) == made
        assert context.unit is None


def test_a_context_that_writes_is_committed_at_its_end_or_not_at_all(rf: RequestFactory) -> None:
    """An exception in the block takes everything back."""
    id_, _, _ = tenant()
    call = HostCall(kernel, rf.get("/"))
    with pytest.raises(KeyError), call.context(write=True, scope=Scope(id_)) as context:  # noqa: PT012  (the block is what is tried)
        drive(create_product(context, body=WARE))
        raise KeyError
    with call.context(write=True, scope=Scope(id_)) as context:
        drive(create_product(context, body=WARE))
    with pytest.raises(Conflict):
        call.call(create_product, scope=Scope(id_), body=WARE)


def test_in_the_hosts_block_a_context_is_a_savepoint(rf: RequestFactory) -> None:
    """The host commits; a context that failed leaves the block usable."""
    id_, _, _ = tenant()
    call = HostCall(kernel, rf.get("/"))
    with transaction.atomic():
        first = call.call(create_product, scope=Scope(id_), body=WARE)
        with pytest.raises(Conflict):
            call.call(create_product, scope=Scope(id_), body=WARE)
        Branch.objects.create(tenant_id=id_, city="Ulm")
    assert Branch.objects.get(tenant_id=id_).tenant.id == id_
    with call.context(scope=Scope(id_)) as context:
        assert drive(context.store.get(Product, first.id)) == first


def test_under_asgi_the_middleware_is_passed_through() -> None:
    """A synchronous view gets the same call."""
    key = tenant()[2]

    async def ask() -> Any:
        return await AsyncClient().get("/host/guarded", headers={"authorization": f"Bearer {key}"})

    assert asyncio.run(ask()).json() == {"done": True}


def test_a_view_goes_on_with_the_callers_trace() -> None:
    """What its use cases send to other services belongs to the trace of the request; without one it begins here, under the request's own id."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    call = HostCall(kernel, RequestFactory().get("/", headers={"traceparent": parent}))
    with call.context(scope=PLATFORM) as context:
        assert (context.trace_id, context.sampled) == ("0af7651916cd43dd8448eb211c80319c", False)
    call = HostCall(kernel, RequestFactory().get("/"))
    with call.context(scope=PLATFORM) as context:
        assert (context.trace_id, context.sampled) == (call.request_id, True)


def test_a_view_calls_other_services_outside_its_unit_alone() -> None:
    """In a context that only reads it may; in one that writes it is told to call first."""
    request = HttpRequest(target=Target(name="rates"), method="GET", url="http://169.254.169.254/")
    call = HostCall(kernel, RequestFactory().get("/"))
    with call.context(scope=PLATFORM) as context, pytest.raises(UpstreamForbidden):
        drive(context.send(request))
    with call.context(write=True, scope=PLATFORM) as context, pytest.raises(ConfigurationError, match="inside a unit of work"):
        drive(context.send(request))
