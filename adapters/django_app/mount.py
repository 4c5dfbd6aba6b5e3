"""Mounts a kernel in Django: one named Ninja operation per kernel operation, and a fallback behind them. It knows Django's and Ninja's routing."""

from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, get_urlconf, re_path
from ninja import NinjaAPI

from kingpost.adapters.django_app.edges import respond
from kingpost.adapters.django_app.places import FALLBACK, NAMESPACE, prefix_of
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.operations import Operation, parameter_names

View = Callable[..., HttpResponse]


def patterns(kernel: Callable[[], Kernel]) -> list[URLPattern]:
    """The routes of the kernel that ``kernel()`` gives, for ``include``: each operation by its id in the namespace ``kingpost``, the fallback last."""

    def answer(request: HttpRequest, **_: str) -> HttpResponse:
        return respond(kernel(), request, prefix_of(get_urlconf()))

    registry, fallback = kernel().registry, closed_to_host(answer)
    api = NinjaAPI(urls_namespace=NAMESPACE, openapi_url=None, docs_url=None)
    for operation in registry.operations:
        facts = {"url_name": operation.id, "summary": operation.summary, "include_in_schema": False}
        api.api_operation([operation.method], operation.path, **facts)(_view(operation, answer))
    known = {operation.id: frozenset(each.method for each in registry.paths[operation.path]) for operation in registry.operations}
    return [*_wrapped(api.urls[0], known, fallback), re_path(r"", fallback, name=FALLBACK)]


def _view(operation: Operation, answer: View) -> View:
    """A view of the operation's own, with a ``str`` parameter for each of the path, so that Ninja refuses none; the kernel reads the raw path."""

    def view(request: HttpRequest, **_: str) -> HttpResponse:
        return answer(request)

    names = parameter_names(operation.path)
    parameters = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD), *(Parameter(name, Parameter.KEYWORD_ONLY, annotation=str) for name in names)]
    view.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    view.__name__ = operation.id.replace(".", "_")
    view.__doc__ = operation.summary
    return view


def _wrapped(routed: list[URLPattern], known: dict[str, frozenset[str]], fallback: View) -> Iterator[URLPattern]:
    """Ninja's patterns, each with a callback that keeps from Ninja the methods it would answer with its own 405."""
    for pattern in routed:
        if pattern.name in known:
            pattern.callback = closed_to_host(_only(known[pattern.name], pattern.callback, fallback))
            yield pattern


def _only(methods: frozenset[str], view: View, fallback: View) -> View:
    def routed(request: HttpRequest, **parameters: str) -> HttpResponse:
        return view(request, **parameters) if request.method in methods else fallback(request)

    return routed


def closed_to_host(view: View) -> View:
    """``view`` out of the host's ATOMIC_REQUESTS, because the kernel decides where it commits, and of its CSRF check, because the credential is a bearer's."""
    view.csrf_exempt = True  # type: ignore[attr-defined]
    view._non_atomic_requests = set(connections)  # type: ignore[attr-defined]  # noqa: SLF001  (what Django's own decorator sets)
    return view
