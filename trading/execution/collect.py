"""Asking venues what became of orders: fills and statuses since the last look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from arbion.lib.clock import SYSTEM, Clock
from brokers import registry
from brokers.models import BrokerAccount
from trading.execution.apply import absorb
from trading.models import VenueCursor

# A venue's clock and ours may differ a little; seeing a report twice does nothing.
OVERLAP = timedelta(seconds=5)


def collect(account: BrokerAccount, *, clock: Clock = SYSTEM) -> None:
    """Bring one account up to date with its venue. Raises VenueError where the venue does not answer."""
    cursor = VenueCursor.objects.get(account=account)
    looked_at = clock.now()
    broker = registry.connect(account)
    reports = broker.orders(account.reference, since=cursor.orders_since - OVERLAP)
    # Fills after the orders: a status that says filled is then never ahead of its fills.
    fills = broker.fills(account.reference, after=cursor.fills_after)
    if reports or fills:
        absorb(account.pk, reports=reports, fills=fills, clock=clock)
    VenueCursor.objects.filter(account=account, orders_since__lt=looked_at).update(orders_since=looked_at)


def collect_references(references: Iterable[str], *, clock: Clock = SYSTEM) -> None:
    """Bring the accounts that a venue names up to date."""
    for account in BrokerAccount.objects.filter(reference__in=list(references)).order_by("pk"):
        collect(account, clock=clock)
