"""Serves the bare application with the settings of the process. It knows where a kernel comes from."""

from kingpost.adapters.runtime import composition, database

from .app import BareAsgi


def create() -> BareAsgi:
    """What ``uvicorn --factory`` calls: the kernel is assembled without I/O, the database is opened when the server starts."""
    kernel, lifespan = database.kernel_of(composition.settings_of_process())
    return BareAsgi(kernel, lifespan=lifespan)
