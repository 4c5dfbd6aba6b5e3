"""What the kit does, as values: a Check is one law that is tried on one target. It knows no law and no way to report one."""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kingpost.kernel.component import Component
from kingpost.kernel.operations import Operation
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record

from .backend import POLICY
from .target import Capability, Target
from .world import World, fresh

Tier: TypeAlias = Literal["core", "edge", "server"]
"""``core``: the kernel decides it. ``edge``: the adapter could get in the way. ``server``: the server decides it, so its failure is not the adapter's."""


class Profile(Struct, frozen=True, kw_only=True):
    """How much is tried."""

    name: Literal["quick", "ci", "nightly"]
    steps: int
    """Steps of random programs that are played on the target and on those it is compared with."""
    probes: int
    """Cross-tenant probes, at least; the registry decides how many more there are."""
    seeds: int
    """Seeded schedules of the stepping part."""
    every_fault: bool = False
    """Try every kind of fault at every port call, not the eight commonest alone."""
    mutants: bool = True
    """Prove that the kit finds what it is there to find."""
    servers: bool = False
    """Try what judges the server and not the adapter."""


PROFILES: Final = {
    "quick": Profile(name="quick", steps=1_000, probes=200, seeds=50, mutants=False),
    "ci": Profile(name="ci", steps=20_000, probes=2_000, seeds=2_000),
    "nightly": Profile(name="nightly", steps=1_000_000, probes=20_000, seeds=200_000, every_fault=True, servers=True),
}


class Kit(Struct, frozen=True, kw_only=True):
    """What is common to all targets of a run."""

    components: tuple[Component, ...]
    """What every target serves."""
    policy: Policy = POLICY
    """By which every target in process answers."""
    profile: Profile = PROFILES["quick"]
    seed: int = 0
    """Of everything that is drawn by chance."""
    schedule: str = ""
    """One schedule of the stepping part, to be played again; empty for all."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Everything that the components offer."""
        return tuple(operation for component in self.components for operation in component.operations)

    @property
    def records(self) -> tuple[type[Record], ...]:
        """Everything that the components persist."""
        return tuple(record for component in self.components for record in component.records)


class Arena:
    """One target, those it is compared with, and the world that its checks share."""

    def __init__(self, kit: Kit, target: Target, *, against: tuple[Target, ...] = ()) -> None:
        self.kit = kit
        self.target = target
        self.against = against
        self._world: World | None = None

    def world(self) -> World:
        """The world as it was made; made again after ``spoil``."""
        if self._world is None:
            self._world = fresh(self.target)
        return self._world

    def spoil(self) -> None:
        """Tell that the target is no longer as the world says."""
        self._world = None


class Skipped(Exception):
    """A check cannot be tried here; the message is the reason."""


class Check(Struct, frozen=True, kw_only=True):
    """One law and how it is tried."""

    id: str
    """Dotted, lower case; never given to another law."""
    component: str
    """The component that it judges, or the part of the kit: ``http``, ``isolation``, ``parity``, ``stepping``, ``mutants``, ``schema``."""
    law: str
    """What must hold, in one sentence."""
    run: Callable[[Arena], str]
    """Tries it: returns a note with figures, or nothing worth telling (""); ``AssertionError`` where the law is broken, ``Skipped`` where it cannot be tried."""
    tier: Tier = "core"
    needs: frozenset[Capability] = frozenset()
    """What the target must be able to do."""
    compares: bool = False
    """Tried only where there is another target to compare with."""
    once: bool = False
    """Judges no target but the kit or the kernel: tried once in a run."""
