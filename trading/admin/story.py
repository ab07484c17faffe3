"""The whole history of one order: wish, verdict, what happened, the venue's own record, fills, claims, ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from brokers.models import VenueOrder
from trading import selectors
from trading.models import Lot, Order, OrderEvent


@dataclass(frozen=True, slots=True)
class Step:
    """One event, and how many milliseconds after the order's making it happened."""

    event: OrderEvent
    after_ms: Decimal


def story_of(order: Order) -> dict[str, Any]:
    """Everything that is known of the order; reads only."""
    fills = list(order.fills.order_by("pk"))
    venue = VenueOrder.objects.filter(client_order_id=str(order.pk), reference=order.account.reference).first()
    siblings = order.group.orders.exclude(pk=order.pk).select_related("instrument") if order.group else []
    return {
        "order": order,
        "intent": order.intent,
        "decision": order.decision,
        "checks": _checks(order.decision.checks),
        "steps": [
            Step(event, Decimal((event.at - order.created_at) // timedelta(microseconds=1)) / 1000)
            for event in selectors.events(order)
        ],
        "venue": venue,
        "venue_fills": list(venue.fills.order_by("pk")) if venue else [],
        "fills": fills,
        "legs": list(order.legs.select_related("instrument")),
        "siblings": siblings,
        "holds": list(order.holds.select_related("ledger_account").order_by("pk")),
        "transfers": list(selectors.transfers_of(order)),
        "lots": list(Lot.objects.filter(fill__in=fills).select_related("instrument")),
    }


def _checks(checks: Any) -> list[dict[str, Any]]:
    """The verdict's checks, each a mapping; older rows may hold other shapes."""
    return [check for check in checks if isinstance(check, dict)] if isinstance(checks, list) else []
