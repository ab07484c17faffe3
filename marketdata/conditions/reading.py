"""What an indicator says at a price that is believed: daily candles, the newest of which closes at that price."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import numpy as np

from arbion.domain.enums import INTERVAL_SECONDS, Interval
from arbion.domain.numbers import EXACT, PRICE_SCALE, QUANTITY_UNIT
from marketdata.candles import series
from marketdata.columns import Columns, from_rows, join
from marketdata.conditions.condition import indicator_of
from marketdata.indicators.compute import compute_columns
from marketdata.models import Instrument
from marketdata.selectors import SETTLING_BARS
from marketdata.times import to_seconds

_DAY = INTERVAL_SECONDS[Interval.D1]


def read_indicators(instrument: Instrument, metrics: set[str], *, price: Decimal, at: datetime) -> dict[str, Decimal]:
    """These figures at this price; one that has too few candles yet is left out."""
    wanted = [found for found in (indicator_of(metric) for metric in sorted(metrics)) if found is not None]
    chosen = list({choice.name: choice for choice, _ in wanted}.values())
    if not chosen:
        return {}
    bars = series(instrument, Interval.D1, end=at, limit=max(one.warm_up for one in chosen) + SETTLING_BARS)
    answer = compute_columns(chosen, _closing_at(bars, price, at))
    newest = {metric: answer[metric][-1] for _, metric in wanted}
    return {
        metric: Decimal(repr(value)).quantize(QUANTITY_UNIT, context=EXACT)
        for metric, value in newest.items()
        if value is not None
    }


def _closing_at(bars: Columns, price: Decimal, at: datetime) -> Columns:
    """The candles with the day that is forming closed at this price, whatever its own last quote was."""
    close = int(price.scaleb(PRICE_SCALE, EXACT))
    today = to_seconds(at) // _DAY * _DAY
    if not len(bars) or int(bars.time[-1]) < today:
        return join(bars, from_rows([(today, close, close, close, close, 0)]))
    closes = np.array(bars.close, np.int64)
    closes[-1] = close
    return Columns(time=bars.time, open=bars.open, high=bars.high, low=bars.low, close=closes, volume=bars.volume)
