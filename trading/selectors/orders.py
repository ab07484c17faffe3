"""A person's orders, their histories and their executions."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.enums import OPEN, OrderStatus
from arbion.domain.errors import NotFound
from trading.models import Fill, Order, OrderEvent


def orders(user: User) -> QuerySet[Order]:
    """The person's orders, newest first, with all that a list shows."""
    return Order.objects.filter(account__user=user).select_related(
        "account", "instrument__contract__underlying", "intent", "decision", "condition__instrument"
    )


def open_orders(user: User) -> QuerySet[Order]:
    """The person's orders that are not closed."""
    return orders(user).filter(status__in=[status for status in OPEN if status != OrderStatus.INITIALIZED])


def order_of(user: User, order_id: str | UUID) -> Order:
    """One order of the person. Raises NotFound for anybody else's."""
    try:
        return orders(user).get(pk=order_id if isinstance(order_id, UUID) else UUID(order_id))
    except (Order.DoesNotExist, ValueError):
        raise NotFound("There is no such order.") from None


def events(order: Order) -> QuerySet[OrderEvent]:
    """The order's history, oldest first."""
    return OrderEvent.objects.filter(order=order).select_related("actor").order_by("id")


def fills(user: User) -> QuerySet[Fill]:
    """The person's executions, newest first."""
    return Fill.objects.filter(account__user=user).select_related(
        "account", "instrument__contract__underlying", "order"
    )
