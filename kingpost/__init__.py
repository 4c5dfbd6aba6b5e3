"""The door of Kingpost: its version and what every user names. It knows no framework, and importing it loads none."""

from importlib.metadata import version

from kingpost.kernel.errors import ConfigurationError, FieldError, KernelError, Retry

__all__ = ["ConfigurationError", "FieldError", "KernelError", "Retry", "__version__"]

__version__: str


def __getattr__(name: str) -> str:
    """``__version__`` of the installed distribution, read only when somebody asks."""
    if name == "__version__":
        return version("kingpost")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
