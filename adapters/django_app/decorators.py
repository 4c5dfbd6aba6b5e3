"""Decorators and a mixin for a host's own views. They know the request and what must hold of its caller."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from kingpost.adapters.django_app.host import HostCall
from kingpost.kernel.errors import KernelError

V = TypeVar("V", bound=Callable[..., Any])
Check = Callable[[HostCall], object]
"""Looks at the call of a request and raises a condition of the kernel where the view must not be called."""


def guarded(check: Check) -> Callable[[V], V]:
    """Call the view only if the check lets it pass; else answer with the problem document of what it raised.

    For function views, methods of class-based views through ``method_decorator``, and operations of django-ninja; synchronous and asynchronous.
    """

    def decorate(view: V) -> V:
        @wraps(view)
        def guard(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            refusal = _refusal(request, check)
            return view(request, *arguments, **named) if refusal is None else refusal

        @wraps(view)
        async def guard_async(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            refusal = await sync_to_async(_refusal)(request, check)
            return await view(request, *arguments, **named) if refusal is None else refusal

        chosen: Any = guard_async if iscoroutinefunction(view) else guard
        return chosen

    return decorate


def requires(permission: str) -> Callable[[V], V]:
    """Call the view only if the caller holds the permission; else answer 401 or 403 with a problem document."""
    return guarded(lambda call: call.require(permission))


def tenant_scoped(view: V) -> V:
    """Call the view only for an active tenant, which is ``request.kingpost.tenant`` then; else answer 401 or 403 with a problem document."""
    return guarded(lambda call: call.tenant)(view)


class RequiresMixin:
    """For class-based views, in front of ``View``: ``class Reports(RequiresMixin, ListView): requires = "storefront.products:read"``."""

    requires: str

    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> Any:
        """As the decorator."""
        view: Any = super()

        async def awaited(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            return await view.dispatch(request, *arguments, **named)

        ahead = awaited if view.view_is_async else view.dispatch
        return requires(self.requires)(ahead)(request, *arguments, **named)


def _refusal(request: HttpRequest, check: Check) -> HttpResponse | None:
    call: HostCall | None = getattr(request, "kingpost", None)
    if call is None:
        raise ImproperlyConfigured(
            "the view needs request.kingpost: add kingpost.adapters.django_app.middleware.KingpostMiddleware to MIDDLEWARE"
        )
    try:
        check(call)
    except KernelError as error:
        return call.problem(error)
    return None
