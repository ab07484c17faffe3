"""The implied volatility of every strike and date, from the underlying's own volatility: skewed, and free of arbitrage.

Total variance (implied variance times years) is the surface SSVI of Gatheral and Jacquier (2014), "Arbitrage-free SVI
volatility surfaces", with their power-law curvature phi(theta) = eta / sqrt(theta (1 + theta)). Their theorems 4.1 and
4.2 with remark 4.4 rule out calendar and butterfly arbitrage where eta (1 + |rho|) <= 2 and the variance at the money,
theta, never falls with time; both hold here by construction, and the tests look for either on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arbion.domain.enums import AssetClass
from marketdata.batch import Floats

# Options cost a little more than the market moves, and more for later: what their sellers live on.
NEAR_PREMIUM, FAR_PREMIUM = 1.03, 1.12
REVERSION = 2.0  # per year: how soon the far premium is reached
VOLATILITY_LEAST = 0.03


@dataclass(frozen=True, slots=True)
class Smile:
    """The shape across strikes: `rho` tilts it (negative: puts cost more), `eta` bends it."""

    rho: float
    eta: float


SMILES = {AssetClass.EQUITY: Smile(-0.40, 0.75), AssetClass.ETF: Smile(-0.65, 0.95)}


def smile_of(asset_class: AssetClass) -> Smile:
    """The shape for underlyings of this kind: funds are insured against falls more than single shares."""
    return SMILES.get(asset_class, SMILES[AssetClass.EQUITY])


def variance_at_the_money(volatility: Floats, years: Floats) -> Floats:
    """Total variance of an option struck at the forward: the integral of a variance that reverts to its far level."""
    base = np.maximum(volatility, VOLATILITY_LEAST) ** 2
    near, far = base * NEAR_PREMIUM**2, base * FAR_PREMIUM**2
    total: Floats = far * years + (near - far) * -np.expm1(-REVERSION * years) / REVERSION
    return total


def total_variance(distance: Floats, at_the_money: Floats, rho: Floats | float, eta: Floats | float) -> Floats:
    """Total variance at log(strike / forward) `distance`, where the forward's is `at_the_money` (positive)."""
    bend = eta / np.sqrt(at_the_money * (1.0 + at_the_money))
    along = bend * distance
    total: Floats = 0.5 * at_the_money * (1.0 + rho * along + np.sqrt((along + rho) ** 2 + 1.0 - rho**2))
    return total


def implied_volatility(
    distance: Floats, years: Floats, volatility: Floats, rho: Floats | float, eta: Floats | float
) -> Floats:
    """Volatility per square root of a year at log(strike / forward) `distance` and so many (positive) years ahead."""
    found: Floats = np.sqrt(total_variance(distance, variance_at_the_money(volatility, years), rho, eta) / years)
    return found
