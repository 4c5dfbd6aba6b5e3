"""Finds targets and backends by name, and opens one for the length of a block. It knows entry points and imports, no adapter."""

import difflib
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError, KernelError
from kingpost.kernel.policy import Policy

from .backend import POLICY, Backend, MemoryBackend, Setup
from .bench import Machine
from .both import AND, Both, is_both
from .child import ChildTarget
from .servers import SERVERS, server
from .target import Capability, Target, TargetFactory, Unreachable
from .transports.url import UrlTarget

TARGETS: Final = "kingpost.targets"
"""The entry point group: ``mine = "package.module:factory"``, where the factory is a ``TargetFactory``."""
BACKENDS: Final = "kingpost.backends"
"""The entry point group: ``mine = "package.module:Class"``, where the class follows ``Backend`` and is made without arguments."""
REFERENCE: Final = "memory"
"""The target that the others are compared with."""


def find(name: str, *, key: str = "", lacks: frozenset[Capability] = frozenset()) -> TargetFactory:
    """The factory of a target: a name from the group ``kingpost.targets``; ``package.module:factory``, looked for in the current folder too;
    ``deployment@server``; two of them on one database, ``A+B``; or the URL of a server somewhere, whose platform credential is ``key`` and which cannot do what it ``lacks``.

    ``Unreachable`` where there is none, with what there is, or with what it needs.
    """
    if "://" in name:
        return lambda _: _checked(UrlTarget(name, key=key, lacks=lacks))
    if is_both(name):
        return _both(name)
    if "@" in name:
        return server(name)
    return _imported(name) if ":" in name else load(TARGETS, "target", name)


def _both(name: str) -> TargetFactory:
    """Of two targets that take turns. They live in a process of their own, because there are frameworks that a process can hold only once."""
    names = name.split(AND)
    if len(names) != 2 or any("@" in each for each in names):
        raise Unreachable(f"no target {name!r}: two targets in process can take turns, as in litestar{AND}django-wsgi")
    for each in names:
        find(each)
    return partial(_apart, name)


def _apart(name: str, setup: Setup) -> Target:
    if isinstance(setup.backend, MemoryBackend):
        raise Unreachable(f"{name}: the two share a database, so give them one: --backend sqlite or postgresql")
    return ChildTarget(partial(both, name), setup)


def both(name: str, setup: Setup) -> Target:
    """The two targets of ``A+B`` on one machine, in this process: the first makes the tables, the second finds them."""
    shared = structs.replace(setup, machine=Machine())
    with ExitStack() as begun:
        sides = list[Target]()
        for each in name.split(AND):
            sides.append(find(each)(shared))
            begun.callback(sides[-1].close)
        made = Both(name, *sides)
        begun.pop_all()
    return made


def _checked(target: UrlTarget) -> Target:
    target.check()
    return target


def find_backend(name: str) -> Backend:
    """The backend of this name; ``Unreachable`` as for ``find``."""
    found: Backend = load(BACKENDS, "backend", name)()
    return found


def names() -> tuple[str, ...]:
    """The targets that have a name here."""
    return (*sorted(entry_points(group=TARGETS).names), *SERVERS)


@contextmanager
def opened(
    name: str,
    components: tuple[Component, ...],
    *,
    folder: Path,
    backend: str = "memory",
    policy: Policy = POLICY,
    key: str = "",
    lacks: frozenset[Capability] = frozenset(),
) -> Generator[Target, None, None]:
    """The target of this name, on an empty database of its own in the folder or on a server; both are gone afterwards. See ``find``."""
    factory = find(name, key=key, lacks=lacks)
    chosen = MemoryBackend() if name == REFERENCE or "://" in name else find_backend(backend)
    with (
        chosen.scratch(folder) as url,
        closing(made(name, factory, Setup(components=components, backend=chosen, url=url, policy=policy))) as target,
    ):
        yield target


def made(name: str, factory: TargetFactory, setup: Setup) -> Target:
    """What the factory makes. Somebody else's may do anything instead; then there is nothing to judge, and ``Unreachable`` says what it did and where."""
    try:
        target = factory(setup)
    except (ConfigurationError, KernelError, Unreachable):
        raise
    except (Exception, SystemExit) as error:
        raise Unreachable(f"the target {name!r} cannot be made: {_in_a_line(error)}") from error
    if not callable(getattr(target, "send", None)):
        raise Unreachable(f"the target {name!r} cannot be made: its factory returns {type(target).__name__}, which is no target")
    return target


def load(group: str, kind: str, name: str) -> Callable[..., Any]:
    """What the entry point of this group names; ``kind`` is what a person calls it. ``Unreachable`` as for ``find``."""
    found = tuple(entry_points(group=group, name=name))
    if not found:
        there = list(names()) if group == TARGETS else sorted(entry_points(group=group).names)
        raise Unreachable(f"no {kind} {name!r}{_nearest(name, there)}; there are {', '.join(there)}")
    try:
        return _callable(found[0].load(), name)
    except ModuleNotFoundError as error:
        extra = f"kingpost[{', '.join(found[0].extras)}]" if found[0].extras else "what it needs"
        raise Unreachable(f"the {kind} {name!r} needs the module {error.name!r}; install {extra}") from None


def _nearest(name: str, there: list[str]) -> str:
    near = difflib.get_close_matches(name, there, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _imported(name: str) -> TargetFactory:
    """``package.module:factory``."""
    path, _, attribute = name.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        module = import_module(path)
    except ModuleNotFoundError as error:
        raise Unreachable(f"no target {name!r}: there is no module {error.name!r}, neither installed nor in {folder}") from None
    except (Exception, SystemExit) as error:  # a module of somebody else may do anything while it is imported
        raise Unreachable(f"the target {name!r} cannot be imported: {_in_a_line(error)}") from error
    if not hasattr(module, attribute):
        raise Unreachable(f"no target {name!r}: {path} has no {attribute!r}{_nearest(attribute, dir(module))}")
    return _callable(getattr(module, attribute), name)


def _in_a_line(error: BaseException) -> str:
    """What was raised, and in which line of which file."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}{f': {said}' if said else ''} ({last.filename}, line {last.lineno})"


def _callable(found: object, name: str) -> Callable[..., Any]:
    if not callable(found):
        raise Unreachable(f"{name!r} names {type(found).__name__}, not a function that makes a target from a setup")
    return found
