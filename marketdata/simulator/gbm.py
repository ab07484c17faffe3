"""Geometric Brownian motion over many instruments at once: pure functions on arrays, numbered chance."""

from __future__ import annotations

import hashlib

import numpy as np

from marketdata.batch import PRICE_ONE, QUANTITY_ONE, Floats, Ints

PRICE_CEILING = 50_000_000.0  # under the largest price the tables hold
DAY_VOLUME_CEILING = 2e9  # units: with room for the sums of the tables
DAY_VOLUME_SCALED = int(DAY_VOLUME_CEILING) * QUANTITY_ONE
_WORD = 2**64 - 1


def generator(seed: int, stream: str, number: int = 0) -> np.random.Generator:
    """The generator of one seed, stream and number: the same each time it is asked for, unrelated to all others."""
    word = int.from_bytes(hashlib.blake2b(stream.encode(), digest_size=8).digest(), "big")
    return np.random.Generator(np.random.Philox(key=[seed & _WORD, word], counter=[0, number & _WORD, 0, 0]))


def log_moves(drift: Floats, volatility: Floats, years: Floats, noise: Floats) -> Floats:
    """Logarithmic returns over these times, whose expectation grows by the drift whatever the volatility."""
    return (drift - 0.5 * volatility * volatility) * years + volatility * np.sqrt(years) * noise


def step(prices: Floats, moves: Floats, largest: float) -> Floats:
    """The prices after these moves, none of which may exceed the largest share of the price; no number is no move."""
    finite = np.where(np.isfinite(moves), moves, 0.0)
    limited: Floats = prices * np.exp(np.clip(finite, np.log1p(-largest), np.log1p(largest)))
    return np.minimum(limited, PRICE_CEILING)


def to_increments(prices: Floats, increments: Ints) -> Ints:
    """Prices rounded to whole price increments (at least one), as scaled integers."""
    units = np.rint(prices * PRICE_ONE / increments).astype(np.int64)
    rounded: Ints = np.maximum(units, 1) * increments
    return rounded


def half_spreads(volatility: Floats) -> Floats:
    """Half the distance between bid and ask as a share of the price: wider for what moves more."""
    return 0.00005 + 0.0002 * np.minimum(volatility, 2.0)


def spread(last: Ints, halves: Floats, increments: Ints) -> tuple[Ints, Ints]:
    """Bid and ask around a price on the increment grid, never crossed, at least one increment apart."""
    units = last // increments
    away = np.maximum(np.rint(units * halves).astype(np.int64), 0)
    bid = np.maximum(units - away, 1)
    ask = np.maximum(units + away, bid + 1)
    return bid * increments, ask * increments


def daily_volumes(ranks: Floats, prices: Floats) -> Floats:
    """Units that change hands on a common day: better known names turn over more money."""
    return np.minimum(8e9 / (1.0 + ranks) ** 0.7 / prices, DAY_VOLUME_CEILING / 4)


def volumes(daily: Floats, days: Floats, noise: Floats, lots: Ints) -> Ints:
    """Volume of a stretch of time (as a share of a day): a log-normal multiple of the mean, in whole lots."""
    units = daily * days * np.exp(0.6 * noise - 0.18)
    whole: Ints = np.rint(units * QUANTITY_ONE / lots).astype(np.int64) * lots
    return whole
