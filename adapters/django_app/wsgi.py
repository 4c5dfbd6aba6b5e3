"""The WSGI entry; without DJANGO_SETTINGS_MODULE it is that of the standalone site. It knows only what to put together."""

import os

from django.core.wsgi import get_wsgi_application

from kingpost.adapters.django_app.entries import keeping_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kingpost.adapters.django_app.site.settings")
application = keeping_path(get_wsgi_application())
