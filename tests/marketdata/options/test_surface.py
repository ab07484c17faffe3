"""The volatility surface holds no riskless profit: not across strikes, not across dates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbion.domain.enums import AssetClass
from marketdata.options import surface
from marketdata.options.pricing import Options, european_value
from marketdata.options.surface import SMILES, implied_volatility, smile_of, total_variance, variance_at_the_money

KINDS = st.sampled_from(sorted(SMILES))
YEARS = np.array([1, 2, 5, 9, 16, 30, 61, 91, 182, 365, 730, 1095]) / 365


@pytest.mark.parametrize("kind", sorted(SMILES))
def test_the_shapes_keep_the_conditions_of_the_theorems(kind):
    smile = SMILES[kind]
    assert smile.eta * (1 + abs(smile.rho)) <= 2
    assert -1 < smile.rho < 0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(KINDS, st.floats(0.03, 2.0), st.sampled_from(YEARS.tolist()))
def test_calls_fall_and_bend_upwards_across_strikes(kind, volatility, years):
    """Forward prices of calls: slope between -1 and 0, and no butterfly for less than nothing."""
    smile = smile_of(kind)
    deviation = volatility * np.sqrt(years)
    strikes = np.exp(np.linspace(-6, 6, 401) * min(deviation, 1.0))
    implied = implied_volatility(np.log(strikes), np.full(401, years), np.full(401, volatility), smile.rho, smile.eta)
    calls = european_value(Options.of(is_call=True, spot=1, strike=strikes, years=years, volatility=implied))
    slopes = np.diff(calls) / np.diff(strikes)
    assert slopes.min() >= -1 - 1e-9
    assert slopes.max() <= 1e-12
    assert np.diff(slopes).min() >= -1e-9


@settings(max_examples=40, deadline=None, derandomize=True)
@given(KINDS, st.floats(0.03, 2.0), st.floats(-2, 2))
def test_total_variance_never_falls_with_time(kind, volatility, distance):
    smile = smile_of(kind)
    at_the_money = variance_at_the_money(np.full(len(YEARS), volatility), YEARS)
    assert np.diff(at_the_money).min() > 0
    total = total_variance(np.full(len(YEARS), distance), at_the_money, smile.rho, smile.eta)
    assert np.diff(total).min() >= 0


def test_the_forward_has_the_underlyings_volatility_with_the_premium_of_its_term():
    found = implied_volatility(np.zeros(2), np.array([1e-4, 50.0]), np.full(2, 0.3), -0.4, 0.75)
    assert found == pytest.approx([0.3 * surface.NEAR_PREMIUM, 0.3 * surface.FAR_PREMIUM], rel=2e-3)


def test_puts_cost_more_than_calls_as_far_away_and_more_so_for_funds_and_soon():
    def skew(kind, years):
        smile = smile_of(kind)
        low, high = implied_volatility(np.array([-0.1, 0.1]), np.full(2, years), np.full(2, 0.25), smile.rho, smile.eta)
        return low - high

    assert skew(AssetClass.EQUITY, 0.1) > skew(AssetClass.EQUITY, 1.0) > 0
    assert skew(AssetClass.ETF, 0.1) > skew(AssetClass.EQUITY, 0.1)


def test_what_hardly_moves_still_has_a_volatility():
    found = implied_volatility(np.zeros(1), np.ones(1), np.zeros(1), -0.4, 0.75)
    assert found[0] > 0.03
