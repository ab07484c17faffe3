"""Beta and correlation, against numpy's least squares and pandas on the same returns."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from riskdesk.analytics.beta import beta, correlations, portfolio_beta, slope
from riskdesk.analytics.figures import Unanswered
from riskdesk.analytics.returns import Closes, align, simple_returns
from riskdesk.analytics.var import Exposure
from tests.riskdesk.analytics.samples import from_moves, table, walk


def moves(count=250, *, seed=1, slope_of=1.3, noise=0.01):
    rng = np.random.default_rng(seed)
    benchmark = rng.standard_normal(count) * 0.012
    return slope_of * benchmark + 0.0004 + rng.standard_normal(count) * noise, benchmark


@pytest.mark.parametrize("slope_of", [1.3, 0.0, -0.7])
def test_the_slope_is_that_of_numpy(slope_of):
    own, benchmark = moves(slope_of=slope_of)
    found = slope(own, benchmark)
    design = np.column_stack((np.ones(len(own)), benchmark))
    fitted, residuals, _, _ = np.linalg.lstsq(design, own, rcond=None)
    _, spread = np.polyfit(benchmark, own, 1, cov=True)
    assert float(found.value) == pytest.approx(fitted[1], abs=1e-6)
    assert float(found.standard_error) == pytest.approx(np.sqrt(spread[0, 0]), abs=1e-6)
    assert float(found.r_squared) == pytest.approx(pd.Series(own).corr(pd.Series(benchmark)) ** 2, abs=1e-6)
    assert float(found.r_squared) == pytest.approx(1 - residuals[0] / ((own - own.mean()) ** 2).sum(), abs=1e-6)
    assert found.count == 250


def test_what_follows_exactly_has_no_error():
    _, benchmark = moves()
    found = slope(2.5 * benchmark, benchmark)
    assert (found.value, found.r_squared, found.standard_error) == (Decimal("2.5"), Decimal(1), Decimal(0))
    still = slope(np.full(250, 0.001), benchmark)
    assert (still.value, still.r_squared, still.standard_error) == (Decimal(0), Decimal(0), Decimal(0))


def test_beta_of_closes_uses_the_times_that_both_have():
    own, benchmark = moves()
    market = from_moves(benchmark)
    half = from_moves(own)
    half = Closes(half.time[100:], half.close[100:])
    found = beta(half, market)
    assert found.count == 150
    fitted = np.polyfit(benchmark[100:], own[100:], 1)
    assert float(found.value) == pytest.approx(fitted[0], abs=1e-6)


def test_beta_that_cannot_be_said():
    own, benchmark = moves(count=19)
    short = slope(own, benchmark)
    assert isinstance(short, Unanswered)
    assert (short.code, short.count, short.needed) == ("too_little_history", 19, 20)
    assert slope(moves()[0], np.full(250, 0.001)).code == "stands_still"


def test_the_portfolios_beta_is_the_weighted_sum():
    rng = np.random.default_rng(9)
    values = rng.standard_normal((200, 3)) * 0.02
    returns = table(["A", "B", "SPY"], values)
    held = [
        Exposure(position="a", symbol="A", value=Decimal(6000)),
        Exposure(position="b", symbol="B", value=Decimal(-1500)),
        Exposure(position="c", symbol="SPY", value=Decimal(500)),
    ]
    found = portfolio_beta(held, returns, benchmark="SPY", equity=Decimal(10_000))
    by_hand = sum(
        weight * float(slope(returns.of(symbol), returns.of("SPY")).value)
        for symbol, weight in (("A", 0.6), ("B", -0.15), ("SPY", 0.05))
    )
    assert float(found.value) == pytest.approx(by_hand, abs=3e-6)
    assert found.count == 200
    assert portfolio_beta(held, returns, benchmark="SPY", equity=Decimal(0)).code == "no_equity"
    assert portfolio_beta([], returns, benchmark="SPY", equity=Decimal(1)).code == "nothing_held"


def test_correlations_are_those_of_pandas_pair_by_pair():
    closes = {"A": walk(120, seed=1), "B": walk(120, seed=2), "C": walk(60, seed=3), "D": walk(15, seed=4)}
    whole = walk(120, seed=5)
    closes["E"] = Closes(whole.time[::2], whole.close[::2])
    found = correlations(closes)
    assert found.symbols == tuple(closes)
    for row, first in enumerate(closes):
        for place, second in enumerate(closes):
            pair = simple_returns(align({"x": closes[first], "y": closes[second]}))
            assert found.counts[row][place] == pair.count
            value = found.values[row][place]
            if pair.count < 20:
                assert value is None
                continue
            expected = pd.Series(pair.of("x")).corr(pd.Series(pair.of("y")))
            assert float(value) == pytest.approx(expected, abs=1e-6)
            assert value == found.values[place][row]
    assert found.counts[0][2:] == (59, 14, 59)
    assert found.counts[4][4] == 59
    assert found.values[0][0] == 1


def test_what_stands_still_correlates_with_nothing():
    closes = {"A": walk(50, seed=1), "STILL": from_moves(np.zeros(49))}
    found = correlations(closes)
    assert found.values == ((Decimal(1), None), (None, None))
    assert found.counts == ((49, 49), (49, 49))
