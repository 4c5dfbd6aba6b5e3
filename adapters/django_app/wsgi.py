"""The WSGI entry: Django's handler, with the path kept as the server sent it. It knows one key of the environment.

A host's own ``wsgi.py``: ``application = keeping_path(get_wsgi_application())``. Served as it is, without DJANGO_SETTINGS_MODULE, it is the
standalone site.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from django.core.wsgi import get_wsgi_application

from kingpost.adapters.django_app.edges import SENT_PATH

Application: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def keeping_path(django: Application) -> Application:
    """``django``, told what PATH_INFO was: Django mends broken UTF-8 in it, and then %FF and %25FF cannot be told apart."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[SENT_PATH] = environ.get("PATH_INFO", "")
        return django(environ, start_response)

    return application


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kingpost.adapters.django_app.site.settings")
application = keeping_path(get_wsgi_application())
