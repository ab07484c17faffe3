"""Returns of several instruments over the same times: a time that one of them lacks is left out for all, and counted.

Between two times that all have, each instrument's return is that of the whole stretch: over a weekend a coin's return
is that from Friday to Monday where shares stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from marketdata.batch import PRICE_ONE, Floats, Ints
from marketdata.columns import Columns


@dataclass(frozen=True, slots=True, eq=False)
class Closes:
    """Closing prices of one instrument, oldest first: `time` is each bar's first second since 1970, strictly rising."""

    time: Ints
    close: Floats

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """Closes at the times that all instruments have: `close` has a row for each time and a column for each symbol.

    `seen` counts the times that at least one of them has; `missing` says how many of these each symbol lacks.
    """

    symbols: tuple[str, ...]
    time: Ints
    close: Floats
    seen: int
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Returns:
    """Returns as fractions (0.01 is one percent): a row for each stretch, a column for each symbol.

    `time` is the bar in which each stretch ends; `missing` as in `Aligned`.
    """

    symbols: tuple[str, ...]
    time: Ints
    values: Floats
    missing: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many returns each symbol has."""
        return len(self.values)

    def of(self, symbol: str) -> Floats:
        """The column of one symbol. Raises KeyError for a symbol that is not there."""
        return self.columns([symbol])[:, 0]

    def columns(self, symbols: Sequence[str]) -> Floats:
        """The columns of these symbols in this order. Raises KeyError for a symbol that is not there."""
        places = {symbol: place for place, symbol in enumerate(self.symbols)}
        chosen: Floats = self.values[:, [places[symbol] for symbol in symbols]]
        return chosen


def closes_of(columns: Columns) -> Closes:
    """The closing prices of candles."""
    return Closes(columns.time, columns.close / PRICE_ONE)


def align(closes: Mapping[str, Closes]) -> Aligned:
    """The closes at the times that all of these instruments have; without any instrument, nothing."""
    symbols = tuple(closes)
    if not symbols:
        return Aligned(symbols=(), time=np.empty(0, np.int64), close=np.empty((0, 0)), seen=0, missing={})
    times = [closes[symbol].time for symbol in symbols]
    common: Ints = reduce(lambda left, right: np.intersect1d(left, right, assume_unique=True), times)
    seen = len(np.unique(np.concatenate(times)))
    table = [closes[symbol].close[np.searchsorted(closes[symbol].time, common)] for symbol in symbols]
    return Aligned(
        symbols=symbols,
        time=common,
        close=np.column_stack(table),
        seen=seen,
        missing={symbol: seen - len(closes[symbol]) for symbol in symbols},
    )


def simple_returns(aligned: Aligned) -> Returns:
    """Price over the price before, less one: what a position earns; a portfolio's is the weighted sum of its parts'."""
    close = aligned.close
    return _returns(aligned, close[1:] / close[:-1] - 1)


def log_returns(aligned: Aligned) -> Returns:
    """The logarithm of price over the price before: these add up over time, not over positions."""
    return _returns(aligned, np.diff(np.log(aligned.close), axis=0))


def _returns(aligned: Aligned, values: Floats) -> Returns:
    return Returns(symbols=aligned.symbols, time=aligned.time[1:], values=values, missing=aligned.missing)
