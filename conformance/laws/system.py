"""The laws of the ports of the machine: Clock and Entropy. It knows no implementation."""

from collections.abc import Callable
from datetime import UTC, timedelta

from kingpost.kernel.system import Clock, Entropy

from .law import Laws


class ClockLaws(Laws):
    """Everything that holds for a clock. A subclass gives a fixture ``clock``."""

    def test_now_is_aware_and_in_utc(self, clock: Clock) -> None:
        """The current instant carries UTC."""
        assert clock.now().tzinfo is UTC
        assert clock.now().utcoffset() == timedelta(0)

    def test_monotonic_never_goes_back(self, clock: Clock) -> None:
        """A later reading is not smaller than an earlier one."""
        readings = [clock.monotonic() for _ in range(100)]
        assert readings == sorted(readings)


class EntropyLaws(Laws):
    """Everything that holds for a source of chance. A subclass gives a fixture ``entropy``."""

    def test_a_draw_has_the_size_that_was_asked_for(self, entropy: Entropy) -> None:
        """Any size is served exactly, zero and beyond one hash block included."""
        for size in (0, 1, 10, 16, 32, 33, 64, 1000):
            assert len(entropy.draw("secrets", size)) == size

    def test_draws_do_not_repeat(self, entropy: Entropy) -> None:
        """A thousand draws of sixteen bytes are a thousand values."""
        assert len({entropy.draw("record-ids", 16) for _ in range(1000)}) == 1000

    def test_streams_differ(self, entropy: Entropy) -> None:
        """Two streams do not give the same bytes."""
        assert entropy.draw("record-ids", 16) != entropy.draw("request-ids", 16)


class SeededEntropyLaws(EntropyLaws):
    """What holds besides for a seeded source. A subclass also gives a fixture ``seeded``, which makes one from a number."""

    def test_a_seed_repeats_its_draws(self, seeded: Callable[[int], Entropy]) -> None:
        """Two sources with one seed give the same bytes, draw by draw."""
        first, second = seeded(7), seeded(7)
        assert [first.draw("secrets", 20) for _ in range(5)] == [second.draw("secrets", 20) for _ in range(5)]

    def test_seeds_differ(self, seeded: Callable[[int], Entropy]) -> None:
        """Another seed gives other bytes."""
        assert seeded(1).draw("secrets", 16) != seeded(2).draw("secrets", 16)

    def test_a_draw_in_one_stream_shifts_no_other(self, seeded: Callable[[int], Entropy]) -> None:
        """Record ids do not depend on how many request ids were drawn in between."""
        alone, beside = seeded(3), seeded(3)
        beside.draw("request-ids", 16)
        beside.draw("secrets", 500)
        assert alone.draw("record-ids", 10) == beside.draw("record-ids", 10)
