"""Opening a practice account: the venue's side, the cursor and the first entry of the ledger."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from arbion.domain.enums import Venue
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from brokers.accounts import DEFAULT_NAME, NAME_LENGTH_MAX, accounts_of, create_simulated_account
from brokers.models import BrokerAccount
from trading.books.ledger import Columns
from trading.locks import lock_account
from trading.models import EquityPoint, Journal, JournalCode, LedgerKind, VenueCursor

ACCOUNTS_MAX = 10


def ensure_simulated_account(user: User, *, clock: Clock = SYSTEM) -> BrokerAccount:
    """The person's practice account, opened with its opening cash at first sight; safe to call at any time."""
    account = accounts_of(user).filter(venue=Venue.SIMULATED, cursor__isnull=False).order_by("pk").first()
    return account or open_simulated_account(user, clock=clock)


def open_simulated_account(
    user: User, *, name: str = DEFAULT_NAME, like: BrokerAccount | None = None, clock: Clock = SYSTEM
) -> BrokerAccount:
    """A practice account with its opening cash, treated as `like` is; the one that is open already, where one is."""
    amount = Decimal(settings.OPENING_CASH)
    account = create_simulated_account(user=user, name=name, amount=amount, like=like, clock=clock)
    _open_books(account, amount=amount, clock=clock)
    return account


def open_another(user: User, name: str, *, clock: Clock = SYSTEM) -> BrokerAccount:
    """A further practice account under a name that is not taken. Raises InvalidInput; then nothing is opened."""
    called = " ".join(name.split())
    first = ensure_simulated_account(user, clock=clock)
    with transaction.atomic():
        # One at a time: two requests at once must not open two of one name.
        lock_account(first.pk)
        taken = {account.name.casefold() for account in accounts_of(user)} | {DEFAULT_NAME.casefold()}
        if not 1 <= len(called) <= NAME_LENGTH_MAX:
            raise InvalidInput.of("name", "length", f"A name has 1 to {NAME_LENGTH_MAX} characters.")
        if called.casefold() in taken:
            raise InvalidInput.of("name", "taken", f"“{called}” is the name of an account already.")
        if len(taken) >= ACCOUNTS_MAX:
            raise InvalidInput.of("name", "too_many", f"A person has at most {ACCOUNTS_MAX} accounts.")
        account = open_simulated_account(user, name=called, clock=clock)
        audit.record(actor=user, action="account.opened", subject=str(account.public_id), clock=clock)
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
