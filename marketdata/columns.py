"""Candles as columns of scaled integers, and the arithmetic that widens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marketdata.batch import Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Candles oldest first: `time` in seconds since 1970, prices and volumes scaled."""

    time: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints

    def __len__(self) -> int:
        return len(self.time)

    def part(self, begins: int, ends: int) -> Columns:
        """The candles with begins <= time < ends."""
        first, last = np.searchsorted(self.time, [begins, ends])
        return self.pick(slice(int(first), int(last)))

    def newest(self, count: int) -> Columns:
        """The last so many candles."""
        return self.pick(slice(max(0, len(self) - count), None))

    def pick(self, which: slice) -> Columns:
        """Some of the candles, as views."""
        return Columns(
            time=self.time[which],
            open=self.open[which],
            high=self.high[which],
            low=self.low[which],
            close=self.close[which],
            volume=self.volume[which],
        )


def from_rows(rows: Sequence[Sequence[int]]) -> Columns:
    """Columns from rows of (time, open, high, low, close, volume)."""
    table = np.array(rows, np.int64).reshape(-1, 6)
    time, opens, highs, lows, closes, volume = (table[:, number] for number in range(6))
    return Columns(time=time, open=opens, high=highs, low=lows, close=closes, volume=volume)


def backwards(columns: Columns) -> Columns:
    """The same candles in the other order."""
    return columns.pick(slice(None, None, -1))


def join(*parts: Columns) -> Columns:
    """Candles one after another; the parts must already be in order."""
    return Columns(
        time=np.concatenate([part.time for part in parts]),
        open=np.concatenate([part.open for part in parts]),
        high=np.concatenate([part.high for part in parts]),
        low=np.concatenate([part.low for part in parts]),
        close=np.concatenate([part.close for part in parts]),
        volume=np.concatenate([part.volume for part in parts]),
    )


def aggregate(columns: Columns, seconds: int) -> Columns:
    """Candles of a wider width: first open, highest high, lowest low, last close, summed volume of each bucket."""
    if not len(columns):
        return columns
    buckets = columns.time // seconds * seconds
    begins = np.flatnonzero(np.concatenate(([True], buckets[1:] != buckets[:-1])))
    ends = np.concatenate((begins[1:], [len(columns)])) - 1
    return Columns(
        time=buckets[begins],
        open=columns.open[begins],
        high=np.maximum.reduceat(columns.high, begins),
        low=np.minimum.reduceat(columns.low, begins),
        close=columns.close[ends],
        volume=np.add.reduceat(columns.volume, begins),
    )
