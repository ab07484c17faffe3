"""What a set of legs brings at expiry, for any price of the underlying: pure arithmetic on lines.

Where all options expire on one day the profit is a chain of straight lines with its corners at the strikes, so that the
largest profit and loss and the break-evens are exact. Legs that live longer are worth what a function says they are
worth on that day; then the figures are read from many points and `exact` is False.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from arbion.domain.enums import OptionRight
from arbion.domain.numbers import EXACT, ZERO
from arbion.domain.options import SHARES_A_CONTRACT, OptionTerms

POINTS = 240
CENT = Decimal("0.01")

# What a leg that lives longer is worth, per unit of the underlying, at each of these prices on the day of the payoff.
Worth = Callable[[OptionTerms, Sequence[Decimal]], Sequence[Decimal]]
Line = list[tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Contracts (or lots of 100 shares, where `option` is None) that one package buys (positive) or sells.

    `price` is per unit of the underlying, `multiplier` how many units one contract or lot is.
    """

    quantity: int
    price: Decimal
    option: OptionTerms | None = None
    multiplier: Decimal = SHARES_A_CONTRACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Payoff:
    """One package of the legs on the day the first option expires; money in the underlying's currency.

    `net` is per share as an order's price is: positive is paid, negative received; `cost` the same in money. A largest
    profit or loss of None has no limit. `line` holds prices of the underlying with the profit there, lowest first.
    """

    net: Decimal
    cost: Decimal
    max_profit: Decimal | None
    max_loss: Decimal | None
    break_evens: tuple[Decimal, ...]
    line: tuple[tuple[Decimal, Decimal], ...]
    day: date | None
    exact: bool


def payoff(legs: Sequence[Leg], spot: Decimal, *, later: Worth | None = None) -> Payoff:
    """The payoff of these legs (one at least); `later` values what expires after the first of them.

    Raises ValueError where a leg lives longer and there is no `later`.
    """
    days = sorted({leg.option.expires_on for leg in legs if leg.option})
    day = days[0] if days else None
    exact = len(days) < 2
    corners = sorted({ZERO, *(leg.option.strike for leg in legs if leg.option)})
    prices = corners if exact else _spread(corners, spot)
    line = _line(legs, prices, day, later)
    slope = _last_slope(legs)
    profits = [profit for _, profit in line]
    found = _break_evens(line, slope)
    cost = sum((leg.quantity * leg.price * leg.multiplier for leg in legs), ZERO)
    return Payoff(
        net=EXACT.divide(cost, SHARES_A_CONTRACT),
        cost=cost,
        max_profit=None if slope > 0 else max(profits).quantize(CENT),
        max_loss=None if slope < 0 else max(-min(profits), ZERO).quantize(CENT),
        break_evens=found,
        line=tuple(_line(legs, _shown(corners, found, spot, exact=exact), day, later)),
        day=day,
        exact=exact,
    )


def _line(legs: Sequence[Leg], prices: Sequence[Decimal], day: date | None, later: Worth | None) -> Line:
    """The profit of one package at each of these prices."""
    totals = [ZERO] * len(prices)
    for leg in legs:
        worth = _worths(leg, prices, day, later)
        units = leg.quantity * leg.multiplier
        totals = [total + units * (value - leg.price) for total, value in zip(totals, worth, strict=True)]
    return list(zip(prices, totals, strict=True))


def _worths(leg: Leg, prices: Sequence[Decimal], day: date | None, later: Worth | None) -> Sequence[Decimal]:
    if leg.option is None:
        return prices
    if leg.option.expires_on == day:
        return [leg.option.intrinsic(price) for price in prices]
    if later is None:
        raise ValueError("a leg lives longer than the others and nothing says what it is worth then")
    return later(leg.option, prices)


def _last_slope(legs: Sequence[Leg]) -> Decimal:
    """Profit for each further 1 of the underlying above all strikes: of calls and shares alone."""
    rising = (leg for leg in legs if leg.option is None or leg.option.right is OptionRight.CALL)
    return sum((leg.quantity * leg.multiplier for leg in rising), ZERO)


def _break_evens(line: Line, slope: Decimal) -> tuple[Decimal, ...]:
    """The prices at which the profit is nothing, to the cent, lowest first."""
    found: set[Decimal] = set()
    for (low, before), (high, after) in pairwise(line):
        if before * after < 0:
            found.add(low + EXACT.divide((high - low) * before, before - after))
        elif before == 0 and after != 0:
            found.add(low)
        elif after == 0 and before != 0:
            found.add(high)
    last, profit = line[-1]
    if profit * slope < 0:
        found.add(last - EXACT.divide(profit, slope))
    elif profit == 0 and slope != 0:
        found.add(last)
    return tuple(sorted({price.quantize(CENT) for price in found if price > 0}))


def _spread(corners: Sequence[Decimal], spot: Decimal) -> list[Decimal]:
    """Many prices from nothing to far above everything, with all corners among them."""
    top = max(corners[-1], spot) * 3
    return sorted({*corners, *(top * number / POINTS for number in range(POINTS + 1))})


def _shown(corners: Sequence[Decimal], break_evens: Sequence[Decimal], spot: Decimal, *, exact: bool) -> list[Decimal]:
    """The prices that a picture shows: around the strikes, the break-evens and the price now."""
    marked = [price for price in (*corners, *break_evens, spot) if price > 0]
    margin = max((max(marked) - min(marked)) * Decimal("0.35"), spot * Decimal("0.06"))
    low, high = max(min(marked) - margin, ZERO), max(marked) + margin
    between = [] if exact else [low + (high - low) * number / POINTS for number in range(POINTS + 1)]
    return sorted({low, high, *(price for price in marked if low <= price <= high), *between})
