"""Dates, weekdays and times of day against a given day."""

from __future__ import annotations

from datetime import date

import pytest

from trading.interpreter.dates import read_date, read_time
from trading.interpreter.tokens import tokenize

FRIDAY = date(2026, 11, 20)


def day(text: str, today: date = FRIDAY) -> str | None:
    found = read_date(tokenize(text, lambda _: False), 0, today)
    return found.day.isoformat() if found and found.is_exact else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-18", "2026-12-18"),
        ("12/18/2026", "2026-12-18"),
        ("12/18/26", "2026-12-18"),
        ("12/18", "2026-12-18"),
        ("1/15", "2027-01-15"),
        ("December 18 2026", "2026-12-18"),
        ("Dec 18, 2026", "2026-12-18"),
        ("Dec. 18", "2026-12-18"),
        ("December 18th", "2026-12-18"),
        ("18 December 2026", "2026-12-18"),
        ("the 18th of December", "2026-12-18"),
        ("18 Dec '26", "2026-12-18"),
        ("Jan 15", "2027-01-15"),
        ("january 15th, 2027", "2027-01-15"),
        ("today", "2026-11-20"),
        ("tomorrow", "2026-11-21"),
        ("next friday", "2026-11-27"),
        ("monday", "2026-11-23"),
        ("third Friday of January", "2027-01-15"),
        ("the 3rd friday in december", "2026-12-18"),
        ("last friday of november 2026", "2026-11-27"),
        ("the first monday of November", "2027-11-01"),
        ("this friday", "2026-11-20"),
        ("in 30 days", "2026-12-20"),
        ("in two weeks", "2026-12-04"),
        ("10 days from now", "2026-11-30"),
        ("november 20", "2026-11-20"),
        ("november 19", "2027-11-19"),
        ("next monday", "2026-11-23"),
    ],
)
def test_dates(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    "text", ["13/45/2026", "February 30 2026", "2026-13-01", "apple", "30 days", "january 2027", "friday"]
)
def test_what_is_no_date_or_not_exact(text: str) -> None:
    assert day(text) is None


def test_next_friday_said_on_a_monday_could_be_two_days() -> None:
    assert day("next friday", date(2026, 11, 16)) is None
    assert day("friday", date(2026, 11, 16)) == "2026-11-20"


def test_a_leap_day_comes_when_it_comes() -> None:
    assert day("February 29 2028") == "2028-02-29"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10am", "10:00"),
        ("9:30", "09:30"),
        ("3:30 pm", "15:30"),
        ("12 pm", "12:00"),
        ("12am", "00:00"),
        ("noon", "12:00"),
    ],
)
def test_times(text: str, expected: str) -> None:
    found = read_time(tokenize(text, lambda _: False), 0)
    assert found is not None
    assert found[0] == expected


@pytest.mark.parametrize("text", ["25:00", "13pm", "apple", "10"])
def test_no_times(text: str) -> None:
    assert read_time(tokenize(text, lambda _: False), 0) is None
