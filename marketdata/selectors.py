"""Reads for the doors to prices; prices are the same for all eyes, so these take none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from arbion.domain.enums import Interval
from arbion.domain.numbers import plain
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from marketdata import quotes
from marketdata.candles import candles, series
from marketdata.columns import Columns
from marketdata.errors import UnknownSymbol
from marketdata.frames import timestamp
from marketdata.models import Instrument
from marketdata.options import contracts
from marketdata.times import EPOCH, from_seconds, to_seconds

# Exponential means forget their beginning only slowly: this many bars more make it invisible.
SETTLING_BARS = 150
# The least step of our clocks: what ends before a moment ends so much earlier.
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleRange:
    """Which candles: at most `limit` of those with start <= time <= end, the newest."""

    interval: Interval
    limit: int
    start: datetime | None
    end: datetime


def candle_range(
    interval: Interval, *, limit: int, start: datetime | None, end: datetime | None, now: datetime
) -> CandleRange:
    """A range within the time that has been; an end that was asked for is itself left out, so that pages join."""
    latest = now if end is None else min(max(end, EPOCH + INSTANT) - INSTANT, now)
    return CandleRange(interval=interval, limit=limit, start=None if start is None else max(start, EPOCH), end=latest)


def quotes_of(symbols: Sequence[str], *, now: datetime) -> list[tuple[QuoteReport, bool]]:
    """The latest quotes in the order asked, each with whether it is stale; an unknown symbol is refused by name.

    A listed option contract that nobody has traded yet has the quote that its chain shows.
    """
    found = quotes.latest(symbols)
    if missing := [symbol for symbol in symbols if symbol not in found]:
        known = set(Instrument.objects.filter(symbol__in=missing).values_list("symbol", flat=True))
        for symbol in missing:
            if symbol not in known:
                found[symbol] = _listed_quote(symbol, now)
    return [(found[symbol], quotes.is_stale(found[symbol], now)) for symbol in symbols if symbol in found]


def _listed_quote(symbol: str, now: datetime) -> QuoteReport:
    try:
        return contracts.find(symbol, clock=FrozenClock(now)).quote
    except UnknownSymbol:
        raise UnknownSymbol(symbol, field="symbols") from None


def candles_of(instrument: Instrument, wanted: CandleRange) -> list[dict[str, Any]]:
    """Candles as they are shown."""
    found = candles(instrument, wanted.interval, end=wanted.end, limit=wanted.limit, start=wanted.start)
    return [
        {
            "time": timestamp(candle.time),
            "open": plain(candle.open),
            "high": plain(candle.high),
            "low": plain(candle.low),
            "close": plain(candle.close),
            "volume": plain(candle.volume),
            "closed": candle.closed,
        }
        for candle in found
    ]


def bars_with_warm_up(instrument: Instrument, wanted: CandleRange, *, warm_up: int) -> tuple[Columns, int]:
    """The range's bars with as many before them as indicators need, and how many of them are the range's."""
    bars = series(instrument, wanted.interval, end=wanted.end, limit=wanted.limit + warm_up + SETTLING_BARS)
    shown = min(len(bars), wanted.limit)
    if wanted.start is not None:
        shown = min(shown, int((bars.time >= to_seconds(wanted.start)).sum()))
    return bars, shown


def times_of(bars: Columns) -> list[datetime]:
    """When the bars opened."""
    return [from_seconds(seconds) for seconds in bars.time.tolist()]
