"""Several recorders at once: none waits for ever, and no trade is counted twice or lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from arbion.domain.enums import Interval
from arbion.lib.clock import FrozenClock
from marketdata import candles, quotes
from marketdata.models import Candle
from tests.marketdata.factories import NOON, make_instrument, make_report

SYMBOLS = ["AAPL", "KO", "TSLA", "BTC-USD"]
ROUNDS = 25
CLOCK = FrozenClock(NOON + timedelta(days=1))


def record_all(offset: int) -> None:
    """Every recorder tells the same story of all symbols, in its own order and a little apart in time."""
    try:
        for number in range(ROUNDS):
            at = NOON + timedelta(seconds=20 * number)
            reports = [make_report(s, str(100 + number), at=at, volume=Decimal(10 * number)) for s in SYMBOLS]
            assert quotes.record(reports[offset:] + reports[:offset], clock=CLOCK) == []
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_four_recorders_make_the_candles_of_one():
    instruments = [make_instrument(symbol) for symbol in SYMBOLS]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record_all, range(4)))
    end = NOON + timedelta(seconds=20 * ROUNDS)
    for instrument in instruments:
        minutes = candles.candles(instrument, Interval.M1, end=end, limit=100)
        assert [int(minute.open) for minute in minutes] == [100 + number for number in range(0, ROUNDS, 3)]
        assert sum(minute.volume for minute in minutes) == 10 * (ROUNDS - 1)
        [five, _] = candles.candles(instrument, Interval.M5, end=end, limit=100)
        assert five.volume == sum(minute.volume for minute in minutes[:5])
    assert Candle.objects.filter(interval="5m").count() == len(SYMBOLS)
