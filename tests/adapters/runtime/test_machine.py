"""Laws of the machine's clock and chance."""

import os
from datetime import UTC

from kingpost.adapters.runtime.machine import SystemClock, SystemEntropy


def test_the_clock_is_aware_and_in_utc() -> None:
    """Two readings are in order and carry UTC; the monotonic one never goes back."""
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second
    assert clock.monotonic() <= clock.monotonic()


def test_chance_has_the_asked_size_and_never_repeats() -> None:
    """Streams share nothing that could be predicted."""
    entropy = SystemEntropy()
    drawn = {entropy.draw(stream, 16) for stream in ("record-ids", "request-ids", "secrets") for _ in range(100)}
    assert len(drawn) == 300
    assert {len(each) for each in drawn} == {16}
    assert entropy.draw("secrets", 0) == b""


def test_a_forked_process_draws_other_bytes() -> None:
    """Nothing is kept that a fork would copy."""
    entropy = SystemEntropy()
    entropy.draw("secrets", 16)
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, entropy.draw("secrets", 16))
        os._exit(0)
    os.wait()
    theirs = os.read(read, 16)
    os.close(read)
    os.close(write)
    assert theirs != entropy.draw("secrets", 16)
