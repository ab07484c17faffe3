"""Indicators over candles, whether they come as views or as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marketdata.batch import PRICE_ONE
from marketdata.columns import Columns
from marketdata.indicators.families import Bars
from marketdata.indicators.registry import Chosen, read_name

Answer = dict[str, list[float | None]]


class Bar(Protocol):
    """What an indicator reads of a candle."""

    @property
    def high(self) -> object: ...
    @property
    def low(self) -> object: ...
    @property
    def close(self) -> object: ...


def compute(names: Iterable[str], candles: Sequence[Bar]) -> Answer:
    """Every series of the named indicators over candles (oldest first), one value or None for each candle."""

    def column(name: str) -> NDArray[np.float64]:
        return np.array([float(str(getattr(candle, name))) for candle in candles], np.float64)

    return _compute([read_name(name) for name in names], column("high"), column("low"), column("close"))


def compute_columns(chosen: Sequence[Chosen], columns: Columns) -> Answer:
    """The same over columns of scaled integers."""
    return _compute(chosen, columns.high / PRICE_ONE, columns.low / PRICE_ONE, columns.close / PRICE_ONE)


def _compute(
    chosen: Sequence[Chosen], high: NDArray[np.float64], low: NDArray[np.float64], close: NDArray[np.float64]
) -> Answer:
    if not len(close):
        return {name: [] for choice in chosen for name in choice.series_names}
    bars = Bars(high, low, close)
    answer: Answer = {}
    for choice in chosen:
        if len(close) <= choice.warm_up:  # the library would say so in the log, each time
            answer.update({name: [None] * len(close) for name in choice.series_names})
            continue
        for name, values in zip(choice.series_names, choice.indicator.function(bars, *choice.values), strict=True):
            answer[name] = [value if np.isfinite(value) else None for value in values.tolist()]
    return answer
