"""Which candles an instrument has, where some are missing, and making the wider ones again from the finer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Max, Min

from accounts import audit
from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.enums import INTERVAL_SECONDS, AssetClass, Interval
from arbion.domain.errors import Forbidden, InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from marketdata import hours
from marketdata.batch import Ints, price, quantity
from marketdata.candles import KEPT
from marketdata.columns import Columns, aggregate
from marketdata.models import Candle, Instrument, Quote
from marketdata.rollup import CHAIN, hold_recorder, marks
from marketdata.stored import columns_of
from marketdata.times import EPOCH, floor_time, from_seconds, to_seconds

GAPS_SHOWN_MAX = 100
# A gap is looked for no further back than this: how long any width is kept.
_LOOK_BACK = max(KEPT.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Candles that are missing one after another: the first of them, the end of the last, how many."""

    begins: datetime
    ends: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The stored candles of one width; `expected` counts the buckets of trading time from them to the newest quote.

    `gaps` are the newest `GAPS_SHOWN_MAX`, `missing` counts all. Candles of overridden hours come on top of `expected`.
    """

    interval: Interval
    first: datetime | None
    last: datetime | None
    count: int
    expected: int
    missing: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did to one width."""

    interval: Interval
    written: int
    removed: int


def coverage(instrument: Instrument, *, clock: Clock = SYSTEM) -> list[Coverage]:
    """Every width's stored candles, the finest first; generated history is never stored and never missing."""
    newest = Quote.objects.filter(pk=instrument.pk).values_list("at", flat=True).first()
    earliest = clock.now() - _LOOK_BACK
    return [_covered(instrument, interval, newest, earliest) for interval in Interval]


def totals() -> list[dict[str, Any]]:
    """For each width over all instruments: `interval`, `instruments`, `count`, `first`, `last`."""
    found = {
        row["interval"]: row
        for row in Candle.objects.values("interval").annotate(
            count=Count("pk"),
            instruments=Count("instrument_id", distinct=True),
            first=Min("opens_at"),
            last=Max("opens_at"),
        )
    }
    nothing = {"count": 0, "instruments": 0, "first": None, "last": None}
    return [{**nothing, **found.get(interval, {}), "interval": interval} for interval in Interval]


@transaction.atomic
def rebuild(
    instrument: Instrument, since: datetime, until: datetime, *, by: User | None = None, clock: Clock = SYSTEM
) -> list[Rebuilt]:
    """Make the candles wider than a minute again from the finer ones, for every bucket that begins in this time.

    A bucket is left as it is where the finer candles are past keeping (some of them may be pruned) or where it has not
    ended; one whose finer candles do not exist is removed. Raises InvalidInput for an empty range and Forbidden.
    """
    if by is not None and not can(by, Ability.EDIT_MARKET):
        raise Forbidden("Only who may edit the market rebuilds candles.")
    if until <= since:
        raise InvalidInput.of("until", "out_of_range", "The end must be after the beginning.")
    done = _rebuild_all(instrument, since, until, clock.now())
    if by is not None:
        data = {"since": since.isoformat(), "until": until.isoformat(), "written": sum(one.written for one in done)}
        audit.record(actor=by, action="candles.rebuilt", subject=instrument.symbol, data=data, clock=clock)
    return done


@transaction.atomic
def realign(instrument: Instrument) -> list[Rebuilt]:
    """Make wider candles agree with the finer ones again to the last unit, after all were scaled and rounded alike."""
    newest = Quote.objects.filter(pk=instrument.pk).values_list("at", flat=True).first()
    return [] if newest is None else _rebuild_all(instrument, EPOCH, newest, newest)


def _rebuild_all(instrument: Instrument, since: datetime, until: datetime, now: datetime) -> list[Rebuilt]:
    hold_recorder()
    ended = marks()
    done = []
    for interval, source in CHAIN:
        begins = _ceiling(max(since, now - KEPT[source]), interval)
        ends = min(_ceiling(until, interval), ended.get(interval, begins))
        done.append(_rebuild(instrument, interval, source, begins, ends))
    return done


def _rebuild(instrument: Instrument, interval: Interval, source: Interval, begins: datetime, ends: datetime) -> Rebuilt:
    if ends <= begins:
        return Rebuilt(interval=interval, written=0, removed=0)
    here = Candle.objects.filter(instrument=instrument, opens_at__gte=begins, opens_at__lt=ends)
    made = aggregate(columns_of(here.filter(interval=source).order_by("opens_at")), INTERVAL_SECONDS[interval])
    stored = columns_of(here.filter(interval=interval).order_by("opens_at"))
    extra = np.setdiff1d(stored.time, made.time)
    removed, _ = here.filter(interval=interval, opens_at__in=[from_seconds(time) for time in extra.tolist()]).delete()
    same = set(_rows(stored))
    changed = [row for row in _rows(made) if row not in same]
    Candle.objects.bulk_create(
        [
            Candle(
                instrument=instrument,
                interval=interval,
                opens_at=from_seconds(time),
                open=price(opening),
                high=price(high),
                low=price(low),
                close=price(closing),
                volume=quantity(volume),
            )
            for time, opening, high, low, closing, volume in changed
        ],
        update_conflicts=True,
        unique_fields=["instrument", "interval", "opens_at"],
        update_fields=["open", "high", "low", "close", "volume"],
        batch_size=500,
    )
    return Rebuilt(interval=interval, written=len(changed), removed=removed)


def _rows(columns: Columns) -> list[tuple[int, ...]]:
    parts = (columns.time, columns.open, columns.high, columns.low, columns.close, columns.volume)
    return list(zip(*(part.tolist() for part in parts), strict=True))


def _covered(instrument: Instrument, interval: Interval, newest: datetime | None, earliest: datetime) -> Coverage:
    width = INTERVAL_SECONDS[interval]
    stored = Candle.objects.filter(instrument=instrument, interval=interval).order_by("opens_at")
    times = np.array([to_seconds(at) for at in stored.values_list("opens_at", flat=True)], np.int64)
    if not len(times):
        return Coverage(interval=interval, first=None, last=None, count=0, expected=0, missing=0, gaps=())
    first, last = int(times[0]), int(times[-1])
    # What ended before the newest quote came is a candle by now; without quotes nothing is known beyond the last.
    ends = last + width if newest is None else max(last + width, to_seconds(floor_time(newest, interval)))
    begins = max(first, to_seconds(earliest))
    minutes = hours.session_minutes(AssetClass(instrument.asset_class), from_seconds(begins), from_seconds(ends))
    expected = np.unique(minutes // width * width)
    missing = np.setdiff1d(expected, times)
    return Coverage(
        interval=interval,
        first=from_seconds(first),
        last=from_seconds(last),
        count=len(times),
        expected=len(expected),
        missing=len(missing),
        gaps=tuple(_gaps(expected, missing, width))[-GAPS_SHOWN_MAX:],
    )


def _gaps(expected: Ints, missing: Ints, width: int) -> Sequence[Gap]:
    """The missing buckets, those that follow one another in trading time taken together."""
    if not len(missing):
        return ()
    places = np.searchsorted(expected, missing)
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    return [
        Gap(begins=from_seconds(int(part[0])), ends=from_seconds(int(part[-1]) + width), count=len(part))
        for part in np.split(missing, breaks)
    ]


def _ceiling(at: datetime, interval: Interval) -> datetime:
    """The first bucket that begins at this moment or later."""
    floor = floor_time(at, interval)
    return floor if floor == at else floor + timedelta(seconds=INTERVAL_SECONDS[interval])
