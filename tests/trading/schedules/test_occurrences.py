"""When a repeating order is due: clocks that change, months that end early, holidays, weekends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from arbion.domain.enums import AssetClass
from arbion.domain.errors import InvalidInput
from trading.schedules.occurrences import next_due, occurrences, upcoming, usual_time
from trading.schedules.rule import Rule, read_rule

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
EQUITY, CRYPTO = AssetClass.EQUITY, AssetClass.CRYPTO
WEEKLY = Rule(interval="week", weekday=0, at=time(9, 35))
DAILY = Rule(interval="day", at=time(9, 35))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def days(rule, kind, after, count=3):
    """The dates and local times of so many orders to come."""
    found = upcoming(rule, kind, after=local(after), count=count)
    return [f"{one.due_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" for one in found if not one.is_skipped]


def test_a_monday_is_the_same_hour_on_either_side_of_a_change_of_clocks() -> None:
    found = upcoming(WEEKLY, CRYPTO, after=local("2026-10-25 00:00"), count=2)
    assert [one.due_at for one in found] == [
        datetime(2026, 10, 26, 13, 35, tzinfo=UTC),
        datetime(2026, 11, 2, 14, 35, tzinfo=UTC),
    ]


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later_once() -> None:
    rule = Rule(interval="day", at=time(2, 30))
    found = upcoming(rule, CRYPTO, after=local("2026-03-07 12:00"), count=2)
    assert [one.due_at for one in found] == [
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
        datetime(2026, 3, 9, 6, 30, tzinfo=UTC),
    ]


def test_a_time_that_the_clocks_repeat_comes_once_the_first_time() -> None:
    rule = Rule(interval="day", at=time(1, 30))
    found = upcoming(rule, CRYPTO, after=local("2026-10-31 12:00"), count=2)
    assert [one.due_at for one in found] == [
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 6, 30, tzinfo=UTC),
    ]


def test_a_month_that_is_shorter_has_its_last_day() -> None:
    rule = Rule(interval="month", day_of_month=31, at=time(9, 35))
    assert days(rule, CRYPTO, "2027-01-31 12:00") == ["2027-02-28 09:35", "2027-03-31 09:35", "2027-04-30 09:35"]
    assert days(rule, CRYPTO, "2028-02-01 00:00", count=1) == ["2028-02-29 09:35"]


def test_a_month_s_day_on_a_weekend_is_the_next_trading_day_of_shares_and_itself_of_coins() -> None:
    rule = Rule(interval="month", day_of_month=15, at=time(9, 35))
    assert days(rule, EQUITY, "2026-11-01 00:00", count=1) == ["2026-11-16 09:35"]
    assert days(rule, CRYPTO, "2026-11-01 00:00", count=1) == ["2026-11-15 09:35"]


def test_a_monday_that_is_a_holiday_is_the_tuesday_of_shares() -> None:
    (found,) = upcoming(WEEKLY, EQUITY, after=local("2026-09-05 00:00"), count=1)
    assert (found.day, found.due_at.astimezone(NEW_YORK).date()) == (date(2026, 9, 7), date(2026, 9, 8))
    assert found.closed
    assert not found.is_skipped


def test_every_day_of_shares_leaves_weekends_and_holidays_out_and_says_which() -> None:
    found = upcoming(DAILY, EQUITY, after=local("2026-11-25 12:00"), count=2)
    assert [(one.day.isoformat(), one.is_skipped) for one in found] == [
        ("2026-11-26", True),
        ("2026-11-27", False),
        ("2026-11-30", False),
    ]
    assert "thanksgiving" in found[0].closed.lower()
    assert len(upcoming(DAILY, CRYPTO, after=local("2026-11-25 12:00"), count=4)) == 4


def test_in_an_always_open_market_every_day_counts(settings) -> None:
    settings.MARKET_ALWAYS_OPEN = True
    assert days(DAILY, EQUITY, "2026-11-20 12:00") == ["2026-11-21 09:35", "2026-11-22 09:35", "2026-11-23 09:35"]


def test_the_moment_itself_is_not_after_itself() -> None:
    due = next_due(WEEKLY, CRYPTO, after=local("2026-11-20 00:00"))
    assert due == local("2026-11-23 09:35")
    assert next_due(WEEKLY, CRYPTO, after=due) == local("2026-11-30 09:35")


@given(
    rule=some.one_of(
        some.builds(Rule, interval=some.just("day"), at=some.times(), weekday=some.none(), day_of_month=some.none()),
        some.builds(Rule, interval=some.just("week"), at=some.times(), weekday=some.integers(0, 6)),
        some.builds(Rule, interval=some.just("month"), at=some.times(), day_of_month=some.integers(1, 31)),
    ),
    begins=some.dates(date(2024, 1, 1), date(2028, 1, 1)).map(
        lambda day: datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
    ),
    steps=some.lists(some.integers(1, 400), min_size=1, max_size=12),
    kind=some.sampled_from([EQUITY, CRYPTO]),
)
def test_looking_in_any_steps_finds_each_day_once_and_in_order(rule, begins, steps, kind) -> None:
    """Whenever one looks, together the looks see what one look over the whole time sees."""
    at, seen = begins, []
    for hours in steps:
        until = at + timedelta(hours=hours)
        seen += occurrences(rule, kind, after=at, until=until)
        at = until
    assert seen == list(occurrences(rule, kind, after=begins, until=at))
    assert len({one.day for one in seen}) == len(seen)
    assert all(first.due_at <= second.due_at for first, second in pairwise(seen))


@pytest.mark.parametrize(
    ("every", "rule"),
    [
        ({"interval": "week", "weekday": "friday"}, Rule(interval="week", weekday=4, at=time(9, 35))),
        ({"interval": "week", "weekday": None, "time": None}, Rule(interval="week", weekday=5, at=time(9, 35))),
        ({"interval": "month"}, Rule(interval="month", day_of_month=21, at=time(9, 35))),
        ({"interval": "day", "time": "15:00"}, Rule(interval="day", at=time(15))),
    ],
)
def test_what_is_left_open_is_filled_in(every, rule) -> None:
    assert read_rule(every, today=date(2026, 11, 21), usual=usual_time()) == rule


@pytest.mark.parametrize(
    ("every", "field"),
    [
        ({}, "interval"),
        ({"interval": "year"}, "interval"),
        ({"interval": "day", "weekday": "monday"}, "weekday"),
        ({"interval": "week", "weekday": "someday"}, "weekday"),
        ({"interval": "month", "day_of_month": 32}, "day_of_month"),
        ({"interval": "month", "day_of_month": True}, "day_of_month"),
        ({"interval": "week", "day_of_month": 3}, "day_of_month"),
        ({"interval": "day", "time": "24:00"}, "time"),
        ({"interval": "day", "time": 930}, "time"),
        ({"interval": "day", "times": "09:30"}, "times"),
    ],
)
def test_what_is_no_rule_is_refused_by_its_field(every, field) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_rule(every, today=date(2026, 11, 21), usual=usual_time())
    assert refusal.value.errors[0].field == f"every.{field}"


def test_a_rule_reads_as_people_say_it() -> None:
    late = Rule(interval="month", day_of_month=31, at=time(9, 35))
    assert WEEKLY.in_words(trading_days=True) == "Every Monday at 09:35 New York time"
    assert DAILY.in_words(trading_days=True) == "Every trading day at 09:35 New York time"
    assert DAILY.in_words(trading_days=False) == "Every day at 09:35 New York time"
    assert late.in_words(trading_days=True) == "On the 31st of every month, or its last day, at 09:35 New York time"


def test_the_usual_time_is_five_minutes_after_the_open_and_before_it_for_the_auction() -> None:
    assert (usual_time(), usual_time(at_the_open=True)) == (time(9, 35), time(9))
