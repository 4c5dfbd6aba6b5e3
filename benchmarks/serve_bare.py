"""Serves a bare application: ``python -m benchmarks.serve_bare litestar|ninja SERVER PORT``. It knows the servers' options, the same as the deployments'."""

import sys
from typing import Any

LITESTAR = "benchmarks.bare_litestar:litestar"
NINJA = "benchmarks.bare_wsgi:application"
THREADS = 4


def serve(framework: str, server: str, port: int) -> None:
    """Serve until told to stop."""
    {"uvicorn": _uvicorn, "granian": _granian, "gunicorn": _gunicorn}[server](framework, port)


def _uvicorn(framework: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415

    del framework  # it serves ASGI
    options: dict[str, Any] = {
        "http": "httptools",
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "log_level": "warning",
    }
    uvicorn.run(LITESTAR, factory=True, host="127.0.0.1", port=port, **options)


def _granian(framework: str, port: int) -> None:
    from granian.constants import Interfaces  # noqa: PLC0415
    from granian.server import Server  # noqa: PLC0415

    if framework == "litestar":
        Server(LITESTAR, address="127.0.0.1", port=port, interface=Interfaces.ASGI, factory=True, log_access=False).serve()
    else:
        Server(NINJA, address="127.0.0.1", port=port, interface=Interfaces.WSGI, blocking_threads=THREADS, log_access=False).serve()


def _gunicorn(framework: str, port: int) -> None:
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415

    del framework  # it serves WSGI

    class Gunicorn(BaseApplication):  # type: ignore[misc]
        """gunicorn with one worker."""

        def load_config(self) -> None:
            """Take the options."""
            for name, value in {"bind": f"127.0.0.1:{port}", "threads": THREADS, "worker_class": "gthread", "loglevel": "warning"}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            """The application."""
            from .bare_wsgi import application  # noqa: PLC0415  (in the worker)

            return application

    Gunicorn().run()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
