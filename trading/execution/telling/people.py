"""Whom something concerns."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from accounts.notifications import operators
from arbion.domain.enums import OPEN
from trading.models import STANDING, Order, Position, Stop


def at_stake() -> list[User]:
    """Everybody who holds or owes something, has a stop that stands or an order that is open."""
    held = Position.objects.exclude(quantity=0).values("account__user")
    guarded = Stop.objects.filter(status__in=STANDING).values("account__user")
    working = Order.objects.filter(status__in=OPEN).values("account__user")
    return list(User.objects.filter(Q(pk__in=held) | Q(pk__in=guarded) | Q(pk__in=working)).order_by("pk"))


def at_stake_and_operators() -> list[User]:
    """The same, and who runs the place."""
    return [*at_stake(), *operators()]


def who_were_told(key: str) -> list[User]:
    """Everybody who got the notice with this key."""
    return list(User.objects.filter(notifications__key=key))
