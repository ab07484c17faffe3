"""The arithmetic of each indicator: pandas-ta-classic as the catalogue with TA-Lib as its engine, imported when needed.

Importing them takes about a second, so no module imports them at its top. Their convention is ours: TA-Lib's seeding,
and population deviation in Bollinger bands.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Series = tuple[NDArray[np.float64], ...]


@cache
def _library() -> Any:
    import pandas_ta_classic  # noqa: PLC0415

    return pandas_ta_classic


def _pandas(values: NDArray[np.float64]) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.Series(values)


def _out(result: Any, count: int, columns: tuple[int, ...] | None = None) -> Series:
    """The wanted columns as arrays; the library answers None when there are too few bars."""
    if result is None:
        return tuple(np.full(count, np.nan) for _ in columns or (0,))
    if columns is None:
        return (result.to_numpy(dtype=np.float64),)
    return tuple(result.iloc[:, column].to_numpy(dtype=np.float64) for column in columns)


class Bars:
    """The prices an indicator may read, as pandas series."""

    def __init__(self, high: NDArray[np.float64], low: NDArray[np.float64], close: NDArray[np.float64]) -> None:
        self.count = len(close)
        self.high, self.low, self.close = _pandas(high), _pandas(low), _pandas(close)


def sma(bars: Bars, length: float) -> Series:
    """The mean of the last closes."""
    return _out(_library().sma(bars.close, length=int(length), talib=True), bars.count)


def ema(bars: Bars, length: float) -> Series:
    """The mean of closes with weights that fall off by 2 / (length + 1), seeded by the first mean."""
    return _out(_library().ema(bars.close, length=int(length), talib=True), bars.count)


def rsi(bars: Bars, length: float) -> Series:
    """Wilder's relative strength index."""
    return _out(_library().rsi(bars.close, length=int(length), talib=True), bars.count)


def atr(bars: Bars, length: float) -> Series:
    """Wilder's average true range."""
    return _out(_library().atr(bars.high, bars.low, bars.close, length=int(length), talib=True), bars.count)


def macd(bars: Bars, fast: float, slow: float, signal: float) -> Series:
    """The distance of two exponential means, its own exponential mean, and the distance of both."""
    result = _library().macd(bars.close, fast=int(fast), slow=int(slow), signal=int(signal), talib=True)
    return _out(result, bars.count, (0, 2, 1))


def bollinger(bars: Bars, length: float, deviations: float) -> Series:
    """The mean of closes and the bands so many population deviations above and below it."""
    result = _library().bbands(bars.close, length=int(length), std=deviations, talib=True)
    return _out(result, bars.count, (2, 1, 0))
