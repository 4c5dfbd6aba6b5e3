"""Mounts a kernel in Django: one named Ninja operation per kernel operation, and a fallback behind them. It knows Django's and Ninja's routing."""

from collections.abc import Callable
from inspect import Parameter, Signature

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, re_path
from django.urls.resolvers import RoutePattern
from ninja import NinjaAPI

from kingpost.adapters.django_app.edges import respond
from kingpost.adapters.django_app.people import asked
from kingpost.adapters.django_app.places import FALLBACK, NAMESPACE, prefix_of
from kingpost.kernel.assembly import Kernel
from kingpost.kernel.operations import Operation, Registry, parameter_names

View = Callable[..., HttpResponse]


def patterns(kernel: Callable[[], Kernel]) -> list[URLPattern | URLResolver]:
    """The routes of the kernel that ``kernel()`` gives, for ``include``: each operation by its id in the namespace ``kingpost``, the fallback last."""

    def answer(request: HttpRequest, **_: str) -> HttpResponse:
        return respond(kernel(), request, prefix_of(getattr(request, "urlconf", None) or settings.ROOT_URLCONF), asked(request))

    fallback = closed_to_host(answer)
    routed = _routed(kernel().registry, answer, fallback)
    first: dict[str, URLPattern] = {}
    for pattern in routed:
        first.setdefault(pattern.pattern._route, pattern)  # noqa: SLF001  (Django has no public word for it)
    others = [pattern for pattern in routed if pattern not in first.values()]  # for reverse(): Ninja serves a path's methods by its first
    return [*map(_guarded, (*first.values(), *others)), re_path(r"", fallback, name=FALLBACK)]


class _Route(RoutePattern):
    """A route that is looked at closely only where the path begins as it does, because Django tries patterns one by one."""

    def __init__(self, route: str, name: str) -> None:
        super().__init__(route, name=name, is_endpoint=True)
        self._head = route.partition("<")[0]

    def match(self, path: str) -> object:
        """As its parent, or None at once."""
        return super().match(path) if path.startswith(self._head) else None


def _guarded(pattern: URLPattern) -> URLPattern:
    route = pattern.pattern._route  # noqa: SLF001  (as above)
    return URLPattern(_Route(route, pattern.name), pattern.callback, name=pattern.name)


def _routed(registry: Registry, answer: View, fallback: View) -> list[URLPattern]:
    """Ninja's patterns, one per operation, each with a callback that keeps from Ninja the methods it would answer with its own 405."""
    api = _Api(urls_namespace=NAMESPACE, openapi_url=None, docs_url=None)
    for operation in registry.operations:
        mounted = api.api_operation(
            [operation.method], operation.path, url_name=operation.id, summary=operation.summary, include_in_schema=False
        )
        mounted(_view(operation, answer))
    patterns = [pattern for pattern in api.urls[0] if pattern.name in registry.by_id]  # Ninja adds a root of its own
    for pattern in patterns:
        known = frozenset(each.method for each in registry.paths[registry.by_id[pattern.name].path])
        pattern.callback = closed_to_host(_only(known, pattern.callback, fallback))
    return patterns


class _Api(NinjaAPI):
    """Ninja, spared a response that it makes for views that return a plain value."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """One for all: our views return their own."""
        return _UNUSED


_UNUSED = HttpResponse()


def _view(operation: Operation, answer: View) -> View:
    """A view of the operation's own, with a ``str`` parameter for each of the path, so that Ninja refuses none; the kernel reads the raw path."""

    def view(request: HttpRequest, **_: str) -> HttpResponse:
        return answer(request)

    names = parameter_names(operation.path)
    parameters = [
        Parameter("request", Parameter.POSITIONAL_OR_KEYWORD),
        *(Parameter(name, Parameter.KEYWORD_ONLY, annotation=str) for name in names),
    ]
    view.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    view.__name__ = operation.id.replace(".", "_")
    view.__doc__ = operation.summary
    return view


def _only(methods: frozenset[str], view: View, fallback: View) -> View:
    def routed(request: HttpRequest, **parameters: str) -> HttpResponse:
        return view(request, **parameters) if request.method in methods else fallback(request)

    return routed


def closed_to_host(view: View) -> View:
    """``view`` out of the host's ATOMIC_REQUESTS, because the kernel decides where it commits, of its CSRF check and of its login page.

    The kernel looks at the credential itself: a bearer's is sent by no browser on its own, with a session it demands the proof that Django would
    demand, and whoever lacks both gets a problem document.
    """
    view.csrf_exempt = True  # type: ignore[attr-defined]
    view.login_required = False  # type: ignore[attr-defined]  # what Django's LoginRequiredMiddleware looks at
    view._non_atomic_requests = set(connections)  # type: ignore[attr-defined]  # noqa: SLF001  (what Django's own decorator sets)
    return view
