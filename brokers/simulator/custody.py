"""The exchange's book of cash and units: every change happens under the account's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from arbion.domain.enums import OrderStatus, OrderType, PositionEffect, Side, TimeInForce
from arbion.domain.numbers import MONEY_MAX, QUANTITY_MAX, ZERO, gross, plain, spoken
from arbion.lib.ids import new_id
from brokers.errors import VenueRejected
from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder
from brokers.simulator.matching import WorkingOrder
from brokers.simulator.refusals import Refusal
from brokers.simulator.settlement import Progress, Settlement

REASON_LENGTH_MAX = 200
RESTING = (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One instrument of an order: `ratio` units for each unit of the order. An order without legs is its own leg."""

    number: int
    symbol: str
    side: Side
    ratio: Decimal
    effect: PositionEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What an order's executions change, leg by leg; `quantity` in units of the order, `cash_change` with all fees."""

    legs: tuple[tuple[Leg, Settlement], ...]
    quantity: Decimal
    cash_change: Decimal

    def __bool__(self) -> bool:
        return self.quantity > ZERO


def lock_account(reference: str) -> VenueCash:
    """The account's cash row, locked: PostgreSQL locks the row, SQLite has locked the database at BEGIN."""
    cash = VenueCash.objects.select_for_update().filter(reference=reference).first()
    if cash is None:
        raise VenueRejected("The exchange knows no such account.", reject_code="unknown_account")
    return cash


def order_and_others(reference: str, client_order_id: str) -> tuple[VenueOrder | None, list[VenueOrder]]:
    """The order of that id, if there is one, and the account's other resting orders, in one query."""
    rows = VenueOrder.objects.filter(
        Q(reference=reference, client_order_id=client_order_id) | Q(reference=reference, status__in=RESTING)
    )
    known: VenueOrder | None = None
    others: list[VenueOrder] = []
    for row in rows:
        if row.client_order_id == client_order_id:
            known = row
        else:
            others.append(row)
    return known, others


def legs_of(order: VenueOrder) -> list[Leg]:
    """The order's instruments, each with what the order does in it."""
    if order.is_package:
        return [
            Leg(
                number=number,
                symbol=leg["symbol"],
                side=Side(leg["side"]),
                ratio=Decimal(leg["ratio"]),
                effect=PositionEffect(leg["effect"]),
            )
            for number, leg in enumerate(order.legs)
        ]
    # Orders from before there were short sales say nothing: they bought to hold and sold what was held.
    default = PositionEffect.OPEN if order.side == Side.BUY else PositionEffect.CLOSE
    effect = PositionEffect(order.effect or default)
    return [Leg(number=0, symbol=order.symbol, side=Side(order.side), ratio=Decimal(1), effect=effect)]


def symbols_of(orders: Iterable[VenueOrder]) -> set[str]:
    """Every symbol that these orders name, their legs' too."""
    return {symbol for order in orders for symbol in (order.symbol, *(leg["symbol"] for leg in order.legs))}


def working(order: VenueOrder) -> WorkingOrder:
    """The order as matching sees it."""
    return WorkingOrder(
        side=Side(order.side),
        order_type=OrderType(order.order_type),
        time_in_force=TimeInForce(order.time_in_force),
        leaves_quantity=order.quantity - order.filled_quantity,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        extreme_price=order.extreme_price,
        is_triggered=order.triggered_at is not None,
        extended_hours=order.extended_hours,
        eligible_at=order.eligible_at,
        expires_at=order.expires_at,
    )


def progress_of(order: VenueOrder, multiplier: Callable[[str], Decimal]) -> list[Progress]:
    """How far each leg of the order has come; `multiplier` tells that of a symbol, for fills that do not say it."""
    if not order.is_package:
        return [Progress(quantity=order.filled_quantity, value=order.filled_gross, fees=order.fees)]
    steps = [Progress() for _ in order.legs]
    if order.filled_quantity == ZERO:
        return steps
    for fill in order.fills.all():
        so_far = steps[fill.leg]
        steps[fill.leg] = Progress(
            quantity=so_far.quantity + fill.quantity,
            value=so_far.value + gross(fill.quantity, fill.price, fill.multiplier or multiplier(fill.symbol)),
            fees=so_far.fees + fill.fee,
        )
    return steps


def lack(cash: VenueCash, booking: Booking, holdings: dict[str, VenueHolding]) -> Refusal | None:
    """Why the booking cannot be made, or None. The tables' own checks say the same, as the last word."""
    cash_after = cash.amount + booking.cash_change
    if cash_after < ZERO and booking.cash_change < ZERO and not _may_owe_cash(cash, booking):
        return Refusal(
            "insufficient_cash", f"The account has {spoken(cash.amount)} {cash.currency}, which is too little."
        )
    if abs(cash_after) > MONEY_MAX:
        return Refusal("invalid_size", "The account would hold more than this exchange can count.")
    for leg, settlement in booking.legs:
        before = holdings[leg.symbol].quantity
        after = before + settlement.units_change
        if leg.effect is PositionEffect.CLOSE and (before * after < ZERO or abs(after) > abs(before)):
            return Refusal("insufficient_holdings", f"The account has only {plain(abs(before))} {leg.symbol}.")
        if leg.effect is PositionEffect.OPEN and before * settlement.units_change < ZERO:
            return Refusal("crosses_zero", f"The account has {plain(before)} {leg.symbol}: close them first.")
        if abs(after) > QUANTITY_MAX:
            return Refusal("invalid_size", "The account would hold more than this exchange can count.")
    return None


def book(order: VenueOrder, booking: Booking, *, cash: VenueCash, holdings: dict[str, VenueHolding]) -> None:
    """Write the fills and move cash and units; the order was moved by `advance` and saved before."""
    VenueFill.objects.bulk_create(
        VenueFill(
            order=order,
            reference=order.reference,
            symbol=leg.symbol,
            side=leg.side,
            leg=leg.number,
            venue_fill_id=str(new_id()),
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            multiplier=fill.multiplier,
            filled_at=order.updated_at,
        )
        for leg, settlement in booking.legs
        for fill in settlement.fills
    )
    cash.amount += booking.cash_change
    cash.save(update_fields=["amount"])
    for leg, settlement in booking.legs:
        holding = holdings[leg.symbol]
        holding.quantity += settlement.units_change
        if leg.effect is PositionEffect.OPEN and leg.side is Side.SELL:
            holding.may_be_owed = True
        holding.save()


def advance(order: VenueOrder, booking: Booking, *, now: datetime) -> None:
    """Move the order to where the booking leaves it, in memory."""
    order.filled_quantity += booking.quantity
    for leg, settlement in booking.legs:
        value = sum((fill.value for fill in settlement.fills), ZERO)
        order.filled_gross += -value if order.is_package and leg.side is Side.SELL else value
        order.fees += sum((fill.fee for fill in settlement.fills), ZERO)
    is_filled = order.filled_quantity == order.quantity
    order.status = OrderStatus.FILLED if is_filled else OrderStatus.PARTIALLY_FILLED
    order.updated_at = now


def close(order: VenueOrder, status: OrderStatus, *, now: datetime, refusal: Refusal | None = None) -> None:
    """End the order in memory: refused, canceled or expired, with the reason if there is one."""
    order.status = status
    order.updated_at = now
    if refusal is not None:
        order.reject_code, order.reject_reason = refusal.code, refusal.reason[:REASON_LENGTH_MAX]


def _may_owe_cash(cash: VenueCash, booking: Booking) -> bool:
    """Who may owe shares may buy them back at any price, even with money that is not there."""
    return cash.allows_short and all(
        leg.side is Side.BUY and leg.effect is PositionEffect.CLOSE for leg, _ in booking.legs
    )
