"""Opening a practice account: the venue's side, the cursor and the first entry of the ledger."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.models import User
from arbion.domain.enums import Venue
from arbion.lib.clock import SYSTEM, Clock
from brokers.accounts import accounts_of, create_simulated_account
from brokers.models import BrokerAccount
from trading.books.ledger import Columns
from trading.locks import lock_account
from trading.models import EquityPoint, Journal, JournalCode, LedgerKind, VenueCursor


def ensure_simulated_account(user: User, *, clock: Clock = SYSTEM) -> BrokerAccount:
    """The person's practice account, opened with its opening cash at first sight; safe to call at any time."""
    account = accounts_of(user).filter(venue=Venue.SIMULATED, cursor__isnull=False).order_by("pk").first()
    return account or open_simulated_account(user, clock=clock)


def open_simulated_account(user: User, *, like: BrokerAccount | None = None, clock: Clock = SYSTEM) -> BrokerAccount:
    """A practice account with its opening cash, treated as `like` is; the one that is open already, where one is."""
    amount = Decimal(settings.OPENING_CASH)
    account = create_simulated_account(user=user, amount=amount, like=like, clock=clock)
    _open_books(account, amount=amount, clock=clock)
    return account


@transaction.atomic
def _open_books(account: BrokerAccount, *, amount: Decimal, clock: Clock) -> None:
    account = lock_account(account.pk)
    reference = f"opening:{account.public_id}"
    if Journal.objects.filter(reference=reference).exists():
        return
    now = clock.now()
    columns = Columns.read(account, [account.currency])
    columns.move(
        debit=columns.get(LedgerKind.CASH, account.currency),
        credit=columns.get(LedgerKind.OUTSIDE, account.currency),
        amount=amount,
    )
    columns.post(code=JournalCode.OPENING, reference=reference, at=now)
    # On the minute, as every later point is, so that none of them stands before the first.
    EquityPoint.objects.create(account=account, at=now.replace(second=0, microsecond=0), equity=amount)
    VenueCursor.objects.create(account=account, orders_since=now)
