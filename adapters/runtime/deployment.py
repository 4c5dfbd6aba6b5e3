"""The port between the command line and a web adapter that can be served. It knows neither framework."""

from typing import Protocol

from .settings import Bind, ServerName, Settings


class Deployment(Protocol):
    """One way to serve the kernel; found by the entry point group ``kingpost.deployments``, made without arguments."""

    @property
    def servers(self) -> tuple[ServerName, ...]:
        """The servers it runs on; the first is its default."""
        ...

    def run(self, *, settings: Settings, bind: Bind, server: ServerName, workers: int) -> int:
        """Serve until told to stop, then return the process's exit code.

        ``settings`` are complete. SIGTERM ends it gracefully: no new connection, requests in flight are finished. Processes it starts find the
        same settings with ``composition.settings_of_process()``.
        """
        ...
