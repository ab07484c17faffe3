"""The terms an order is carried out on, as data: what it costs and how much stands behind a quote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.reports import QuoteReport
from brokers import fees
from brokers.fees import FeeSchedule
from brokers.simulator.matching import Top

Depth = Callable[[QuoteReport, Side], Decimal | None]


def unlimited(quote: QuoteReport, side: Side) -> Decimal | None:
    """As many units as anybody asks for."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A fee schedule and a depth model: units for sale to a buyer, or wanted from a seller, at a quote.

    Depth is a pure function: it is asked before the account's lock and again under it.
    """

    name: str
    fees: FeeSchedule
    depth: Depth


IDEAL = Terms(name="ideal", fees=fees.IDEAL, depth=unlimited)


def top_of(quote: QuoteReport, terms: Terms) -> Top:
    """The top of the market as these terms show it."""
    return Top(
        bid=quote.bid,
        ask=quote.ask,
        bid_size=terms.depth(quote, Side.SELL),
        ask_size=terms.depth(quote, Side.BUY),
    )
