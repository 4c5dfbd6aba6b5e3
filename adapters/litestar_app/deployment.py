"""Serves the Litestar application with granian or uvicorn. It knows how to start and stop these servers; the kernel's settings are not its business."""

import signal
from collections.abc import Callable, Mapping
from typing import Final

from kingpost.adapters.runtime.settings import Bind, ServerName, Settings

APPLICATION: Final = "kingpost.adapters.litestar_app.app:create"
GRACE_SECONDS: Final = 30
"""How long requests in flight may take once the process has been told to stop; the limit of one request is the same by default."""


class LitestarDeployment:
    """The deployment ``litestar``. Each worker is a process that makes the application from its settings; one is the default, as SQLite wants."""

    servers: tuple[ServerName, ...] = ("granian", "uvicorn")

    def run(self, *, settings: Settings, bind: Bind, server: ServerName, workers: int) -> int:
        """Serve until SIGTERM or SIGINT; requests in flight are finished."""
        _SERVERS[server](bind, workers)
        return 0


def _granian(bind: Bind, workers: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        APPLICATION,
        address=bind.host,
        port=bind.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=workers,
        workers_kill_timeout=GRACE_SECONDS,
        websockets=False,  # a handshake is then a plain request, which the kernel answers
        log_access=False,
    )
    server.serve()


def _uvicorn(bind: Bind, workers: int) -> None:
    import uvicorn

    # uvicorn raises the signal again once it has stopped; with this handler that is the end of a process that did what it was told.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(
        APPLICATION,
        factory=True,
        host=bind.host,
        port=bind.port,
        workers=workers,
        http="kingpost.adapters.runtime.uvicorn_protocol:WithoutTrailers",  # over httptools, which refuses Content-Length beside chunks
        lifespan="on",
        ws="none",  # as above
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


_SERVERS: Final[Mapping[ServerName, Callable[[Bind, int], None]]] = {"granian": _granian, "uvicorn": _uvicorn}
