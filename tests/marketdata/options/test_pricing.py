"""Black, Scholes and Merton's values and Greeks: published examples, and what must hold for any option."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata.options.implied import implied_volatility
from marketdata.options.pricing import Options, european_greeks, european_value, greeks, normal_cdf, value

# Hull, Options, Futures, and Other Derivatives, 10th edition; the text rounds to the digits that stand here.
HULL_EXAMPLES = [
    # 15.6: a stock, six months
    ({"is_call": True, "spot": 42, "strike": 40, "years": 0.5, "rate": 0.1, "volatility": 0.2}, 4.76),
    ({"is_call": False, "spot": 42, "strike": 40, "years": 0.5, "rate": 0.1, "volatility": 0.2}, 0.81),
    # 17.1: an index that yields dividends, two months
    (
        {
            "is_call": True, "spot": 930, "strike": 900, "years": 2 / 12, "rate": 0.08, "dividend_yield": 0.03,
            "volatility": 0.2,
        },
        51.83,
    ),
    # 19.1: the bank that has sold 100,000 calls for 300,000 although they are worth 240,000
    ({"is_call": True, "spot": 49, "strike": 50, "years": 0.3846, "rate": 0.05, "volatility": 0.2}, 2.40),
    # 21.1: the European put beside the American one
    ({"is_call": False, "spot": 50, "strike": 50, "years": 5 / 12, "rate": 0.1, "volatility": 0.4}, 4.08),
]  # fmt: skip

options = st.builds(
    lambda is_call, spot, distance, years, rate, dividend_yield, volatility: Options.of(
        is_call=is_call,
        spot=spot,
        strike=spot * np.exp(distance),
        years=years,
        rate=rate,
        dividend_yield=dividend_yield,
        volatility=volatility,
    ),
    st.booleans(),
    st.floats(1, 5000),
    st.floats(-1, 1),
    st.floats(0.01, 3),
    st.floats(0, 0.12),
    st.floats(0, 0.12),
    st.floats(0.05, 1.5),
)
many = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.mark.parametrize(("terms", "worth"), HULL_EXAMPLES)
def test_hulls_examples(terms, worth):
    assert european_value(Options.of(**terms))[0] == pytest.approx(worth, abs=0.005)


def test_hulls_greeks():
    """Chapter 19's call: delta 0.522, gamma 0.066, theta -4.31 a year, vega 12.1 per 1, rho 8.91 per 1."""
    found = european_greeks(Options.of(is_call=True, spot=49, strike=50, years=0.3846, rate=0.05, volatility=0.2))
    assert found.delta[0] == pytest.approx(0.522, abs=0.0005)
    assert found.gamma[0] == pytest.approx(0.066, abs=0.0005)
    assert found.theta[0] * 365 == pytest.approx(-4.31, abs=0.005)
    assert found.vega[0] * 100 == pytest.approx(12.1, abs=0.05)
    assert found.rho[0] * 100 == pytest.approx(8.91, abs=0.005)


def test_hulls_implied_volatility():
    """15.11: a call at 1.875 implies 23.5 % a year."""
    terms = Options.of(is_call=True, spot=21, strike=20, years=0.25, rate=0.1, volatility=0.0)
    assert implied_volatility(np.array([1.875]), terms)[0] == pytest.approx(0.2345, abs=0.0005)


def test_the_normal_distribution_is_exact_in_its_tails():
    found = normal_cdf(np.array([0.0, 1.96, -10.0, -37.0]))
    assert found == pytest.approx([0.5, 0.9750021048517795, 7.619853024160527e-24, 5.725571222524577e-300], rel=1e-12)


@many
@given(options)
def test_put_call_parity(one):
    call, put = (european_value(replace(one, is_call=np.array([is_call])))[0] for is_call in (True, False))
    forward = one.spot * np.exp(-one.dividend_yield * one.years) - one.strike * np.exp(-one.rate * one.years)
    assert call - put == pytest.approx(forward[0], abs=1e-9 * one.spot[0])


@many
@given(options)
def test_values_stay_within_their_bounds_and_early_exercise_is_never_worth_less_than_nothing(one):
    european, american = european_value(one)[0], value(one)[0]
    most = one.spot[0] if one.is_call[0] else one.strike[0]
    assert 0 <= european <= most + 1e-9
    assert max(european, one.intrinsic[0]) <= american <= most + 1e-9
    if one.is_call[0] and one.dividend_yield[0] == 0:
        assert american == european


@many
@given(options, st.floats(1.001, 1.2))
def test_values_move_with_price_strike_and_volatility(one, factor):
    slack = 1e-4 * one.strike[0]  # of the tree
    way = one.sign[0]
    worth = value(one)[0]
    assert way * (value(replace(one, spot=one.spot * factor))[0] - worth) >= -slack
    assert way * (worth - value(replace(one, strike=one.strike * factor))[0]) >= -slack
    assert value(replace(one, volatility=one.volatility * factor))[0] >= worth - slack
    assert value(replace(one, years=one.years * factor))[0] >= worth - slack


@many
@given(options)
def test_greeks_are_the_slopes_of_the_value(one):
    found = european_greeks(one)
    scale = one.spot[0] * one.volatility[0] * np.sqrt(one.years[0])

    def slope(field, step):
        above, below = (replace(one, **{field: getattr(one, field) + way * step}) for way in (1, -1))
        return (european_value(above)[0] - european_value(below)[0]) / (2 * step)

    def bend(step):
        above, middle, below = (european_value(replace(one, spot=one.spot + way * step))[0] for way in (1, 0, -1))
        return (above - 2 * middle + below) / step**2

    small = 1e-3 * min(scale, one.spot[0])
    assert found.delta[0] == pytest.approx(slope("spot", small), abs=1e-5)
    assert found.gamma[0] * scale == pytest.approx(bend(10 * small) * scale, abs=1e-3)
    assert found.vega[0] * 100 == pytest.approx(slope("volatility", 1e-4), abs=1e-4 * one.spot[0])
    assert found.rho[0] * 100 == pytest.approx(slope("rate", 1e-5), abs=1e-4 * one.spot[0])
    step = one.years[0] * 1e-4
    assert found.theta[0] * 365 == pytest.approx(-slope("years", step), rel=1e-3, abs=1e-4 * one.spot[0])


@many
@given(options)
def test_the_implied_volatility_gives_the_price_back(one):
    worth = value(one)
    implied = implied_volatility(worth, one)
    if np.isnan(implied[0]):
        # Only where no time value is left to read a volatility from.
        assert worth[0] <= value(replace(one, volatility=np.array([0.001])))[0] + 1e-9 * one.strike[0]
        return
    assert value(replace(one, volatility=implied))[0] == pytest.approx(worth[0], abs=1e-6 * one.strike[0])
    if european_greeks(one).vega[0] > 1e-3 * one.spot[0] and worth[0] > one.intrinsic[0] * 1.001:
        assert implied[0] == pytest.approx(one.volatility[0], abs=1e-4)


def test_impossible_prices_imply_nothing():
    terms = Options.of(is_call=True, spot=100, strike=[90, 90, 90, 90, 110], years=0.5, volatility=0.0)
    found = implied_volatility(np.array([9.0, 10.0, 100.5, np.nan, 0.0]), terms)
    assert np.isnan(found).all()


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize(("years", "volatility"), [(0.0, 0.3), (0.5, 0.0), (0.0, 0.0)])
def test_without_time_or_chance_an_option_is_what_it_brings(is_call, years, volatility):
    one = Options.of(is_call=is_call, spot=100, strike=[80, 100, 125], years=years, rate=0.05, volatility=volatility)
    carried = 100 - one.strike * np.exp(-0.05 * years)
    least = np.maximum(one.sign * carried, 0)
    assert european_value(one) == pytest.approx(least, abs=1e-12)
    assert value(one) == pytest.approx(np.maximum(least, one.intrinsic), abs=1e-6)
    found = greeks(one)
    assert all(np.isfinite(column).all() for column in found)
    assert found.gamma.tolist() == [0, 0, 0]
