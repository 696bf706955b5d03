"""Amounts, durations and times: read for certain, or refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.importers import RowError, SkipReason
from planetvault.importers.cells import duration_ms, micros
from planetvault.importers.record import WHOLE_MAX
from planetvault.importers.times import EARLIEST, Times, written

NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
RECENT = (datetime(1995, 1, 2), datetime(2027, 3, 13))  # noqa: DTZ001  # hypothesis adds the zones
BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("14.49", 14_490_000),
        ("0", 0),
        ("'-14.39'", -14_390_000),
        ("1,430.71", 1_430_710_000),
        ("1,23,456.00", 123_456_000_000),
        (" ¥46.80\t", 46_800_000),
        ("0.000001", 1),
    ],
)
def test_an_amount_is_read_in_micros(cell: str, amount: int) -> None:
    assert micros(cell) == amount


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "14,49",
        "1.234,56",
        "1e5",
        "NaN",
        "--1",
        "1,2345",
        ",123",
        "0.0000001",
        "12 USD",
        "٣",
        "9" * 41,
        "0" * 40 + "1",
        "9999999999999",
    ],
)
def test_an_amount_that_can_be_read_in_two_ways_or_none_is_refused(cell: str) -> None:
    with pytest.raises(RowError) as refused:
        micros(cell)
    assert refused.value.reason is SkipReason.BAD_MONEY


@given(st.integers(-WHOLE_MAX, WHOLE_MAX))
def test_every_amount_that_fits_comes_back_exactly(amount: int) -> None:
    plain = f"{Decimal(amount) / 1_000_000:f}"
    assert micros(plain) == amount
    assert micros(f"{Decimal(plain):,f}") == amount


@pytest.mark.parametrize(
    ("cell", "length"),
    [
        ("PT42M10S", 2_530_000),
        ("PT03M15S", 195_000),
        ("P1DT2H3M4.5678S", 93_784_567),
        ("P2W", 1_209_600_000),
        ("PT0S", 0),
        ("P1M", None),
        ("P1Y", None),
        ("P", None),
        ("PT", None),
        ("", None),
        ("-PT1S", None),
        (None, None),
        (12, None),
        ("PT" + "9" * 60 + "S", None),
    ],
)
def test_a_duration_is_read_in_milliseconds_or_not_at_all(cell: object, length: int | None) -> None:
    assert duration_ms(cell) == length


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2026-03-04T20:15:30Z", "2026-03-04T20:15:30Z"),
        ("2026-03-04T20:15:30.999Z", "2026-03-04T20:15:30Z"),
        ("2026-03-04T20:15:30.123456789+00:00", "2026-03-04T20:15:30Z"),
        ("2026-03-04T23:30:00+08:00", "2026-03-04T15:30:00Z"),
        ("2026-03-04 20:15", "2026-03-04T20:15:00Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
    ],
)
def test_a_time_is_written_in_utc_to_the_second(cell: str, time: str) -> None:
    assert Times(NOW).iso(cell) == time


def test_a_time_without_a_zone_is_in_the_zone_of_its_export() -> None:
    assert Times(NOW).iso("2026-01-01 07:00:00", BEIJING) == "2025-12-31T23:00:00Z"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", SkipReason.BAD_TIME),
        ("yesterday", SkipReason.BAD_TIME),
        ("2026-03-04", SkipReason.BAD_TIME),
        ("2026-W01-1T00:00:00Z", SkipReason.BAD_TIME),
        ("20260304T201530Z", SkipReason.BAD_TIME),
        ("2026-03-04T24:00:00Z", SkipReason.BAD_TIME),
        ("2026-03-04 24:00", SkipReason.BAD_TIME),
        ("2026-02-30T00:00:00Z", SkipReason.BAD_TIME),
        ("0001-01-01T00:00:00+08:00", SkipReason.BAD_TIME),
        ("9999-12-31T23:59:59-08:00", SkipReason.BAD_TIME),
        (1_741_119_330, SkipReason.BAD_TIME),
        (None, SkipReason.BAD_TIME),
        ("1994-12-31T23:59:59Z", SkipReason.EARLY_TIME),
        ("2027-03-15T09:26:54Z", SkipReason.FUTURE_TIME),
    ],
)
def test_a_time_that_is_none_or_cannot_be_true_is_refused(cell: object, reason: SkipReason) -> None:
    with pytest.raises(RowError) as refused:
        Times(NOW).iso(cell)
    assert refused.value.reason is reason


@given(st.datetimes(*RECENT, timezones=st.timezones()))
def test_every_moment_of_every_zone_is_written_as_the_same_second_in_utc(moment: datetime) -> None:
    told = datetime.fromisoformat(Times(NOW).iso(moment.isoformat()))
    assert told == moment.astimezone(UTC).replace(microsecond=0)


@pytest.mark.parametrize("cell", [True, 1.5, "1741119330", 10**30, -(10**30), None])
def test_a_unix_time_that_is_no_whole_number_of_seconds_is_refused(cell: object) -> None:
    with pytest.raises(RowError):
        Times(NOW).unix(cell)


def test_a_unix_time_is_written_like_any_other() -> None:
    assert Times(NOW).unix(1_741_119_330) == "2025-03-04T20:15:30Z"


def test_the_bounds_themselves_are_within() -> None:
    times = Times(NOW)
    assert times.iso(EARLIEST) == EARLIEST
    assert times.iso(written(NOW + timedelta(days=1))) == "2027-03-15T09:26:53Z"


def test_the_time_of_import_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Times(NOW.replace(tzinfo=None))
