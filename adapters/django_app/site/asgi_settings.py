"""Settings of the standalone site under ASGI. It knows one difference: Django runs each request in a thread of its own, so no connection may stay there."""

from kingpost.adapters.django_app.site.databases import database
from kingpost.adapters.django_app.site.settings import *  # noqa: F403  (Django settings are module names)
from kingpost.adapters.django_app.site.settings import _kingpost

DATABASES = {"default": database(_kingpost, lasting=False)}
