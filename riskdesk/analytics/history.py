"""The closing prices behind the figures: every symbol's closed candles, in as many queries for one symbol as for many.

They are those that the charts show: what a playing tape has replayed, else the generated past up to where the price
began to move, and from there on what was stored. The bar that is still forming is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from django.db.models import BigIntegerField
from django.db.models.functions import Cast

from arbion.domain.enums import INTERVAL_SECONDS, Interval
from marketdata.batch import PRICE_ONE, Ints
from marketdata.columns import aggregate
from marketdata.models import Candle, Instrument, Tape
from marketdata.simulator import history as generated
from marketdata.simulator import replay
from marketdata.times import from_seconds, to_seconds
from riskdesk.analytics.returns import Closes, closes_of

BARS_MAX = 500
EMPTY = Closes(np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Closes by symbol, up to `until`; `without` names the symbols that have none."""

    interval: Interval
    until: datetime
    closes: Mapping[str, Closes]
    without: tuple[str, ...]


def closes(
    symbols: Iterable[str], *, until: datetime, interval: Interval = Interval.D1, limit: int = BARS_MAX
) -> History:
    """The newest closed bars of each symbol, at most `limit`, that ended by `until`; three queries and one for each
    tape that is not in memory."""
    wanted = tuple(dict.fromkeys(symbols))
    instruments = list(Instrument.objects.filter(symbol__in=wanted))
    tapes = {tape.instrument_id: tape for tape in Tape.objects.filter(instrument__in=instruments, is_playing=True)}
    width = INTERVAL_SECONDS[interval]
    last = to_seconds(until) - width
    stored = _stored((one for one in instruments if one.pk not in tapes), interval, last)
    found: dict[str, Closes] = {}
    for instrument in instruments:
        tape = tapes.get(instrument.pk)
        live = stored.get(instrument.pk, EMPTY)
        whole = _of_tape(tape, interval) if tape else _joined(_past(instrument, interval), live)
        end = int(np.searchsorted(whole.time, last, side="right"))
        part = slice(max(end - limit, 0), end)
        if end:
            found[instrument.symbol] = Closes(whole.time[part], whole.close[part])
    return History(
        interval=interval,
        until=until,
        closes={symbol: found[symbol] for symbol in wanted if symbol in found},
        without=tuple(symbol for symbol in wanted if symbol not in found),
    )


def _stored(instruments: Iterable[Instrument], interval: Interval, last: int) -> dict[int, Closes]:
    """Stored closes of bars that began by `last`, by instrument: one query, as scaled integers."""
    rows = (
        Candle.objects.filter(instrument__in=list(instruments), interval=interval, opens_at__lte=from_seconds(last))
        .order_by("instrument_id", "opens_at")
        .annotate(begins=Cast("opens_at", BigIntegerField()), scaled=Cast("close", BigIntegerField()))
        .values_list("instrument_id", "begins", "scaled")
    )
    table: Ints = np.array(list(rows), np.int64).reshape(-1, 3)
    keys, starts = np.unique(table[:, 0], return_index=True)
    parts = np.split(table, starts[1:])
    return {key: Closes(part[:, 1], part[:, 2] / PRICE_ONE) for key, part in zip(keys.tolist(), parts, strict=False)}


def _of_tape(tape: Tape, interval: Interval) -> Closes:
    """What the tape has replayed, in its own time; a tape of wider bars says nothing of narrower ones."""
    width = INTERVAL_SECONDS[interval]
    if width < INTERVAL_SECONDS[Interval(tape.interval)]:
        return EMPTY
    return closes_of(aggregate(replay.bars_so_far(tape), width))


def _past(instrument: Instrument, interval: Interval) -> Closes:
    """The generated closes from before the price began to move."""
    if instrument.anchored_at is None:
        return EMPTY
    return _generated(generated.past_of(instrument, instrument.anchored_at), interval)


@lru_cache(maxsize=4096)
def _generated(past: generated.Past, interval: Interval) -> Closes:
    """A past never changes, and its closes are small: kept for as many instruments as a house can hold."""
    return closes_of(generated.candles(past, interval))


def _joined(past: Closes, stored: Closes) -> Closes:
    """The past up to the first stored bar, which has the last word on the day in which the price began to move."""
    if not len(stored):
        return past
    end = int(np.searchsorted(past.time, stored.time[0]))
    return Closes(np.concatenate((past.time[:end], stored.time)), np.concatenate((past.close[:end], stored.close)))
