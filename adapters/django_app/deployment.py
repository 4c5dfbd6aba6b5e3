"""Serves the standalone Django site with granian, gunicorn or uvicorn. It knows how to start and stop these servers, and nothing of Django.

WSGI is Django's own interface, so it comes first: gunicorn and granian serve it, uvicorn serves ASGI. gunicorn is the first choice because it tells
what the client sent: the raw path, and no header whose name has underscores in place of dashes.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from kingpost.adapters.runtime.settings import Bind, ServerName, Settings
from kingpost.kernel.errors import ConfigurationError

WSGI: Final = "kingpost.adapters.django_app.wsgi:application"
ASGI: Final = "kingpost.adapters.django_app.asgi:application"
GRACE_SECONDS: Final = 30
"""How long requests in flight may take once the process has been told to stop; the limit of one request is the same by default."""
THREADS: Final = 4
"""Threads per process: enough to cover waits for the database, few enough for SQLite."""


class DjangoDeployment:
    """The deployment ``django``: a site of Kingpost alone. Workers are processes; each has a few threads."""

    servers: tuple[ServerName, ...] = ("gunicorn", "granian", "uvicorn")

    def run(self, *, settings: Settings, bind: Bind, server: ServerName, workers: int) -> int:
        """Serve until SIGTERM or SIGINT; requests in flight are finished. ``ConfigurationError`` where a project is to keep the people: it has a site of its own."""
        refuse_people(settings)
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # of a host's shell: this site has settings of its own
        _SERVERS[server](bind, workers)
        return 0


def refuse_people(settings: Settings) -> None:
    """``ConfigurationError`` where a project is to keep the people: it has a site of its own, and this one would let nobody in."""
    if settings.people is not None:
        message = "KINGPOST_PEOPLE is host, whose Django project serves them by its own settings; beside it runs `kingpost serve` without --django"
        raise ConfigurationError(message)


def _granian(bind: Bind, workers: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        WSGI,
        address=bind.host,
        port=bind.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        workers_kill_timeout=GRACE_SECONDS,
        log_access=False,
    )
    server.serve()


def _gunicorn(bind: Bind, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    options = {
        "bind": bind.authority,
        "workers": workers,
        "threads": THREADS,
        "worker_class": "gthread",
        "graceful_timeout": GRACE_SECONDS,
        "limit_request_line": 8190,  # the kernel's own limits answer first, with a problem document
        "limit_request_fields": 200,
        "limit_request_field_size": 16380,
        "forwarded_allow_ips": "",  # nobody is a proxy that may set SCRIPT_NAME or the scheme; uvicorn is told the same
        "loglevel": "warning",
    }

    class Gunicorn(BaseApplication):
        """gunicorn under these options, without a command line."""

        def load_config(self) -> None:
            """Take the options."""
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            """The application, imported in the worker."""
            from kingpost.adapters.django_app.wsgi import application

            return application

    Gunicorn().run()


def _uvicorn(bind: Bind, workers: int) -> None:
    import uvicorn

    uvicorn.run(
        ASGI,
        host=bind.host,
        port=bind.port,
        workers=workers,
        http="kingpost.adapters.runtime.uvicorn_protocol:WithoutTrailers",  # over httptools, which refuses Content-Length beside chunks
        lifespan="on",
        ws="none",  # a handshake is then a plain request, which the kernel answers
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


_SERVERS: Final[Mapping[ServerName, Callable[[Bind, int], None]]] = {"granian": _granian, "gunicorn": _gunicorn, "uvicorn": _uvicorn}
