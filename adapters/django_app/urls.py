"""What a host includes: ``path("", include("kingpost.adapters.django_app.urls"))``, last where it is mounted at the root. It knows only where to look."""

from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, re_path

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.mount import patterns
from kingpost.adapters.django_app.places import FALLBACK, NAMESPACE
from kingpost.kernel.errors import ConfigurationError

app_name = NAMESPACE


def _routes() -> list[URLPattern | URLResolver]:
    """The kernel's routes. Where it cannot be made, the system checks say why in words, and every request here says it in the log."""
    try:
        return patterns(kernel)
    except ConfigurationError as error:
        problem = str(error)

    def refuse(request: HttpRequest) -> NoReturn:  # noqa: ARG001  (Django's signature)
        raise ImproperlyConfigured(problem)

    return [re_path(r"", refuse, name=FALLBACK)]


urlpatterns = _routes()
