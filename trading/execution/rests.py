"""Reads about orders that stand for stops at their venue, and about the orders that wait for them to give way."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import OPEN, OrderStatus, PendingRequest, PositionEffect, Side, Venue
from arbion.domain.numbers import ZERO
from brokers.rules import venues_that_rest
from trading.models import Hold, LedgerKind, Order, Position

SOLD_FIRST = "a stop at the venue had closed these units first"


def resting_orders(account_id: int, symbol: str) -> list[Order]:
    """The open orders that stand for stops in the instrument, oldest first."""
    rows = Order.objects.filter(account=account_id, instrument__symbol=symbol, status__in=OPEN)
    rows = rows.filter(rested_stops__isnull=False).select_related("account__user", "instrument", "group", "intent")
    return list(rows.order_by("created_at", "id").distinct())


def waits_for_way(order: Order) -> bool:
    """Whether a stop's order that was asked to give way for this one is still at the venue: then it may not leave."""
    if Venue(order.account.venue) not in venues_that_rest():
        return False
    claims = Hold.objects.filter(order=order, remaining__gt=0, ledger_account__kind=LedgerKind.UNITS)
    in_the_way = Order.objects.filter(
        account=order.account_id,
        instrument__symbol__in=claims.values("ledger_account__asset"),
        status__in=OPEN,
        pending_request=PendingRequest.CANCEL,
        rested_stops__isnull=False,
    )
    return in_the_way.exclude(pk=order.pk).exists()


def is_too_late(order: Order) -> bool:
    """Whether a stop's order that should have given way has filled first, and left less than this one would close."""
    if Venue(order.account.venue) not in venues_that_rest() or order.effect != PositionEffect.CLOSE or order.is_package:
        return False
    filled = Order.objects.filter(
        account=order.account_id, instrument=order.instrument_id, side=order.side, rested_stops__isnull=False,
        filled_quantity__gt=0, updated_at__gte=order.created_at,
    )  # fmt: skip
    return filled.exclude(pk=order.pk).exists() and _closable(order) < order.leaves_quantity


def waiting_behind(order: Order) -> list[str]:
    """The orders that have not left yet and may, now that this one has given way."""
    if Venue(order.account.venue) not in venues_that_rest() or not order.rested_stops.exists():
        return []
    rows = Order.objects.filter(account=order.account_id, status=OrderStatus.SUBMITTED, sent_at=None)
    return [str(key) for key in rows.order_by("created_at", "id").values_list("pk", flat=True)]


def _closable(order: Order) -> Decimal:
    held = Position.objects.filter(account=order.account_id, instrument=order.instrument_id).values_list("quantity")
    units: Decimal = next((row[0] for row in held), ZERO)
    return max(units if order.side == Side.SELL else -units, ZERO)
