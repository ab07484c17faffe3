"""Where a candle's bucket begins: whole widths since 1970 in UTC, so that days start at 00:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from arbion.domain.enums import INTERVAL_SECONDS, Interval

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def floor_time(at: datetime, interval: Interval) -> datetime:
    """The beginning of the bucket that holds this moment."""
    width = INTERVAL_SECONDS[interval]
    return EPOCH + timedelta(seconds=(at - EPOCH) // timedelta(seconds=1) // width * width)


def to_seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return (at - EPOCH) // timedelta(seconds=1)


def from_seconds(seconds: int) -> datetime:
    """The moment so many seconds after 1970."""
    return EPOCH + timedelta(seconds=seconds)
