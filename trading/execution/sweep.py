"""The sweeper: finds what a lost hint or a crash left behind, and finishes it without guessing.

An order that was never sent is sent, or withdrawn once it is too old. An order that was sent and had no word is looked
up at the venue; only a complete look that does not find it, several times and after any call could still be under way,
counts as never arrived. A cancel or a
change that was not answered is asked again, held orders whose time has come are let go, and cash that was on its way
is followed up. Halts that are not done are worked on, and accounts that give a cause for one are halted;
so is the house when nobody watches the stops.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from arbion.domain.enums import OrderStatus, PendingRequest
from arbion.lib.clock import SYSTEM, Clock
from brokers.errors import VenueError
from trading.errors import StaleOrder
from trading.execution import dispatch
from trading.execution.cash import finish_cash_movements
from trading.execution.collect import UNBOOKABLE
from trading.execution.facts import SILENCE_SECONDS
from trading.execution.halt import work_on_halts
from trading.execution.held import release_due
from trading.execution.lookup import look_up
from trading.execution.watch import watch
from trading.execution.watchdog import look_after_monitor
from trading.models import Order

logger = logging.getLogger(__name__)

HINT_LOST_AFTER = timedelta(seconds=2)
SEND_DEADLINE = timedelta(seconds=60)


def sweep(*, clock: Clock = SYSTEM) -> int:
    """Look after every order that waits for somebody; returns how many were looked at or let go."""
    now = clock.now()
    waiting = Order.objects.select_related("account__user", "instrument").filter(
        status__in=[OrderStatus.SUBMITTED, OrderStatus.UNKNOWN]
    )
    asked = Order.objects.filter(
        pending_request__in=[PendingRequest.CANCEL, PendingRequest.REPLACE],
        updated_at__lt=now - timedelta(seconds=SILENCE_SECONDS),
    ).exclude(status__in=[OrderStatus.SUBMITTED, OrderStatus.UNKNOWN])
    seen = 0
    for order in [*waiting.order_by("created_at"), *asked]:
        seen += 1
        try:
            _look_after(order, now=now, clock=clock)
        except (VenueError, StaleOrder) as error:
            logger.warning("order %s is looked after again later: %s", order.pk, error)
        except UNBOOKABLE:
            logger.exception("order %s: its account cannot take in what its venue says", order.pk)
    seen += release_due(clock=clock) + finish_cash_movements(clock=clock)
    look_after_monitor(clock=clock)
    return seen + work_on_halts(clock=clock) + watch(clock=clock)


def _look_after(order: Order, *, now: datetime, clock: Clock) -> None:
    if order.status not in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN}:
        ask = dispatch.send_cancel if order.pending_request == PendingRequest.CANCEL else dispatch.send_replace
        ask(str(order.pk), clock)
    elif order.sent_at is not None:
        if order.status == OrderStatus.UNKNOWN or now - order.sent_at > timedelta(seconds=SILENCE_SECONDS):
            look_up(order, clock=clock)
    elif now - order.updated_at > SEND_DEADLINE:
        dispatch.withdraw_unsent(order, reason="it could not be sent in time", clock=clock)
    elif now - order.updated_at > HINT_LOST_AFTER:
        dispatch.send(str(order.pk), clock)
