"""Finding components by name and deployments by entry point. It knows how to import and what to say when that fails; it runs nothing."""

import difflib
import pkgutil
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from kingpost import kernel
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError

from .deployment import Deployment

DEPLOYMENTS = "kingpost.deployments"
"""The entry point group: ``litestar = "package.module:Class"``, where the class follows ``Deployment``."""


def components(names: Iterable[str]) -> tuple[Component, ...]:
    """The components of these names. ``ConfigurationError`` names the one that is not there, and what to write instead."""
    return tuple(_component(name) for name in names)


def _component(name: str) -> Component:
    package = _package(name)
    found = getattr(package, "COMPONENT", None)
    if not isinstance(found, Component):
        message = (
            f"component {name!r}: {package.__name__} has no COMPONENT; its __init__ must hold one (kingpost.kernel.component.Component)"
        )
        raise ConfigurationError(message)
    return found


def _package(name: str) -> ModuleType:
    """Of names without a dot, Kingpost's own components come first."""
    if "." not in name and name in ours():
        return _import(f"kingpost.kernel.{name}", name)
    return _import(name, name)


def _import(path: str, name: str) -> ModuleType:
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{path}.".startswith(f"{error.name}."):
            message = f"component {name!r} is not there: no module {error.name!r}{_suggestion(name)}"
        else:
            message = f"component {name!r} cannot be imported: it needs the module {error.name!r}, which is not installed"
        raise ConfigurationError(message) from None
    except ConfigurationError:
        raise
    except (Exception, SystemExit) as error:  # a module that ends the process when it is imported is no component
        message = f"component {name!r} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigurationError(message) from error


_ALWAYS_THERE = ("resilience",)
"""Folders of the kernel that every kernel has, so that nobody chooses them."""


def ours() -> tuple[str, ...]:
    """The names of Kingpost's own components."""
    return tuple(module.name for module in pkgutil.iter_modules(kernel.__path__) if module.ispkg and module.name not in _ALWAYS_THERE)


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, ours(), n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; Kingpost's own are {', '.join(ours())}, a component of yours needs its import path and must be importable from here"


def deployment(name: str) -> Deployment:
    """The deployment of this name. ``ConfigurationError`` says which extra is missing."""
    found = tuple(entry_points(group=DEPLOYMENTS, name=name))
    if not found:
        there = ", ".join(sorted(entry_points(group=DEPLOYMENTS).names)) or "none"
        message = f"no deployment {name!r} is installed (there is: {there}); run: pip install 'kingpost[{name}]'"
        raise ConfigurationError(message)
    try:
        made: Deployment = found[0].load()()
    except ModuleNotFoundError as error:
        message = f"the deployment {name!r} needs the module {error.name!r}; run: pip install 'kingpost[{name}]'"
        raise ConfigurationError(message) from None
    return made
