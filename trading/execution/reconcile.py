"""Comparing the venue's book with ours: at the start, each minute, and whenever somebody asks."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal

from django.db import DatabaseError, transaction

from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM, Clock
from brokers import registry
from brokers.errors import VenueError
from brokers.models import BrokerAccount
from brokers.port import Broker
from trading.announce import announce
from trading.execution.collect import UNBOOKABLE, collect
from trading.execution.sweep import sweep
from trading.execution.telling import books as telling
from trading.locks import lock_account
from trading.models import Discrepancy, LedgerAccount, LedgerKind, VenueCursor

logger = logging.getLogger(__name__)

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """One asset of which the two books say different amounts."""

    asset: str
    ours: Decimal
    theirs: Decimal


def reconcile_all(*, clock: Clock = SYSTEM) -> int:
    """Sweep, then reconcile every account; returns how many differences are open. Start-up and recovery are this."""
    sweep(clock=clock)
    found = 0
    for account in BrokerAccount.objects.filter(cursor__isnull=False).order_by("pk"):
        found += _reconcile_alone(account, clock=clock)
    return found


def _reconcile_alone(account: BrokerAccount, *, clock: Clock) -> int:
    """Reconcile one account; its trouble is its own and keeps no other from being looked after."""
    try:
        try:
            return len(reconcile(account, clock=clock))
        except UNBOOKABLE:
            # What the venue says cannot be booked, so the books differ, and new risk waits until somebody has looked.
            logger.exception("account %s cannot take in what its venue says", account.pk)
            differences = compare(account)
            with transaction.atomic():
                lock_account(account.pk)
                _keep(account, differences, clock=clock)
            return len(differences)
    except (VenueError, DatabaseError) as error:
        logger.warning("account %s could not be reconciled: %s", account.pk, error)
        return 0


def reconcile(account: BrokerAccount, *, clock: Clock = SYSTEM) -> list[Difference]:
    """Bring the account up to date, compare cash and units, and keep what differs. Raises VenueError.

    The venue is asked outside any lock; where its fills moved on during the asking, the look is repeated.
    """
    broker = registry.connect(account)
    for _ in range(ATTEMPTS):
        collect(account, clock=clock)
        cursor = VenueCursor.objects.get(account=account).fills_after
        theirs = _theirs(account, broker)
        if broker.fills(account.reference, after=cursor):
            continue
        with transaction.atomic():
            lock_account(account.pk)
            if VenueCursor.objects.get(account=account).fills_after != cursor:
                continue
            differences = _compare(account, theirs)
            _keep(account, differences, clock=clock)
            return differences
    logger.info("account %s trades too fast to be compared right now; the next round will", account.pk)
    return []


def compare(account: BrokerAccount) -> list[Difference]:
    """What the two books say differently at this moment; writes nothing. Raises VenueError.

    An execution that was not taken in yet shows as a difference.
    """
    return _compare(account, _theirs(account, registry.connect(account)))


def _theirs(account: BrokerAccount, broker: Broker) -> dict[str, Decimal]:
    theirs = {balance.currency: balance.amount for balance in broker.balances(account.reference)}
    return theirs | {held.symbol: held.quantity for held in broker.positions(account.reference)}


def _compare(account: BrokerAccount, theirs: dict[str, Decimal]) -> list[Difference]:
    ours = dict(
        LedgerAccount.objects.filter(account=account, kind__in=[LedgerKind.CASH, LedgerKind.UNITS]).values_list(
            "asset", "balance"
        )
    )
    return [
        Difference(asset, ours.get(asset, ZERO), theirs.get(asset, ZERO))
        for asset in sorted(ours.keys() | theirs.keys())
        if ours.get(asset, ZERO) != theirs.get(asset, ZERO)
    ]


def _keep(account: BrokerAccount, differences: list[Difference], *, clock: Clock) -> None:
    """Open a row for what differs, close the rows of what agrees again."""
    now = clock.now()
    open_rows = {row.asset: row for row in Discrepancy.objects.filter(account=account, resolved_at=None)}
    differing = {difference.asset for difference in differences}
    for difference in differences:
        row = open_rows.get(difference.asset)
        if row is None:
            logger.error("account %s: %s differs: ours %s, theirs %s", account.pk, *_parts(difference))
            row = Discrepancy.objects.create(
                account=account, asset=difference.asset, ours=difference.ours, theirs=difference.theirs, seen_at=now
            )
            telling.differ(row, at=now)
        elif (row.ours, row.theirs) != (difference.ours, difference.theirs):
            Discrepancy.objects.filter(pk=row.pk).update(ours=difference.ours, theirs=difference.theirs)
    healed = [row for asset, row in open_rows.items() if asset not in differing]
    for row in healed:
        Discrepancy.objects.filter(pk=row.pk).update(resolved_at=now)
        telling.agree(row, at=now)
    if healed or differing - open_rows.keys():
        announce(account.user_id)
    VenueCursor.objects.filter(account=account).update(reconciled_at=now)


def _parts(difference: Difference) -> tuple[str, Decimal, Decimal]:
    return difference.asset, difference.ours, difference.theirs
