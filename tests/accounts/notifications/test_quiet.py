"""Quiet hours by the wall clock: over midnight, within a day, across the change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.notifications.quiet import ends_at

BERLIN = "Europe/Berlin"
START = datetime(2020, 1, 1, tzinfo=UTC)


def local(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "begins", "ends", "until"),
    [
        ("2026-11-20 21:59:59", time(22), time(7), "2026-11-20 21:59:59"),
        ("2026-11-20 22:00:00", time(22), time(7), "2026-11-21 07:00:00"),
        ("2026-11-21 06:59:59", time(22), time(7), "2026-11-21 07:00:00"),
        ("2026-11-21 07:00:00", time(22), time(7), "2026-11-21 07:00:00"),
        ("2026-11-21 13:30:00", time(13), time(14), "2026-11-21 14:00:00"),
        ("2026-11-21 12:59:00", time(13), time(14), "2026-11-21 12:59:00"),
        ("2026-11-21 13:30:00", time(13), time(13), "2026-11-21 13:30:00"),
        ("2026-11-21 13:30:00", None, time(14), "2026-11-21 13:30:00"),
        # Clocks go forward at 02:00 and back at 03:00: the end is by the wall clock in either night.
        ("2026-03-28 23:00:00", time(22), time(7), "2026-03-29 07:00:00"),
        ("2026-10-24 23:00:00", time(22), time(7), "2026-10-25 07:00:00"),
        # An end that the wall clock skips: the moment it would have been, an hour later by the wall.
        ("2026-03-29 01:30:00", time(1), time(2, 30), "2026-03-29 03:30:00"),
    ],
)
def test_the_end_by_the_wall_clock(at: str, begins: time | None, ends: time | None, until: str) -> None:
    assert ends_at(local(at), zone=BERLIN, quiet_from=begins, quiet_until=ends) == local(until)


@given(
    at=st.integers(0, 10 * 366 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds)),
    begins=st.times(),
    ends=st.times(),
    zone=st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
def test_it_never_looks_back_and_never_waits_longer_than_a_day(at, begins, ends, zone) -> None:
    until = ends_at(at, zone=zone, quiet_from=begins, quiet_until=ends)
    assert at <= until <= at + timedelta(hours=26)
