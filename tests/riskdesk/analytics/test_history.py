"""Closes from the market's candles: those that the charts show, without the bar that is still forming."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arbion.domain.enums import Interval
from marketdata import candles
from marketdata.models import Candle, Instrument, Tape, TapeBar
from riskdesk.analytics.history import closes
from tests.marketdata.factories import make_instrument

pytestmark = pytest.mark.django_db
# Some hours into a day: yesterday's bar is the last that is closed.
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TODAY = NOW.replace(hour=0)


def store(instrument: Instrument, *prices: object, until: datetime = TODAY, interval: Interval = Interval.D1) -> None:
    """One candle a day with these closes, the last of them on the day `until`."""
    first = until - timedelta(days=len(prices) - 1)
    Candle.objects.bulk_create(
        Candle(
            instrument=instrument,
            interval=interval,
            opens_at=first + timedelta(days=number),
            open=Decimal(str(price)),
            high=Decimal(str(price)),
            low=Decimal(str(price)),
            close=Decimal(str(price)),
            volume=Decimal(1),
        )
        for number, price in enumerate(prices)
    )


def test_stored_closes_without_the_day_that_is_not_over():
    store(make_instrument("AAPL"), 10, 11, "12.34567891", 99)
    store(make_instrument("KO"), 5, 6, until=TODAY - timedelta(days=1))
    make_instrument("NEW")
    found = closes(["KO", "AAPL", "NEW", "NOBODY", "KO"], until=NOW)
    assert list(found.closes) == ["KO", "AAPL"]
    assert found.without == ("NEW", "NOBODY")
    assert found.closes["AAPL"].close.tolist() == [10, 11, 12.34567891]
    assert found.closes["KO"].close.tolist() == [5, 6]
    yesterday = int((TODAY - timedelta(days=1)).timestamp())
    assert [found.closes[symbol].time[-1] for symbol in ("AAPL", "KO")] == [yesterday, yesterday]
    assert closes(["AAPL"], until=TODAY + timedelta(days=1)).closes["AAPL"].close[-1] == 99


def test_the_newest_so_many():
    store(make_instrument("AAPL"), *range(1, 40))
    assert closes(["AAPL"], until=NOW, limit=5).closes["AAPL"].close.tolist() == [34, 35, 36, 37, 38]


def test_as_many_queries_for_one_symbol_as_for_many():
    names = [f"S{number}" for number in range(30)]
    for number, name in enumerate(names):
        store(make_instrument(name, base_price=Decimal(100 + number)), *range(1, 12))
    counts = []
    for wanted in (names[:1], names):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(closes(wanted, until=NOW).closes) == len(wanted)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_they_are_the_closes_that_the_chart_shows_past_and_present():
    """The price began to move five days ago: the past before that is generated, what came since is stored."""
    anchor = TODAY - timedelta(days=5) + timedelta(hours=7)
    apple = make_instrument("AAPL", anchored_at=anchor)
    store(apple, 201, 202, 203, 204, 205, 206)
    found = closes(["AAPL"], until=NOW).closes["AAPL"]
    shown = [one for one in candles.candles(apple, Interval.D1, end=NOW, limit=500) if one.closed]
    assert len(found) == len(shown) > 20
    assert found.time.tolist() == [int(one.time.timestamp()) for one in shown]
    np.testing.assert_allclose(found.close, [float(one.close) for one in shown], rtol=1e-12)
    assert found.close[-5:].tolist() == [201, 202, 203, 204, 205]


def test_a_price_that_has_only_a_generated_past():
    apple = make_instrument("AAPL", anchored_at=NOW)
    found = closes(["AAPL"], until=NOW).closes["AAPL"]
    shown = [one for one in candles.candles(apple, Interval.D1, end=NOW, limit=500) if one.closed]
    assert found.time.tolist() == [int(one.time.timestamp()) for one in shown]
    np.testing.assert_allclose(found.close, [float(one.close) for one in shown], rtol=1e-12)


def test_a_playing_tape_is_the_price_and_nothing_else_is():
    apple = make_instrument("AAPL", anchored_at=NOW)
    store(apple, 1, 2, 3)
    tape = Tape.objects.create(
        instrument=apple, name="real", interval=Interval.D1, bars_count=4, position=3.0, loaded_at=NOW
    )
    begins = datetime(2020, 3, 2, tzinfo=UTC)
    for number, price in enumerate((10, 20, 30, 40)):
        values = dict.fromkeys(("open", "high", "low", "close"), Decimal(price))
        TapeBar.objects.create(
            tape=tape, number=number, opens_at=begins + timedelta(days=number), volume=Decimal(1), **values
        )
    assert closes(["AAPL"], until=NOW).closes["AAPL"].close.tolist() == [10, 20, 30]
    assert closes(["AAPL"], until=NOW, interval=Interval.H1).without == ("AAPL",)
    tape.is_playing = False
    tape.save()
    assert closes(["AAPL"], until=NOW).closes["AAPL"].close[-2:].tolist() == [1, 2]


def test_hours_are_read_as_hours():
    store(make_instrument("AAPL"), 1, 2, 3, interval=Interval.H1)
    assert closes(["AAPL"], until=NOW, interval=Interval.H1).closes["AAPL"].close.tolist() == [1, 2, 3]
    assert closes(["AAPL"], until=NOW).without == ("AAPL",)
