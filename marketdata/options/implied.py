"""The volatility that a price implies, by secants inside a bracket that only narrows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from marketdata.batch import Floats
from marketdata.options.pricing import Options, european_greeks, value

LOWEST, HIGHEST = 0.001, 8.0
ROUNDS_MAX = 90


def implied_volatility(prices: Floats, options: Options, *, worth: Callable[[Options], Floats] = value) -> Floats:
    """The volatility per square root of a year at which each option is worth its price; NaN where there is none.

    A price has none when it is not above what the option is worth without any chance, or not below its worth at a
    volatility of 800 %. `options.volatility` is not read. The first step follows the European vega, the next ones the
    line through the last two trials; a step that leaves the bracket, and every third one, halves it instead.
    """
    low = np.full(len(options), LOWEST)
    high = np.full(len(options), HIGHEST)
    floor, ceiling = worth(replace(options, volatility=low)), worth(replace(options, volatility=high))
    possible = np.isfinite(prices) & (prices > floor) & (prices < ceiling)
    guess = np.full(len(options), 0.4)
    slope = 100.0 * european_greeks(replace(options, volatility=guess)).vega
    before, missed = guess, np.zeros(len(options))
    # No more digits than a price has: near the floor many volatilities are worth the same.
    enough = 1e-10 * options.strike
    for number in range(ROUNDS_MAX):
        miss = worth(replace(options, volatility=guess)) - prices
        done = (np.abs(miss) <= enough) | (high - low <= 1e-12) | ~possible
        if done.all():
            break
        high, low = np.where(miss > 0.0, guess, high), np.where(miss > 0.0, low, guess)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(guess == before, slope, (miss - missed) / (guess - before))
            step = guess - miss / slope
        inside = np.isfinite(step) & (step > low) & (step < high) & (number % 3 != 2)
        before, missed = np.where(done, before, guess), np.where(done, missed, miss)
        guess = np.where(done, guess, np.where(inside, step, 0.5 * (low + high)))
    return np.where(possible, guess, np.nan)
