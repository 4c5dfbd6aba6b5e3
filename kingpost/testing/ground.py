"""What a workbench stands on: a stage of the kit that is made once for each set of components and emptied for each test. It knows no test."""

from collections.abc import Coroutine, Iterable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, TypeVar

from msgspec import structs

from kingpost.conformance.machine import Machine
from kingpost.conformance.stepping.stage import UNREMEMBERED, Scene, Stage
from kingpost.kernel.assembly import Kernel, Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.driving import drive, explain
from kingpost.kernel.errors import ConfigurationError
from kingpost.kernel.policy import Policy
from kingpost.kernel.store import Storage
from kingpost.kernel.wire import RawReply, RawRequest

from .bench import with_fakes
from .client import Requests
from .parties import Narrowing

T = TypeVar("T")

POLICY: Final = structs.replace(UNREMEMBERED, access_log=True)
"""Nothing is remembered between requests, so that a test need not wait until something is forgotten."""
_IDLE: Final[dict[tuple[int, ...], list["StageGround"]]] = {}
"""Grounds that no test stands on, by the identities of their components, which they keep alive."""


def taken(components: tuple[Component, ...]) -> "StageGround":
    """A ground for the components, for one test alone."""
    idle = _IDLE.setdefault(tuple(map(id, components)), [])
    try:
        return idle.pop()
    except IndexError:
        return StageGround(components)


class StageGround:
    """A stage, and the kernels that were assembled over it."""

    def __init__(self, components: tuple[Component, ...]) -> None:
        """``ConfigurationError`` where the components contradict each other."""
        self._components = components
        self.stage = Stage(components, policy=POLICY)
        self._empty = Scene(rows={}, past={})
        self._kernels: dict[Policy, Kernel] = {POLICY: self.stage.kernel}

    @property
    def kernel(self) -> Kernel:
        """The one that answers now."""
        return self.stage.kernel

    @property
    def machine(self) -> Machine:
        """Clock, chance, log and metrics."""
        return self.stage.machine

    @property
    def storage(self) -> Storage:
        """The rows, without a stop."""
        return self.stage.memory

    def begin(self, policy: Policy, *, now: datetime, seed: str) -> None:
        """Nothing is there, and nothing has happened."""
        stage = self.stage
        self.govern(policy)
        self.supply({})
        stage.machine.seed = seed
        stage.begin(self._empty)
        stage.machine.reset(0, now)
        stage.machine.enter("world")

    def leave(self) -> None:
        """Let another test stand here, if nothing stays open that it would find."""
        self.stage.check_nothing_is_left()
        _IDLE[tuple(map(id, self._components))].append(self)

    def driven(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it; where it waits for an event loop, the error says where and what to do."""
        return driven(coroutine)

    def sent(self, request: RawRequest) -> RawReply:
        """Through every stage of the pipeline, and no framework."""
        reply = self.driven(self.kernel.answer(request))
        if reply.failure is not None:
            raise reply.failure
        return reply

    def requests(self, *, key: str | None, headers: Mapping[str, str]) -> Requests:
        """For the host that the policy names first."""
        return Requests(key=key, headers={"host": self.kernel.policy.hosts[0], **headers})

    def govern(self, policy: Policy) -> None:
        """Other settings, over the same rows; a kernel for them is assembled once."""
        known = self._kernels.get(policy)
        if known is None:
            ports = Ports(storage=self.kernel.storage, system=self.machine.system)
            known = self._kernels[policy] = assemble(ports=ports, components=self._components, policy=policy)
        self.stage.kernel = known

    def supply(self, fakes: Mapping[type[Any], object]) -> None:
        """Fresh services, so that none remembers what another test did."""
        kernel = self.kernel
        kernel.supply(with_fakes(self._components, fakes))
        self.stage.admit(kernel.authenticator)
        kernel.authenticator = Narrowing(kernel.authenticator, kernel.components)


def driven(coroutine: Coroutine[Any, Any, T]) -> T:
    """What comes of it; where it waits for an event loop, the error says where and what to do."""
    try:
        return drive(coroutine)
    except Exception as error:
        explain(error)
        raise


def with_required(components: Iterable[Component]) -> tuple[Component, ...]:
    """The components, each once and behind what it requires of Kingpost's own. ``ConfigurationError`` for what must be named."""
    found: dict[str, Component] = {}
    for component in components:
        _add(component, found)
    return tuple(found.values())


def _add(component: Component, found: dict[str, Component]) -> None:
    for name in component.requires:
        if name not in found:
            _add(_own(name, component), found)
    if found.setdefault(component.name, component) is not component:
        raise ConfigurationError(f"component {component.name!r} is named twice, and the two are not the same: name one of them")


def _own(name: str, wanted_by: Component) -> Component:
    """The component of Kingpost's own."""
    place = f"kingpost.kernel.{name}"
    own: Component | None = getattr(import_module(place), "COMPONENT", None) if find_spec(place) is not None else None
    if own is None:
        raise ConfigurationError(
            f"{wanted_by.declared}: component {wanted_by.name!r} requires {name!r}: name its COMPONENT too, before this one"
        )
    return own
