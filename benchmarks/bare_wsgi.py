"""The bare Ninja API as a WSGI application, made when a server's worker imports this module. It knows no Kingpost route."""

import tempfile
from pathlib import Path

from django.core.handlers.wsgi import WSGIHandler

from . import site

site.configure(Path(tempfile.gettempdir()) / "kingpost-bench-never-opened.sqlite3")
application = WSGIHandler()
