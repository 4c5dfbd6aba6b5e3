"""The laws of the ports on the implementations over dictionaries. It knows which records the laws need and nothing of the laws."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from kingpost.adapters.memory import MemoryClock, MemoryStorage, SeededEntropy
from kingpost.conformance.laws import SPECIMENS, Bench, ClockLaws, SeededEntropyLaws, StorageLaws
from kingpost.kernel.driving import drive
from kingpost.kernel.store import Storage


class TestMemoryStorageDriven(StorageLaws):
    """Without an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Bench[Storage]:
        """One storage for all laws, as a database would be."""
        return Bench(MemoryStorage(records=SPECIMENS), drive)


class TestMemoryStorageUnderAsyncio(StorageLaws):
    """Inside an event loop."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Iterator[Bench[Storage]]:
        """One storage and one loop for all laws."""
        with asyncio.Runner() as runner:
            yield Bench(MemoryStorage(records=SPECIMENS), runner.run)


class TestMemoryClock(ClockLaws):
    """The clock that tests set."""

    @pytest.fixture
    def clock(self) -> MemoryClock:
        """A clock at its start."""
        return MemoryClock()


class TestSeededEntropy(SeededEntropyLaws):
    """Chance from a seed."""

    @pytest.fixture
    def entropy(self) -> SeededEntropy:
        """A source with the default seed."""
        return SeededEntropy()

    @pytest.fixture
    def seeded(self) -> Callable[[int], SeededEntropy]:
        """Makes a source from a seed."""
        return SeededEntropy
