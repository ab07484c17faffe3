"""People's accounts at venues: opened, changed and closed here, and read by one's own eyes only."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.enums import FillModel, LotMethod, RunMode, Venue
from arbion.domain.errors import Conflict, InvalidInput, NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from brokers.simulator import cash as venue_cash
from brokers.simulator import venue

DEFAULT_NAME = "Practice"
NAME_LENGTH_MAX = 60


class AccountArchived(Conflict):
    """This account was archived: it is history, and nothing trades in it."""

    code = "account_archived"
    title = "The account is archived"


def create_simulated_account(
    *,
    user: User,
    name: str = DEFAULT_NAME,
    amount: Decimal,
    like: BrokerAccount | None = None,
    clock: Clock = SYSTEM,
) -> BrokerAccount:
    """Open an account at the simulated exchange, with the row and the exchange's cash together.

    A person has one account of the default name that is not archived: asking for it again returns it unchanged, also
    from two requests at once, because its reference is made of the person's id and of how many came before it. Any
    other name opens a new account each time. It is treated as `like` is, where that is given, and follows on it.
    """
    if like is not None and not like.reference.startswith(_first_reference(user)):
        reference = _next_reference(like)
    else:
        reference = _default_reference(user) if name == DEFAULT_NAME else f"sim-{new_id()}"
    terms: dict[str, Any] = {}
    if like is not None:
        terms = {field: getattr(like, field) for field in ("name", "fill_model", "margin", "lot_method")}
    with transaction.atomic():
        account, _ = BrokerAccount.objects.get_or_create(
            venue=Venue.SIMULATED,
            reference=reference,
            defaults={
                "user": user,
                "name": like.name if like else name,
                "mode": RunMode.PAPER,
                "created_at": clock.now(),
                **terms,
            },
        )
        venue.open_account(
            reference=reference,
            currency=account.currency,
            amount=amount,
            fill_model=FillModel(account.fill_model),
            allows_short=account.margin,
        )
    return account


def _first_reference(user: User) -> str:
    return f"sim-{user.public_id}"


def _next_reference(account: BrokerAccount) -> str:
    """The reference of the account that follows on a further one: made of its own, so that asking twice is once."""
    reference = account.reference
    while True:
        reference = f"sim-{uuid.uuid5(uuid.NAMESPACE_OID, reference)}"
        found = BrokerAccount.objects.filter(venue=Venue.SIMULATED, reference=reference)
        if not found.exclude(archived_at=None).exists():
            return reference


def _default_reference(user: User) -> str:
    first = _first_reference(user)
    before = BrokerAccount.objects.filter(user=user, venue=Venue.SIMULATED, reference__startswith=first)
    archived = before.exclude(archived_at=None).count()
    return f"{first}-{archived + 1}" if archived else first


def configure(
    account: BrokerAccount,
    *,
    actor: User | None = None,
    name: str | None = None,
    fill_model: FillModel | None = None,
    margin: bool | None = None,
    lot_method: LotMethod | None = None,
) -> BrokerAccount:
    """Change how an account is called and treated, on our side and the exchange's together; what is None stays.

    Raises NotFound for anybody else's account (with `actor`), InvalidInput for a name that is empty or too long,
    AccountArchived, and VenueRejected (`short_open`) where short sales are switched off while shares are owed.
    Nothing is changed then.
    """
    if actor is not None and account.user_id != actor.pk:
        raise NotFound("There is no such account.")
    if name is not None and not 1 <= len(name.strip()) <= NAME_LENGTH_MAX:
        raise InvalidInput.of("name", "length", f"A name has 1 to {NAME_LENGTH_MAX} characters.")
    changes: dict[str, Any] = {"fill_model": fill_model, "margin": margin, "lot_method": lot_method}
    changes["name"] = None if name is None else name.strip()
    changes = {field: value for field, value in changes.items() if value is not None}
    with transaction.atomic():
        moved = BrokerAccount.objects.filter(pk=account.pk, archived_at=None).update(**changes) if changes else 1
        if moved != 1:
            raise AccountArchived
        if account.venue == Venue.SIMULATED and not changes.keys().isdisjoint({"fill_model", "margin"}):
            venue_cash.set_terms(account.reference, fill_model=fill_model, allows_short=margin)
    return BrokerAccount.objects.select_related("user").get(pk=account.pk)


def close_at_venue(account: BrokerAccount, *, clock: Clock = SYSTEM) -> None:
    """Close a simulated account at its exchange: what rests is canceled, and nothing trades there any more.

    Safe to repeat; an account of any other venue is left alone.
    """
    if account.venue == Venue.SIMULATED:
        venue_cash.close_account(account.reference, clock=clock)


def archive(account: BrokerAccount, *, at: datetime) -> bool:
    """Make the account history; False where it was that already. Needs the account's lock."""
    return BrokerAccount.objects.filter(pk=account.pk, archived_at=None).update(archived_at=at) == 1


def accounts_of(user: User) -> QuerySet[BrokerAccount]:
    """The person's accounts that are in use, oldest first."""
    return BrokerAccount.objects.filter(user=user, archived_at=None)


def archived_accounts_of(user: User) -> QuerySet[BrokerAccount]:
    """The person's accounts that are history, newest first; their books can still be read."""
    return BrokerAccount.objects.filter(user=user).exclude(archived_at=None).order_by("-archived_at", "-pk")


def account_of(user: User, public_id: uuid.UUID | str) -> BrokerAccount:
    """One account of the person, archived ones too; another person's is as absent as one that never was."""
    try:
        key = public_id if isinstance(public_id, uuid.UUID) else uuid.UUID(public_id)
        return BrokerAccount.objects.filter(user=user).get(public_id=key)
    except (ValueError, BrokerAccount.DoesNotExist) as error:
        raise NotFound("There is no such account.") from error
