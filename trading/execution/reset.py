"""Starting a practice account anew: the old one is closed and kept as history, a new one opens with its cash."""

from __future__ import annotations

import logging

from django.db import transaction

from accounts.models import User
from arbion.domain.enums import OPEN, Venue
from arbion.domain.errors import NotFound
from arbion.lib.clock import SYSTEM, Clock
from brokers.accounts import archive, close_at_venue
from brokers.errors import VenueError
from brokers.models import BrokerAccount
from brokers.rules import rules_of
from trading.announce import announce
from trading.books.opening import open_simulated_account
from trading.errors import OrderNotOpen, StaleOrder
from trading.execution.cancel import request_cancel
from trading.execution.collect import collect
from trading.execution.wishes import NotOffered
from trading.locks import lock_account
from trading.models import Order

logger = logging.getLogger(__name__)


def reset_account(account: BrokerAccount, *, actor: User, client_key: str = "", clock: Clock = SYSTEM) -> BrokerAccount:
    """Cancel what is open, close and archive the account, and open a new one that is treated alike; returns that one.

    Nothing is deleted: the old books stay as they are and can be read. Asking again for an account that is history
    already changes nothing and returns the one that is in use, so a repeat needs no key. Raises NotFound for anybody
    else's account, NotOffered at any other venue, and what closing raises where the venue does not answer; the account
    is in use then as before, with its orders canceled.
    """
    del client_key
    if account.user_id != actor.pk:
        raise NotFound("There is no such account.")
    if not rules_of(Venue(account.venue)).offers_cash_moves:
        raise NotOffered("Only practice accounts can be started anew.")
    old = BrokerAccount.objects.get(pk=account.pk)
    if old.archived_at is None:
        _close(old, actor=actor, clock=clock)
        with transaction.atomic():
            lock_account(old.pk)
            archive(old, at=clock.now())
    fresh = open_simulated_account(actor, like=old, clock=clock)
    announce(actor.pk)
    return fresh


def _close(account: BrokerAccount, *, actor: User, clock: Clock) -> None:
    """Cancel its orders, close it at its venue, and take in what that changed."""
    for order in Order.objects.select_related("account").filter(account=account, status__in=OPEN):
        try:
            request_cancel(order, actor=actor, clock=clock)
        except (OrderNotOpen, StaleOrder) as reason:
            logger.info("order %s needs no cancel: %s", order.pk, reason)
    _take_in(account, clock=clock)
    close_at_venue(account, clock=clock)
    _take_in(account, clock=clock)


def _take_in(account: BrokerAccount, *, clock: Clock) -> None:
    try:
        collect(account, clock=clock)
    except VenueError as error:
        # History is collected and reconciled like everything else, so it is only later.
        logger.warning("the last news of account %s comes later: %s", account.pk, error)
