"""How an order meets a quote: pure, one function per order type.

The quotes are the whole market: nothing trades between two of them. An order is therefore filled at the prices that
stand on the other side of the market, which for a limit order are its limit or better, whether it came in marketable
or had been resting. Several prices with little behind each are walked from the best on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import OrderType, Side, TimeInForce
from arbion.domain.numbers import ZERO


@dataclass(frozen=True, slots=True)
class Level:
    """One price and the units behind it; None is as many as anybody asks for."""

    price: Decimal
    size: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The prices of one instrument, best first: where others buy, and where they sell."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    def facing(self, side: Side) -> tuple[Level, ...]:
        """What an order of this side meets."""
        return self.asks if side is Side.BUY else self.bids


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrder:
    """What matching needs to know of an order; `leaves_quantity` is what is not filled yet.

    `stop_price` and `extreme_price` of a trailing stop are where they stand now. `eligible_at` is when the order
    reaches the book (None: it is there), `expires_at` when it ends by itself.
    """

    side: Side
    order_type: OrderType
    leaves_quantity: Decimal
    time_in_force: TimeInForce = TimeInForce.GTC
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    extreme_price: Decimal | None = None
    is_triggered: bool = False
    extended_hours: bool = False
    eligible_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One exchange of units at a price."""

    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one meeting of an order and a market brought, best price first, and what it left open."""

    executions: tuple[Execution, ...]
    leaves_quantity: Decimal


Matcher = Callable[[WorkingOrder, Ladder], tuple[Execution, ...]]


def match(order: WorkingOrder, ladder: Ladder) -> Outcome:
    """Let an order meet a market once; fill or kill takes all or nothing."""
    executions = MATCHERS[order.order_type](order, ladder)
    filled = sum((execution.quantity for execution in executions), ZERO)
    if order.time_in_force is TimeInForce.FOK and filled < order.leaves_quantity:
        return Outcome(executions=(), leaves_quantity=order.leaves_quantity)
    return Outcome(executions=executions, leaves_quantity=order.leaves_quantity - filled)


def match_market(order: WorkingOrder, ladder: Ladder) -> tuple[Execution, ...]:
    """Takes what stands on the other side."""
    return walk(ladder.facing(order.side), order.leaves_quantity)


def match_limit(order: WorkingOrder, ladder: Ladder) -> tuple[Execution, ...]:
    """Takes what stands on the other side at its limit or better."""
    limit = order.limit_price
    if limit is None:
        raise AssertionError("a limit order has a limit")
    within = [level for level in ladder.facing(order.side) if is_within(level.price, limit, order.side)]
    return walk(within, order.leaves_quantity)


def match_stop(order: WorkingOrder, ladder: Ladder) -> tuple[Execution, ...]:
    """Nothing until the stop was reached; from then on a market order, at whatever price there is."""
    return match_market(order, ladder) if order.is_triggered else ()


def match_stop_limit(order: WorkingOrder, ladder: Ladder) -> tuple[Execution, ...]:
    """Nothing until the stop was reached; from then on a limit order."""
    return match_limit(order, ladder) if order.is_triggered else ()


MATCHERS: dict[OrderType, Matcher] = {
    OrderType.MARKET: match_market,
    OrderType.LIMIT: match_limit,
    OrderType.STOP: match_stop,
    OrderType.STOP_LIMIT: match_stop_limit,
    OrderType.TRAILING_STOP: match_stop,
}


def is_within(price: Decimal, limit: Decimal, side: Side) -> bool:
    """Whether a price is the limit or better for this side."""
    return price <= limit if side is Side.BUY else price >= limit


def walk(levels: Sequence[Level], leaves: Decimal) -> tuple[Execution, ...]:
    """Take units from the best level on, until there is enough or nothing is left."""
    executions: list[Execution] = []
    for level in levels:
        quantity = leaves if level.size is None else min(leaves, level.size)
        if quantity > ZERO:
            executions.append(Execution(quantity=quantity, price=level.price))
            leaves -= quantity
    return tuple(executions)
