"""The payoff as a picture: where the lines, areas and labels of an SVG lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from marketdata.options.payoff import Payoff

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 14, 30

Point = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at a price of the underlying, with where its label begins, ends or is centred."""

    x: float
    price: Decimal
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Coordinates within a view box of WIDTH by HEIGHT; `gains` and `losses` are polygons against the zero line."""

    line: str
    gains: Sequence[str]
    losses: Sequence[str]
    zero_y: float
    spot: Mark
    break_evens: Sequence[Mark]
    low: Decimal
    high: Decimal
    top: Decimal
    bottom: Decimal
    values: str


def picture(found: Payoff, spot: Decimal) -> Picture:
    """The picture of a payoff; `values` lists price and profit at each corner for a script that follows the pointer."""
    line = _with_zeros(found.line)
    prices, profits = [price for price, _ in line], [profit for _, profit in line]
    low, high = prices[0], prices[-1]
    top, bottom = max(*profits, Decimal(0)), min(*profits, Decimal(0))
    tall = (top - bottom) or Decimal(1)

    def across(price: Decimal) -> float:
        return round(LEFT + float((price - low) / (high - low)) * (WIDTH - LEFT - RIGHT), 1)

    def down(profit: Decimal) -> float:
        return round(TOP + float((top - profit) / tall) * (HEIGHT - TOP - BOTTOM), 1)

    def mark(price: Decimal) -> Mark:
        x = across(price)
        anchor = "start" if x < 40 else "end" if x > WIDTH - 40 else "middle"
        return Mark(x, price, anchor)

    def area(points: Sequence[Point]) -> str:
        ends = [(points[-1][0], Decimal(0)), (points[0][0], Decimal(0))]
        return " ".join(f"{across(price)},{down(profit)}" for price, profit in (*points, *ends))

    return Picture(
        line=" ".join(f"{across(price)},{down(profit)}" for price, profit in line),
        gains=[area(part) for part in _parts(line, 1)],
        losses=[area(part) for part in _parts(line, -1)],
        zero_y=down(Decimal(0)),
        spot=mark(min(max(spot, low), high)),
        break_evens=[mark(price) for price in found.break_evens if low <= price <= high],
        low=low,
        high=high,
        top=top,
        bottom=bottom,
        values=" ".join(f"{price:.4f},{profit:.2f}" for price, profit in line),
    )


def _with_zeros(line: Sequence[Point]) -> list[Point]:
    """The line with a corner wherever it passes through nothing, so that areas end there."""
    found: list[Point] = [line[0]]
    for (low, before), (high, after) in pairwise(line):
        if before * after < 0:
            found.append((low + (high - low) * before / (before - after), Decimal(0)))
        found.append((high, after))
    return found


def _parts(line: Sequence[Point], way: int) -> list[list[Point]]:
    """The stretches on one side of nothing, each with the corners at its ends."""
    parts: list[list[Point]] = []
    for first, second in pairwise(line):
        if way * first[1] < 0 or way * second[1] < 0 or first[1] == second[1] == 0:
            continue
        if parts and parts[-1][-1] == first:
            parts[-1].append(second)
        else:
            parts.append([first, second])
    return parts
