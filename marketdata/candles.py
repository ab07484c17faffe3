"""Candles of any width up to this moment: generated history, what was stored, and the one that is still forming."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from arbion.domain.enums import INTERVAL_SECONDS, Interval
from arbion.domain.numbers import PRICE_SCALE, QUANTITY_SCALE
from marketdata.batch import price, quantity
from marketdata.columns import Columns, aggregate, backwards, from_rows, join
from marketdata.models import Candle, Instrument, Quote
from marketdata.models.fields import STORED_WIDTH
from marketdata.rollup import SOURCE, marks
from marketdata.simulator import history, replay
from marketdata.stored import columns_of
from marketdata.times import EPOCH, from_seconds, to_seconds

KEPT = {
    Interval.M1: timedelta(days=1),
    Interval.M5: timedelta(days=5),
    Interval.H1: timedelta(days=45),
    Interval.H4: timedelta(days=730),
    Interval.D1: timedelta(days=730),
}
LIMIT_MAX = 5000
_PRUNE_ROWS = 5000
_PRUNE = """
DELETE FROM marketdata_candle WHERE "id" IN (
    SELECT "id" FROM marketdata_candle WHERE "interval" = %s AND "opens_at" < %s LIMIT %s
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleView:
    """One candle as it is shown; `closed` is False while its time has not passed."""

    time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    closed: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Which candles are wanted: begins <= time < ends, the newest so many of them."""

    begins: int
    ends: int
    limit: int


def candles(
    instrument: Instrument, interval: Interval, *, end: datetime, limit: int, start: datetime | None = None
) -> list[CandleView]:
    """The newest candles that begin by `end` (and not before `start`), oldest first, with the forming one."""
    found = series(instrument, interval, end=end, limit=limit, start=start)
    newest = Quote.objects.filter(pk=instrument.pk).values_list("at", flat=True).first()
    seen = to_seconds(end if newest is None else max(end, newest))
    width = INTERVAL_SECONDS[interval]
    rows = zip(
        *(column.tolist() for column in (found.time, found.open, found.high, found.low, found.close, found.volume)),
        strict=True,
    )
    return [
        CandleView(
            time=from_seconds(time),
            open=price(opening),
            high=price(high),
            low=price(low),
            close=price(closing),
            volume=quantity(volume),
            closed=time + width <= seen,
        )
        for time, opening, high, low, closing, volume in rows
    ]


def series(
    instrument: Instrument, interval: Interval, *, end: datetime, limit: int, start: datetime | None = None
) -> Columns:
    """The same candles as columns of scaled integers."""
    ends = to_seconds(end) + 1
    span = Span(0 if start is None else math.ceil((start - EPOCH).total_seconds()), ends, min(limit, LIMIT_MAX))
    tape = replay.playing(instrument)
    if tape is not None and INTERVAL_SECONDS[interval] >= INTERVAL_SECONDS[Interval(tape.interval)]:
        found = aggregate(replay.bars_so_far(tape), INTERVAL_SECONDS[interval]).part(span.begins, span.ends)
        return found.newest(span.limit)
    if tape is not None:
        # Finer than the tape: only what this market has shown since the tape began.
        since = Span(max(span.begins, to_seconds(tape.loaded_at) // 60 * 60), span.ends, span.limit)
        return _live(instrument, interval, since).newest(span.limit)
    live = _live(instrument, interval, span)
    parts = join(_generated(instrument, interval, span, live), live)
    return aggregate(parts, INTERVAL_SECONDS[interval]).newest(span.limit)


def prune(now: datetime) -> int:
    """Delete candles that are past keeping, a few at a time so that nobody waits; returns how many went."""
    gone = 0
    for interval, kept in KEPT.items():
        while True:
            with connection.cursor() as cursor:
                cursor.execute(_PRUNE, [STORED_WIDTH[interval], to_seconds(now - kept), _PRUNE_ROWS])
                gone += cursor.rowcount
                if cursor.rowcount < _PRUNE_ROWS:
                    break
    return gone


def _generated(instrument: Instrument, interval: Interval, span: Span, live: Columns) -> Columns:
    """History from before the simulated price began to move, up to the live candles.

    Only the bucket in which the price began to move may hold both.
    """
    if instrument.anchored_at is None or span.begins >= to_seconds(instrument.anchored_at):
        return from_rows([])
    past = history.past_of(instrument, instrument.anchored_at)
    ends = span.ends
    if len(live):
        first, began = int(live.time[0]), past.anchor // INTERVAL_SECONDS[interval] * INTERVAL_SECONDS[interval]
        ends = min(ends, first + 1 if first == began else first)
    return history.candles(past, interval).part(span.begins, ends).newest(span.limit)


def _live(instrument: Instrument, interval: Interval, span: Span) -> Columns:
    """Stored candles, and after the last rolled-up bucket what the finer ones and the forming minute say."""
    width = INTERVAL_SECONDS[interval]
    begins = -(-span.begins // width) * width
    stored = _rows(
        Q(interval=interval, opens_at__gte=from_seconds(begins), opens_at__lt=from_seconds(span.ends)),
        instrument=instrument,
        limit=span.limit,
    )
    finer = _rows(_unrolled(interval), instrument=instrument) if interval is not Interval.M1 else from_rows([])
    whole = aggregate(join(stored, finer, _forming(instrument)), width)
    return whole.part(begins, span.ends)


def _unrolled(interval: Interval) -> Q:
    """The finer candles that are not yet part of a wider one, down to minutes."""
    known = marks()
    wanted = Q(pk__in=[])
    while interval in SOURCE:
        finer, since = SOURCE[interval], known.get(interval)
        wanted |= Q(interval=finer) if since is None else Q(interval=finer, opens_at__gte=since)
        interval = finer
    return wanted


def _rows(wanted: Q, *, instrument: Instrument, limit: int | None = None) -> Columns:
    """Stored candles, the newest so many, oldest first."""
    found = Candle.objects.filter(wanted, instrument=instrument).order_by("-opens_at")
    return backwards(columns_of(found, limit=limit))


def _forming(instrument: Instrument) -> Columns:
    quote = Quote.objects.filter(pk=instrument.pk, minute__isnull=False).first()
    if quote is None or quote.minute is None:
        return from_rows([])
    prices = (quote.minute_open, quote.minute_high, quote.minute_low, quote.last)
    scaled = [int(value.scaleb(PRICE_SCALE)) for value in prices]
    return from_rows([(to_seconds(quote.minute), *scaled, int(quote.minute_volume.scaleb(QUANTITY_SCALE)))])
