"""What stands around a host's view, before and behind it: the mechanism for stored answers and added headers. It knows views without URLs."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from ninja import NinjaAPI
from ninja.decorators import decorate_view

from kingpost.adapters.django_app.decorators import around
from kingpost.adapters.django_app.host import HostCall
from kingpost.adapters.django_app.middleware import KingpostMiddleware
from kingpost.kernel.errors import Conflict, NotFound
from tests.adapters.django.shop.models import Note
from tests.adapters.django.wares import tenant

pytestmark = pytest.mark.usefixtures("migrated")
Between = Generator[None, HttpResponseBase, HttpResponseBase | None]

STORED: dict[str, HttpResponse] = {}
CALLED: list[str] = []


@pytest.fixture(autouse=True)
def _emptied() -> None:
    STORED.clear()
    CALLED.clear()


def once(call: HostCall) -> Between:
    """A decorator as the idempotency component will have one: the first answer is stored, and given again without calling the view."""
    key = call.request.headers["idempotency-key"]
    if key in STORED:
        return STORED[key]
    try:
        response = yield
    except Conflict as refused:
        response = call.problem(refused)
    STORED[key] = HttpResponse(response.content, status=response.status_code, headers={"Idempotent-Replayed": "true"})
    return response


def counted(call: HostCall) -> Between:
    """A decorator as the rates component will have one: it refuses, or adds a header to what the view answered."""
    if call.caller.tenant is None:
        raise NotFound
    response = yield
    response["RateLimit"] = f'"{call.caller.tenant.slug}";r=1'
    return None


def answer(request: HttpRequest) -> HttpResponse:
    """The view itself."""
    CALLED.append(request.headers["idempotency-key"])
    if "refused" in CALLED[-1]:
        raise Conflict
    return HttpResponse(f"answer {len(CALLED)}")


@around(once)
@around(counted)
def function_view(request: HttpRequest) -> HttpResponse:
    """A function."""
    return answer(request)


@around(once)
@around(counted)
async def async_view(request: HttpRequest) -> HttpResponse:
    """A coroutine function."""
    return answer(request)


@method_decorator([around(once), around(counted)], name="dispatch")
class ClassView(View):
    """A class."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Its GET."""
        return answer(request)


@method_decorator([around(once), around(counted)], name="dispatch")
class AsyncClassView(View):
    """A class with coroutine functions."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Its GET."""
        return answer(request)


api = NinjaAPI(urls_namespace="surrounded")


@api.get("/sync")
@decorate_view(around(once), around(counted))
def operation(request: HttpRequest) -> HttpResponse:
    """An operation of the host's own django-ninja."""
    return answer(request)


@api.get("/bare")
@around(counted)
def bare(request: HttpRequest) -> dict[str, int]:
    """The decorator where there is no response yet."""
    return {}


api_async = NinjaAPI(urls_namespace="surrounded-async")


@api_async.get("/async")
@decorate_view(around(once), around(counted))
async def async_operation(request: HttpRequest) -> HttpResponse:
    """The same, asynchronous."""
    return answer(request)


def of_ninja(api: NinjaAPI, name: str) -> Callable[..., Any]:
    """The view of an operation."""
    (view,) = (pattern.callback for pattern in api.urls[0] if str(pattern.pattern) == name)
    chosen: Callable[..., Any] = view
    return chosen


Ask = Callable[..., HttpResponse]


def sent(view: Callable[..., Any], token: str, key: str | None) -> HttpResponse:
    """What a synchronous view behind the middleware answers."""
    headers = {"idempotency-key": token, **({} if key is None else {"authorization": f"Bearer {key}"})}
    got: HttpResponse = KingpostMiddleware(view)(RequestFactory().get("/", headers=headers))
    return got


def sent_async(view: Callable[..., Any], token: str, key: str | None) -> HttpResponse:
    """What an asynchronous view behind the middleware answers."""
    headers = {"idempotency-key": token, **({} if key is None else {"authorization": f"Bearer {key}"})}

    async def asked() -> HttpResponse:
        got: HttpResponse = await KingpostMiddleware(view)(AsyncRequestFactory().get("/", headers=headers))
        return got

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("ask", "view"),
    [
        pytest.param(sent, function_view, id="function"),
        pytest.param(sent, ClassView.as_view(), id="class"),
        pytest.param(sent, of_ninja(api, "sync"), id="ninja"),
        pytest.param(sent_async, async_view, id="async"),
        pytest.param(sent_async, AsyncClassView.as_view(), id="async class"),
        pytest.param(sent_async, of_ninja(api_async, "async"), id="async ninja"),
    ],
)
class TestEveryKindOfView:
    """One decorator for all of them."""

    def test_the_second_request_gets_the_first_answer(self, ask: Ask, view: Callable[..., Any]) -> None:
        """The view is called once, and its header was added before it was stored."""
        _, slug, key = tenant()
        first, again = ask(view, "a", key), ask(view, "a", key)
        assert (first.content, again.content, CALLED) == (b"answer 1", b"answer 1", ["a"])
        assert (first["RateLimit"], again["Idempotent-Replayed"]) == (f'"{slug}";r=1', "true")

    def test_a_refusal_before_the_view_is_its_problem_document(self, ask: Ask, view: Callable[..., Any]) -> None:
        """Nobody gets past the inner steps, and the view is not called."""
        refused = ask(view, "b", None)
        assert (refused.status_code, refused["content-type"], CALLED) == (404, "application/problem+json", [])


@pytest.mark.parametrize(
    ("ask", "view"), [pytest.param(sent, function_view, id="function"), pytest.param(sent_async, async_view, id="async")]
)
def test_what_the_view_raises_comes_out_of_the_yield(ask: Ask, view: Callable[..., Any]) -> None:
    """Steps may answer it, and the stored answer is given again."""
    key = tenant()[2]
    first, again = ask(view, "refused", key), ask(view, "refused", key)
    assert (first.status_code, again.status_code, first.content, CALLED) == (409, 409, again.content, ["refused"])


def test_what_nobody_catches_goes_on() -> None:
    """The host's own exceptions stay what they are."""

    @around(counted)
    def broken(request: HttpRequest) -> HttpResponse:
        raise KeyError

    with pytest.raises(KeyError):
        sent(broken, "c", tenant()[2])


def test_a_block_around_the_yield_stays_open_while_the_view_runs() -> None:
    """So the stored answer and the view's rows are one transaction: what fails behind the view takes its rows back."""
    id_, _, key = tenant()

    def stored(call: HostCall) -> Between:
        with transaction.atomic():
            response = yield
            if "fails" in call.request.headers["idempotency-key"]:
                raise Conflict
        return response

    @around(stored)
    def view(request: HttpRequest) -> HttpResponse:
        assert connections["default"].in_atomic_block
        Note.objects.create(text=f"{id_}-{request.headers['idempotency-key']}")
        return HttpResponse()

    sent(view, "kept", key)
    with pytest.raises(Conflict):
        sent(view, "fails", key)
    assert list(Note.objects.filter(text__startswith=id_).values_list("text", flat=True)) == [f"{id_}-kept"]


def test_a_lazy_response_is_rendered_before_it_is_looked_at() -> None:
    """Steps that store a body find one."""
    seen: list[bytes] = []

    def looking(call: HostCall) -> Between:
        response = yield
        seen.append(response.content)
        return None

    @around(looking)
    def view(request: HttpRequest) -> TemplateResponse:
        return TemplateResponse(request, "admin/404.html")

    assert sent(view, "d", None).content == seen[0]


def test_an_operation_of_ninja_without_a_response_is_told() -> None:
    """With the line to write instead."""
    with pytest.raises(ImproperlyConfigured, match="decorate_view"):
        sent(of_ninja(api, "bare"), "e", tenant()[2])


def never(call: HostCall) -> Between:
    """Forgets the view."""
    if call is None:
        yield
    return None


def twice(call: HostCall) -> Between:
    """Yields once too often."""
    yield
    yield
    return None


@pytest.mark.parametrize(("steps", "words"), [(never, "neither yield"), (twice, "yield twice")])
def test_steps_that_are_none_are_told(steps: Callable[[HostCall], Between], words: str) -> None:
    """By their name."""
    with pytest.raises(ImproperlyConfigured, match=words) as told:
        sent(around(steps)(lambda request: HttpResponse()), "f", None)
    assert steps.__name__ in str(told.value)
