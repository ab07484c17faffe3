"""How much stands behind a quote, and at which prices: pure, the same for the same quote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import EXACT, ONE, ZERO, round_down
from arbion.domain.reports import QuoteReport
from brokers.simulator.matching import Ladder, Level

Depth = Callable[[QuoteReport, Side], Decimal | None]
# A trading day of a stock exchange has so many minutes.
_MINUTES_A_DAY = Decimal(390)
_HALF = Decimal("0.5")


def unlimited(quote: QuoteReport, side: Side) -> Decimal | None:
    """As many units as anybody asks for."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfVolume:
    """A part of what trades in a typical minute of the day so far, and at least as much as is worth `value_least`.

    The second is what a market maker always stands for, also before anything has traded; in the quote's currency.
    """

    part: Decimal
    value_least: Decimal

    def __call__(self, quote: QuoteReport, side: Side) -> Decimal | None:
        """Units at the best price of the side that such an order meets."""
        a_minute = EXACT.divide(quote.volume, _MINUTES_A_DAY)
        return max(EXACT.multiply(a_minute, self.part), EXACT.divide(self.value_least, quote.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a quote becomes a ladder.

    `spread` widens the quote around its middle (1 leaves it as it is); `levels` prices follow each other, each a
    `step` of the widened spread further away and at least one price step, with `depth` units behind each.
    """

    depth: Depth = unlimited
    spread: Decimal = ONE
    levels: int = 1
    step: Decimal = _HALF

    def ladder(self, quote: QuoteReport, *, price_increment: Decimal, size_increment: Decimal) -> Ladder:
        """The market as this shape shows the quote; sizes are whole steps, and at least one where there is depth."""
        sizes = {side: _whole(self.depth(quote, side), size_increment) for side in Side}
        bid, ask = quote.bid, quote.ask
        if self.spread != ONE:
            wider = EXACT.multiply(EXACT.multiply(ask - bid, self.spread - ONE), _HALF)
            bid = _on_step(bid - wider, price_increment, ROUND_FLOOR)
            ask = _on_step(ask + wider, price_increment, ROUND_CEILING)
        away = max(_on_step(EXACT.multiply(ask - bid, self.step), price_increment, ROUND_CEILING), price_increment)
        return Ladder(
            bids=tuple(
                Level(price, sizes[Side.SELL])
                for price in (bid - away * number for number in range(self.levels))
                if price > ZERO
            ),
            asks=tuple(Level(ask + away * number, sizes[Side.BUY]) for number in range(self.levels)),
        )


def without(levels: Sequence[Level], taken: Decimal) -> tuple[Level, ...]:
    """What is left of some levels after so many units were taken, best price first."""
    rest: list[Level] = []
    for level in levels:
        if level.size is None or level.size > taken:
            rest.append(level if level.size is None else Level(level.price, level.size - taken))
            taken = ZERO
        else:
            taken -= level.size
    return tuple(rest)


def _whole(size: Decimal | None, increment: Decimal) -> Decimal | None:
    if size is None or size <= ZERO:
        return size
    return max(round_down(size, increment), increment)


def _on_step(price: Decimal, increment: Decimal, rounding: str) -> Decimal:
    return EXACT.multiply(EXACT.divide(price, increment).to_integral_value(rounding), increment)
