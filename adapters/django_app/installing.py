"""Which entries INSTALLED_APPS needs for components. It knows names of packages; it loads neither Django nor a component."""

from importlib.util import find_spec
from pathlib import Path
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
    if "." in name or _holds_component(name):
        return name
    message = (
        f"kingpost.apps({name!r}): no such component; Kingpost's own are {', '.join(_ours())}; list a component of yours by its package"
    )
    raise ConfigurationError(message)


def _holds_component(name: str) -> bool:
    """Whether a package at the top, which a mistyped name of ours could be too, says ``COMPONENT`` in its door."""
    spec = find_spec(name) if name.isidentifier() else None
    door = Path(spec.origin) if spec is not None and spec.origin is not None else None
    return door is not None and door.name == "__init__.py" and door.is_file() and "COMPONENT" in door.read_text(encoding="utf-8")


def _ours() -> tuple[str, ...]:
    """The components that have a Django app here: packages below this one with a ``models`` module."""
    here = f"{adapters.__path__[0]}/django_app"
    return tuple(module.name for module in iter_modules([here]) if module.ispkg and find_spec(f"{CORE}.{module.name}.models"))
