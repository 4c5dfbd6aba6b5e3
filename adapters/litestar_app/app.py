"""The Litestar application that ``kingpost serve`` runs: one kernel from the settings of the process, its database opened with the loop."""

from typing import Any

from litestar import Litestar, Request

from kingpost.adapters.runtime import composition, database
from kingpost.adapters.runtime.settings import Settings

from .plugin import KingpostPlugin
from .responses import Unrouted


def create() -> Litestar:
    """The application of this process's settings; what ``granian --factory`` and ``uvicorn --factory`` call."""
    return application(composition.settings_of_process())


def application(settings: Settings) -> Litestar:
    """The application of these settings. Litestar's own OpenAPI pages, logging and debug pages are off: the kernel has its own."""
    kernel, lifespan = database.kernel_of(settings)
    plugin = KingpostPlugin(kernel, prefix=settings.prefix, lifespan=lifespan)

    def outside(_: Request[Any, Any, Any], __: Exception) -> Unrouted:
        """There is no host outside the prefix: the kernel's word holds there too."""
        return Unrouted(plugin.edge)

    return Litestar(plugins=[plugin], exception_handlers={404: outside}, openapi_config=None, logging_config=None, debug=False)
