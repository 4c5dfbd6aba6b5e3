"""The door of Kingpost: its version and what every user names. It knows no framework, and importing it loads none."""

from importlib.metadata import version

from kingpost.kernel.errors import ConfigurationError, FieldError, KernelError, Retry

__all__ = ["ConfigurationError", "FieldError", "KernelError", "Retry", "__version__", "apps"]

__version__: str


def __getattr__(name: str) -> str:
    """``__version__`` of the installed distribution, read only when somebody asks."""
    if name == "__version__":
        return version("kingpost")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def apps(*components: str) -> tuple[str, ...]:
    """Entries for a Django project: ``INSTALLED_APPS = [*kingpost.apps("tenancy"), "shop.orders"]``. Call it once; it loads no Django.

    A name is one of Kingpost's components, or the package of a user's own. ``ConfigurationError`` for a name that is neither.
    """
    from kingpost.adapters.django_app.installing import entries

    return entries(*components)
