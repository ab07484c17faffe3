"""Orders that still work at the venue although we have closed them: they arrived too late, and are called back."""

from __future__ import annotations

import logging
from uuid import UUID

from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import deferrable
from brokers import registry
from brokers.errors import VenueError
from trading.models import Order

logger = logging.getLogger(__name__)


@deferrable
def call_back(order_id: str, clock: Clock = SYSTEM) -> None:
    """Ask the venue to cancel a closed order that it still works; what it filled meanwhile is booked as ever."""
    order = Order.objects.select_related("account").get(pk=UUID(order_id))
    if order.is_open:
        return
    logger.error("order %s is %s here and works at the venue: it is called back", order.pk, order.status)
    try:
        registry.connect(order.account).cancel(order.account.reference, str(order.pk))
    except VenueError as error:
        # The venue goes on reporting it, and every report asks again.
        logger.warning("order %s could not be called back yet: %s", order.pk, error)
