"""The exchange's book of cash and units: every change happens under the account's lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from arbion.domain.enums import OrderStatus, OrderType, Side
from arbion.domain.numbers import MONEY_MAX, QUANTITY_MAX, ZERO, plain
from arbion.lib.ids import new_id
from brokers.errors import VenueRejected
from brokers.fees import FeeSchedule
from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder
from brokers.simulator.checks import Refusal
from brokers.simulator.matching import Outcome, WorkingOrder
from brokers.simulator.settlement import Progress, Settlement, cash_claim, settle

RESTING = (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED)


def lock_account(reference: str) -> VenueCash:
    """The account's cash row, locked: PostgreSQL locks the row, SQLite has locked the database at BEGIN."""
    cash = VenueCash.objects.select_for_update().filter(reference=reference).first()
    if cash is None:
        raise VenueRejected("The exchange knows no such account.", reject_code="unknown_account")
    return cash


def order_and_claims(reference: str, client_order_id: str) -> tuple[VenueOrder | None, list[VenueOrder]]:
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


def working(order: VenueOrder) -> WorkingOrder:
    """The order as matching sees it."""
    return WorkingOrder(
        side=Side(order.side),
        order_type=OrderType(order.order_type),
        leaves_quantity=order.quantity - order.filled_quantity,
        limit_price=order.limit_price,
    )


def settlement_of(order: VenueOrder, outcome: Outcome, schedule: FeeSchedule) -> Settlement:
    """What the executions would change."""
    return settle(Side(order.side), outcome.executions, progress=_progress(order), schedule=schedule)


def claimed_cash(orders: Iterable[VenueOrder], schedule: FeeSchedule) -> Decimal:
    """The cash that resting buys may yet need."""
    return sum(
        (
            cash_claim(
                order.quantity - order.filled_quantity,
                order.limit_price,
                progress=_progress(order),
                schedule=schedule,
            )
            for order in orders
            if order.side == Side.BUY
        ),
        ZERO,
    )


def claimed_units(orders: Iterable[VenueOrder], symbol: str) -> Decimal:
    """The units of one instrument that resting sells still want to deliver."""
    return sum(
        (
            order.quantity - order.filled_quantity
            for order in orders
            if order.side == Side.SELL and order.symbol == symbol
        ),
        ZERO,
    )


def holding_of(reference: str, symbol: str) -> VenueHolding:
    """The account's holding, empty and unsaved if it never held any."""
    found = VenueHolding.objects.filter(reference=reference, symbol=symbol).first()
    return found or VenueHolding(reference=reference, symbol=symbol, quantity=ZERO)


def lack(cash: VenueCash, holding: VenueHolding, settlement: Settlement) -> Refusal | None:
    """Why the settlement cannot be booked, or None. The tables' own checks say the same, as the last word."""
    cash_after = cash.amount + settlement.cash_change
    units_after = holding.quantity + settlement.units_change
    if cash_after < ZERO:
        return Refusal(
            "insufficient_cash", f"The account has {plain(cash.amount)} {cash.currency}, which is too little."
        )
    if units_after < ZERO:
        return Refusal("insufficient_holdings", f"The account has only {plain(holding.quantity)} {holding.symbol}.")
    if cash_after > MONEY_MAX or units_after > QUANTITY_MAX:
        return Refusal("invalid_size", "The account would hold more than this exchange can count.")
    return None


def book(order: VenueOrder, settlement: Settlement, *, cash: VenueCash, holding: VenueHolding, now: datetime) -> None:
    """Write the fills and move cash and units; the order is changed in memory and saved by the caller first."""
    VenueFill.objects.bulk_create(
        VenueFill(
            order=order,
            reference=order.reference,
            venue_fill_id=str(new_id()),
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            filled_at=now,
        )
        for fill in settlement.fills
    )
    cash.amount += settlement.cash_change
    cash.save(update_fields=["amount"])
    holding.quantity += settlement.units_change
    holding.save()


def advance(order: VenueOrder, settlement: Settlement, *, now: datetime) -> None:
    """Move the order to where the settlement leaves it, in memory."""
    order.filled_quantity = settlement.progress.quantity
    order.filled_gross = settlement.progress.value
    order.fees = settlement.progress.fees
    is_filled = order.filled_quantity == order.quantity
    order.status = OrderStatus.FILLED if is_filled else OrderStatus.PARTIALLY_FILLED
    order.updated_at = now


def close(order: VenueOrder, status: OrderStatus, *, now: datetime, refusal: Refusal | None = None) -> None:
    """End the order in memory: refused, canceled or expired, with the reason if there is one."""
    order.status = status
    order.updated_at = now
    if refusal is not None:
        order.reject_code, order.reject_reason = refusal.code, refusal.reason


def _progress(order: VenueOrder) -> Progress:
    return Progress(quantity=order.filled_quantity, value=order.filled_gross, fees=order.fees)
