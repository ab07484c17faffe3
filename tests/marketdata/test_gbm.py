"""The arithmetic of simulated prices against theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.simulator import gbm


def test_numbered_chance_repeats_and_never_overlaps():
    first = gbm.generator(7, "moves", 1).standard_normal(1000)
    assert np.array_equal(first, gbm.generator(7, "moves", 1).standard_normal(1000))
    for other in (gbm.generator(8, "moves", 1), gbm.generator(7, "volumes", 1), gbm.generator(7, "moves", 2)):
        assert not np.intersect1d(first, other.standard_normal(1000)).size


def test_one_more_instrument_leaves_the_others_chance_alone():
    few = gbm.generator(7, "moves", 1).standard_normal(10)
    assert np.array_equal(few, gbm.generator(7, "moves", 1).standard_normal(11)[:10])


@pytest.mark.parametrize("years", [1 / 365.25, 1 / 12, 1.0])
def test_drift_and_variance_are_those_of_the_time_step(years):
    count = 200_000
    noise = gbm.generator(1, "theory", int(years * 1000)).standard_normal(count)
    moves = gbm.log_moves(np.full(count, 0.08), np.full(count, 0.3), np.full(count, years), noise)
    error = 4 * 0.3 * np.sqrt(years / count)
    assert abs(moves.mean() - (0.08 - 0.045) * years) < error
    assert moves.var() == pytest.approx(0.09 * years, rel=0.02)
    assert abs(np.exp(moves).mean() - np.exp(0.08 * years)) < 2 * error


def test_no_tick_moves_more_than_it_may():
    prices = np.array([100.0, 100.0, 100.0, 100.0])
    moved = gbm.step(prices, np.array([5.0, -5.0, 0.01, np.nan]), 0.05)
    assert moved.tolist() == pytest.approx([105.0, 95.0, 100.0 * np.exp(0.01), 100.0], abs=1e-12)


@given(
    price=st.floats(1e-7, 49_000_000), increment=st.sampled_from([10**8, 10**7, 10**5, 100]), volatility=st.floats(0, 3)
)
def test_quotes_lie_on_the_grid_and_are_never_crossed(price, increment, volatility):
    increments = np.array([increment], np.int64)
    last = gbm.to_increments(np.array([price]), increments)
    bid, ask = gbm.spread(last, gbm.half_spreads(np.array([volatility])), increments)
    assert 0 < bid[0] < ask[0]
    assert bid[0] <= last[0] <= ask[0]
    assert [int(value[0]) % increment for value in (last, bid, ask)] == [0, 0, 0]
    assert abs(last[0] / 1e10 - price) <= max(increment / 1e10 / 2 + price * 1e-12, increment / 1e10 - price)


def test_volume_is_whole_lots_and_right_on_average():
    count = 100_000
    noise = gbm.generator(3, "volumes").standard_normal(count)
    lots = np.full(count, 10**8, np.int64)
    traded = gbm.volumes(np.full(count, 1e6), np.full(count, 1 / 1000), noise, lots)
    assert not (traded % 10**8).any()
    assert traded.mean() / 1e8 == pytest.approx(1000, rel=0.01)
