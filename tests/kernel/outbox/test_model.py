"""The decisions of the outbox: delays, the end of patience, what a payload is bound to."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from kingpost.kernel.outbox.model import LAST_ATTEMPT, LONGEST_DELAY, Failure, binding, delay, delivered, failed, given_back
from kingpost.kernel.outbox.records import Event

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
FAILURE = Failure(consumer="post.carry", reason="unavailable")


def event(attempts: int) -> Event:
    """An event after so many claims."""
    return Event(
        id="evt_00000000000000000000000000",
        tenant_id=None,
        type="post.letter.written",
        payload=b"sealed",
        request_id="r",
        state="waiting",
        due_at=NOW + timedelta(minutes=1),
        attempts=attempts,
        published_at=NOW,
    )


def test_delays_double_up_to_an_hour_and_are_spread_over_their_second_half() -> None:
    """Attempt after attempt the longest delay doubles until an hour; chance takes at most half of it away."""
    longest = [delay(attempt, 1.0) for attempt in range(1, LAST_ATTEMPT)]
    assert longest[:4] == [1, 2, 4, 8]
    assert max(longest) == LONGEST_DELAY
    assert all(later == min(2 * earlier, LONGEST_DELAY) for earlier, later in pairwise(longest))
    assert [delay(attempt, 0.0) * 2 for attempt in range(1, LAST_ATTEMPT)] == longest
    assert delay(100_000, 1.0) == LONGEST_DELAY


def test_a_failure_is_tried_again_by_the_clock_of_the_claim() -> None:
    """Due again so long after the claim, with the reason kept and everything else as it was."""
    after = failed(event(3), FAILURE, claimed_at=NOW, now=NOW + timedelta(hours=9), chance=1.0)
    assert (after.state, after.due_at, after.failure) == ("waiting", NOW + timedelta(seconds=4), "post.carry: unavailable")
    assert after.payload == b"sealed"


def test_the_last_attempt_parks() -> None:
    """Nobody claims it any more, and its payload stays for the operator."""
    after = failed(event(LAST_ATTEMPT), FAILURE, claimed_at=NOW, now=NOW, chance=0.5)
    assert (after.state, after.due_at, after.settled_at, after.payload) == ("parked", None, NOW, b"sealed")


def test_what_is_delivered_keeps_no_payload() -> None:
    """A link in a mail is gone from the database with its delivery."""
    after = delivered(event(2), now=NOW)
    assert (after.state, after.due_at, after.payload, after.failure, after.settled_at) == ("delivered", None, b"", None, NOW)


def test_what_is_given_back_has_not_been_tried() -> None:
    """The claim's attempt is taken off again."""
    after = given_back(event(7), due_at=NOW)
    assert (after.attempts, after.due_at, after.state) == (6, NOW, "waiting")


@pytest.mark.parametrize("other", [("evt_b", "ten_a", "x.y"), ("evt_a", "ten_b", "x.y"), ("evt_a", None, "x.y"), ("evt_a", "ten_a", "x.z")])
def test_a_payload_is_bound_to_its_row_its_tenant_and_its_type(other: tuple[str, str | None, str]) -> None:
    """No two of them share a binding."""
    assert binding("evt_a", "ten_a", "x.y") != binding(*other)


def test_a_failure_tells_no_more_than_its_column_holds() -> None:
    """A long name is cut."""
    assert len(str(Failure(consumer="c" * 100, reason="r" * 300))) == 200
