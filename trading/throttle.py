"""How many orders a person may send in a while, by whichever door."""

from __future__ import annotations

from django.conf import settings

from accounts.models import User
from arbion.lib import ratelimit


def count_order(user: User) -> None:
    """Count one attempt to place. Raises RateLimited with `retry_after`, Unavailable where it cannot be counted."""
    ratelimit.check(group="orders", key=str(user.pk), rate=settings.RATE_ORDERS)
