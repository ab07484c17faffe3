"""What a new subscription to prices begins with, read from the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arbion.domain.enums import INTERVAL_SECONDS, Interval
from arbion.domain.numbers import QUANTITY_SCALE
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import SYSTEM, Clock
from marketdata import quotes
from marketdata.candles import series
from marketdata.errors import UnknownSymbol
from marketdata.frames import Forming
from marketdata.models import Instrument
from marketdata.simulator.replay import playing
from marketdata.times import from_seconds


@dataclass(frozen=True, slots=True)
class Channel:
    """One price channel: quotes of a symbol, or its candles of one width."""

    name: str
    symbol: str
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest message of each channel that has one; quotes with whether they are stale."""

    quotes: dict[str, tuple[QuoteReport, bool]]
    candles: dict[str, Forming]


def read_snapshot(channels: Sequence[Channel], *, clock: Clock = SYSTEM) -> Snapshot:
    """The latest quotes and forming candles of these channels; an unknown symbol is refused by name."""
    now = clock.now()
    known = Instrument.objects.in_bulk({channel.symbol for channel in channels}, field_name="symbol")
    for channel in channels:
        if channel.symbol not in known:
            raise UnknownSymbol(channel.symbol, field="channels")
    latest = quotes.latest(known)
    shown: dict[str, tuple[QuoteReport, bool]] = {}
    forming: dict[str, Forming] = {}
    for channel in channels:
        report = latest.get(channel.symbol)
        if report is None:
            continue
        if channel.interval is None:
            shown[channel.name] = report, quotes.is_stale(report, now)
        elif (candle := _forming(known[channel.symbol], channel.interval, report, now)) is not None:
            forming[channel.name] = candle
    return Snapshot(shown, forming)


def _forming(instrument: Instrument, interval: Interval, report: QuoteReport, now: datetime) -> Forming | None:
    """The newest candle; none for a tape's own widths, whose bars bear other times than the quotes of its replay."""
    tape = playing(instrument)
    if tape is not None and INTERVAL_SECONDS[interval] >= INTERVAL_SECONDS[Interval(tape.interval)]:
        return None
    found = series(instrument, interval, end=now, limit=1)
    if not len(found):
        return None
    return Forming(
        interval=interval,
        time=from_seconds(int(found.time[-1])),
        open=int(found.open[-1]),
        high=int(found.high[-1]),
        low=int(found.low[-1]),
        close=int(found.close[-1]),
        volume=int(found.volume[-1]),
        day_volume=int(report.volume.scaleb(QUANTITY_SCALE)),
    )
