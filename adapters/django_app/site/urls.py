"""The URLs of the standalone site: Kingpost under its prefix, and the kernel's word for everything else. It knows no operation."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path

from kingpost.adapters.django_app.apps import kernel
from kingpost.adapters.django_app.edges import respond, unforeseen
from kingpost.adapters.django_app.mount import closed_to_host


@closed_to_host
def outside(request: HttpRequest, exception: object = None) -> HttpResponse:  # noqa: ARG001  (Django passes what it would have answered)
    """What no pattern leads to (outside the prefix, ``OPTIONS *``): the kernel's 404."""
    return respond(kernel(), request, settings.KINGPOST_PREFIX)


def failed(request: HttpRequest) -> HttpResponse:
    """What went wrong in Django itself, which has logged it and shown it to its signal."""
    return unforeseen(kernel(), request, None)


handler400 = handler403 = handler404 = outside
handler500 = failed
urlpatterns = [
    path(settings.KINGPOST_PREFIX.lstrip("/") + ("/" if settings.KINGPOST_PREFIX else ""), include("kingpost.adapters.django_app.urls")),
    re_path(r"", outside),
]
