"""The ASGI entry, guarded; without DJANGO_SETTINGS_MODULE it is that of the standalone site. It knows only what to put together."""

import os

from django.core.asgi import get_asgi_application

from kingpost.adapters.django_app.entries import guarded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kingpost.adapters.django_app.site.asgi_settings")
application = guarded(get_asgi_application())
