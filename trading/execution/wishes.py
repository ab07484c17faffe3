"""Wishes that are no orders: asked of the venue after their record was committed, and settled by its activity.

The venue knows a wish by its id and does it once, so asking again is harmless: whatever a crash or a lost answer leaves
behind, the sweep asks again and takes in what became of it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from arbion.domain.enums import Venue
from arbion.domain.errors import ArbionError, InvalidInput, NotFound
from arbion.domain.orders import CashRequest, ExerciseRequest
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import deferrable
from brokers import registry
from brokers.accounts import AccountArchived
from brokers.errors import VenueError, VenueRejected
from brokers.models import BrokerAccount
from brokers.rules import rules_of
from trading.announce import announce
from trading.books import wishes
from trading.execution.collect import UNBOOKABLE, collect
from trading.instruction import CLIENT_KEY_LENGTH_MAX
from trading.locks import lock_account
from trading.models import CashKind, CashMovement, OptionExercise, WishStatus

logger = logging.getLogger(__name__)

# A hint that was not followed by then was lost.
HINT_LOST_AFTER = timedelta(seconds=2)


class NotOffered(ArbionError):
    """This venue does not offer this."""

    code = "not_offered"
    http_status = 422
    title = "Not offered here"


def ensure_may_wish(account: BrokerAccount, *, person: User, client_key: str) -> None:
    """Refuse strangers, history, venues that do not offer it, and keys that cannot be kept."""
    if account.user_id != person.pk:
        raise NotFound("There is no such account.")
    if account.archived_at is not None:
        raise AccountArchived
    if not rules_of(Venue(account.venue)).offers_cash_moves:
        raise NotOffered("Cash and options of this account are moved at its own venue.")
    if not 1 <= len(client_key) <= CLIENT_KEY_LENGTH_MAX:
        raise InvalidInput.of("client_order_id", "length", "The key must have 1 to 80 characters.")


@deferrable
def ask(wish_id: str, clock: Clock = SYSTEM) -> None:
    """Ask the venue for what was wished, and take in what came of it; a wish that is closed is left alone."""
    wish = _find(UUID(wish_id))
    if wish is None or wish.status != WishStatus.REQUESTED:
        return
    try:
        _ask(wish)
    except VenueRejected as refusal:
        _refuse(wish, refusal, clock=clock)
        return
    except VenueError as error:
        logger.warning("wish %s is asked again later: %s", wish.pk, error)
        return
    try:
        collect(wish.account, clock=clock)
    except VenueError as error:
        logger.warning("what became of wish %s is collected later: %s", wish.pk, error)


def finish_wishes(*, clock: Clock = SYSTEM) -> int:
    """Ask again for every wish whose hint was lost or whose answer never came; returns how many."""
    late = clock.now() - HINT_LOST_AFTER
    waiting = [
        row
        for model in (CashMovement, OptionExercise)
        for row in model.objects.filter(status=WishStatus.REQUESTED, created_at__lt=late).order_by("created_at")
    ]
    for wish in waiting:
        try:
            ask(str(wish.pk), clock)
        except UNBOOKABLE:
            logger.exception("wish %s: its account cannot take in what its venue says", wish.pk)
    return len(waiting)


def _find(key: UUID) -> CashMovement | OptionExercise | None:
    movement = CashMovement.objects.select_related("account").filter(pk=key).first()
    return movement or OptionExercise.objects.select_related("account", "instrument").filter(pk=key).first()


def _ask(wish: CashMovement | OptionExercise) -> None:
    broker, reference = registry.connect(wish.account), wish.account.reference
    if isinstance(wish, CashMovement):
        amount = wish.amount if wish.kind == CashKind.DEPOSIT else -wish.amount
        broker.move_cash(reference, CashRequest(client_id=str(wish.pk), amount=amount))
    else:
        request = ExerciseRequest(client_id=str(wish.pk), symbol=wish.instrument.symbol, quantity=wish.quantity)
        broker.exercise(reference, request)


def _refuse(wish: CashMovement | OptionExercise, refusal: VenueRejected, *, clock: Clock) -> None:
    with transaction.atomic():
        account = lock_account(wish.account_id)
        code, reason = refusal.reject_code, refusal.detail
        if wishes.refuse(wish.pk, account=account, code=code, reason=reason, at=clock.now()):
            announce(account.user_id)
