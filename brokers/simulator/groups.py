"""Orders of which only one may fill: what one of them takes, the others of its account lose in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import OrderStatus
from arbion.domain.numbers import ZERO
from brokers.models import VenueOrder
from brokers.simulator import custody
from brokers.simulator.refusals import Refusal

FILLED_INSTEAD = Refusal("oco_filled", "Another order of its group was filled instead.")


def already_taken(order: VenueOrder) -> Decimal:
    """What other orders of its group have filled before this one came."""
    if not order.oco_group:
        return ZERO
    rows = VenueOrder.objects.filter(reference=order.reference, oco_group=order.oco_group)
    others = rows.exclude(client_order_id=order.client_order_id)
    return sum(others.values_list("filled_quantity", flat=True), ZERO)


def take_from(others: Iterable[VenueOrder], filled: VenueOrder, quantity: Decimal, *, now: datetime) -> None:
    """Reduce the resting orders of the group by what one of them has just filled, or cancel them where none is left."""
    for other in others:
        if other.oco_group != filled.oco_group:
            continue
        left = other.quantity - quantity
        if filled.status == OrderStatus.FILLED or left <= other.filled_quantity:
            custody.close(other, OrderStatus.CANCELED, now=now, refusal=FILLED_INSTEAD)
        else:
            other.quantity, other.updated_at = left, now
        other.save(update_fields=["quantity", "status", "updated_at", "reject_code", "reject_reason"])
