"""How much a contract is traded and held: more near the money, soon and on monthly dates; nothing left to chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketdata.batch import Floats, Ints
from marketdata.options.pricing import Mask
from marketdata.simulator import gbm

# Contracts of the busiest strike a day, for each share of the underlying that changes hands.
_SHARE = 0.0006
_HELD_DAYS = 9.0  # open interest of the busiest strikes, in days of their volume


def daily_shares(rank: Floats, price: Floats) -> Floats:
    """Shares of the underlying that change hands on a common day."""
    return gbm.daily_volumes(rank, price)


def interest(
    numbers: NDArray[np.uint64],
    *,
    distance: Floats,
    deviation: Floats,
    years: Floats,
    monthly: Mask,
    is_call: Mask,
    shares: Floats,
    daily: Floats,
) -> tuple[Ints, Ints]:
    """Volume so far today and open interest, in contracts.

    `distance` is log(strike / previous close) and `deviation` how far the price may have moved by expiry, both as of
    the day's beginning: within a day only `shares`, what the underlying has traded so far, moves the volume, and up.
    """
    away = distance / np.maximum(deviation, 0.02)
    # Puts are bought below the price and calls above it: each side is busiest a little out of the money.
    centre = np.where(is_call, 0.35, -0.35)
    near = np.exp(-0.5 * ((away - centre) / 1.1) ** 2)
    chance = np.exp(0.7 * _normal(numbers))
    soon = 1.0 / (1.0 + 14.0 * years) ** 1.2
    lasting = np.where(monthly, 1.6, 0.6) / (1.0 + 2.5 * years) ** 0.8
    volume = shares * _SHARE * near * soon * chance
    held = daily * _SHARE * _HELD_DAYS * np.exp(-0.5 * ((away - centre) / 1.6) ** 2) * lasting * chance**0.8
    return np.floor(volume).astype(np.int64), np.rint(held).astype(np.int64)


def _normal(numbers: NDArray[np.uint64]) -> Floats:
    """A nearly standard normal figure for each number: the sum of its four 16-bit parts."""
    parts = sum(((numbers >> np.uint64(16 * place)) & np.uint64(0xFFFF)).astype(np.float64) for place in range(4))
    found: Floats = (np.asarray(parts) / 65_535.0 - 2.0) * np.sqrt(3.0)
    return found
