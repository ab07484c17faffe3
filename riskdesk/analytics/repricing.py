"""Options priced again at other prices and volatilities of their underlying, with early exercise where it can pay.

A change is what the pricing says after the move less what it says before it, so that no move is no change, whatever
the market's price is. Time stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from arbion.domain.enums import OptionRight
from marketdata.batch import Floats, Ints
from marketdata.options.implied import implied_volatility
from marketdata.options.pricing import DAYS_A_YEAR, Options, value
from riskdesk.analytics.book import Book, Line
from riskdesk.analytics.figures import column
from riskdesk.analytics.returns import Returns

# Below this an option is its exercise value anyway, and a tree would have no branches.
VOLATILITY_LEAST = 0.01
# Above this a call is worth its underlying and a put its strike; a tree would leave the numbers there are.
VOLATILITY_MOST = 20.0
# A price never falls to nothing: a logarithm has to be taken of it.
PRICE_LEAST = 1e-9
# So many trees at a time, so that memory stays small.
_CHUNK = 4096
# From this many moves on an option is priced on so many points between them and read off the lines that join these.
POINTS = 61
_YEAR_SECONDS = DAYS_A_YEAR * 86_400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """The options of a book as columns: `units` of the underlying that each line stands for, negative where owed.

    `valued_as_exercised` are those whose price leaves no room for a volatility: they are priced with next to none,
    which is what exercising would bring.
    """

    lines: tuple[Line, ...]
    options: Options
    units: Floats
    valued_as_exercised: tuple[str, ...]

    def changes(self, spots: Floats, volatilities: Floats) -> Floats:
        """Money that each line gains where spot and volatility are multiplied by these tables.

        They have a row for each case and as many columns as there are options; what does not move is not priced.
        """
        moved = (spots != 1.0) | (volatilities != 1.0)
        after = self._worth(spots[moved], volatilities[moved], np.broadcast_to(self._places, spots.shape)[moved])
        before = self._worth(np.ones(len(self.lines)), np.ones(len(self.lines)), self._places)
        gained = np.zeros(spots.shape)
        gained[moved] = after
        return np.where(moved, gained - before, 0.0) * self.units

    @property
    def _places(self) -> Ints:
        return np.arange(len(self.lines), dtype=np.int64)

    def _worth(self, spots: Floats, volatilities: Floats, places: Ints) -> Floats:
        """Value per unit of the option at each place, with its spot and volatility multiplied by these factors."""
        found = np.empty(len(places))
        for start in range(0, len(places), _CHUNK):
            part = slice(start, start + _CHUNK)
            which, base = places[part], self.options
            options = Options(
                is_call=base.is_call[which],
                spot=np.maximum(base.spot[which] * spots[part], PRICE_LEAST),
                strike=base.strike[which],
                years=base.years[which],
                rate=base.rate[which],
                dividend_yield=base.dividend_yield[which],
                volatility=np.clip(base.volatility[which] * volatilities[part], VOLATILITY_LEAST, VOLATILITY_MOST),
            )
            found[part] = value(options)
        return found


def priced(book: Book) -> Priced:
    """The book's options ready for pricing; volatilities that are not given are taken from their prices."""
    lines = tuple(line for line in book.lines if line.option is not None)
    options = Options.of(
        is_call=np.array([line.option is not None and line.option.right is OptionRight.CALL for line in lines], bool),
        spot=column(line.spot for line in lines),
        strike=column(line.option.strike for line in lines if line.option),
        years=np.array([_years(book, line) for line in lines], np.float64),
        volatility=np.array([_given(line) for line in lines], np.float64),
        rate=column(line.rate for line in lines),
        dividend_yield=column(line.dividend_yield for line in lines),
    )
    volatility, unknown = options.volatility.copy(), np.isnan(options.volatility)
    if unknown.any():
        prices = column(line.price for line in lines)
        volatility[unknown] = implied_volatility(prices[unknown], options.pick(unknown))
    without = np.isnan(volatility)
    volatility = np.where(without, 0.0, volatility)
    return Priced(
        lines=lines,
        options=replace(options, volatility=np.clip(volatility, VOLATILITY_LEAST, VOLATILITY_MOST)),
        units=column(line.units for line in lines),
        valued_as_exercised=tuple(line.symbol for line, none in zip(lines, without.tolist(), strict=True) if none),
    )


def profits(book: Book, returns: Returns, lines: Sequence[Line]) -> Floats:
    """Money that each of these lines would have made of each past return of its underlying: a row a return.

    Options are priced again at their volatility of now; where there are more returns than `POINTS`, on that many
    prices between the lowest and the highest, joined by lines. Raises KeyError for an underlying without returns.
    """
    moves = returns.columns([line.underlying for line in lines])
    made: Floats = moves * column(line.value for line in lines)
    places = [place for place, line in enumerate(lines) if line.option is not None]
    if not places or not len(moves):
        return made
    found = priced(replace(book, lines=tuple(lines[place] for place in places)))
    own = moves[:, places]
    if len(own) <= POINTS:
        made[:, places] = found.changes(1.0 + own, np.ones(own.shape))
        return made
    grid = np.linspace(own.min(axis=0), own.max(axis=0), POINTS)
    changes = found.changes(1.0 + grid, np.ones(grid.shape))
    for number, place in enumerate(places):
        made[:, place] = np.interp(own[:, number], grid[:, number], changes[:, number])
    return made


def _years(book: Book, line: Line) -> float:
    seconds = (line.expires_at - book.at).total_seconds() if line.expires_at else 0.0
    return max(seconds, 0.0) / _YEAR_SECONDS


def _given(line: Line) -> float:
    return float("nan") if line.volatility is None else float(line.volatility)
