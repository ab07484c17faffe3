"""Candles: what ticks become, that widths agree, and that history joins the live market."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import INTERVAL_SECONDS, Interval
from arbion.lib.clock import FrozenClock
from marketdata import candles, quotes, rollup
from marketdata.candles import CandleView
from marketdata.models import Candle, Instrument, Quote, RollUpMark
from marketdata.times import floor_time
from tests.marketdata.factories import NOON, make_instrument, make_report

pytestmark = pytest.mark.django_db
CLOCK = FrozenClock(datetime(2027, 1, 1, tzinfo=UTC))


def feed(ticks: list[tuple[datetime, int]], symbol: str = "AAPL") -> None:
    """Record quotes with these last prices; each trades ten units."""
    for number, (at, last) in enumerate(ticks, start=1):
        report = make_report(symbol, str(last), at=at, volume=Decimal(10 * number))
        assert quotes.record([report], clock=CLOCK) == []


def expected(ticks: list[tuple[datetime, int]], interval: Interval) -> list[tuple[object, ...]]:
    """The same candles worked out by hand; the first quote's volume was traded before we looked."""
    buckets: dict[datetime, list[tuple[int, int]]] = {}
    for number, (at, last) in enumerate(ticks):
        buckets.setdefault(floor_time(at, interval), []).append((last, 10 if number else 0))
    return [
        (time, rows[0][0], max(r[0] for r in rows), min(r[0] for r in rows), rows[-1][0], sum(r[1] for r in rows))
        for time, rows in buckets.items()
    ]


def figures(views: list[CandleView]) -> list[tuple[object, ...]]:
    return [(view.time, view.open, view.high, view.low, view.close, view.volume) for view in views]


# Gaps up to some hours, so that buckets of every width begin, end and stay empty.
gaps = st.lists(
    st.tuples(st.sampled_from([1, 7, 20, 59, 61, 290, 1700, 3601, 15000]), st.integers(90, 110)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=gaps)
def test_every_width_says_what_the_ticks_say_at_every_moment(gaps):
    for model in (Candle, Quote, RollUpMark, Instrument):
        model.objects.all().delete()
    instrument, other = make_instrument("AAPL"), make_instrument("KO")
    at, ticks = NOON, []
    for gap, last in gaps:
        at += timedelta(seconds=gap)
        ticks.append((at, last))
    feed([ticks[0]], "KO")
    feed(ticks)
    for interval in Interval:
        found = candles.candles(instrument, interval, end=at + timedelta(seconds=1), limit=1000)
        assert figures(found) == expected(ticks, interval), interval
        width = timedelta(seconds=INTERVAL_SECONDS[interval])
        assert [view.closed for view in found] == [view.time + width <= at + timedelta(seconds=1) for view in found]
    assert figures(candles.candles(other, Interval.D1, end=at, limit=5)) == expected(ticks[:1], Interval.D1)


def test_one_hours_candle_is_the_aggregate_of_its_sixty():
    instrument = make_instrument("AAPL")
    feed([(NOON + timedelta(seconds=20 * number), 100 + number * 7919 % 37) for number in range(60 * 3 + 3)])
    end = NOON + timedelta(minutes=59, seconds=59)
    minutes = candles.candles(instrument, Interval.M1, end=end, limit=60)
    [hour] = candles.candles(instrument, Interval.H1, end=end, limit=1)
    assert len(minutes) == 60
    assert Candle.objects.filter(interval="1h").count() == 1
    assert (hour.time, hour.closed) == (NOON, True)
    assert (hour.open, hour.close) == (minutes[0].open, minutes[-1].close)
    assert hour.high == max(minute.high for minute in minutes)
    assert hour.low == min(minute.low for minute in minutes)
    assert hour.volume == sum(minute.volume for minute in minutes)


def test_rolling_up_again_changes_nothing():
    make_instrument("AAPL")
    feed([(NOON + timedelta(seconds=50 * number), 100 + number % 5) for number in range(100)])
    before = list(Candle.objects.order_by("id").values())
    for interval, _ in rollup.CHAIN[:2]:
        rollup.roll_up(interval, floor_time(NOON, interval))
    assert list(Candle.objects.order_by("id").values()) == before


def test_buckets_that_ended_while_nothing_ran_are_rolled_up_at_the_first_tick():
    instrument = make_instrument("AAPL")
    feed([(NOON, 100), (NOON + timedelta(seconds=70), 105)])
    later = NOON + timedelta(hours=30)
    quotes.record([make_report("AAPL", "120", at=later, volume=Decimal(50))], clock=CLOCK)
    assert sorted(Candle.objects.values_list("interval", flat=True)) == ["1d", "1h", "1m", "1m", "4h", "5m"]
    found = candles.candles(instrument, Interval.H1, end=later, limit=10)
    assert [(view.time, view.close) for view in found] == [(NOON, 105), (floor_time(later, Interval.H1), 120)]


def test_a_range_holds_what_opens_in_it_and_the_newest_of_it():
    instrument = make_instrument("AAPL")
    feed([(NOON + timedelta(minutes=number), 100 + number) for number in range(10)])

    def opened(**wanted: object) -> list[int]:
        found = candles.candles(instrument, Interval.M1, **wanted)
        return [(view.time - NOON) // timedelta(minutes=1) for view in found]

    end = NOON + timedelta(minutes=8)
    assert opened(end=end, limit=3) == [6, 7, 8]
    assert opened(end=end, limit=30, start=NOON + timedelta(minutes=7)) == [7, 8]
    assert opened(end=end - timedelta(microseconds=1), limit=1) == [7]
    assert opened(end=NOON, limit=5) == [0]
    assert opened(end=NOON - timedelta(microseconds=1), limit=5) == []


def test_history_joins_the_live_market_without_a_jump_and_nothing_is_written():
    instrument = make_instrument("AAPL", anchored_at=NOON, base_price=Decimal("123.45"))
    quotes.record([make_report("AAPL", "123.46", at=NOON + timedelta(seconds=2))], clock=CLOCK)
    end = NOON + timedelta(seconds=3)
    minutes = candles.candles(instrument, Interval.M1, end=end, limit=3000)
    assert (minutes[-2].close, minutes[-1].open, minutes[-1].time) == (Decimal("123.45"), Decimal("123.46"), NOON)
    assert all(later.open == earlier.close for earlier, later in pairwise(minutes[:-1]))
    assert {later.time - earlier.time for earlier, later in pairwise(minutes)} == {timedelta(minutes=1)}
    hours = candles.candles(instrument, Interval.H4, end=end, limit=1000)
    assert len(hours) == 30 * 6 + 1
    assert not Candle.objects.exists()


def test_the_bucket_in_which_the_market_began_holds_history_and_live_minutes():
    began = NOON + timedelta(minutes=20)
    instrument = make_instrument("AAPL", anchored_at=began)
    feed([(began + timedelta(seconds=second), 300) for second in (1, 61, 3601)])
    end = began + timedelta(hours=1, seconds=2)
    [hour] = candles.candles(instrument, Interval.H1, end=NOON + timedelta(minutes=59), limit=1)
    minutes = candles.candles(instrument, Interval.M1, end=NOON + timedelta(minutes=59), limit=60, start=NOON)
    assert len(minutes) == 22
    assert (hour.open, hour.high, hour.close) == (minutes[0].open, Decimal(300), Decimal(300))
    assert hour.low == min(minute.low for minute in minutes)
    assert candles.candles(instrument, Interval.H1, end=end, limit=2)[0] == hour


def test_what_was_seen_before_the_simulation_began_is_not_mixed_with_generated_history():
    instrument = make_instrument("AAPL", anchored_at=NOON + timedelta(hours=2))
    feed([(NOON, 500), (NOON + timedelta(minutes=1), 501)])
    found = candles.candles(instrument, Interval.M1, end=NOON + timedelta(hours=3), limit=4)
    assert [view.time for view in found] == [NOON + timedelta(minutes=number) for number in (-2, -1, 0, 1)]
    assert [view.open for view in found[2:]] == [500, 501]


def test_pruning_keeps_what_is_young_enough(monkeypatch):
    monkeypatch.setattr(candles, "_PRUNE_ROWS", 2)
    instrument = make_instrument("AAPL")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    prices = {"open": 1, "high": 2, "low": 1, "close": 1, "volume": 0}
    for interval, kept in candles.KEPT.items():
        for age in (kept - timedelta(minutes=1), kept + timedelta(minutes=1), kept + timedelta(minutes=2), kept * 2):
            Candle.objects.create(instrument=instrument, interval=interval, opens_at=now - age, **prices)
    assert candles.prune(now) == 15
    left = {(c.interval, now - c.opens_at) for c in Candle.objects.all()}
    assert left == {(interval, kept - timedelta(minutes=1)) for interval, kept in candles.KEPT.items()}
