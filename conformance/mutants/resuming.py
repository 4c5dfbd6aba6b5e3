"""An arena whose world is made once and then put back, row by row: a mutant is asked a thousand things. It knows the memory store, no fault."""

from collections.abc import Iterable

from kingpost.adapters.memory import MemoryStorage, Snapshot
from kingpost.conformance.backend import MemoryBackend
from kingpost.conformance.check import Arena, Kit
from kingpost.conformance.inprocess import KernelTarget
from kingpost.conformance.target import Target
from kingpost.conformance.world import NOW, SEED, World, fresh
from kingpost.kernel.records import Record
from kingpost.kernel.store import Storage
from kingpost.kernel.system import Clock


class Kept(MemoryBackend):
    """Dictionaries that stay within reach, below whatever is broken above them."""

    storage: MemoryStorage

    async def open(self, url: str, *, records: Iterable[type[Record]], clock: Clock) -> Storage:  # noqa: ARG002  (the port's signature)
        """An empty storage."""
        self.storage = MemoryStorage(records=records, clock=clock)
        return self.storage


class Resumed(Arena):
    """Begins each world where the first one began, with other chance to come: its ids are taken."""

    def __init__(self, kit: Kit, target: KernelTarget, kept: Kept, *, against: tuple[Target, ...] = ()) -> None:
        super().__init__(kit, target, against=against)
        self._bench = target.bench
        self._kept = kept
        self._first: tuple[World, Snapshot] | None = None

    def world(self) -> World:
        """The world as it was made."""
        if self._world is None:
            self._world = self._made()
        return self._world

    def _made(self) -> World:
        if self._first is None:
            world = fresh(self.target)
            self._first = (world, self._kept.storage.snapshot())
            return world
        world, rows = self._first
        self._kept.storage.clear()  # at once, where the reset would go row by row
        self.target.reset(seed=SEED, now=NOW)
        self._kept.storage.restore(rows)
        self._bench.machine.reset(SEED + 1, NOW)
        return {**world}
