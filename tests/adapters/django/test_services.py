"""Services of a host in Django, in the manner of svcs: a container for each request, closed behind it. It knows one view."""

import asyncio
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.host import svcs_from
from kingpost.adapters.django_app.middleware import KingpostMiddleware
from kingpost.kernel.store import PLATFORM


class Mailer:
    """A service of the host that is opened and closed."""

    def __init__(self) -> None:
        self.open = True


MADE: list[Mailer] = []


def mailer() -> Iterator[Mailer]:
    """A mailer for one request."""
    made = Mailer()
    MADE.append(made)
    yield made
    made.open = False


@pytest.fixture(autouse=True)
def _registered(migrated: object) -> Iterator[None]:
    kernel().services.register_factory(Mailer, mailer)
    MADE.clear()
    yield
    kernel().services._services.pop(Mailer)


def use_mailer(request: HttpRequest) -> HttpResponse:
    """The view and a use case get one instance."""
    first = svcs_from(request).get(Mailer)
    with request.kingpost.context(scope=PLATFORM) as context:
        return HttpResponse(status=200 if context.get(Mailer) is first and first.open else 500)


async def use_mailer_async(request: HttpRequest) -> HttpResponse:
    """An asynchronous view."""
    return HttpResponse(status=200 if svcs_from(request).get(Mailer).open else 500)


def break_down(request: HttpRequest) -> HttpResponse:
    """The view fails while its service is open."""
    svcs_from(request).get(Mailer)
    raise RuntimeError


def test_a_request_has_one_container() -> None:
    """View and use case get one instance, the next request gets another, and each is closed behind its request."""
    middleware = KingpostMiddleware(use_mailer)
    assert [middleware(RequestFactory().get("/")).status_code for _ in range(2)] == [200, 200]
    assert [made.open for made in MADE] == [False, False]


async def _one(middleware: KingpostMiddleware) -> int:
    response = await middleware(AsyncRequestFactory().get("/"))
    return int(response.status_code)


def test_an_asynchronous_view_has_one_too() -> None:
    """Under ASGI the container is closed when the coroutine has ended, not before."""
    assert asyncio.run(_one(KingpostMiddleware(use_mailer_async))) == 200
    assert [made.open for made in MADE] == [False]


def test_a_failed_request_closes_its_services() -> None:
    """What the view raises closes the container all the same."""
    with pytest.raises(RuntimeError):
        KingpostMiddleware(break_down)(RequestFactory().get("/"))
    assert [made.open for made in MADE] == [False]
