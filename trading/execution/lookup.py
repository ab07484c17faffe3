"""Asking a venue for an order that had no word, and what it means that the venue does not know it."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from arbion.domain.enums import OrderStatus, Trigger, Venue
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import deferrable
from brokers import registry
from brokers.errors import VenueError
from brokers.rules import rules_of
from trading.announce import announce
from trading.errors import StaleOrder
from trading.execution import dispatch
from trading.execution.finish import finish
from trading.execution.record import Cause, record
from trading.execution.telling import orders as telling
from trading.locks import lock_account
from trading.models import Order

logger = logging.getLogger(__name__)

# Longer than any call to a venue can last, so that a late arrival after it is impossible.
CALL_SECONDS_MAX = 30
ABSENT_CHECKS_MIN = 3


@deferrable
def look_up_by_id(order_id: str, clock: Clock = SYSTEM) -> None:
    """Ask for an order that was sent, unless word of it has come meanwhile; a venue that is silent is asked later."""
    order = Order.objects.select_related("account__user", "account__cursor", "instrument").get(pk=UUID(order_id))
    if order.status in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN} and order.sent_at is not None:
        try:
            look_up(order, clock=clock)
        except (VenueError, StaleOrder) as error:
            logger.warning("order %s is asked for again later: %s", order.pk, error)


def look_up(order: Order, *, clock: Clock = SYSTEM) -> None:
    """Ask the venue for an order that had no word. Raises VenueError where the venue does not answer."""
    broker = registry.connect(order.account)
    report = broker.order(order.account.reference, str(order.pk))
    if report is not None:
        dispatch.absorb_news(order, broker, report, clock=clock)
        return
    with transaction.atomic():
        account = lock_account(order.account_id)
        fresh = Order.objects.select_related("account__user", "instrument", "group", "intent").get(pk=order.pk)
        if fresh.status not in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN} or fresh.sent_at is None:
            return
        checks = fresh.absent_checks + 1
        lag = timedelta(seconds=CALL_SECONDS_MAX + rules_of(Venue(account.venue)).visibility_lag_seconds)
        if checks < ABSENT_CHECKS_MIN or clock.now() - fresh.sent_at <= lag:
            Order.objects.filter(pk=fresh.pk).update(absent_checks=checks)
            return
        cause = Cause(text="it never reached the venue", at=clock.now(), data={"looks": checks})
        record(
            fresh,
            Trigger.REJECT,
            cause=cause,
            absent_checks=checks,
            reject_code="never_reached_venue",
            reject_reason="The order never reached the venue. Nothing was traded.",
        )
        finish(fresh, at=clock.now())
        telling.closed(fresh, at=clock.now())
        announce(account.user_id)
