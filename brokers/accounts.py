"""People's accounts at venues: opened here, and read by one's own eyes only."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.enums import RunMode, Venue
from arbion.domain.errors import NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from brokers.simulator import venue

DEFAULT_NAME = "Practice"


def create_simulated_account(
    *, user: User, name: str = DEFAULT_NAME, amount: Decimal, clock: Clock = SYSTEM
) -> BrokerAccount:
    """Open an account at the simulated exchange, with the row and the exchange's cash together.

    A person has one account of the default name: asking for it again returns it unchanged, also from two requests at
    once, because its reference is made of the person's id. Any other name opens a new account each time.
    """
    is_default = name == DEFAULT_NAME
    reference = f"sim-{user.public_id}" if is_default else f"sim-{new_id()}"
    with transaction.atomic():
        account, _ = BrokerAccount.objects.get_or_create(
            venue=Venue.SIMULATED,
            reference=reference,
            defaults={"user": user, "name": name, "mode": RunMode.PAPER, "created_at": clock.now()},
        )
        venue.open_account(reference=reference, currency=account.currency, amount=amount)
    return account


def accounts_of(user: User) -> QuerySet[BrokerAccount]:
    """The person's accounts, oldest first."""
    return BrokerAccount.objects.filter(user=user)


def account_of(user: User, public_id: uuid.UUID | str) -> BrokerAccount:
    """One account of the person; another person's is as absent as one that never was."""
    try:
        key = public_id if isinstance(public_id, uuid.UUID) else uuid.UUID(public_id)
        return accounts_of(user).get(public_id=key)
    except (ValueError, BrokerAccount.DoesNotExist) as error:
        raise NotFound("There is no such account.") from error
