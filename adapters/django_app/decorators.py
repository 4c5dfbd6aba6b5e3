"""Decorators for a host's own views. They know the request and one permission."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from kingpost.kernel.errors import KernelError

View = Callable[..., HttpResponse]


def requires(permission: str) -> Callable[[View], View]:
    """Call the view only if the caller holds the permission; else answer 401 or 403 with a problem document. For synchronous views."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            call = getattr(request, "kingpost", None)
            if call is None:
                raise ImproperlyConfigured(
                    "@requires needs request.kingpost: add kingpost.adapters.django_app.middleware.KingpostMiddleware to MIDDLEWARE"
                )
            try:
                call.require(permission)
            except KernelError as error:
                problem: HttpResponse = call.problem(error)
                return problem
            return view(request, *arguments, **named)

        return guarded

    return decorate
