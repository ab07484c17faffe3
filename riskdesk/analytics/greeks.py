"""How the book's worth depends on prices, time, volatility and interest: by position, by underlying, and in total.

Greeks of single options are those of `marketdata.options.pricing` (Hull, Options, Futures, and Other Derivatives, 10th
edition, chapter 19; from a tree where early exercise can pay), times the units that the line stands for. One unit of a
share or coin has a delta of one and no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from arbion.domain.numbers import EXACT, HUNDRED, ZERO, money
from marketdata.batch import Floats
from marketdata.options.pricing import greeks
from riskdesk.analytics.book import Book, Line
from riskdesk.analytics.figures import amount, figure
from riskdesk.analytics.repricing import priced


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Greeks of a position, an underlying or the book; money in the account's currency.

    `delta` in units of the underlying; `delta_value` the same at its price; `gamma` how many units the delta changes
    when the price moves by 1; `gamma_value` how much `delta_value` changes, through gamma, when the price moves by
    1 %; `theta` money a calendar day; `vega` money a volatility point (0.01); `rho` money a percent of interest
    (0.01). Units of different underlyings do not add up: of the whole book `delta` and `gamma` are None.
    """

    name: str
    underlying: str
    delta: Decimal | None
    delta_value: Decimal
    gamma: Decimal | None
    gamma_value: Decimal
    theta: Decimal
    vega: Decimal
    rho: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookGreeks:
    """Each position in the book's order, each underlying by the size of its delta in money, and the total."""

    positions: tuple[Sensitivity, ...]
    underlyings: tuple[Sensitivity, ...]
    total: Sensitivity


def book_greeks(book: Book) -> BookGreeks:
    """The Greeks of every line, underlying and the book."""
    options = iter(_of_options(book))
    positions = tuple(_of_units(line) if line.option is None else next(options) for line in book.lines)
    by_underlying = {symbol: [one for one in positions if one.underlying == symbol] for symbol in book.underlyings}
    underlyings = [_sum(symbol, parts, underlying=symbol) for symbol, parts in by_underlying.items()]
    return BookGreeks(
        positions=positions,
        underlyings=tuple(sorted(underlyings, key=lambda one: -abs(one.delta_value))),
        total=_sum("Total", positions, underlying=""),
    )


def _of_units(line: Line) -> Sensitivity:
    return Sensitivity(
        name=line.symbol,
        underlying=line.symbol,
        delta=line.units,
        delta_value=line.value,
        gamma=ZERO,
        gamma_value=ZERO,
        theta=ZERO,
        vega=ZERO,
        rho=ZERO,
    )


def _of_options(book: Book) -> list[Sensitivity]:
    found = priced(book)
    if not found.lines:
        return []
    each = greeks(found.options)
    columns = (each.delta, each.gamma, each.theta, each.vega, each.rho)
    rows = np.column_stack(columns) * found.units[:, None]
    return [_of_option(line, row) for line, row in zip(found.lines, rows, strict=True)]


def _of_option(line: Line, found: Floats) -> Sensitivity:
    """From delta, gamma, theta, vega and rho of all units together."""
    delta, gamma, theta, vega, rho = found
    units, bend = figure(delta), figure(gamma)
    return Sensitivity(
        name=line.symbol,
        underlying=line.underlying,
        delta=units,
        delta_value=money(EXACT.multiply(units, line.spot)),
        gamma=bend,
        gamma_value=money(EXACT.divide(EXACT.multiply(bend, EXACT.multiply(line.spot, line.spot)), HUNDRED)),
        theta=amount(theta),
        vega=amount(vega),
        rho=amount(rho),
    )


def _sum(name: str, parts: Iterable[Sensitivity], *, underlying: str) -> Sensitivity:
    """The parts together; of one underlying also its units."""
    parts = tuple(parts)
    return Sensitivity(
        name=name,
        underlying=underlying,
        delta=sum((part.delta or ZERO for part in parts), ZERO) if underlying else None,
        delta_value=sum((part.delta_value for part in parts), ZERO),
        gamma=sum((part.gamma or ZERO for part in parts), ZERO) if underlying else None,
        gamma_value=sum((part.gamma_value for part in parts), ZERO),
        theta=sum((part.theta for part in parts), ZERO),
        vega=sum((part.vega for part in parts), ZERO),
        rho=sum((part.rho for part in parts), ZERO),
    )
