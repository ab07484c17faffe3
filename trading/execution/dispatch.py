"""Sending: the only place where an order leaves the house, after its record was committed.

An order is marked as sent in a commit of its own before the network call, so that recovery can tell an order that
certainly never left from one that may have arrived. Nothing here is ever repeated blindly.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from arbion.domain.enums import OrderStatus, PendingRequest, PositionEffect, Trigger
from arbion.domain.reports import OrderReport
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import deferrable
from brokers import registry
from brokers.errors import VenueError, VenueRejected, VenueUnavailable
from brokers.port import Broker
from riskdesk import halts
from trading.announce import announce
from trading.execution.apply import absorb
from trading.execution.collect import collect_references
from trading.execution.finish import finish
from trading.execution.record import Cause, record
from trading.execution.requests import change_of, request_of
from trading.execution.rests import SOLD_FIRST, is_too_late, waiting_behind, waits_for_way
from trading.locks import lock_account
from trading.models import Order

logger = logging.getLogger(__name__)


@deferrable
def send(order_id: str, clock: Clock = SYSTEM) -> None:
    """Send a submitted order to its venue, once; an order that was sent already is left alone."""
    order = _claim(UUID(order_id), clock=clock)
    if order is None:
        return
    broker = registry.connect(order.account)
    reference = order.account.reference
    try:
        report = broker.place(reference, request_of(order))
    except VenueRejected as refusal:
        absorb(order.account_id, reports=[_rejection(order, refusal, at=clock.now())], clock=clock)
    except VenueUnavailable:
        _unclaim(order)
    except VenueError as error:
        logger.warning("the venue's answer to order %s was lost: %s", order.pk, error)
        _lose(order, clock=clock)
    else:
        absorb_news(order, broker, report, clock=clock)


def absorb_news(order: Order, broker: Broker, report: OrderReport, *, clock: Clock) -> None:
    """Take in what the venue said of an order, with the fills that it has for the account by now.

    Where there is more news than of this order, all of it is collected, so that each fill finds the terms and the
    position that it belongs to. Fills that cannot be had right now are no reason to forget the answer: the next
    collecting brings them.
    """
    reference, cursor = order.account.reference, order.account.cursor
    try:
        fills = broker.fills(reference, after=cursor.fills_after)
        is_alone = all(fill.client_order_id == str(order.pk) for fill in fills)
        is_alone = is_alone and not broker.activities(reference, after=cursor.activities_after)
        # What fills one of a group ends or lessens the other at the venue.
        is_alone = is_alone and not (fills and order.group_id)
    except VenueError as error:
        logger.warning("the fills of account %s come later: %s", order.account_id, error)
        fills, is_alone = [], True
    absorb(order.account_id, reports=[report], fills=fills if is_alone else [], clock=clock)
    if not is_alone:
        collect_references([reference], clock=clock)


@deferrable
def send_cancel(order_id: str, clock: Clock = SYSTEM) -> None:
    """Ask the venue to cancel an order whose cancel is pending; the venue's answer decides."""
    order = Order.objects.select_related("account__cursor", "instrument").get(pk=UUID(order_id))
    if order.pending_request != PendingRequest.CANCEL or not order.is_open:
        return
    broker = registry.connect(order.account)
    try:
        report = broker.cancel(order.account.reference, str(order.pk))
    except VenueError as error:
        # The request stays pending and is asked again: asking twice to cancel is harmless.
        logger.warning("cancel of order %s is not answered yet: %s", order.pk, error)
        return
    if report is None:
        logger.warning("the venue does not know order %s, whose cancel was asked; it will be looked up", order.pk)
        return
    absorb_news(order, broker, report, clock=clock)
    for waiting in waiting_behind(order):
        send(waiting, clock)


@deferrable
def send_replace(order_id: str, clock: Clock = SYSTEM) -> None:
    """Ask the venue for the change that is pending; its answer decides. The revision makes asking twice harmless."""
    order = Order.objects.select_related("account__cursor", "instrument").get(pk=UUID(order_id))
    change = change_of(order)
    if order.pending_request != PendingRequest.REPLACE or not order.is_open or change is None:
        return
    broker = registry.connect(order.account)
    try:
        report = broker.replace(order.account.reference, str(order.pk), change)
    except VenueRejected as refusal:
        report = _unchanged(order, refusal, at=clock.now())
    except VenueError as error:
        # The request stays pending and is asked again.
        logger.warning("the change of order %s is not answered yet: %s", order.pk, error)
        return
    if report is None:
        logger.warning("the venue does not know order %s, whose change was asked; it will be looked up", order.pk)
        return
    absorb_news(order, broker, report, clock=clock)


def _unchanged(order: Order, refusal: VenueRejected, *, at: datetime) -> OrderReport:
    """The venue's refusal of a change, in the words of a report: the order works on as it was."""
    return OrderReport(
        client_order_id=str(order.pk),
        venue_order_id=order.venue_order_id,
        status=OrderStatus(order.status),
        filled_quantity=order.filled_quantity,
        reported_at=at,
        revision=order.revision,
        revision_refused=refusal.detail,
    )


def _claim(order_id: UUID, *, clock: Clock) -> Order | None:
    """Mark the order as sent, in a commit of its own; None where somebody else did, or it may no longer go."""
    rows = Order.objects.select_related("account__user", "account__cursor", "instrument", "group")
    order = rows.filter(pk=order_id, status=OrderStatus.SUBMITTED, sent_at=None, decision__approved=True).first()
    if order is None:
        return None
    if order.pending_request == PendingRequest.CANCEL:
        # Asked for while the venue was away: what has not left need not leave.
        withdraw_unsent(order, reason="canceled before it was sent", clock=clock)
        return None
    if order.effect == PositionEffect.OPEN and (
        not order.account.user.is_active or halts.reasons_in_force(order.account)
    ):
        withdraw_unsent(order, reason="trading was halted before it was sent", clock=clock)
        return None
    if waits_for_way(order):
        return None
    if is_too_late(order):
        withdraw_unsent(order, reason=SOLD_FIRST, clock=clock)
        return None
    claimed = Order.objects.filter(pk=order_id, status=OrderStatus.SUBMITTED, sent_at=None, version=order.version)
    if claimed.update(sent_at=clock.now()) != 1:
        return None
    return order


def withdraw_unsent(order: Order, *, reason: str, clock: Clock) -> bool:
    """Cancel an order that has certainly never left the house; False where it was sent meanwhile."""
    with transaction.atomic():
        account = lock_account(order.account_id)
        fresh = Order.objects.select_related("account", "instrument", "group").get(pk=order.pk)
        # Taking the mark away from `send` and canceling are one step: whoever moves sent_at first wins.
        gone = Order.objects.filter(pk=order.pk, status=OrderStatus.SUBMITTED, sent_at=None).update(sent_at=clock.now())
        if gone != 1:
            return False
        cause = Cause(text=reason, at=clock.now())
        record(fresh, Trigger.CANCEL, cause=cause, sent_at=None, reject_reason=reason)
        finish(fresh, at=clock.now())
        announce(account.user_id)
    return True


def _unclaim(order: Order) -> None:
    """The venue certainly did not take it: it may be sent again later."""
    Order.objects.filter(pk=order.pk, status=OrderStatus.SUBMITTED).update(sent_at=None)


def _lose(order: Order, *, clock: Clock) -> None:
    with transaction.atomic():
        account = lock_account(order.account_id)
        fresh = Order.objects.get(pk=order.pk)
        if fresh.status != OrderStatus.SUBMITTED:
            return
        record(fresh, Trigger.LOSE, cause=Cause(text="the venue's answer was lost", at=clock.now()))
        announce(account.user_id)


def _rejection(order: Order, refusal: VenueRejected, *, at: datetime) -> OrderReport:
    return OrderReport(
        client_order_id=str(order.pk),
        venue_order_id=refusal.venue_order_id,
        status=OrderStatus.REJECTED,
        filled_quantity=order.filled_quantity,
        reported_at=at,
        reject_code=str(refusal.extra.get("reject_code", refusal.code)),
        reject_reason=refusal.detail,
    )
