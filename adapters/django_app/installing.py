"""Which entries INSTALLED_APPS needs for components. It knows names of packages; it loads neither Django nor a component."""

from importlib.util import find_spec
from pkgutil import iter_modules

from kingpost import adapters
from kingpost.kernel.errors import ConfigurationError

CORE = "kingpost.adapters.django_app"
"""The app that holds the ledger, the checks, the commands and the kernel."""


def entries(*components: str) -> tuple[str, ...]:
    """The core app, then one entry per component: a name of Kingpost's, or the package of a user's. ``ConfigurationError`` for anything else."""
    return (CORE, *(_entry(name) for name in dict.fromkeys(components)))


def _entry(name: str) -> str:
    if name in _ours():
        return f"{CORE}.{name}"
    if "." in name:
        return name
    message = (
        f"kingpost.apps({name!r}): no such component; Kingpost's own are {', '.join(_ours())}; list a component of yours by its package"
    )
    raise ConfigurationError(message)


def _ours() -> tuple[str, ...]:
    """The components that have a Django app here: packages below this one with a ``models`` module."""
    here = f"{adapters.__path__[0]}/django_app"
    return tuple(module.name for module in iter_modules([here]) if module.ispkg and find_spec(f"{CORE}.{module.name}.models"))
