"""Many quotes as columns of scaled integers: what the simulator makes and the recorder writes without a Decimal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import overload

import numpy as np
from numpy.typing import NDArray

from arbion.domain.numbers import EXACT, PRICE_SCALE, QUANTITY_SCALE
from arbion.domain.reports import QuoteReport

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PRICE_ONE = 10**PRICE_SCALE
QUANTITY_ONE = 10**QUANTITY_SCALE


def price(scaled: int) -> Decimal:
    """The price behind a scaled integer."""
    return Decimal(scaled).scaleb(-PRICE_SCALE, EXACT)


def quantity(scaled: int) -> Decimal:
    """The quantity behind a scaled integer."""
    return Decimal(scaled).scaleb(-QUANTITY_SCALE, EXACT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuoteBatch(Sequence[QuoteReport]):
    """Quotes as columns, at most one an instrument, ordered by id; as a sequence it yields QuoteReports made on demand.

    Whoever makes a batch vouches for its rows (positive, uncrossed, known ids): only `quotes` and the simulator do.
    """

    ids: Ints
    symbols: Sequence[str]
    bid: Ints
    ask: Ints
    last: Ints
    previous_close: Ints
    volume: Ints
    sources: Sequence[str]
    at: Sequence[datetime]
    # Ids of instruments whose quote came while they did not trade: it tells their price and makes no candle.
    untraded: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.symbols)

    @overload
    def __getitem__(self, index: int) -> QuoteReport: ...
    @overload
    def __getitem__(self, index: slice) -> list[QuoteReport]: ...
    def __getitem__(self, index: int | slice) -> QuoteReport | list[QuoteReport]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return QuoteReport(
            symbol=self.symbols[index],
            bid=price(int(self.bid[index])),
            ask=price(int(self.ask[index])),
            last=price(int(self.last[index])),
            previous_close=price(int(self.previous_close[index])),
            volume=quantity(int(self.volume[index])),
            at=self.at[index],
            source=self.sources[index],
        )

    def __iter__(self) -> Iterator[QuoteReport]:
        return (self[number] for number in range(len(self)))
