"""A person's repeating orders and what became of each time."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.models import User
from arbion.domain.errors import NotFound
from trading.models import RepeatingOrder, RepeatingRun, RepeatingState


def repeating_orders(user: User) -> QuerySet[RepeatingOrder]:
    """The person's repeating orders: those that run, those that are paused, those that have ended; newest first."""
    place = Case(
        When(state=RepeatingState.ACTIVE, then=Value(0)),
        When(state=RepeatingState.PAUSED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = RepeatingOrder.objects.filter(user=user).select_related("account", "instrument", "user")
    return rows.order_by(place, "-created_at", "-id")


def repeating_of(user: User, repeating_id: str | UUID) -> RepeatingOrder:
    """One repeating order of the person. Raises NotFound for anybody else's."""
    try:
        key = repeating_id if isinstance(repeating_id, UUID) else UUID(repeating_id)
        return repeating_orders(user).get(pk=key)
    except (ValueError, RepeatingOrder.DoesNotExist):
        raise NotFound("There is no such repeating order.") from None


def runs_of(repeating: RepeatingOrder) -> QuerySet[RepeatingRun]:
    """What became of each time, newest first."""
    return RepeatingRun.objects.filter(repeating=repeating).select_related("order__instrument").order_by("-day")
