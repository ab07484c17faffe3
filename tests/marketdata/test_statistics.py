"""The prices of the simulated market against theory, over many seeds: drift, variance, correlation, no bias."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from arbion.domain.enums import SessionPhase
from marketdata import hours
from marketdata.batch import Floats
from marketdata.catalogue import rows
from marketdata.models import Instrument
from marketdata.simulator import factors, gbm
from marketdata.simulator.market import SimulatedMarket

SHARES = [("Energy", 1.2, 0.3), ("Energy", 0.8, 0.4), ("Utilities", 0.5, 0.2), ("Utilities", 1.0, 0.16), ("", 1.5, 0.6)]
COINS = [("Crypto", 1.0, 0.55), ("Crypto", 1.3, 0.9)]
NOON = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)


def universe(drift: float = 0.0) -> list[Instrument]:
    """Five shares and two coins, priced so high that the grid of prices does not count."""
    kinds = [("equity", terms) for terms in SHARES] + [("crypto", terms) for terms in COINS]
    return [
        Instrument(
            pk=number, symbol=f"S{number}", asset_class=kind, sector=sector, beta=beta, volatility=volatility,
            drift=drift, base_price=Decimal(1_000_000), price_increment=Decimal("0.00000001"), rank=number,
        )
        for number, (kind, (sector, beta, volatility)) in enumerate(kinds, start=1)
    ]  # fmt: skip


def returns(seed: int, ticks: int, *, seconds: float, drift: float = 0.0) -> Floats:
    """The logarithmic return of every instrument in every tick: one row a tick."""
    market = SimulatedMarket(universe(drift), seed)
    market.moved_at = NOON - timedelta(seconds=seconds)
    prices = [market.prices]
    for number in range(ticks):
        market.tick(NOON + timedelta(seconds=seconds * number))
        prices.append(market.prices)
    return np.diff(np.log(np.array(prices)), axis=0)


def many(count: int, *, seconds: float, ticks: int = 40, drift: float = 0.0) -> Floats:
    return np.concatenate([returns(seed, ticks, seconds=seconds, drift=drift) for seed in range(count)])


def years(market: SimulatedMarket, seconds: float) -> Floats:
    return seconds / market.year_seconds


@pytest.mark.parametrize("seconds", [2.0, 60.0, 300.0])
def test_variance_is_the_instrument_s_own_and_grows_with_the_step(seconds: float) -> None:
    found = many(60, seconds=seconds)
    market = SimulatedMarket(universe(), 1)
    expected = market.volatility**2 * years(market, seconds)
    # The deviation of a sample variance of n normal numbers is the root of 2/n of it: five of them are allowed.
    assert np.abs(found.var(axis=0) / expected - 1).max() < 5 * np.sqrt(2 / len(found))


def test_correlation_within_and_across_sectors_and_kinds() -> None:
    found = np.corrcoef(many(100, seconds=2.0).T)
    theory = SimulatedMarket(universe(), 1).loadings.correlation()
    assert np.abs(found - theory).max() < 5 / np.sqrt(100 * 40)
    energy, utilities, coins = theory[0, 1], theory[2, 3], theory[5, 6]
    assert energy > theory[0, 2] > 0.2
    assert utilities > theory[1, 3]
    assert coins > 0.5
    assert np.array_equal(theory[:5, 5:], np.zeros((5, 2)))
    assert theory[0, 4] == pytest.approx(1.2 * 0.16 / 0.3 * 1.5 * 0.16 / 0.6)  # no sector: the market alone


def test_drift_is_that_of_the_expected_price() -> None:
    # A strong drift over large steps, so that a few thousand steps show it.
    drift, seconds, ticks, seeds = 10.0, 300.0, 40, 60
    found = many(seeds, seconds=seconds, ticks=ticks, drift=drift)
    market = SimulatedMarket(universe(drift), 1)
    step = years(market, seconds)
    growth = np.exp(found).mean(axis=0) - 1
    error = market.volatility * np.sqrt(step / len(found))
    assert (np.abs(growth - np.expm1(drift * step)) / error).max() < 5
    logs = found.mean(axis=0)
    assert (np.abs(logs - (drift - market.volatility**2 / 2) * step) / error).max() < 5


def test_the_bound_of_a_move_bends_nothing_at_usual_sizes() -> None:
    noise = np.random.default_rng(5).standard_normal(2_000_000)
    volatility, step = np.full(1, 0.9), np.full(1, 2 / (252 * 6.5 * 3600))
    moves = gbm.log_moves(np.zeros(1), volatility, step, noise)
    limited = gbm.step(np.ones(1), moves, 0.05)
    assert np.array_equal(limited, np.exp(moves))
    assert abs(moves).max() < np.log1p(0.05) / 15


def test_loadings_keep_the_variance_whatever_they_are_made_of() -> None:
    chance = np.random.default_rng(3)
    count = 2000
    sectors = [str(number % 40) if number % 3 else "" for number in range(count)]
    volatility = np.concatenate(([0.0, 1e-9, 10.0], chance.uniform(0.01, 3, count - 3)))
    beta = chance.normal(0.5, 2, count)
    loaded = factors.loadings(beta, volatility, np.arange(count) % 7 == 0, sectors)
    assert np.allclose(loaded.market**2 + loaded.sector**2 + loaded.own**2, 1.0, atol=1e-12)
    assert np.isfinite(loaded.own).all()
    assert np.abs(loaded.market).max() <= factors.LOADING_MAX
    least = np.linalg.eigvalsh(
        factors.loadings(beta[:60], volatility[:60], np.zeros(60, bool), sectors[:60]).correlation()
    )
    assert least.min() > -1e-9  # a correlation that numbers can have


def test_the_shipped_sectors_have_places_of_their_own() -> None:
    names = {row.sector for row in rows() if row.sector and row.tradable}
    assert len({factors.place_of(name) for name in names}) >= len(names) - 1


def test_a_negative_beta_moves_against_the_market() -> None:
    kinds = np.array([False, False])
    loaded = factors.loadings(np.array([1.0, -1.0]), np.array([0.3, 0.3]), kinds, ["", ""])
    assert loaded.correlation()[0, 1] == pytest.approx(-((0.16 / 0.3) ** 2))


def test_prices_move_less_before_and_after_the_session_and_not_at_night(settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False

    def spread_at(begins: datetime) -> tuple[Floats, Floats]:
        moved, traded = [], []
        for seed in range(40):
            market = SimulatedMarket(universe(), seed)
            first = market.prices
            for number in range(20):
                market.tick(begins + timedelta(seconds=2 * number))
            moved.append(np.log(market.prices / first))
            traded.append(market.volume)
        return np.std(moved, axis=0), np.mean(traded, axis=0)

    regular, after, night = (spread_at(NOON + timedelta(hours=hour)) for hour in (0, 6, 12))
    assert hours.class_phase(hours.AssetClass.EQUITY, NOON + timedelta(hours=6)) is SessionPhase.POST
    root = np.sqrt(hours.EXTENDED_PACE)
    assert (after[0][:5] / regular[0][:5]).max() < root * 1.6
    assert (after[0][:5] / regular[0][:5]).min() > root * 0.6
    assert (after[1][:5] < regular[1][:5] * 0.1).all()
    assert (night[0][:5] == 0).all()
    assert (night[0][5:] > 0).all()


def test_the_default_motion_is_that_of_the_settings(settings) -> None:
    plain = Instrument(symbol="X", asset_class="equity")
    assert (plain.drift, plain.volatility) == (pytest.approx(0.0252), pytest.approx(0.02 * 252**0.5))
    settings.DEFAULT_DRIFT, settings.DEFAULT_VOLATILITY = 0.001, 0.01
    assert Instrument(symbol="X", asset_class="equity").volatility == pytest.approx(0.01 * 252**0.5)
    assert Instrument(symbol="X", asset_class="equity").drift == pytest.approx(0.252)
