"""Generated history: the same each time, joined to the base price, and consistent between its widths."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from arbion.domain.enums import Interval
from marketdata.models import Instrument
from marketdata.simulator import history
from marketdata.times import to_seconds
from tests.marketdata.factories import NOON


def past(symbol: str = "AAPL", anchor: datetime = NOON, **fields: object) -> history.Past:
    values = {
        "asset_class": "equity", "price_increment": Decimal("0.01"), "base_price": Decimal("123.45"), "volatility": 0.4,
        "drift": 0.05, "rank": 3,
    }  # fmt: skip
    return history.past_of(Instrument(symbol=symbol, **(values | fields)), anchor)


def test_it_is_the_same_each_time_and_another_for_another_symbol():
    first = history.candles(past(), Interval.M1)
    history.candles.cache_clear()
    again = history.candles(past(), Interval.M1)
    assert np.array_equal(first.close, again.close)
    assert np.array_equal(first.volume, again.volume)
    assert not np.array_equal(first.close, history.candles(past("MSFT"), Interval.M1).close)


def test_thirty_days_of_minutes_end_at_the_base_price():
    found = history.candles(past(anchor=NOON + timedelta(seconds=42)), Interval.M1)
    assert len(found) == 30 * 1440
    assert int(found.time[-1]) == to_seconds(NOON) - 60
    assert int(found.close[-1]) == 1_234_500_000_000
    assert np.array_equal(found.open[1:], found.close[:-1])


@pytest.mark.parametrize("base", ["123.45", "0.01", "49000000", "0.00002345"])
def test_candles_make_sense(base):
    increment = Decimal("0.00000001") if base.startswith("0.0000") else Decimal("0.01")
    found = history.candles(past(base_price=Decimal(base), price_increment=increment), Interval.M1)
    assert (found.low > 0).all()
    assert (found.high >= np.maximum(found.open, found.close)).all()
    assert (found.low <= np.minimum(found.open, found.close)).all()
    assert (found.volume >= 0).all()


def test_a_shorter_past_is_a_part_of_a_longer(settings):
    settings.CANDLE_BACKFILL_DAYS = 5
    short = history.candles(past(), Interval.M1)
    settings.CANDLE_BACKFILL_DAYS = 30
    long = history.candles(past(), Interval.M1).newest(len(short))
    for name in ("time", "open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(short, name), getattr(long, name)), name


def test_wide_candles_are_the_aggregate_of_narrow_ones():
    minutes, hours = history.candles(past(), Interval.M1), history.candles(past(), Interval.H1)
    table = {name: getattr(minutes, name).reshape(-1, 60) for name in ("open", "high", "low", "close", "volume")}
    assert np.array_equal(hours.open, table["open"][:, 0])
    assert np.array_equal(hours.high, table["high"].max(axis=1))
    assert np.array_equal(hours.low, table["low"].min(axis=1))
    assert np.array_equal(hours.close, table["close"][:, -1])
    assert np.array_equal(hours.volume, table["volume"].sum(axis=1))


def test_the_day_so_far_agrees_with_the_candles():
    begins = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    close, volume = history.day_so_far(past(), begins)
    minutes = history.candles(past(), Interval.M1)
    assert close == int(minutes.part(0, to_seconds(begins)).close[-1])
    assert volume == int(minutes.part(to_seconds(begins), to_seconds(NOON)).volume.sum())


def test_shares_have_minutes_in_session_only_unless_always_open(settings):
    settings.MARKET_ALWAYS_OPEN = False
    friday_evening = datetime(2026, 3, 6, 22, 0, tzinfo=UTC)
    found = history.candles(past(anchor=friday_evening), Interval.M1)
    times = [datetime.fromtimestamp(second, UTC) for second in found.time.tolist()]
    assert times[-1] == datetime(2026, 3, 6, 20, 59, tzinfo=UTC)
    assert {at.weekday() for at in times} == {0, 1, 2, 3, 4}
    assert len({at.date() for at in times}) == 21  # 30 days hold 22 weekdays, one of them Presidents' Day
    assert len(times) == 21 * 390
    coin = history.candles(past("BTC-USD", anchor=friday_evening, asset_class="crypto"), Interval.M1)
    assert len(coin) == 30 * 1440
