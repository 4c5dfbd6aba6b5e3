"""Asynchronous views of a host: what asks the database is awaited, and the synchronous door says so. It knows views without URLs."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncRequestFactory
from django.utils.decorators import method_decorator
from django.views import View

from examples.storefront import Product
from examples.storefront.usecases import create_product
from kingpost.adapters.django_app.decorators import RequiresMixin, requires, tenant_scoped
from kingpost.adapters.django_app.middleware import KingpostMiddleware
from kingpost.kernel.driving import KernelSuspended, drive
from tests.adapters.django.wares import WARE, tenant

pytestmark = pytest.mark.usefixtures("migrated")
READ = "storefront.products:read"


def sent(view: Callable[..., Any], key: str | None) -> HttpResponse:
    """What an asynchronous view behind the middleware answers."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}

    async def asked() -> HttpResponse:
        answer: HttpResponse = await KingpostMiddleware(view)(AsyncRequestFactory().get("/", headers=headers))
        return answer

    return asyncio.run(asked())


async def ask_synchronously(request: HttpRequest, asked: Callable[[Any], object]) -> HttpResponse:
    """A view that does as if it were synchronous."""
    asked(request.kingpost)
    return HttpResponse("in")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(lambda call: call.caller, ("await request.kingpost.acaller()", "@requires"), id="caller"),
        pytest.param(lambda call: call.tenant, ("await request.kingpost.acaller()", "@tenant_scoped"), id="tenant"),
        pytest.param(lambda call: call.require(READ), ("await request.kingpost.acaller()",), id="require"),
        pytest.param(lambda call: call.call(create_product, body=WARE), ("await request.kingpost.acall(use_case, ...)",), id="call"),
        pytest.param(lambda call: call.context(write=True), ("await request.kingpost.acall(", "sync_to_async"), id="context"),
    ],
)
def test_the_synchronous_door_is_closed_under_a_loop(asked: Callable[[Any], object], words: tuple[str, ...]) -> None:
    """Django's own exception for it, with what to write instead; nothing has been sent to the database."""

    async def view(request: HttpRequest) -> HttpResponse:
        return await ask_synchronously(request, asked)

    with pytest.raises(SynchronousOnlyOperation) as refused:
        sent(view, tenant()[2])
    assert all(word in str(refused.value) for word in words)


def test_drive_says_the_same_of_itself() -> None:
    """Who drives a use case by hand is told to move the call to a worker thread."""

    async def view(request: HttpRequest) -> HttpResponse:
        drive(asyncio.sleep(0))
        return HttpResponse("in")

    with pytest.raises(KernelSuspended, match="worker thread"):
        sent(view, None)


def test_an_asynchronous_view_awaits_the_call() -> None:
    """The same use case, caller, permission and tenant; what was awaited once is known."""
    _, slug, key = tenant()

    async def view(request: HttpRequest) -> JsonResponse:
        call = request.kingpost
        caller = await call.acaller()
        await call.arequire(READ)
        made: Product = await call.acall(create_product, body=WARE)
        assert made.tenant_id == caller.tenant.id
        return JsonResponse({"sku": made.sku, "tenant": call.tenant.slug, "side": call.caller.principal.side})

    assert sent(view, key).content == f'{{"sku": "MUG-01", "tenant": "{slug}", "side": "tenant"}}'.encode()


def test_a_refusal_that_was_awaited_is_raised_in_the_view() -> None:
    """As by the synchronous call."""
    from kingpost.kernel.errors import Conflict, Unauthenticated

    async def twice(request: HttpRequest) -> HttpResponse:
        await request.kingpost.acall(create_product, body=WARE)
        with pytest.raises(Conflict):
            await request.kingpost.acall(create_product, body=WARE)
        return HttpResponse("in")

    async def nobody(request: HttpRequest) -> HttpResponse:
        with pytest.raises(Unauthenticated):
            await request.kingpost.arequire(READ)
        return HttpResponse("in")

    assert (sent(twice, tenant()[2]).content, sent(nobody, None).content) == (b"in", b"in")


@tenant_scoped
async def of_a_tenant(request: HttpRequest) -> HttpResponse:
    """Behind the guard the tenant is known without awaiting."""
    return HttpResponse(request.kingpost.tenant.slug)


def test_a_guard_has_asked_already() -> None:
    """Behind ``@tenant_scoped`` and ``@requires`` the caller is read without a database."""
    _, slug, key = tenant()
    assert sent(of_a_tenant, key).content == slug.encode()


class Mixed(RequiresMixin, View):
    """An asynchronous class-based view behind the mixin."""

    requires = READ

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Its GET."""
        return HttpResponse(request.kingpost.tenant.slug)


@method_decorator(requires(READ), name="dispatch")
class Decorated(View):
    """The same behind Django's own way to decorate a class."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Its GET."""
        return HttpResponse(request.kingpost.tenant.slug)


@pytest.mark.parametrize("view", [Mixed, Decorated])
def test_an_asynchronous_class_based_view_is_guarded(view: type[View]) -> None:
    """``dispatch`` is no coroutine function, yet its check waits where it may."""
    _, slug, key = tenant()
    assert sent(view.as_view(), key).content == slug.encode()
    assert sent(view.as_view(), None).status_code == 401
