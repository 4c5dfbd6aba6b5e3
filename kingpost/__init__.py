"""The door of Kingpost: its version and what every user names. It knows no framework, and importing it loads nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kingpost.kernel.errors import ConfigurationError, FieldError, KernelError, Retry

__all__ = ["ConfigurationError", "FieldError", "KernelError", "Retry", "__version__", "apps"]

__version__: str


def __getattr__(name: str) -> object:
    """``__version__`` of the installed distribution, or a class of errors: read only when somebody asks, because every run of pytest comes by."""
    if name == "__version__":
        from importlib.metadata import version

        return version("kingpost")
    if name in __all__:
        from kingpost.kernel import errors

        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def apps(*components: str) -> tuple[str, ...]:
    """Entries for a Django project: ``INSTALLED_APPS = [*kingpost.apps("tenancy"), "shop.orders"]``. Call it once; it loads no Django.

    A name is one of Kingpost's components, or the package of a user's own. ``ConfigurationError`` for a name that is neither.
    """
    from kingpost.adapters.django_app.installing import entries

    return entries(*components)
