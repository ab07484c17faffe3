"""How far positions move with a benchmark, and with each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from marketdata.batch import Floats
from riskdesk.analytics.figures import OBSERVATIONS_LEAST, Unanswered, column, figure, too_little
from riskdesk.analytics.returns import Closes, Returns, align, simple_returns
from riskdesk.analytics.var import Exposure, nothing_held

# Daily returns whose deviation is below this did not move: what is left is the last digit of a float.
_STILL = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """The slope of returns on a benchmark's returns: 1.5 moves one and a half times as far.

    `r_squared` is the part of its variance that the benchmark explains, `standard_error` the uncertainty of the slope,
    `count` how many returns stand behind it.
    """

    value: Decimal
    r_squared: Decimal
    standard_error: Decimal
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """Pearson's correlation of each pair of symbols, None where it is unknown, and how many returns each stands on."""

    symbols: tuple[str, ...]
    values: tuple[tuple[Decimal | None, ...], ...]
    counts: tuple[tuple[int, ...], ...]


def slope(own: Floats, benchmark: Floats) -> Beta | Unanswered:
    """Ordinary least squares of one column of returns on another of the same length, with a constant.

    Slope = Sxy / Sxx; standard error = sqrt(residuals' sum of squares / (n - 2) / Sxx); R squared = 1 - residuals' sum
    of squares / Syy (Greene, Econometric Analysis, chapters 3 and 4). What does not
    move itself has a slope and an R squared of zero. Needs 20 returns and a benchmark that moves.
    """
    count = len(own)
    if count < OBSERVATIONS_LEAST:
        return too_little(count, OBSERVATIONS_LEAST)
    x, y = benchmark - benchmark.mean(), own - own.mean()
    s_xx, s_yy = float(x @ x), float(y @ y)
    if math.sqrt(s_xx / count) < _STILL:
        return Unanswered(code="stands_still", detail="The benchmark did not move in this time.", count=count)
    value = float(x @ y) / s_xx
    left = y - value * x
    unexplained = float(left @ left)
    return Beta(
        value=figure(value),
        r_squared=figure(max(1.0 - unexplained / s_yy, 0.0) if math.sqrt(s_yy / count) >= _STILL else 0.0),
        standard_error=figure(math.sqrt(unexplained / (count - 2) / s_xx)),
        count=count,
    )


def beta(own: Closes, benchmark: Closes) -> Beta | Unanswered:
    """The beta of one instrument, over the times that it has together with the benchmark."""
    returns = simple_returns(align({"own": own, "benchmark": benchmark}))
    return slope(returns.of("own"), returns.of("benchmark"))


def portfolio_beta(
    exposures: Sequence[Exposure], returns: Returns, *, benchmark: str, equity: Decimal
) -> Beta | Unanswered:
    """The beta of today's exposures over equity in money: each position's beta weighted by its part of the equity.

    Found in one regression of what the exposures would have earned, so that it has its own R squared and error.
    Raises KeyError for a symbol without returns.
    """
    if not exposures:
        return nothing_held()
    if equity <= 0:
        return Unanswered(code="no_equity", detail="The account is not worth anything that could be compared.")
    moves = returns.columns([exposure.symbol for exposure in exposures])
    weights = column(exposure.value / equity for exposure in exposures)
    return slope(moves @ weights, returns.of(benchmark))


def correlations(closes: Mapping[str, Closes]) -> Correlations:
    """The correlation of each pair's simple returns, over the times that the two have together.

    Unknown with fewer than 20 returns, and for what does not move.
    """
    symbols = tuple(closes)
    size = len(symbols)
    values: list[list[Decimal | None]] = [[None] * size for _ in symbols]
    counts = [[0] * size for _ in symbols]
    for row, first in enumerate(symbols):
        for place in range(row, size):
            found, count = _correlation(closes[first], closes[symbols[place]])
            values[row][place] = values[place][row] = found
            counts[row][place] = counts[place][row] = count
    return Correlations(symbols=symbols, values=tuple(map(tuple, values)), counts=tuple(map(tuple, counts)))


def _correlation(first: Closes, second: Closes) -> tuple[Decimal | None, int]:
    one, other = _together(first, second)
    count = max(len(one) - 1, 0)
    if count < OBSERVATIONS_LEAST:
        return None, count
    x, y = one[1:] / one[:-1], other[1:] / other[:-1]
    x, y = x - x.mean(), y - y.mean()
    spread = math.sqrt(float(x @ x) / count), math.sqrt(float(y @ y) / count)
    if min(spread) < _STILL:
        return None, count
    found = float(x @ y) / count / spread[0] / spread[1]
    return figure(min(max(found, -1.0), 1.0)), count


def _together(first: Closes, second: Closes) -> tuple[Floats, Floats]:
    if np.array_equal(first.time, second.time):
        return first.close, second.close
    both = align({"first": first, "second": second})
    return both.close[:, 0], both.close[:, 1]
