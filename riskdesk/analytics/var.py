"""Value at risk and expected shortfall of a portfolio, from its own past days or from the normal distribution.

Both figures are losses in money, positive where money is lost. Value at risk at 95 % over one day is the loss that is
not passed on 95 days of 100; expected shortfall is the mean loss of the other five. For a longer horizon both grow with
the square root of time, which holds for moves that do not depend on each other (Hull, Options, Futures, and Other
Derivatives, 10th edition, 22.1). Returns are per bar: with daily closes a day is one bar.

Components say what each position adds; they sum to the whole exactly (Euler's rule; Tasche, 1999).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

import numpy as np

from arbion.domain.numbers import ONE, ZERO
from marketdata.batch import Floats
from riskdesk.analytics.figures import (
    OBSERVATIONS_LEAST,
    Unanswered,
    amount,
    check_confidence,
    check_horizon,
    column,
    normal_quantile,
    normal_shortfall,
    too_little,
)
from riskdesk.analytics.returns import Returns


class Method(StrEnum):
    """How a value at risk was found."""

    HISTORICAL = "historical"
    PARAMETRIC = "parametric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Money of one position that moves with a symbol's returns; below zero where the position gains when it falls."""

    position: str
    symbol: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What one position adds to the portfolio's figures, in money; below zero where it makes the portfolio safer."""

    position: str
    value_at_risk: Decimal
    expected_shortfall: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAtRisk:
    """Losses in money at a confidence over a horizon; `count` is how many past returns stand behind them.

    Below zero means that even the bad day brought a gain. The components sum to both figures exactly.
    """

    method: Method
    confidence: Decimal
    horizon_days: int
    count: int
    value_at_risk: Decimal
    expected_shortfall: Decimal
    components: tuple[Component, ...]


def historical(
    exposures: Sequence[Exposure], returns: Returns, *, confidence: Decimal, horizon_days: int = 1
) -> ValueAtRisk | Unanswered:
    """What today's exposures would have made of each past day; see `historical_of` for the quantile.

    Raises InvalidInput for a confidence or horizon out of range, KeyError for an exposure to a symbol without returns.
    """
    moves = returns.columns([exposure.symbol for exposure in exposures])
    profits = moves * column(exposure.value for exposure in exposures)
    names = [exposure.position for exposure in exposures]
    return historical_of(names, profits, confidence=confidence, horizon_days=horizon_days)


def historical_of(
    positions: Sequence[str], profits: Floats, *, confidence: Decimal, horizon_days: int = 1
) -> ValueAtRisk | Unanswered:
    """The same from a table of profits in money: a row for each past day, a column for each position.

    The quantile is empirical, without interpolation: of n days the k-th worst, k = (1 - confidence) n rounded up, as
    in Hull 22.2 (of 500 days at 99 % the fifth worst). Expected shortfall is the mean of the worst (1 - confidence) n
    days, the last of them counted by the part that belongs to the tail (Acerbi and Tasche, 2002, "On the coherence of
    expected shortfall", definition 2.6). A position's component of the first is its loss on that one day, which is
    rough; of the second its mean loss on the tail's days. Needs as many days as make the tail one whole day, and 20.
    """
    check_confidence(confidence)
    check_horizon(horizon_days)
    if not positions:
        return nothing_held()
    tail, count = ONE - confidence, len(profits)
    needed = max(OBSERVATIONS_LEAST, _up(ONE / tail))
    if count < needed:
        return too_little(count, needed)
    days = tail * count  # exact: the same days at 99 % of 500 whatever a float makes of 0.01
    rank = _up(days)
    worst = np.argsort(profits.sum(axis=1), kind="stable")[:rank]
    weights = np.ones(rank)
    weights[-1] = column([days - (rank - 1)])[0]
    weights /= column([days])[0]
    scale = math.sqrt(horizon_days)
    return _answer(
        Method.HISTORICAL,
        positions,
        -profits[worst[-1]] * scale,
        -(weights @ profits[worst]) * scale,
        confidence=confidence,
        horizon_days=horizon_days,
        count=count,
    )


def parametric(
    exposures: Sequence[Exposure], returns: Returns, *, confidence: Decimal, horizon_days: int = 1
) -> ValueAtRisk | Unanswered:
    """From the normal distribution with the sample covariance of the returns (divided by count - 1) and mean zero.

    Raises InvalidInput for a confidence or horizon out of range, KeyError for an exposure to a symbol without returns.
    """
    check_confidence(confidence)
    check_horizon(horizon_days)
    if not exposures:
        return nothing_held()
    if returns.count < OBSERVATIONS_LEAST:
        return too_little(returns.count, OBSERVATIONS_LEAST)
    symbols = list(dict.fromkeys(exposure.symbol for exposure in exposures))
    moves = returns.columns(symbols)
    away = moves - moves.mean(axis=0)
    covariance = away.T @ away / (returns.count - 1)
    return parametric_of(
        exposures, symbols, covariance, confidence=confidence, horizon_days=horizon_days, count=returns.count
    )


def parametric_of(
    exposures: Sequence[Exposure],
    symbols: Sequence[str],
    covariance: Floats,
    *,
    confidence: Decimal,
    horizon_days: int = 1,
    count: int = 0,
) -> ValueAtRisk:
    """The same from a given covariance of daily returns, `symbols` in the order of its rows.

    The portfolio's deviation is sqrt(x' C x) (RiskMetrics Technical Document, 1996, 6.3; Hull 22.4), its value at risk
    z times that, its shortfall density(z) / (1 - confidence) times that (McNeil, Frey and Embrechts, Quantitative Risk
    Management, 2005, 2.2). A position's component is its exposure times its covariance with the portfolio, over the
    portfolio's variance.
    """
    check_confidence(confidence)
    check_horizon(horizon_days)
    places = {symbol: place for place, symbol in enumerate(symbols)}
    where = [places[exposure.symbol] for exposure in exposures]
    values = column(exposure.value for exposure in exposures)
    total = np.bincount(where, weights=values, minlength=len(symbols))
    with_all = covariance @ total
    variance = max(float(total @ with_all), 0.0)
    deviation = math.sqrt(variance * horizon_days)
    shares = values * with_all[where] / variance if variance > 0.0 else np.zeros(len(values))
    return _answer(
        Method.PARAMETRIC,
        [exposure.position for exposure in exposures],
        shares * (normal_quantile(confidence) * deviation),
        shares * (normal_shortfall(confidence) * deviation),
        confidence=confidence,
        horizon_days=horizon_days,
        count=count,
    )


def nothing_held() -> Unanswered:
    """The answer for an empty book."""
    return Unanswered(code="nothing_held", detail="Nothing is held whose price could move.")


def _answer(
    method: Method,
    positions: Sequence[str],
    losses: Floats,
    shortfalls: Floats,
    *,
    confidence: Decimal,
    horizon_days: int,
    count: int,
) -> ValueAtRisk:
    """The sums are those of the rounded parts, so that nothing is left over."""
    parts = tuple(
        Component(position=position, value_at_risk=amount(loss), expected_shortfall=amount(shortfall))
        for position, loss, shortfall in zip(positions, losses.tolist(), shortfalls.tolist(), strict=True)
    )
    return ValueAtRisk(
        method=method,
        confidence=confidence,
        horizon_days=horizon_days,
        count=count,
        value_at_risk=sum((part.value_at_risk for part in parts), ZERO),
        expected_shortfall=sum((part.expected_shortfall for part in parts), ZERO),
        components=parts,
    )


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
