"""Decorators and the mixin for a host's views: function, class-based, asynchronous and django-ninja. It knows views without URLs."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.views import View
from ninja import NinjaAPI

from kingpost.adapters.django_app.decorators import RequiresMixin, requires, tenant_scoped
from kingpost.adapters.django_app.middleware import KingpostMiddleware
from tests.adapters.django.wares import platform_key, tenant

pytestmark = pytest.mark.usefixtures("migrated")
READ = "storefront.products:read"


@requires(READ)
def function_view(request: HttpRequest) -> HttpResponse:
    """An ordinary view."""
    return HttpResponse("in")


class ClassView(RequiresMixin, View):
    """A class-based view."""

    requires = READ

    def get(self, request: HttpRequest) -> HttpResponse:
        """Its GET."""
        return HttpResponse("in")


@requires(READ)
async def async_view(request: HttpRequest) -> HttpResponse:
    """A view of an ASGI project."""
    return HttpResponse("in")


class AsyncClassView(RequiresMixin, View):
    """A class-based view of an ASGI project."""

    requires = READ

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Its GET."""
        return HttpResponse("in")


@tenant_scoped
def of_a_tenant(request: HttpRequest) -> HttpResponse:
    """A view that needs the tenant, whatever the caller may do."""
    return HttpResponse(request.kingpost.tenant.slug)


api = NinjaAPI(urls_namespace="decorated")


@api.get("/thing/{number}")
@requires(READ)
def operation(request: HttpRequest, number: int) -> dict[str, int]:
    """An operation of the host's own django-ninja."""
    return {"number": number}


def ninja_view(request: HttpRequest) -> HttpResponse:
    """The operation as its URL would call it."""
    (pattern,) = (pattern for pattern in api.urls[0] if "thing" in str(pattern.pattern))
    answer: HttpResponse = pattern.callback(request, number="7")
    return answer


def sent(view: Callable[..., Any], key: str | None) -> HttpResponse:
    """What a synchronous view behind the middleware answers."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    answer: HttpResponse = KingpostMiddleware(view)(RequestFactory().get("/", headers=headers))
    return answer


def sent_async(view: Callable[..., Any], key: str | None) -> HttpResponse:
    """What an asynchronous view behind the middleware answers."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}

    async def asked() -> HttpResponse:
        answer: HttpResponse = await KingpostMiddleware(view)(AsyncRequestFactory().get("/", headers=headers))
        return answer

    return asyncio.run(asked())


VIEWS = [
    pytest.param(sent, function_view, id="function"),
    pytest.param(sent, ClassView.as_view(), id="class"),
    pytest.param(sent, ninja_view, id="ninja"),
]
ASYNC_VIEWS = [pytest.param(sent_async, async_view, id="async"), pytest.param(sent_async, AsyncClassView.as_view(), id="async class")]


@pytest.mark.parametrize(("send", "view"), VIEWS)
def test_a_view_is_called_for_those_who_may(send: Callable[..., HttpResponse], view: Callable[..., Any]) -> None:
    """A tenant's key passes; nobody is 401 and the platform 403, with the problem documents of the API."""
    _, _, key = tenant()
    assert send(view, key).status_code == 200
    for refused, status in ((None, 401), (platform_key(), 403)):
        answer = send(view, refused)
        assert (answer.status_code, answer["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(("send", "view"), ASYNC_VIEWS)
def test_an_asynchronous_view_is_guarded_too(send: Callable[..., HttpResponse], view: Callable[..., Any]) -> None:
    """The check runs in a thread, where Django's connection may be used."""
    assert send(view, None).status_code == 401
    assert send(view, "nonsense").status_code == 401


def test_a_tenants_view_has_its_tenant() -> None:
    """The tenant is on the call; nobody is 401, the platform 403 ``tenant-required``."""
    _, slug, key = tenant()
    assert sent(of_a_tenant, key).content == slug.encode()
    assert sent(of_a_tenant, None).status_code == 401
    assert b'"tenant-required"' in sent(of_a_tenant, platform_key()).content


def test_without_the_middleware_it_says_what_to_do() -> None:
    """A view whose project forgot the middleware names it."""
    with pytest.raises(ImproperlyConfigured, match="KingpostMiddleware"):
        function_view(RequestFactory().get("/"))
