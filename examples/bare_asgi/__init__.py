"""A third adapter, to read: the whole API as one bare ASGI application, without a web framework. The kernel is the API; this only carries bytes.

``uvicorn --factory examples.bare_asgi.serve:create`` serves it, with the settings of ``kingpost serve``.
``kingpost conformance --target examples.bare_asgi.target:bare_asgi`` proves that nobody outside can tell it from the others.
"""

from .app import BareAsgi

__all__ = ("BareAsgi",)
