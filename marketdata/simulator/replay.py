"""Replay of real history: a loaded tape gives an instrument's price bar by bar, in place of the simulation.

A tape plays while its instrument's market trades, extended hours included, and stands still while that is closed or the
instrument is halted: bars wait for the market, none is passed over. A paused tape goes on quoting the price that it
stands at. Who moves the tape's position in its table moves the replay: the player takes it over at the next tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from arbion.domain.enums import Interval
from marketdata import hours
from marketdata.columns import Columns, from_rows, join
from marketdata.models import Instrument, Tape, TapeBar
from marketdata.simulator import gbm
from marketdata.stored import columns_of
from marketdata.times import from_seconds

PLAYING = "tape"
ENDED = "tape ended"


@dataclass(frozen=True, slots=True)
class Print:
    """What the tape says at one position: scaled price, previous close and volume of the day."""

    last: int
    previous_close: int
    volume: int


class Player:
    """Walks one tape: within a bar from its open over the nearer extremes to its close, never past the last bar."""

    def __init__(self, tape: Tape) -> None:
        self.tape_id = tape.pk
        self.loaded_at = tape.loaded_at
        self.bars = bars(tape.pk, tape.loaded_at)
        self.speed = tape.speed
        self.position = self.kept = min(tape.position, float(len(self.bars)))
        self.is_paused = tape.is_paused
        self.day_begins = _day_begins(self.bars, Interval(tape.interval))

    @property
    def source(self) -> str:
        """What quotes name as their origin."""
        return ENDED if self.position >= len(self.bars) else PLAYING

    def obey(self, tape: Tape) -> None:
        """Take over what the table says: speed, pause, and the position where somebody has moved it."""
        self.speed, self.is_paused = tape.speed, tape.is_paused
        if tape.position != self.kept:
            self.position = self.kept = min(tape.position, float(len(self.bars)))

    def advance(self) -> Print:
        """One tick further, unless it is paused."""
        if not self.is_paused:
            self.position = min(self.position + self.speed, float(len(self.bars)))
        return self.now()

    def keep(self) -> None:
        """Write down how far it has come; where somebody has moved the position meanwhile, that stands."""
        if self.position != self.kept:
            rows = Tape.objects.filter(pk=self.tape_id, loaded_at=self.loaded_at, position=self.kept)
            if rows.update(position=self.position):
                self.kept = self.position

    def now(self) -> Print:
        """What the tape says at this position."""
        number, part = _split(self.position)
        first = int(self.day_begins[number])
        before = int(self.bars.close[first - 1]) if first else int(self.bars.open[0])
        volume = int(self.bars.volume[first:number].sum()) + int(int(self.bars.volume[number]) * part)
        return Print(_price(self.bars, number, part), before, min(volume, gbm.DAY_VOLUME_SCALED))


def playing(instrument: Instrument) -> Tape | None:
    """The tape that the instrument follows now, if any."""
    return Tape.objects.filter(instrument=instrument, is_playing=True).first()


def bars_so_far(tape: Tape) -> Columns:
    """The bars that were replayed, in the history's own time; the last one as far as it has come."""
    whole = bars(tape.pk, tape.loaded_at)
    if tape.position <= 0:
        return from_rows([])
    number, part = _split(min(tape.position, float(len(whole))))
    if part >= 1:
        return whole.pick(slice(0, number + 1))
    seen = [_price(whole, number, step) for step in (0.25, 0.5, 0.75) if step <= part] + [_price(whole, number, part)]
    forming = (int(whole.time[number]), seen[0], max(seen), min(seen), seen[-1], int(int(whole.volume[number]) * part))
    return join(whole.pick(slice(0, number)), from_rows([forming]))


@lru_cache(maxsize=8)
def bars(tape_id: int, loaded_at: datetime) -> Columns:
    """All bars of a tape; the time of loading makes a newly loaded tape a new one."""
    return columns_of(TapeBar.objects.filter(tape_id=tape_id).order_by("number"))


def _split(position: float) -> tuple[int, float]:
    """The bar a position lies in, counted from 0, and how far into it (more than 0, up to 1)."""
    number = max(int(np.ceil(position)) - 1, 0)
    return number, max(position - number, 0.0)


def _price(whole: Columns, number: int, part: float) -> int:
    """The price on the way through a bar: a rising bar visits its low first, a falling bar its high."""
    opening, closing = int(whole.open[number]), int(whole.close[number])
    high, low = int(whole.high[number]), int(whole.low[number])
    way = [opening, low, high, closing] if closing >= opening else [opening, high, low, closing]
    return int(np.rint(np.interp(part, [0.25, 0.5, 0.75, 1.0], way)))


def _day_begins(whole: Columns, interval: Interval) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each bar the number of its day's first bar."""
    numbers = np.arange(len(whole), dtype=np.int64)
    if interval is Interval.D1:
        return numbers
    days = np.array([hours.local_day(from_seconds(time)) for time in whole.time.tolist()], np.int64)
    first = np.concatenate(([True], days[1:] != days[:-1]))
    return np.maximum.accumulate(np.where(first, numbers, 0))
