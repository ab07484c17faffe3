"""Asking venues what became of orders: fills and statuses since the last look."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError

from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.fields import FinerThanHouseScale
from brokers import registry
from brokers.errors import VenueError
from brokers.models import BrokerAccount
from trading.books.arithmetic import Unbookable
from trading.execution.activities import absorb_all
from trading.lifecycle import IllegalTransition
from trading.models import VenueCursor

logger = logging.getLogger(__name__)

# What booking raises where the venue's word does not fit the books, whatever the reason.
UNBOOKABLE = (Unbookable, IllegalTransition, IntegrityError, FinerThanHouseScale)
# A venue's clock and ours may differ, and what it dates now may be visible only later (the simulated exchange may wait
# for its database); seeing a report twice does nothing.
OVERLAP = timedelta(seconds=60)


def collect(account: BrokerAccount, *, clock: Clock = SYSTEM) -> None:
    """Bring one account up to date with its venue. Raises VenueError where the venue does not answer."""
    cursor = VenueCursor.objects.get(account=account)
    looked_at = clock.now()
    broker = registry.connect(account)
    # What happened without an order comes first: a fill after a split must find the split. Fills come after the
    # orders: a status that says filled is then never ahead of its fills.
    activities = broker.activities(account.reference, after=cursor.activities_after)
    reports = broker.orders(account.reference, since=cursor.orders_since - OVERLAP)
    fills = broker.fills(account.reference, after=cursor.fills_after)
    if reports or fills or activities:
        absorb_all(account.pk, reports=reports, fills=fills, activities=activities, clock=clock)
    VenueCursor.objects.filter(account=account, orders_since__lt=looked_at).update(orders_since=looked_at)


def collect_references(references: Iterable[str], *, clock: Clock = SYSTEM) -> None:
    """Bring the accounts that a venue names up to date."""
    for account in BrokerAccount.objects.filter(reference__in=list(references)).order_by("pk"):
        try:
            collect(account, clock=clock)
        except UNBOOKABLE:
            # Its trouble is its own: the others are served, and reconciling will say what differs.
            logger.exception("account %s cannot take in what its venue says", account.pk)
        except VenueError as error:
            logger.warning("account %s is looked at again later: %s", account.pk, error)
