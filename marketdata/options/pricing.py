"""What options are worth: Black-Scholes-Merton with its Greeks, American values where early exercise can pay.

Everything works on whole arrays at once. `Options` says what is priced; `value` and `greeks` take the American tree
only where exercising early can be worth something: puts while money bears interest, calls on what pays dividends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marketdata.batch import Floats

Mask = NDArray[np.bool_]

DAYS_A_YEAR = 365.0
_SQRT_2 = math.sqrt(2.0)
_SQRT_2_PI = math.sqrt(2.0 * math.pi)
_erfc = np.frompyfunc(math.erfc, 1, 1)
# How far a volatility and a rate are moved for the sensitivities of American options: far enough to pass over the
# small waves that a tree has near the price at which exercising begins to pay.
_VOLATILITY_STEP, _RATE_STEP = 0.01, 0.005


class Greeks(NamedTuple):
    """Values and their sensitivities, for one unit of the underlying, in its currency.

    `delta` per 1 of the underlying's price; `gamma` change of delta per 1 of the price; `theta` per calendar day (a
    365th of a year); `vega` per volatility point (0.01); `rho` per percent of interest (0.01).
    """

    value: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Options:
    """Many options as columns of equal length.

    Prices in the underlying's currency per unit, `years` until expiry (of 365 days), `rate` and `dividend_yield`
    continuously compounded per year, `volatility` per square root of a year.
    """

    is_call: Mask
    spot: Floats
    strike: Floats
    years: Floats
    rate: Floats
    dividend_yield: Floats
    volatility: Floats

    @classmethod
    def of(
        cls,
        *,
        is_call: ArrayLike,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        volatility: ArrayLike,
        rate: ArrayLike = 0.0,
        dividend_yield: ArrayLike = 0.0,
    ) -> Options:
        """Options from numbers and arrays, which are stretched to one length."""
        numbers = (spot, strike, years, rate, dividend_yield, volatility)
        call, *columns = np.broadcast_arrays(
            np.atleast_1d(np.asarray(is_call, bool)), *(np.asarray(number, np.float64) for number in numbers)
        )
        names = ("spot", "strike", "years", "rate", "dividend_yield", "volatility")
        return cls(is_call=call, **dict(zip(names, columns, strict=True)))

    def __len__(self) -> int:
        return len(self.strike)

    @property
    def sign(self) -> Floats:
        """1 for calls, -1 for puts."""
        return np.where(self.is_call, 1.0, -1.0)

    @property
    def intrinsic(self) -> Floats:
        """What exercising at once would bring."""
        return np.maximum(self.sign * (self.spot - self.strike), 0.0)

    @property
    def early(self) -> Mask:
        """Where exercising before expiry can pay: puts that would earn interest, calls that would earn dividends."""
        pays: Mask = np.where(self.is_call, self.dividend_yield > 0.0, self.rate > 0.0)
        return pays & (self.years > 0.0)

    def pick(self, which: Mask) -> Options:
        """Some of the options."""
        return Options(
            is_call=self.is_call[which],
            spot=self.spot[which],
            strike=self.strike[which],
            years=self.years[which],
            rate=self.rate[which],
            dividend_yield=self.dividend_yield[which],
            volatility=self.volatility[which],
        )


def normal_cdf(x: Floats) -> Floats:
    """The standard normal distribution function, exact to the last digits in both tails."""
    return 0.5 * np.asarray(_erfc(-x / _SQRT_2), np.float64)


def normal_density(x: Floats) -> Floats:
    """The standard normal density."""
    density: Floats = np.exp(-0.5 * x * x) / _SQRT_2_PI
    return density


def d1_d2(options: Options) -> tuple[Floats, Floats]:
    """The two arguments of the formula; infinite, by the forward's side of the strike, where nothing is uncertain."""
    deviation = options.volatility * np.sqrt(options.years)
    distance = np.log(options.spot / options.strike) + (options.rate - options.dividend_yield) * options.years
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.where(deviation > 0.0, distance / deviation, np.where(distance == 0.0, 0.0, np.inf * distance))
    return middle + 0.5 * deviation, middle - 0.5 * deviation


def european_value(options: Options) -> Floats:
    """Black-Scholes-Merton with a continuous dividend yield (Hull, Options, Futures, and Other Derivatives, 17.2)."""
    d1, d2 = d1_d2(options)
    sign = options.sign
    asset = options.spot * np.exp(-options.dividend_yield * options.years)
    cash = options.strike * np.exp(-options.rate * options.years)
    worth: Floats = np.maximum(sign * (asset * normal_cdf(sign * d1) - cash * normal_cdf(sign * d2)), 0.0)
    return worth


def european_greeks(options: Options) -> Greeks:
    """Value and Greeks in closed form (Hull, chapter 19, table 19.6), in the units of `Greeks`."""
    d1, d2 = d1_d2(options)
    sign, root = options.sign, np.sqrt(options.years)
    carry = np.exp(-options.dividend_yield * options.years)
    asset = options.spot * carry
    cash = options.strike * np.exp(-options.rate * options.years)
    in_asset, in_cash, density = normal_cdf(sign * d1), normal_cdf(sign * d2), normal_density(d1)
    deviation = options.volatility * root
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = np.where(deviation > 0.0, carry * density / (options.spot * deviation), 0.0)
        decay = np.where(root > 0.0, asset * density * options.volatility / (2.0 * root), 0.0)
    yearly = -decay + sign * (options.dividend_yield * asset * in_asset - options.rate * cash * in_cash)
    return Greeks(
        value=np.maximum(sign * (asset * in_asset - cash * in_cash), 0.0),
        delta=sign * carry * in_asset,
        gamma=gamma,
        theta=yearly / DAYS_A_YEAR,
        vega=asset * density * root / 100.0,
        rho=sign * options.years * cash * in_cash / 100.0,
    )


def value(options: Options) -> Floats:
    """The value of each option to a holder who may exercise at any time."""
    from marketdata.options.american import american_value  # noqa: PLC0415  it is built on this module

    worth = european_value(options)
    early = options.early
    if early.any():
        worth[early] = american_value(options.pick(early))
    return worth


def greeks(options: Options) -> Greeks:
    """The value of each option to a holder who may exercise at any time, and its sensitivities."""
    found = european_greeks(options)
    early = options.early
    if early.any():
        for column, part in zip(found, _american_greeks(options.pick(early)), strict=True):
            column[early] = part
    return found


def _american_greeks(options: Options) -> Greeks:
    """Value, delta and gamma from the tree; theta from the differential equation; vega and rho by small moves.

    Where exercising at once is best, the value is the intrinsic one: its gamma, theta, vega and rho are nothing.
    """
    from marketdata.options.american import american_tree  # noqa: PLC0415

    worth, delta, gamma = american_tree(options)
    exercised = worth <= options.intrinsic * (1.0 + 1e-12)
    gamma = np.where(exercised, 0.0, np.maximum(gamma, 0.0))
    delta = np.where(exercised, options.sign, delta)
    drift = (options.rate - options.dividend_yield) * options.spot * delta
    motion = 0.5 * options.volatility**2 * options.spot**2 * gamma
    theta = (options.rate * worth - drift - motion) / DAYS_A_YEAR

    vega = _slope(lambda level: replace(options, volatility=level), options.volatility, _VOLATILITY_STEP) / 100.0
    rho = _slope(lambda level: replace(options, rate=level), options.rate, _RATE_STEP) / 100.0
    return Greeks(
        value=worth,
        delta=delta,
        gamma=gamma,
        theta=np.where(exercised, 0.0, theta),
        vega=np.where(exercised, 0.0, np.maximum(vega, 0.0)),
        rho=np.where(exercised, 0.0, rho),
    )


def _slope(moved: Callable[[Floats], Options], base: Floats, step: float) -> Floats:
    """How fast American values change with one of their terms: by a move to either side, never to nothing or below."""
    from marketdata.options.american import american_value  # noqa: PLC0415

    above, below = base + step, np.maximum(base - step, 1e-6)
    found: Floats = (american_value(moved(above)) - american_value(moved(below))) / (above - below)
    return found
