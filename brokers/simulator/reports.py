"""What the exchange tells of its book: orders, executions, holdings and cash; reads only."""

from __future__ import annotations

from datetime import datetime

from arbion.domain.enums import OPEN, OrderStatus, Side
from arbion.domain.numbers import ZERO
from arbion.domain.reports import BalanceReport, FillReport, OrderReport, PositionReport, WorkingTerms
from brokers.errors import VenueRejected
from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder


def find(reference: str, client_order_id: str) -> VenueOrder | None:
    """The row of one order."""
    return VenueOrder.objects.filter(reference=reference, client_order_id=client_order_id).first()


def report(order: VenueOrder) -> OrderReport:
    """One order as the exchange keeps it, with the terms that are in force."""
    return OrderReport(
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        status=OrderStatus(order.status),
        filled_quantity=order.filled_quantity,
        reported_at=order.updated_at,
        reject_code=order.reject_code,
        reject_reason=order.reject_reason,
        revision=order.revision,
        revision_refused=order.revision_refused,
        terms=WorkingTerms(quantity=order.quantity, limit_price=order.limit_price, stop_price=order.stop_price),
    )


def order_report(*, reference: str, client_order_id: str) -> OrderReport | None:
    """One order as the exchange keeps it."""
    order = find(reference, client_order_id)
    return None if order is None else report(order)


def orders_since(*, reference: str, since: datetime) -> list[OrderReport]:
    """The account's orders that changed at or after the moment, oldest change first."""
    rows = VenueOrder.objects.filter(reference=reference, updated_at__gte=since).order_by("updated_at", "pk")
    return [report(order) for order in rows]


def working_orders(*, reference: str) -> list[OrderReport]:
    """The account's orders that can still trade, oldest first."""
    return [report(order) for order in VenueOrder.objects.filter(reference=reference, status__in=OPEN).order_by("pk")]


def fills_after(*, reference: str, after: int) -> list[FillReport]:
    """The account's executions in the order of their commits: keys are given out under the account's lock."""
    rows = VenueFill.objects.filter(reference=reference, pk__gt=after).select_related("order").order_by("pk")
    return [
        FillReport(
            client_order_id=fill.order.client_order_id,
            venue_order_id=fill.order.venue_order_id,
            venue_fill_id=fill.venue_fill_id,
            symbol=fill.symbol,
            side=Side(fill.side),
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            filled_at=fill.filled_at,
            cursor=fill.pk,
            leg=fill.leg,
            multiplier=fill.multiplier,
        )
        for fill in rows
    ]


def positions(*, reference: str) -> list[PositionReport]:
    """What the exchange holds for the account, by symbol; below zero is what the account owes."""
    rows = VenueHolding.objects.filter(reference=reference).exclude(quantity=ZERO).order_by("symbol")
    return [PositionReport(symbol=row.symbol, quantity=row.quantity) for row in rows]


def balances(*, reference: str) -> list[BalanceReport]:
    """The account's cash; an account that is not there is refused, so that nobody reads it as an empty one."""
    cash = VenueCash.objects.filter(reference=reference).first()
    if cash is None:
        raise VenueRejected("The exchange knows no such account.", reject_code="unknown_account")
    return [BalanceReport(currency=cash.currency, amount=cash.amount)]
