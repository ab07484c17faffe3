"""What prices have in common: a market factor, a factor of each sector, and what is an instrument's own.

The noise of an instrument is a·market + b·sector + c·own of independent standard normal numbers with a² + b² + c² = 1:
standard normal itself, so the instrument's volatility is kept exactly. Two instruments correlate by the product of
their market loadings plus, within one sector, the product of their sector loadings. Coins have a market factor of
their own and do not move with shares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketdata.batch import Floats, Ints

# How much the whole market moves, per square root of a year: beta 1 is a broad index fund, or the leading coin.
SHARES_VOLATILITY, COINS_VOLATILITY = 0.16, 0.5
LOADING_MAX = 0.95
# The part of what the market leaves (as variance) that a sector moves together.
SECTOR_SHARE = 0.3
# Sectors are told apart by a number made of their names, so that a new one leaves the chance of the others alone.
SECTORS = 1024
COMMON = 2 + SECTORS


@dataclass(frozen=True, slots=True, eq=False)
class Loadings:
    """How far each instrument follows what; one place an instrument in every array."""

    market: Floats
    sector: Floats
    own: Floats
    market_place: Ints  # which market factor: 0 shares, 1 coins
    sector_place: Ints

    def correlation(self) -> Floats:
        """The correlation of every instrument with every other, as theory has it: a square matrix."""
        same_market = self.market_place[:, None] == self.market_place
        same_sector = self.sector_place[:, None] == self.sector_place
        common: Floats = np.outer(self.market, self.market) * same_market
        common += np.outer(self.sector, self.sector) * same_sector
        np.fill_diagonal(common, 1.0)
        return common


def loadings(beta: Floats, volatility: Floats, is_coin: NDArray[np.bool_], sectors: Sequence[str]) -> Loadings:
    """Loadings from beta (the move for a market's move of 1), volatility per square root of a year, and sector names.

    What is steadier than its beta implies follows the market as far as `LOADING_MAX`; without a sector nothing is
    shared but the market.
    """
    common = np.where(is_coin, COINS_VOLATILITY, SHARES_VOLATILITY)
    market = np.divide(beta * common, volatility, out=np.zeros_like(volatility), where=volatility > 0)
    market = np.clip(market, -LOADING_MAX, LOADING_MAX)
    has_sector = np.array([bool(sector) for sector in sectors], bool)
    left = 1.0 - market * market
    sector = np.sqrt(np.where(has_sector, SECTOR_SHARE * left, 0.0))
    return Loadings(
        market=market,
        sector=sector,
        own=np.sqrt(left - sector * sector),
        market_place=is_coin.astype(np.int64),
        sector_place=np.array([place_of(sector) for sector in sectors], np.int64),
    )


def place_of(sector: str) -> int:
    """The number of a sector, below `SECTORS`."""
    return int.from_bytes(hashlib.blake2b(sector.encode(), digest_size=8).digest(), "big") % SECTORS


def correlated(loaded: Loadings, common: Floats, own: Floats) -> Floats:
    """Standard normal noise of every instrument, from `COMMON` shared numbers and one of its own for each."""
    noise: Floats = (
        loaded.market * common[loaded.market_place] + loaded.sector * common[2 + loaded.sector_place] + loaded.own * own
    )
    return noise
