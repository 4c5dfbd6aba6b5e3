"""Where a target keeps its rows while it is judged: an empty database of its own, and the components that it serves. It knows ports, no database.

Everything here is stable: an adapter of a third party may rely on it.
"""

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from kingpost.adapters.memory import MemoryStorage
from kingpost.kernel.component import Component
from kingpost.kernel.policy import Policy
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Clock

from .machine import Machine

SECRET: Final = "conformance-secret-of-more-than-32-characters"
"""The root secret of every target that the kit starts."""
HOST: Final = "testserver"
"""The host name that every exchange names."""
POLICY: Final = Policy(hosts=(HOST,), secrets=(SECRET,), title="Kingpost", people="host")
"""By which every target in process answers. Sessions of a host are accepted where the component ``identity`` is served."""


class Backend(Protocol):
    """A kind of database, found by an entry point of the group ``kingpost.backends``."""

    @property
    def name(self) -> str:
        """What the command line calls it."""
        ...

    def scratch(self, folder: Path) -> AbstractContextManager[str]:
        """The URL of a new, empty database, which is gone afterwards. ``Unreachable`` where there is no server for it."""
        ...

    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:
        """A storage with tables for these records; in an empty database they are made first."""
        ...


class MemoryBackend:
    """Dictionaries: the reference."""

    name = "memory"

    @contextmanager
    def scratch(self, folder: Path) -> Generator[str]:  # noqa: ARG002  (the port's signature)
        """Nothing need be made."""
        yield "memory:"

    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:  # noqa: ARG002  (the port's signature)
        """An empty storage."""
        return MemoryStorage(records=records, clock=clock)


class Setup(Struct, frozen=True, kw_only=True):
    """What a target is made from."""

    components: tuple[Component, ...]
    """What it serves; tenancy is among them."""
    backend: Backend = MemoryBackend()
    url: str = "memory:"
    """A database of the backend for this target alone, empty; or for those that share a machine, and then the first makes the tables."""
    policy: Policy = POLICY
    machine: Machine | None = None
    """Clock, chance and log that it shares with another target; without one it has its own."""

    @property
    def records(self) -> tuple[type[Record], ...]:
        """Everything that the components persist."""
        return tuple(record for component in self.components for record in component.records)
