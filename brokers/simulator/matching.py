"""How an order meets a quote: pure, one function per order type.

The quotes are the whole market: nothing trades between two of them. An order is therefore filled at the price that
stands on the other side of the market, which for a limit order is its limit or better, whether it came in marketable
or had been resting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import OrderType, Side
from arbion.domain.numbers import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The best prices of one instrument and the units behind each; None is as many as anybody asks for."""

    bid: Decimal
    ask: Decimal
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrder:
    """What matching needs to know of an order; `leaves_quantity` is what is not filled yet."""

    side: Side
    order_type: OrderType
    leaves_quantity: Decimal
    limit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One exchange of units at a price."""

    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one meeting of an order and a quote brought, oldest execution first, and what it left open."""

    executions: tuple[Execution, ...]
    leaves_quantity: Decimal


Matcher = Callable[[WorkingOrder, Top], tuple[Execution, ...]]


def match(order: WorkingOrder, top: Top) -> Outcome:
    """Let an order meet a quote once."""
    executions = MATCHERS[order.order_type](order, top)
    filled = sum((execution.quantity for execution in executions), ZERO)
    return Outcome(executions=executions, leaves_quantity=order.leaves_quantity - filled)


def match_market(order: WorkingOrder, top: Top) -> tuple[Execution, ...]:
    """Takes what stands on the other side."""
    price, size = _other_side(order.side, top)
    return _take(order.leaves_quantity, size, price)


def match_limit(order: WorkingOrder, top: Top) -> tuple[Execution, ...]:
    """Takes what stands on the other side, if its price is the limit or better."""
    if order.limit_price is None:
        raise AssertionError("a limit order has a limit")
    price, size = _other_side(order.side, top)
    crosses = price <= order.limit_price if order.side is Side.BUY else price >= order.limit_price
    return _take(order.leaves_quantity, size, price) if crosses else ()


MATCHERS: dict[OrderType, Matcher] = {
    OrderType.MARKET: match_market,
    OrderType.LIMIT: match_limit,
}


def _other_side(side: Side, top: Top) -> tuple[Decimal, Decimal | None]:
    return (top.ask, top.ask_size) if side is Side.BUY else (top.bid, top.bid_size)


def _take(leaves: Decimal, size: Decimal | None, price: Decimal) -> tuple[Execution, ...]:
    quantity = leaves if size is None else min(leaves, size)
    return (Execution(quantity=quantity, price=price),) if quantity > ZERO else ()
