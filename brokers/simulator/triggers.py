"""When a stop is reached, and how a trailing stop follows the market: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from arbion.domain.enums import OrderType, Side
from arbion.domain.numbers import EXACT, HUNDRED
from brokers.simulator.matching import WorkingOrder

STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Where a trailing stop stands: the best price it has seen, and the stop that follows from it."""

    extreme_price: Decimal
    stop_price: Decimal


def is_reached(side: Side, stop_price: Decimal, last: Decimal) -> bool:
    """Whether the last price has come to the stop: from below for a purchase, from above for a sale."""
    return last >= stop_price if side is Side.BUY else last <= stop_price


def waits(order: WorkingOrder) -> bool:
    """Whether the order is a stop that was not reached yet."""
    return order.order_type in STOPS and not order.is_triggered


def trail_of(order: WorkingOrder, last: Decimal, *, increment: Decimal) -> Trail:
    """Where the order's trail stands after this price; it moves only in the customer's favour.

    The stop keeps its distance from the best price and lies on a whole step, at the far side where it falls between
    two.
    """
    extreme = last
    if order.extreme_price is not None:
        better = max if order.side is Side.SELL else min
        extreme = better(order.extreme_price, last)
    return Trail(extreme_price=extreme, stop_price=_behind(extreme, order, increment))


def follow(order: WorkingOrder, last: Decimal, *, increment: Decimal) -> tuple[WorkingOrder, Trail | None]:
    """The order after its trail has followed this price, and the trail where it moved."""
    if order.order_type is not OrderType.TRAILING_STOP or order.is_triggered:
        return order, None
    trail = trail_of(order, last, increment=increment)
    if trail == Trail(extreme_price=order.extreme_price or trail.extreme_price, stop_price=order.stop_price or last):
        return order, None
    return replace(order, extreme_price=trail.extreme_price, stop_price=trail.stop_price), trail


def _behind(extreme: Decimal, order: WorkingOrder, increment: Decimal) -> Decimal:
    away = order.trail_amount
    if away is None:
        assert order.trail_percent is not None, "a trailing stop has a trail"  # noqa: S101  checked where it is born
        away = EXACT.divide(EXACT.multiply(extreme, order.trail_percent), HUNDRED)
    stop = extreme + away if order.side is Side.BUY else extreme - away
    rounding = ROUND_CEILING if order.side is Side.BUY else ROUND_FLOOR
    return EXACT.multiply(EXACT.divide(stop, increment).to_integral_value(rounding), increment)
