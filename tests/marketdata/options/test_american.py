"""American values against published figures and against trees with many steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from marketdata.options.american import american_tree, american_value, tree
from marketdata.options.pricing import Options, european_value, greeks, value

# Longstaff and Schwartz (2001), "Valuing American options by simulation", table 1, the column of finite differences:
# puts struck at 40 with 6 % interest that may be exercised fifty times a year; (spot, volatility, years, value).
LONGSTAFF_SCHWARTZ = [
    (36, 0.2, 1, 4.478), (36, 0.2, 2, 4.840), (36, 0.4, 1, 7.101), (36, 0.4, 2, 8.508),
    (38, 0.2, 1, 3.250), (38, 0.2, 2, 3.745), (38, 0.4, 1, 6.148), (38, 0.4, 2, 7.670),
    (40, 0.2, 1, 2.314), (40, 0.2, 2, 2.885), (40, 0.4, 1, 5.312), (40, 0.4, 2, 6.920),
    (42, 0.2, 1, 1.617), (42, 0.2, 2, 2.212), (42, 0.4, 1, 4.582), (42, 0.4, 2, 6.248),
    (44, 0.2, 1, 1.110), (44, 0.2, 2, 1.690), (44, 0.4, 1, 3.948), (44, 0.4, 2, 5.647),
]  # fmt: skip


def simple_tree(one: Options, steps: int) -> float:
    """Cox, Ross and Rubinstein's tree as the textbook has it, one option and no tricks."""
    dt = one.years[0] / steps
    up = np.exp(one.volatility[0] * np.sqrt(dt))
    chance = (np.exp((one.rate[0] - one.dividend_yield[0]) * dt) - 1 / up) / (up - 1 / up)
    discount = np.exp(-one.rate[0] * dt)
    prices = one.spot[0] * up ** (2.0 * np.arange(steps + 1) - steps)
    worth = np.maximum(one.sign[0] * (prices - one.strike[0]), 0)
    for step in range(steps - 1, -1, -1):
        prices = one.spot[0] * up ** (2.0 * np.arange(step + 1) - step)
        worth = discount * (chance * worth[1:] + (1 - chance) * worth[:-1])
        worth = np.maximum(worth, one.sign[0] * (prices - one.strike[0]))
    return float(worth[0])


def assorted(count: int, seed: int = 1) -> Options:
    chance = np.random.Generator(np.random.PCG64(seed))
    return Options.of(
        is_call=chance.random(count) < 0.4,
        spot=100.0,
        strike=100 * np.exp(chance.normal(0, 0.25, count)),
        years=np.exp(chance.uniform(np.log(0.005), np.log(2.5), count)),
        rate=chance.uniform(0.001, 0.1, count),
        dividend_yield=chance.uniform(0.001, 0.1, count),
        volatility=chance.uniform(0.08, 1.2, count),
    )


def test_hulls_american_put():
    """21.1 and figure 21.4: 4.263 with 30 steps, 4.272 with 50, 4.278 with 100, 4.283 with 500."""
    put = Options.of(is_call=False, spot=50, strike=50, years=5 / 12, rate=0.1, volatility=0.4)
    assert simple_tree(put, 500) == pytest.approx(4.283, abs=0.0005)
    assert value(put)[0] == pytest.approx(4.284, abs=0.001)


def test_the_table_of_longstaff_and_schwartz():
    spot, volatility, years, published = map(np.array, zip(*LONGSTAFF_SCHWARTZ, strict=True))
    puts = Options.of(is_call=False, spot=spot, strike=40, years=years, rate=0.06, volatility=volatility)
    more = american_value(puts) - published
    # Being free at any moment is worth a little more than fifty times a year.
    assert more.min() > 0
    assert more.max() < 0.012
    assert np.abs(american_value(puts) - tree(puts, 1001)[0]).max() < 0.006


def test_the_stated_accuracy_against_large_trees():
    some = assorted(150)
    large = (2001 * tree(some, 2001)[0] - 1001 * tree(some, 1001)[0]) / 1000
    error = np.abs(american_value(some) - np.maximum(large, some.intrinsic)) / some.strike
    assert error.max() < 2e-4
    assert np.quantile(error, 0.95) < 2e-5


def test_the_tree_agrees_with_the_textbook_one():
    some = assorted(8, seed=3)
    for place in range(len(some)):
        one = some.pick(np.arange(len(some)) == place)
        assert american_value(one)[0] == pytest.approx(simple_tree(one, 1500), abs=4e-4 * one.strike[0])


def test_calls_and_puts_mirror_each_other():
    """McDonald and Schroder (1998): a call on (S, K, r, q) is a put on (K, S, q, r)."""
    some = assorted(100, seed=5)
    mirrored = Options(
        is_call=~some.is_call,
        spot=some.strike,
        strike=some.spot,
        years=some.years,
        rate=some.dividend_yield,
        dividend_yield=some.rate,
        volatility=some.volatility,
    )
    assert np.abs(american_value(some) - american_value(mirrored)).max() < 0.03


def test_calls_without_dividends_and_puts_without_interest_are_not_exercised_early():
    call = Options.of(is_call=True, spot=100, strike=[80, 100, 120], years=1, rate=0.05, volatility=0.3)
    put = Options.of(is_call=False, spot=100, strike=[80, 100, 120], years=1, dividend_yield=0.03, volatility=0.3)
    for some in (call, put):
        assert value(some).tolist() == european_value(some).tolist()
        assert american_value(some) == pytest.approx(european_value(some), abs=2e-3)


def test_a_deep_put_is_worth_its_exercise_and_moves_with_the_price_alone():
    put = Options.of(is_call=False, spot=50, strike=100, years=0.5, rate=0.06, volatility=0.2)
    found = greeks(put)
    assert [float(column[0]) for column in found] == [50, -1, 0, 0, 0, 0]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.builds(
        lambda is_call, distance, years, rate, dividend_yield, volatility: Options.of(
            is_call=is_call, spot=100, strike=100 * np.exp(distance), years=years, rate=rate,
            dividend_yield=dividend_yield, volatility=volatility,
        ),
        st.booleans(), st.floats(-0.3, 0.3), st.floats(0.05, 2), st.floats(0.01, 0.1), st.floats(0.01, 0.1),
        st.floats(0.15, 0.9),
    )
)  # fmt: skip
def test_greeks_are_the_slopes_of_a_large_trees_value(one):
    years, rate, volatility = one.years[0], one.rate[0], one.volatility[0]

    def large(**changes):
        moved = replace(one, **{name: np.array([number]) for name, number in changes.items()})
        return float((501 * tree(moved, 501)[0] - 251 * tree(moved, 251)[0])[0] / 250)

    found = greeks(one)
    step = 0.05 * 100 * volatility * np.sqrt(years)
    above, middle, below = large(spot=100 + step), large(), large(spot=100 - step)
    # Gamma jumps where exercising begins to pay: a difference that reaches over that price is no slope.
    for spot, worth in ((100 + step, above), (100, middle), (100 - step, below)):
        assume(worth - one.sign[0] * (spot - one.strike[0]) > 0.5)
    assert found.delta[0] == pytest.approx((above - below) / (2 * step), abs=6e-3)
    assert found.gamma[0] * step * 20 == pytest.approx((above - 2 * middle + below) / step * 20, abs=0.06)
    slope = (large(volatility=volatility + 0.01) - large(volatility=volatility - 0.01)) / 2
    assert found.vega[0] == pytest.approx(slope, abs=0.01)
    slope = (large(rate=rate + 0.005) - large(rate=rate - 0.005)) / 1
    assert found.rho[0] == pytest.approx(slope, abs=0.02)
    slope = (large(years=years - 1 / 730) - large(years=years + 1 / 730)) / 1
    assert found.theta[0] == pytest.approx(slope, abs=0.003)


def test_many_at_once_are_each_what_they_are_alone():
    some = assorted(40, seed=9)
    together = american_tree(some)
    for place in (0, 17, 39):
        alone = american_tree(some.pick(np.arange(len(some)) == place))
        assert [column[place] for column in together] == pytest.approx([column[0] for column in alone], rel=1e-12)
