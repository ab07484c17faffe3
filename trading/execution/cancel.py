"""Canceling: an order that never left is withdrawn here; any other is asked of the venue, whose answer decides."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from arbion.domain.enums import OrderStatus, PendingRequest, Trigger, Waiting
from arbion.domain.errors import NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from trading.announce import announce
from trading.errors import OrderNotOpen
from trading.execution import dispatch
from trading.execution.finish import finish
from trading.execution.record import Cause, record
from trading.locks import lock_account
from trading.models import Order


def request_cancel(order: Order, *, actor: User, clock: Clock = SYSTEM) -> Order:
    """Ask for the order to be canceled; asking again while it is pending changes nothing.

    Raises NotFound for another person's order, OrderNotOpen for one that is closed.
    """
    if order.account.user_id != actor.pk:
        raise NotFound
    return ask_cancel(order, actor=actor, clock=clock)


def ask_cancel(order: Order, *, actor: User | None, why: str = "", clock: Clock = SYSTEM) -> Order:
    """The same for whoever may: a halt cancels on behalf of the desk, and says why. Raises OrderNotOpen."""
    because = f": {why}" if why else ""
    if order.status == OrderStatus.SUBMITTED and order.sent_at is None:
        dispatch.withdraw_unsent(order, reason=f"canceled before it was sent{because}", clock=clock)
    with transaction.atomic():
        account = lock_account(order.account_id)
        fresh = Order.objects.select_related("account", "instrument", "intent", "decision", "group").get(pk=order.pk)
        if fresh.status == OrderStatus.CANCELED:
            return fresh
        if not fresh.is_open:
            raise OrderNotOpen(f"The order is {OrderStatus(fresh.status).label.lower()}; there is nothing to cancel.")
        if fresh.status == OrderStatus.HELD:
            cause = Cause(text=f"canceled while held{because}", at=clock.now(), actor=actor)
            record(fresh, Trigger.CANCEL, cause=cause, waiting_for=Waiting.NONE)
            finish(fresh, at=clock.now())
            announce(account.user_id)
            return fresh
        if fresh.pending_request != PendingRequest.CANCEL:
            cause = Cause(text=f"cancel asked{because}", at=clock.now(), actor=actor)
            record(fresh, None, cause=cause, pending_request=PendingRequest.CANCEL)
            announce(account.user_id)
            after_commit(dispatch.send_cancel, str(fresh.pk))
    return Order.objects.select_related("account", "instrument", "intent", "decision", "group").get(pk=order.pk)
