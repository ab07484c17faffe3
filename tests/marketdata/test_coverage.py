"""Coverage and rebuilding of candles; an hour is its sixty minutes after a restart, a rebuild and a split too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.services import create_person
from arbion.domain.enums import INTERVAL_SECONDS, Interval, Role
from arbion.domain.errors import Forbidden, InvalidInput
from arbion.lib.clock import FrozenClock
from marketdata import candles, corporate, coverage, quotes
from marketdata.columns import aggregate
from marketdata.models import Candle, CorporateAction, CorporateKind, Instrument, Quote, RollUpMark
from marketdata.rollup import CHAIN
from marketdata.simulator.market import LiveMarket
from marketdata.stored import columns_of
from tests.marketdata.factories import NOON, make_instrument

pytestmark = pytest.mark.django_db
HOURS = 3


def run(count: int = HOURS * 60 * 2 + 2, *, seconds: int = 30, begins: datetime = NOON, restart_at: int = -1) -> None:
    """A live market for some hours, which may be started again on the way."""
    market = LiveMarket(7)
    for number in range(count):
        if number == restart_at:
            market = LiveMarket(7)
        quotes.record(market.tick(begins + timedelta(seconds=seconds * number)))


def rows(interval: Interval, instrument: Instrument) -> list[tuple[int, ...]]:
    found = columns_of(Candle.objects.filter(instrument=instrument, interval=interval).order_by("opens_at"))
    return coverage._rows(found)


def assert_widths_agree(instrument: Instrument) -> None:
    """Every stored wide candle is the aggregate of the minutes in it."""
    minutes = columns_of(Candle.objects.filter(instrument=instrument, interval="1m").order_by("opens_at"))
    for interval, _ in CHAIN:
        made = {row[0]: row for row in coverage._rows(aggregate(minutes, INTERVAL_SECONDS[interval]))}
        for row in rows(interval, instrument):
            assert row == made[row[0]], interval


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    restart_at=st.integers(0, 80),
    pause=st.integers(0, 5000),
    split=st.sampled_from([(4, 1), (3, 2), (1, 7), (20, 3)]),
)
def test_an_hour_is_its_sixty_minutes_whatever_happens(restart_at, pause, split) -> None:
    for model in (CorporateAction, Candle, Quote, RollUpMark, Instrument):
        model.objects.all().delete()
    apple = make_instrument("AAPL")
    run(80, seconds=60, restart_at=restart_at)
    run(80, seconds=60, begins=NOON + timedelta(seconds=60 * 80 + pause))
    assert_widths_agree(apple)
    end = NOON + timedelta(hours=6)
    Candle.objects.filter(interval="1h").update(high=999_999)
    coverage.rebuild(apple, NOON - timedelta(days=1), end, clock=FrozenClock(end))
    assert_widths_agree(apple)
    new, old = split
    action = CorporateAction.objects.create(
        instrument=apple, kind=CorporateKind.SPLIT, ex_date=NOON.date(), new_units=new, old_units=old
    )
    before = Candle.objects.filter(interval="1h").order_by("opens_at")[0]
    assert corporate.begin(action)
    assert_widths_agree(apple)
    after = Candle.objects.get(pk=before.pk)
    assert after.high == pytest.approx(before.high * old / new, rel=Decimal("1e-6"))
    assert after.volume == pytest.approx(before.volume * new / old, rel=Decimal("1e-6"))


def test_the_hour_shown_agrees_with_the_minutes_shown() -> None:
    apple = make_instrument("AAPL")
    run(restart_at=100)
    end = NOON + timedelta(hours=HOURS)
    hours_shown = candles.candles(apple, Interval.H1, end=end, limit=HOURS + 1, start=NOON)
    minutes = candles.candles(apple, Interval.M1, end=end, limit=1000, start=NOON)
    for hour, following in pairwise(hours_shown):
        sixty = [minute for minute in minutes if hour.time <= minute.time < following.time]
        assert len(sixty) == 60
        assert (hour.open, hour.close) == (sixty[0].open, sixty[-1].close)
        assert (hour.high, hour.low) == (max(m.high for m in sixty), min(m.low for m in sixty))
        assert hour.volume == sum(minute.volume for minute in sixty)


def test_a_new_instrument_has_thirty_days_of_the_past_in_every_width() -> None:
    apple = make_instrument("AAPL")
    quotes.record(LiveMarket(7).tick(NOON))
    apple.refresh_from_db()
    for interval, least in ((Interval.M1, 5000), (Interval.M5, 5000), (Interval.H1, 720), (Interval.D1, 30)):
        assert len(candles.candles(apple, interval, end=NOON, limit=5000)) >= least


# Coverage ------------------------------------------------------------------------------------------------------------
def test_coverage_names_the_gaps() -> None:
    apple = make_instrument("AAPL")
    run(60 * 2)
    run(60 * 2 + 1, begins=NOON + timedelta(hours=1, minutes=17))
    minutes, fives, hourly, *_ = coverage.coverage(apple, clock=FrozenClock(NOON + timedelta(hours=3)))
    assert (minutes.interval, minutes.first) == (Interval.M1, NOON)
    assert (minutes.count, minutes.expected, minutes.missing) == (120, 137, 17)
    [gap] = minutes.gaps
    assert (gap.begins, gap.ends, gap.count) == (NOON + timedelta(hours=1), NOON + timedelta(hours=1, minutes=17), 17)
    assert (fives.count, fives.expected, fives.missing) == (24, 27, 3)
    assert (hourly.count, hourly.missing, hourly.gaps) == (2, 0, ())


def test_nights_and_weekends_are_no_gaps_but_a_lost_morning_is(settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    apple = make_instrument("AAPL")
    friday, monday = datetime(2026, 3, 6, 21, 0, tzinfo=UTC), datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    run(4 * 60 * 2 + 2, begins=friday)
    run(60 * 2, begins=monday)
    minutes = coverage.coverage(apple, clock=FrozenClock(monday + timedelta(hours=2)))[0]
    [gap] = minutes.gaps
    assert (gap.begins, gap.ends) == (datetime(2026, 3, 9, 8, 0, tzinfo=UTC), monday)  # from 4:00 in New York
    assert minutes.missing == 6 * 60


def test_nothing_stored_is_nothing_covered() -> None:
    apple = make_instrument("AAPL")
    found = coverage.coverage(apple)
    assert [(one.interval, one.count, one.first, one.gaps) for one in found] == [(i, 0, None, ()) for i in Interval]
    assert [(row["interval"], row["count"]) for row in coverage.totals()] == [(i, 0) for i in Interval]


def test_totals_count_every_width() -> None:
    make_instrument("AAPL")
    make_instrument("KO")
    run(62 * 2)
    found = {row["interval"]: row for row in coverage.totals()}
    assert (found["1m"]["count"], found["1m"]["instruments"], found["1m"]["first"]) == (2 * 61, 2, NOON)
    assert found["1h"]["last"] == NOON


# Rebuilding ----------------------------------------------------------------------------------------------------------
def test_a_rebuild_repairs_what_is_wrong_lost_or_invented() -> None:
    apple, other = make_instrument("AAPL"), make_instrument("KO")
    run()
    truth = {interval: rows(interval, apple) for interval in Interval}
    untouched = {interval: rows(interval, other) for interval in Interval}
    Candle.objects.filter(instrument=apple, interval="1h").update(high=10**6, volume=1)
    Candle.objects.filter(instrument=apple, interval="5m", opens_at=NOON).delete()
    prices = {"open": 1, "high": 1, "low": 1, "close": 1, "volume": 0}
    night = NOON - timedelta(hours=5)
    Candle.objects.create(instrument=apple, interval="5m", opens_at=night, **prices)
    Candle.objects.filter(instrument=other, interval="1h").update(volume=1)
    untouched[Interval.H1] = rows(Interval.H1, other)
    end = NOON + timedelta(hours=HOURS)
    done = coverage.rebuild(apple, night, end, clock=FrozenClock(end))
    assert {one.interval: (one.written, one.removed) for one in done} == {
        Interval.M5: (1, 1), Interval.H1: (3, 0), Interval.H4: (0, 0), Interval.D1: (0, 0),
    }  # fmt: skip
    assert {interval: rows(interval, apple) for interval in Interval} == truth
    assert {interval: rows(interval, other) for interval in Interval} == untouched
    again = coverage.rebuild(apple, night, end, clock=FrozenClock(end))
    assert {(one.written, one.removed) for one in again} == {(0, 0)}


def test_what_has_no_finer_candles_any_more_is_left_alone() -> None:
    apple = make_instrument("AAPL")
    run()
    later = NOON + timedelta(days=1, hours=1)
    candles.prune(later)
    before = {interval: rows(interval, apple) for interval in Interval}
    coverage.rebuild(apple, NOON - timedelta(days=1), later, clock=FrozenClock(later))
    assert {interval: rows(interval, apple) for interval in Interval} == before
    assert len(before[Interval.M1]) < len(before[Interval.M5]) * 5


def test_the_forming_bucket_is_not_stored_early() -> None:
    apple = make_instrument("AAPL")
    run(90 * 2)
    end = NOON + timedelta(hours=2)
    coverage.rebuild(apple, NOON, end, clock=FrozenClock(end))
    assert [row[0] for row in rows(Interval.H1, apple)] == [int(NOON.timestamp())]


def test_refusals_and_the_audit_log() -> None:
    apple = make_instrument("AAPL")
    run()
    alice = create_person(email="alice@example.com", password="correct horse battery")
    ada = create_person(email="ada@example.com", password="correct horse battery", role=Role.ADMIN)
    Candle.objects.filter(interval="1h").update(volume=1)
    end = NOON + timedelta(hours=HOURS)
    with pytest.raises(Forbidden):
        coverage.rebuild(apple, NOON, end, by=alice, clock=FrozenClock(end))
    with pytest.raises(InvalidInput) as refused:
        coverage.rebuild(apple, end, end, clock=FrozenClock(end))
    assert [(error.field, error.code) for error in refused.value.errors] == [("until", "out_of_range")]
    assert set(Candle.objects.filter(interval="1h").values_list("volume", flat=True)) == {Decimal(1)}
    coverage.rebuild(apple, NOON, end, by=ada, clock=FrozenClock(end))
    entry = AuditEntry.objects.get(action="candles.rebuilt")
    assert (entry.subject, entry.data["written"]) == ("AAPL", 3)
