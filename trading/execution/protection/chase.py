"""Exit orders without word: what a monitor that was killed left on its way is sent, or asked for at its venue.

The sweep does the same for every order, but it runs with the schedule or the engine; the exits of stops depend on
neither. What is done here is done on a thread: a venue that is silent must not keep the watch from all other stops.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from arbion.domain.enums import OrderStatus
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import beside
from trading.execution.dispatch import send
from trading.execution.lookup import look_up_by_id
from trading.models import Order

# An order that its own process sends has its first word within a moment.
WORD_LOST_AFTER = timedelta(seconds=1)
# It is asked for again after so long, each time twice as long as before.
AGAIN_FIRST = timedelta(seconds=2)
AGAIN_LAST = timedelta(seconds=30)


class Chase:
    """The memory of one monitor of what it has asked for, and when it asks again."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.waits: dict[UUID, tuple[datetime, timedelta]] = {}

    def go(self, orders: list[Order]) -> int:
        """Send what never left and ask for what had no word; returns how many. `orders` are all that are chased."""
        now = self.clock.now()
        lost = {one.pk: one for one in orders if one.status in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN}}
        self.waits = {pk: wait for pk, wait in self.waits.items() if pk in lost}
        asked = 0
        for pk, order in lost.items():
            due, wait = self.waits.get(pk, (max(order.updated_at, order.sent_at or order.updated_at), AGAIN_FIRST))
            if now - due < (WORD_LOST_AFTER if pk not in self.waits else timedelta()):
                continue
            self.waits[pk] = (now + wait, min(wait * 2, AGAIN_LAST))
            beside(send if order.sent_at is None else look_up_by_id, str(pk), self.clock)
            asked += 1
        return asked
