"""Litestar as a target of the conformance kit. It knows the kit and the plugin; nothing of the adapter imports it."""

from typing import cast

from litestar import Litestar

from kingpost.conformance.backend import Setup
from kingpost.conformance.inprocess import AsgiTarget
from kingpost.conformance.target import Target
from kingpost.conformance.transports import asgi
from kingpost.kernel.assembly import Kernel

from .plugin import KingpostPlugin


def litestar(setup: Setup) -> Target:
    """An application that holds Kingpost and nothing else, in this process."""
    return AsgiTarget("litestar", setup, _application)


def _application(kernel: Kernel) -> asgi.App:
    return cast("asgi.App", Litestar(plugins=[KingpostPlugin(kernel)], openapi_config=None, logging_config=None, debug=False))
