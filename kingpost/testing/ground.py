"""What a workbench stands on: a stage of the kit that is made once for each set of components and emptied for each test. It knows no test."""

from collections.abc import Coroutine, Iterable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, TypeVar

from msgspec import structs

from kingpost.conformance.stepping.stage import UNREMEMBERED, Scene, Stage
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component, Service
from kingpost.kernel.driving import drive, explain
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.policy import Policy

from .parties import Narrowing

T = TypeVar("T")

POLICY: Final = structs.replace(UNREMEMBERED, access_log=True)
"""Nothing is remembered between requests, so that a test need not wait until something is forgotten."""
_IDLE: Final[dict[tuple[int, ...], list["Ground"]]] = {}
"""Grounds that no test stands on, by the identities of their components, which they keep alive."""


def taken(components: tuple[Component, ...]) -> "Ground":
    """A ground for the components, for one test alone."""
    idle = _IDLE.setdefault(tuple(map(id, components)), [])
    try:
        return idle.pop()
    except IndexError:
        return Ground(components)


class Ground:
    """A stage, and the kernels that were assembled over it."""

    def __init__(self, components: tuple[Component, ...]) -> None:
        """``ConfigurationError`` where the components contradict each other."""
        self._components = components
        self.stage = Stage(components, policy=POLICY)
        rows = self.stage.snapshot()
        self._empty = Scene(rows=rows, past=rows)
        self._kernels: dict[Policy, Kernel] = {POLICY: self.stage.kernel}
        self._permissions = frozenset(permission.name for component in components for permission in component.permissions)

    def begin(self, policy: Policy, *, now: datetime, seed: str) -> None:
        """Nothing is there but a key of the platform, and nothing has happened."""
        stage = self.stage
        self._reign(policy)
        self.supply({})
        stage.memory.clear()
        stage.machine.seed = seed
        stage.begin(self._empty)
        stage.machine.reset(0, now)
        stage.machine.enter("world")

    def give_back(self) -> None:
        """Let another test stand here."""
        _IDLE[tuple(map(id, self._components))].append(self)

    def driven(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it; where it waits for an event loop, the error says where and what to do."""
        try:
            return drive(coroutine)
        except Exception as error:
            explain(error)
            raise

    def govern(self, **settings: Any) -> None:
        """Other settings from now on. ``ConfigurationError`` for one that there is not."""
        names = Policy.__struct_fields__
        for name in settings:
            if name not in names:
                raise ConfigurationError(f"Policy has no setting {name!r}; it has {', '.join(names)}")
        self._reign(structs.replace(self.stage.kernel.policy, **settings))

    def supply(self, fakes: Mapping[type[Any], object]) -> None:
        """The services of the components, with the fakes in place of some."""
        kernel = self.stage.kernel
        kernel.supply(_with(self._components, fakes))
        self.stage.admit(kernel.authenticator)
        kernel.authenticator = Narrowing(kernel.authenticator, self._permissions)

    def _reign(self, policy: Policy) -> None:
        known = self._kernels.get(policy)
        if known is None:
            ports = Ports(storage=self.stage.kernel.storage, system=self.stage.machine.system)
            known = self._kernels[policy] = assemble(ports=ports, components=self._components, policy=policy)
        self.stage.kernel = known


def with_required(components: Iterable[Component]) -> tuple[Component, ...]:
    """The components, each once and behind what it requires of Kingpost's own. ``ConfigurationError`` for what must be named."""
    found: dict[str, Component] = {}
    for component in components:
        _add(component, found)
    return tuple(found.values())


def _add(component: Component, found: dict[str, Component]) -> None:
    for name in component.requires:
        if name not in found:
            if find_spec(f"kingpost.kernel.{name}") is None:
                raise ConfigurationError(f"component {component.name!r} requires {name!r}: name its COMPONENT too, before this one")
            _add(import_module(f"kingpost.kernel.{name}").COMPONENT, found)
    if found.setdefault(component.name, component) is not component:
        raise ConfigurationError(f"component {component.name!r} is named twice, and the two are not the same: name one of them")


def _with(components: tuple[Component, ...], fakes: Mapping[type[Any], object]) -> tuple[Component, ...]:
    """The components with the fakes: in front, for whoever asks while services are made, and in place of what a component would bring."""
    if not fakes:
        return components
    supplied = {port: Service(port, lambda _, fake=fake: fake) for port, fake in fakes.items()}
    first = Component(name="testing", package="kingpost.testing", services=tuple(supplied.values()))
    return (first, *(structs.replace(each, services=tuple(supplied.get(s.port, s) for s in each.services)) for each in components))
