"""Sessions over ten years, and what an edit of the week or of the holidays changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest

from arbion.domain.enums import AssetClass, SessionPhase
from arbion.lib.clock import FrozenClock
from marketdata import hours, seeding, timetable
from marketdata.models import Holiday, Instrument, MarketDay
from marketdata.timetable import UNTOUCHED

SHARES, COINS = AssetClass.EQUITY, AssetClass.CRYPTO
NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = date(2015, 1, 1), date(2027, 12, 31)
TODAY = FrozenClock(datetime(2026, 11, 20, 12, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _real_hours(settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False


def at(text: str) -> datetime:
    """A moment in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def days(first: date, last: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


def test_thirteen_years_are_the_exchange_s_own() -> None:
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())
    published = {
        opens.date(): (int(opens.timestamp()), int(closes.timestamp()))
        for opens, closes in zip(calendar.opens, calendar.closes, strict=True)
    }
    ours = {day: found for day in days(FIRST, LAST) if (found := UNTOUCHED.day(day)) is not None}
    assert {
        day: (int(found.opens_at.timestamp()), int(found.closes_at.timestamp())) for day, found in ours.items()
    } == published


def test_ten_years_have_no_overlap_and_the_usual_number_of_sessions() -> None:
    for year in range(2017, 2027):
        found = [session for day in days(date(year, 1, 1), date(year, 12, 31)) if (session := UNTOUCHED.day(day))]
        assert abs(len(found) - 252) <= 2
        edge = datetime(year, 1, 1, tzinfo=UTC)
        for session in found:
            assert edge <= session.pre_opens_at < session.opens_at < session.closes_at < session.post_closes_at
            edge = session.post_closes_at
            regular = session.closes_at - session.opens_at
            assert regular in (timedelta(hours=6, minutes=30), timedelta(hours=3, minutes=30))
            assert session.opens_at.astimezone(NEW_YORK).time() == time(9, 30)
            assert session.pre_opens_at.astimezone(NEW_YORK).time() == time(4)


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2026-11-20T03:59:59", SessionPhase.CLOSED),
        ("2026-11-20T04:00", SessionPhase.PRE),
        ("2026-11-20T09:29:59", SessionPhase.PRE),
        ("2026-11-20T09:30", SessionPhase.REGULAR),
        ("2026-11-20T16:00", SessionPhase.POST),
        ("2026-11-20T20:00", SessionPhase.CLOSED),
        ("2026-11-27T13:00", SessionPhase.POST),  # the half day after Thanksgiving
        ("2026-11-27T16:59:59", SessionPhase.POST),
        ("2026-11-27T17:00", SessionPhase.CLOSED),
        ("2026-11-26T12:00", SessionPhase.CLOSED),
        ("2026-11-21T12:00", SessionPhase.CLOSED),
        ("2026-03-09T09:30", SessionPhase.REGULAR),  # the Monday after the clocks went forward
        ("2026-11-02T09:29:59", SessionPhase.PRE),  # and after they went back
    ],
)
def test_phases(moment: str, phase: SessionPhase) -> None:
    assert hours.class_phase(SHARES, at(moment)) is phase
    assert hours.phase(Instrument(asset_class="crypto"), at(moment)) is SessionPhase.REGULAR
    assert hours.is_class_open(SHARES, at(moment)) is (phase is SessionPhase.REGULAR)
    assert hours.is_class_open(SHARES, at(moment), extended=True) is (phase is not SessionPhase.CLOSED)


def test_the_sessions_around_a_moment() -> None:
    during, before, weekend = at("2026-11-20T12:00"), at("2026-11-20T09:00"), at("2026-11-22T12:00")
    assert hours.session_bounds(SHARES, during).closes_at == at("2026-11-20T16:00")
    assert hours.session_bounds(SHARES, before).closes_at == at("2026-11-19T16:00")
    assert hours.session_bounds(SHARES, weekend).post_closes_at == at("2026-11-20T20:00")
    assert hours.previous_session(SHARES, during).day == date(2026, 11, 19)
    assert hours.last_close(SHARES, during) == at("2026-11-19T16:00")
    assert hours.last_close(SHARES, at("2026-11-20T16:00")) == at("2026-11-20T16:00")
    assert hours.next_open(SHARES, during) == at("2026-11-23T09:30")
    assert hours.next_open(SHARES, before) == at("2026-11-20T09:30")
    assert hours.next_open(SHARES, at("2026-11-25T16:00")) == at("2026-11-27T09:30")
    assert hours.trading_session(SHARES, weekend) is None
    trading = hours.trading_session(SHARES, before)
    assert trading is not None
    assert trading.opens_at == at("2026-11-20T09:30")


@pytest.mark.parametrize(
    ("moment", "ends", "extended_ends"),
    [
        ("2026-11-20T12:00", "2026-11-20T16:00", "2026-11-20T20:00"),
        ("2026-11-20T08:00", "2026-11-20T16:00", "2026-11-20T20:00"),
        ("2026-11-20T17:00", "2026-11-23T16:00", "2026-11-20T20:00"),
        ("2026-11-20T20:00", "2026-11-23T16:00", "2026-11-23T20:00"),
        ("2026-11-26T12:00", "2026-11-27T13:00", "2026-11-27T17:00"),
    ],
)
def test_when_an_order_for_the_day_ends(moment: str, ends: str, extended_ends: str) -> None:
    assert hours.day_ends(SHARES, at(moment)) == at(ends)
    assert hours.day_ends(SHARES, at(moment), extended=True) == at(extended_ends)


@pytest.mark.parametrize("kind", [COINS, SHARES])
def test_the_always_open_market_has_a_session_each_calendar_day(kind: AssetClass, settings) -> None:
    settings.MARKET_ALWAYS_OPEN = kind is SHARES
    sunday = hours.session_bounds(kind, at("2026-11-01T12:00"))  # the clocks go back: 25 hours
    assert (sunday.opens_at, sunday.closes_at) == (at("2026-11-01T00:00"), at("2026-11-02T00:00"))
    assert sunday.closes_at - sunday.opens_at == timedelta(hours=25)
    assert hours.next_open(kind, at("2026-11-01T12:00")) == sunday.closes_at
    assert hours.last_close(kind, at("2026-11-01T12:00")) == sunday.opens_at
    assert hours.day_ends(kind, at("2026-11-01T12:00"), extended=True) == sunday.closes_at
    assert hours.class_phase(kind, at("2026-11-01T03:00")) is SessionPhase.REGULAR


# Edits ---------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_seeding_changes_no_hour() -> None:
    assert seeding.refresh_hours(clock=TODAY) > 7
    seeded = timetable.current()
    assert seeded is not UNTOUCHED
    for day in days(date(2023, 1, 1), date(2030, 12, 31)):
        assert seeded.day(day) == UNTOUCHED.day(day)
    assert seeding.refresh_hours(clock=TODAY) == 0
    assert seeding.refresh_hours(only_if_due=True, clock=TODAY) == 0
    reach = Holiday.objects.order_by("-date")[0].date
    assert reach.year == 2028


@pytest.mark.django_db
def test_an_operator_s_holiday_counts_at_once_and_stays() -> None:
    seeding.refresh_hours(clock=TODAY)
    assert hours.next_open(SHARES, at("2026-11-20T17:00")) == at("2026-11-23T09:30")
    Holiday.objects.create(date=date(2026, 11, 23), name="Day of mourning")
    thanksgiving = Holiday.objects.get(date=date(2026, 11, 26))
    thanksgiving.is_closed, thanksgiving.closes_at = False, time(12)
    thanksgiving.save()
    assert hours.next_open(SHARES, at("2026-11-20T17:00")) == at("2026-11-24T09:30")
    seeding.refresh_hours(clock=TODAY)
    timetable.forget()
    assert hours.next_open(SHARES, at("2026-11-20T17:00")) == at("2026-11-24T09:30")
    assert hours.session_bounds(SHARES, at("2026-11-26T13:00")).closes_at == at("2026-11-26T12:00")


@pytest.mark.django_db
def test_the_calendar_corrects_its_own_rows_alone() -> None:
    seeding.refresh_hours(clock=TODAY)
    Holiday.objects.filter(date=date(2026, 12, 25)).update(name="Xmas")
    made = Holiday.objects.create(date=date(2027, 2, 3), name="Ours")
    Holiday.objects.bulk_create([Holiday(date=date(2027, 2, 4), name="Withdrawn", is_from_calendar=True)])
    assert seeding.refresh_hours(clock=TODAY) == 2
    assert Holiday.objects.get(date=date(2026, 12, 25)).name == "Christmas"
    assert Holiday.objects.filter(pk=made.pk).exists()
    assert not Holiday.objects.filter(date=date(2027, 2, 4)).exists()


@pytest.mark.django_db
def test_an_edited_week_holds_from_the_list_s_beginning_and_is_never_written_over() -> None:
    seeding.refresh_hours(clock=TODAY)
    saturday = MarketDay.objects.get(weekday=5)
    saturday.is_open, saturday.closes_at, saturday.post_closes_at = True, time(12), time(14)
    saturday.save()
    seeding.refresh_hours(clock=TODAY)
    assert hours.class_phase(SHARES, at("2026-11-21T11:59")) is SessionPhase.REGULAR
    assert hours.class_phase(SHARES, at("2026-11-21T13:00")) is SessionPhase.POST
    assert timetable.current().day(date(2024, 11, 23)) is None
    minutes = hours.session_minutes(SHARES, at("2026-11-21T00:00"), at("2026-11-22T00:00"))
    assert len(minutes) == 10 * 60
    assert len(hours.trading_minutes(SHARES, at("2026-11-21T00:00"), at("2026-11-22T00:00"))) == 0


@pytest.mark.django_db
def test_another_process_s_edit_is_seen_within_a_second(monkeypatch) -> None:
    timetable.forget()
    assert hours.is_class_open(SHARES, at("2026-11-23T12:00")) is True
    Holiday.objects.bulk_create([Holiday(date=date(2026, 11, 23), name="Behind our back")])
    assert hours.is_class_open(SHARES, at("2026-11-23T12:00")) is True
    monkeypatch.setattr(timetable, "CHECK_SECONDS", 0)
    assert hours.is_class_open(SHARES, at("2026-11-23T12:00")) is False


@pytest.mark.django_db
def test_a_market_without_any_open_day_answers_that_nothing_follows() -> None:
    seeding.refresh_hours(clock=TODAY)
    for row in MarketDay.objects.all():
        row.is_open = False
        row.save()
    now = at("2026-11-20T12:00")
    assert hours.next_open(SHARES, now) is None
    assert hours.day_ends(SHARES, now) is None
    assert hours.session(now).label == "Market closed until further notice"
    assert hours.session_bounds(SHARES, now).day == date(2026, 11, 19)
