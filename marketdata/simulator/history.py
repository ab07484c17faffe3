"""History for a simulated instrument: minutes generated backwards from where its price starts, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from django.conf import settings

from arbion.domain.enums import INTERVAL_SECONDS, AssetClass, Interval
from arbion.domain.numbers import PRICE_SCALE
from marketdata import hours
from marketdata.batch import Floats, Ints
from marketdata.columns import Columns, aggregate
from marketdata.models import Instrument
from marketdata.simulator import factors, gbm
from marketdata.times import from_seconds, to_seconds

WHOLE_LOT = 10**8
COIN_LOT = 10**4


@dataclass(frozen=True, slots=True)
class Past:
    """Everything a generated history depends on, and nothing else."""

    seed: int
    symbol: str
    asset_class: AssetClass
    base_price: int
    increment: int
    drift: float
    volatility: float
    beta: float
    sector: str
    rank: int
    anchor: int
    days: int
    seconds_per_year: float


def past_of(instrument: Instrument, anchor: datetime) -> Past:
    """What determines the history of an instrument that starts to move at the anchor."""
    asset_class = AssetClass(instrument.asset_class)
    return Past(
        seed=settings.MARKET_SEED,
        symbol=instrument.symbol,
        asset_class=asset_class,
        base_price=scaled_price(instrument, "base_price"),
        increment=scaled_price(instrument, "price_increment"),
        drift=float(instrument.drift),
        volatility=float(instrument.volatility),
        beta=float(instrument.beta),
        sector=instrument.sector,
        rank=instrument.rank,
        anchor=to_seconds(anchor) // 60 * 60,
        days=settings.CANDLE_BACKFILL_DAYS,
        seconds_per_year=hours.session_seconds_per_year(asset_class),
    )


def scaled_price(instrument: Instrument, field: str) -> int:
    """A price of the instrument as a scaled integer."""
    return int(getattr(instrument, field).scaleb(PRICE_SCALE))


@lru_cache(maxsize=16)
def candles(past: Past, interval: Interval) -> Columns:
    """The generated candles of one width, oldest first, all before the anchor; the last bucket may be cut short."""
    minutes = _minutes(past)
    return minutes if interval is Interval.M1 else aggregate(minutes, INTERVAL_SECONDS[interval])


def day_so_far(past: Past, begins: datetime) -> tuple[int, int]:
    """The last price before a moment (the start of a day) and the volume from there to the anchor."""
    times = _times(past, begins)
    if not len(times):
        return past.base_price, 0
    moves = _moves(past, len(times))
    opening = past.base_price / 10**PRICE_SCALE * np.exp(-moves.sum())
    rounded = gbm.to_increments(np.array([opening]), np.array([past.increment], np.int64))
    return int(rounded[0]), int(_volumes(past, len(times)).sum())


def _minutes(past: Past) -> Columns:
    times = _times(past, from_seconds(past.anchor) - timedelta(days=past.days))
    count = len(times)
    moves = _moves(past, count)
    # Numbered backwards from the anchor: at[0] is the price there, at[n] the price n minutes earlier.
    at = past.base_price / 10**PRICE_SCALE * np.exp(-np.concatenate(([0.0], np.cumsum(moves))))
    at = np.minimum(at, gbm.PRICE_CEILING)
    deviation = past.volatility * np.sqrt(60.0 / past.seconds_per_year)
    high, low = _extremes(past, np.log(at[1:]), np.log(at[:-1]), deviation)
    increments = np.array([past.increment], np.int64)
    on_grid = gbm.to_increments(at, increments)
    opens, closes = on_grid[1:], on_grid[:-1]
    return Columns(
        time=times,
        open=opens[::-1].copy(),
        high=np.maximum(gbm.to_increments(high, increments), np.maximum(opens, closes))[::-1].copy(),
        low=np.minimum(gbm.to_increments(low, increments), np.minimum(opens, closes))[::-1].copy(),
        close=closes[::-1].copy(),
        volume=_volumes(past, count)[::-1].copy(),
    )


def _times(past: Past, begins: datetime) -> Ints:
    return hours.trading_minutes(past.asset_class, begins, from_seconds(past.anchor))


def _moves(past: Past, count: int) -> Floats:
    """Returns of the minutes before the anchor, the latest first, so that a shorter history is a part of a longer."""
    is_coin = past.asset_class is AssetClass.CRYPTO
    beta, volatility = np.full(1, past.beta), np.full(1, past.volatility)
    loaded = factors.loadings(beta, volatility, np.full(1, is_coin), [past.sector])
    noise = (
        loaded.market * _common(past, "coins" if is_coin else "shares", count)
        + loaded.sector * _common(past, f"sector {past.sector}", count)
        + loaded.own * gbm.generator(past.seed, f"{past.symbol} moves").standard_normal(count)
    )
    years = np.full(1, 60.0 / past.seconds_per_year)
    return gbm.log_moves(np.full(1, past.drift), np.full(1, past.volatility), years, noise)


def _common(past: Past, factor: str, count: int) -> Floats:
    """What all that began to move in the same minute share of their past."""
    return gbm.generator(past.seed, f"{factor} past", past.anchor).standard_normal(count)


def _extremes(past: Past, opens: Floats, closes: Floats, deviation: float) -> tuple[Floats, Floats]:
    """Highest and lowest price within each minute: the extremes of a Brownian bridge from open to close."""
    upper = gbm.generator(past.seed, f"{past.symbol} highs").random(len(opens))
    lower = gbm.generator(past.seed, f"{past.symbol} lows").random(len(opens))
    gap, spread = closes - opens, 2.0 * deviation * deviation
    high = 0.5 * (opens + closes + np.sqrt(gap * gap - spread * np.log1p(-upper)))
    low = 0.5 * (opens + closes - np.sqrt(gap * gap - spread * np.log1p(-lower)))
    return np.minimum(np.exp(high), gbm.PRICE_CEILING), np.exp(low)


def _volumes(past: Past, count: int) -> Ints:
    noise = gbm.generator(past.seed, f"{past.symbol} volumes").standard_normal(count)
    base = np.array([past.base_price / 10**PRICE_SCALE])
    daily = gbm.daily_volumes(np.array([float(past.rank)]), base)
    share = np.array([60.0 / day_seconds(past.asset_class)])
    return gbm.volumes(daily, share, noise, np.array([lot_of(past.asset_class)], np.int64))


def day_seconds(asset_class: AssetClass) -> float:
    """How long a trading day lasts."""
    return 86_400.0 if hours.always_open(asset_class) else 6.5 * 3600


def lot_of(asset_class: AssetClass) -> int:
    """The step of volumes, as a scaled quantity: whole shares, small parts of coins."""
    return COIN_LOT if asset_class is AssetClass.CRYPTO else WHOLE_LOT
