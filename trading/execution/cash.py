"""Moving cash in and out of a practice account: within limits, recorded first, done by the venue, booked once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import CENT, ZERO, is_multiple, spoken
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from arbion.lib.ids import IdSource, new_id
from brokers.accounts import AccountArchived
from brokers.models import BrokerAccount
from trading import selectors
from trading.announce import announce
from trading.books import wishes
from trading.books.ledger import Columns
from trading.errors import IdempotencyMismatch
from trading.execution.wishes import ask, ensure_may_wish, finish_wishes
from trading.locks import lock_account
from trading.models import CashKind, CashMovement, LedgerKind, WishStatus

A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class CashLimits:
    """How much may be moved: at once, how often in 24 hours and how often still, and the most either way now."""

    move_max: Decimal
    balance_max: Decimal
    moves_a_day: int
    moves_left: int
    deposit_max: Decimal
    withdrawal_max: Decimal


def deposit(
    account: BrokerAccount,
    *,
    user: User,
    amount: Decimal,
    client_key: str,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
) -> CashMovement:
    """Put practice cash in. The same key again is the same movement.

    Raises InvalidInput (field `amount`: `not_positive`, `too_fine`, `too_large`, `balance_too_large`, `too_many`),
    NotFound for anybody else's account, AccountArchived, NotOffered, IdempotencyMismatch; nothing is recorded then.
    What the venue refuses afterwards is a movement with the status `refused` and its reason.
    """
    return _move(account, CashKind.DEPOSIT, user=user, amount=amount, client_key=client_key, clock=clock, ids=ids)


def withdraw(
    account: BrokerAccount,
    *,
    user: User,
    amount: Decimal,
    client_key: str,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
) -> CashMovement:
    """Take cash out that no order has claimed and that covers nothing; it is held until the venue has paid it.

    Raises what `deposit` raises, with `insufficient_cash` instead of `balance_too_large`.
    """
    return _move(account, CashKind.WITHDRAWAL, user=user, amount=amount, client_key=client_key, clock=clock, ids=ids)


def finish_cash_movements(*, clock: Clock = SYSTEM) -> int:
    """Ask again for what a crash or a lost answer left unfinished, exercises too; returns how many."""
    return finish_wishes(clock=clock)


def limits_of(account: BrokerAccount, *, clock: Clock = SYSTEM) -> CashLimits:
    """What may be moved right now."""
    move_max, balance_max = Decimal(settings.CASH_MOVE_MAX), Decimal(settings.CASH_BALANCE_MAX)
    cash = Columns.read(account, [account.currency]).peek(LedgerKind.CASH, account.currency).balance
    left = max(settings.CASH_MOVES_A_DAY - _moves_of_today(account, clock=clock), 0)
    room = max(balance_max - cash - _on_its_way(account), ZERO)
    free = max(selectors.buying_power(account), ZERO)
    return CashLimits(
        move_max=move_max,
        balance_max=balance_max,
        moves_a_day=settings.CASH_MOVES_A_DAY,
        moves_left=left,
        deposit_max=min(move_max, room) if left else ZERO,
        withdrawal_max=min(move_max, free) if left else ZERO,
    )


def _move(
    account: BrokerAccount, kind: CashKind, *, user: User, amount: Decimal, client_key: str, clock: Clock, ids: IdSource
) -> CashMovement:
    ensure_may_wish(account, person=user, client_key=client_key)
    _ensure_amount(amount)
    key = ids()
    try:
        with transaction.atomic():
            locked = lock_account(account.pk)
            made = _made_before(locked, kind, user=user, amount=amount, client_key=client_key)
            if made is None:
                made = CashMovement(id=key, account=locked, user=user, kind=kind, amount=amount, client_key=client_key)
                _record(made, clock=clock)
    except IntegrityError:
        # The same key came through another account's lock a moment earlier.
        earlier = _made_before(account, kind, user=user, amount=amount, client_key=client_key)
        if earlier is None:
            raise
        made = earlier
    return CashMovement.objects.select_related("account").get(pk=made.pk)


def _record(movement: CashMovement, *, clock: Clock) -> None:
    account = movement.account
    if account.archived_at is not None:
        raise AccountArchived
    _ensure_within_limits(movement, limits_of(account, clock=clock))
    movement.created_at = clock.now()
    movement.held = movement.amount if movement.kind == CashKind.WITHDRAWAL else ZERO
    movement.save(force_insert=True)
    if movement.held:
        wishes.hold(movement, columns=Columns.read(account, [account.currency]))
    after_commit(ask, str(movement.pk))
    announce(account.user_id)


def _ensure_amount(amount: Decimal) -> None:
    if not amount.is_finite() or amount <= ZERO:
        raise InvalidInput.of("amount", "not_positive", "The amount must be above zero.")
    if not is_multiple(amount, CENT):
        raise InvalidInput.of("amount", "too_fine", "An amount has at most two decimals.")
    most = Decimal(settings.CASH_MOVE_MAX)
    if amount > most:
        raise InvalidInput.of("amount", "too_large", f"One movement is at most {spoken(most)}.")


def _ensure_within_limits(movement: CashMovement, limits: CashLimits) -> None:
    if not limits.moves_left:
        detail = f"{limits.moves_a_day} movements in 24 hours are enough for one account."
        raise InvalidInput.of("amount", "too_many", detail)
    if movement.kind == CashKind.DEPOSIT and movement.amount > limits.deposit_max:
        detail = f"Deposits bring an account to {spoken(limits.balance_max)} at most."
        raise InvalidInput.of("amount", "balance_too_large", detail)
    if movement.kind == CashKind.WITHDRAWAL and movement.amount > limits.withdrawal_max:
        detail = f"Only {spoken(limits.withdrawal_max)} is free: open orders and what is owed claim the rest."
        raise InvalidInput.of("amount", "insufficient_cash", detail)


def _made_before(
    account: BrokerAccount, kind: CashKind, *, user: User, amount: Decimal, client_key: str
) -> CashMovement | None:
    made = CashMovement.objects.filter(user=user, client_key=client_key).first()
    if made is not None and (made.account_id, made.kind, made.amount) != (account.pk, kind, amount):
        raise IdempotencyMismatch
    return made


def _moves_of_today(account: BrokerAccount, *, clock: Clock) -> int:
    moves = CashMovement.objects.filter(account=account, created_at__gt=clock.now() - A_DAY)
    return moves.exclude(status=WishStatus.REFUSED).count()


def _on_its_way(account: BrokerAccount) -> Decimal:
    """Deposits that were asked for and are not booked yet."""
    waiting = CashMovement.objects.filter(account=account, kind=CashKind.DEPOSIT, status=WishStatus.REQUESTED)
    return sum(waiting.values_list("amount", flat=True), ZERO)
