"""The one writer of an order: compare-and-set on its version, and an event in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from accounts.models import User
from arbion.domain.enums import OrderStatus, Trigger
from trading.errors import StaleOrder
from trading.lifecycle import next_status
from trading.models import Order, OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who or what brings a change about, when, and what is known of it."""

    text: str
    at: datetime
    actor: User | None = None
    data: dict[str, Any] = field(default_factory=dict)


def record(order: Order, trigger: Trigger | None, *, cause: Cause, **changes: Any) -> Order:
    """Write what happened to the order. Needs the account's lock.

    `trigger` None changes columns without touching the status (a cancel request). Raises IllegalTransition for what
    cannot happen, StaleOrder where somebody else was first; nothing is written then.
    """
    before = OrderStatus(order.status)
    after = before if trigger is None else next_status(before, trigger)
    values = {**changes, "status": after, "version": order.version + 1, "updated_at": cause.at}
    if after != before and "pending_request" not in values:
        values["pending_request"] = order.pending_request if order_stays_open(after) else ""
    if not order_stays_open(after):
        values["wanted"] = None
    moved = Order.objects.filter(pk=order.pk, version=order.version).update(**values)
    if moved != 1:
        raise StaleOrder
    for name, value in values.items():
        setattr(order, name, value)
    _event(order, trigger, before=before, cause=cause).save(force_insert=True)
    return order


def record_new(order: Order, trigger: Trigger, *, cause: Cause) -> Order:
    """Write an order that is not in the database yet, in the status that its first trigger leads to."""
    born = OrderStatus(order.status)
    first = _event(order, None, before=born, cause=replace(cause, data={}))
    order.status = next_status(born, trigger)
    order.version = 1
    order.save(force_insert=True)
    OrderEvent.objects.bulk_create([first, _event(order, trigger, before=born, cause=cause)])
    return order


def _event(order: Order, trigger: Trigger | None, *, before: OrderStatus, cause: Cause) -> OrderEvent:
    """One line of the order's history, as the order stands now."""
    return OrderEvent(
        order=order,
        account_id=order.account_id,
        trigger=trigger or "",
        before=before,
        after=order.status,
        version=order.version,
        cause=cause.text,
        actor=cause.actor,
        data=cause.data,
        at=cause.at,
    )


def order_stays_open(status: OrderStatus) -> bool:
    """Whether a request to the venue can still be pending in this status."""
    return status in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}
