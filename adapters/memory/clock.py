"""A clock that tests set. It knows no real time."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryClock:
    """The port Clock, standing still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The instant it was set to, plus what it was advanced by."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that it was advanced by since it was made."""
        return self._monotonic

    def held(self) -> datetime:
        """The same as ``now``: whoever asks a database for the time is answered by this clock."""
        return self._now

    def set(self, now: datetime) -> None:
        """Jump, as a clock that is corrected does; ``monotonic`` does not move. ``ValueError`` for a naive ``datetime``."""
        if now.utcoffset() is None:
            message = "the clock needs an aware datetime: pass tzinfo=UTC"
            raise ValueError(message)
        self._now = now.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass, for both readings. ``ValueError`` for a negative duration."""
        if seconds < 0:
            message = "time does not go back: use set() for a clock that is corrected"
            raise ValueError(message)
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
