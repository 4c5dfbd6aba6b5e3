"""The scalar types of the wire, one by one; it knows nothing of requests."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.kernel.scalars import format_timestamp, id_of, parse_timestamp


@given(st.datetimes(timezones=st.timezones()))
def test_every_aware_time_survives_the_way_there_and_back(moment: datetime) -> None:
    """Writing keeps the instant to the microsecond, whatever the zone."""
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    assert parse_timestamp(format_timestamp(moment)) == expected


def test_timestamps_are_written_with_six_digits_in_utc() -> None:
    """Zones are turned into UTC, and the fraction always has six digits, so that texts sort as times do."""
    assert format_timestamp(datetime(2026, 1, 31, 9, 30, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-31T07:30:00.000000Z"
    assert format_timestamp(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"


def test_a_naive_time_is_refused() -> None:
    """A time without a zone is not written, because its zone would be a guess."""
    with pytest.raises(ValueError, match="zone"):
        format_timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive one is the subject


@pytest.mark.parametrize("fraction", ["", ".1", ".12", ".123", ".1234", ".12345", ".123456"])
def test_up_to_six_fraction_digits_are_read(fraction: str) -> None:
    """0 to 6 digits of a second are read exactly."""
    expected = int(fraction[1:].ljust(6, "0"))
    assert parse_timestamp(f"2026-01-31T09:30:00{fraction}Z") == datetime(2026, 1, 31, 9, 30, 0, expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31",
        "2026-01-31T09:30Z",
        "2026-01-31T09:30:00",
        "2026-01-31t09:30:00Z",
        "2026-01-31T09:30:00z",
        "2026-01-31 09:30:00Z",
        "2026-01-31T09:30:00+00:00",
        "2026-01-31T09:30:00.Z",
        "2026-01-31T09:30:00.1234567Z",
        "2026-01-31T09:30:00,5Z",
        "2026-01-31T09:30:60Z",
        "2026-01-31T24:00:00Z",
        "2026-02-30T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-31T09:30:00Z\n",
        "\uff12\uff10\uff12\uff16-01-31T09:30:00Z",
        "1769851800",
        "",
    ],
)
def test_other_forms_of_time_are_refused(text: str) -> None:
    """Every other form of ISO 8601, an epoch and a day without a calendar are refused."""
    with pytest.raises(ValueError, match="timestamp"):
        parse_timestamp(text)


def test_an_id_needs_a_prefix() -> None:
    """An id type without a prefix, or with a bad one, cannot be declared."""
    with pytest.raises(ValueError, match="prefix"):
        id_of("")
    with pytest.raises(ValueError, match="prefix"):
        id_of("PRD")
