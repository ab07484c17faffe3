"""Recording quotes: what is kept, what is refused, and that a refusal moves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from arbion.lib.clock import FrozenClock
from marketdata import quotes
from marketdata.models import Candle, Quote
from marketdata.quotes import Refusal
from tests.marketdata.factories import NOON, make_instrument, make_report

pytestmark = pytest.mark.django_db
CLOCK = FrozenClock(NOON + timedelta(days=1))


def test_a_quote_is_kept_exactly():
    apple = make_instrument("AAPL")
    report = make_report("AAPL", "200.0000000001", volume=Decimal("1.00000001"))
    assert quotes.record([report], clock=CLOCK) == []
    assert quotes.latest_of(apple) == report
    assert quotes.latest(["AAPL", "NONE"]) == {"AAPL": report}


BAD = {
    "not_a_number": {"last": Decimal("NaN")},
    "infinite bid": {"bid": Decimal("-Infinity")},
    "not_positive": {"bid": Decimal(0)},
    "negative": {"last": Decimal(-1)},
    "no previous close": {"previous_close": Decimal(0)},
    "crossed": {"bid": Decimal(201), "ask": Decimal(200)},
    "too_large": {"ask": Decimal("1E+400")},
    "finer_than_kept": {"last": Decimal("200.00000000001")},
    "negative_volume": {"volume": Decimal(-1)},
    "time_without_zone": {"at": datetime(2026, 3, 4, 12, 0)},  # noqa: DTZ001  that is what is tested
    "ahead_of_clock": {"at": NOON + timedelta(days=1, seconds=6)},
}
REASONS = {"infinite bid": "not_a_number", "negative": "not_positive", "no previous close": "not_positive"}


@pytest.mark.parametrize("case", BAD)
def test_a_senseless_quote_is_refused_by_name_and_the_rest_is_kept(case):
    apple, tesla = make_instrument("AAPL"), make_instrument("TSLA")
    good = make_report("AAPL")
    quotes.record([good], clock=CLOCK)
    at = BAD[case].get("at", NOON + timedelta(seconds=1))
    bad = replace(make_report("AAPL", "300"), **(BAD[case] | {"at": at}))
    other = make_report("TSLA", "250", at=NOON + timedelta(seconds=1))
    assert quotes.record([bad, other], clock=CLOCK) == [Refusal("AAPL", REASONS.get(case, case))]
    assert quotes.latest_of(apple) == good
    assert quotes.latest_of(tesla) == other


def test_an_unknown_symbol_is_refused_and_logged_once(caplog):
    for _ in range(3):
        assert quotes.record([make_report("GHOST")], clock=CLOCK) == [Refusal("GHOST", "unknown_symbol")]
    assert [record.getMessage() for record in caplog.records] == ["quote of GHOST refused: unknown_symbol"]
    assert not Quote.objects.exists()


def test_an_older_quote_changes_nothing():
    apple = make_instrument("AAPL")
    newer = make_report("AAPL", "201", at=NOON + timedelta(seconds=10))
    quotes.record([newer], clock=CLOCK)
    before = Quote.objects.values().get()
    quotes.record([make_report("AAPL", "150", at=NOON)], clock=CLOCK)
    assert quotes.latest_of(apple) == newer
    assert Quote.objects.values().get() == before


def test_several_quotes_of_one_symbol_in_one_call_are_taken_in_order():
    make_instrument("AAPL")
    steps = [("200", 0, 10), ("205", 1, 15), ("195", 2, 30), ("201", 3, 30)]
    reports = [
        make_report("AAPL", last, at=NOON + timedelta(seconds=second), volume=Decimal(volume))
        for last, second, volume in steps
    ]
    assert quotes.record(reports, clock=CLOCK) == []
    row = Quote.objects.get()
    assert (row.minute_open, row.minute_high, row.minute_low, row.last, row.minute_volume) == (200, 205, 195, 201, 20)
    assert row.minute == NOON


def test_a_new_minute_closes_the_old_one_of_every_instrument():
    apple, tesla = make_instrument("AAPL"), make_instrument("TSLA")
    quotes.record([make_report("AAPL", "200"), make_report("TSLA", "300")], clock=CLOCK)
    quotes.record([make_report("AAPL", "210", at=NOON + timedelta(seconds=59), volume=Decimal(1500))], clock=CLOCK)
    quotes.record([make_report("AAPL", "205", at=NOON + timedelta(seconds=60), volume=Decimal(1600))], clock=CLOCK)
    closed = Candle.objects.filter(interval="1m").order_by("instrument_id")
    values = [(c.instrument, c.opens_at, c.open, c.high, c.low, c.close, c.volume) for c in closed]
    assert values == [(apple, NOON, 200, 210, 200, 210, 500), (tesla, NOON, 300, 300, 300, 300, 0)]
    assert Quote.objects.get(pk=tesla.pk).minute is None
    row = Quote.objects.get(pk=apple.pk)
    assert (row.minute, row.minute_open, row.minute_volume) == (NOON + timedelta(minutes=1), 205, 100)


def test_a_late_quote_of_a_closed_minute_is_added_to_its_candle():
    tesla = make_instrument("TSLA")
    make_instrument("AAPL")
    quotes.record([make_report("TSLA", "300"), make_report("AAPL", "200")], clock=CLOCK)
    quotes.record([make_report("AAPL", "200", at=NOON + timedelta(seconds=61))], clock=CLOCK)
    quotes.record([make_report("TSLA", "310", at=NOON + timedelta(seconds=59), volume=Decimal(1300))], clock=CLOCK)
    quotes.record([make_report("AAPL", "200", at=NOON + timedelta(seconds=121))], clock=CLOCK)
    candle = Candle.objects.get(instrument=tesla, interval="1m")
    assert (candle.open, candle.high, candle.low, candle.close, candle.volume) == (300, 310, 300, 310, 300)


@pytest.mark.parametrize(
    ("age", "stale"), [(0, False), (15, False), (15.001, True), (3600, True), (-5, False), (-5.001, True)]
)
def test_staleness(age, stale, settings):
    settings.QUOTE_AGE_SECONDS_MAX = 15
    assert quotes.is_stale(make_report(at=NOON), NOON + timedelta(seconds=age)) is stale


@pytest.mark.parametrize(("last", "change"), [("209", "10.00"), ("190", "0.00"), ("189.99", "-0.01")])
def test_change_since_the_previous_close(last, change):
    assert str(quotes.change_percent(make_report(last=last))) == change
