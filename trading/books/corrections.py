"""Corrections: nothing that was booked is changed; another journal moves it back, once, with a reason and a name."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from arbion.domain.errors import Conflict, InvalidInput, NotFound
from arbion.domain.numbers import ZERO, plain
from arbion.lib.clock import SYSTEM, Clock
from trading.announce import announce
from trading.books.ledger import Columns
from trading.books.lots import Origin, change_position
from trading.locks import lock_account
from trading.models import Journal, JournalCode, LedgerAccount, LedgerKind, Position, Transfer

# What moved cash alone. A fill or an option's end has also moved lots, and those follow from what the venue did.
REVERSIBLE = frozenset({JournalCode.DEPOSIT, JournalCode.WITHDRAWAL, JournalCode.DIVIDEND})
REASON_LENGTH_MAX = 200


class NotReversible(Conflict):
    """This entry cannot be reversed."""

    code = "not_reversible"
    title = "Not reversible"


class AlreadyReversed(Conflict):
    """This entry was reversed before; nothing is reversed twice."""

    code = "already_reversed"
    title = "Already reversed"


@transaction.atomic
def reverse(journal: Journal, *, reason: str, actor: User, clock: Clock = SYSTEM) -> Journal:
    """Book the opposite of a deposit, a withdrawal or a dividend, in the name of whoever corrects it.

    Who may do so is for the door to say. Raises InvalidInput without a reason of 1 to 200 characters, NotReversible
    for anything else and where the cash is not free any more, AlreadyReversed the second time.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= REASON_LENGTH_MAX:
        raise InvalidInput.of("reason", "length", "Say why, in 1 to 200 characters.")
    account = lock_account(journal.account_id)
    original = Journal.objects.filter(pk=journal.pk, account=account).first()
    if original is None:
        raise NotFound
    if original.code not in REVERSIBLE:
        label = JournalCode(original.code).label.lower()
        raise NotReversible(f"A {label} follows from what the venue did; only cash movements and dividends can be.")
    if Journal.objects.filter(reverses=original).exists():
        raise AlreadyReversed
    transfers = list(Transfer.objects.filter(journal=original).select_related("debit", "credit").order_by("id"))
    columns = Columns.read(account, {row.asset for row in transfers})
    for row in transfers:
        columns.move(debit=_same(columns, row.credit), credit=_same(columns, row.debit), amount=row.amount)
    cash = columns.get(LedgerKind.CASH, account.currency)
    if cash.balance < cash.held and not cash.may_be_negative:
        missing = plain(cash.held - cash.balance)
        raise NotReversible(f"The cash is not free any more: {missing} {account.currency} are missing.")
    now = clock.now()
    if original.code == JournalCode.DIVIDEND:
        _take_back_income(original, transfers, at=now)
    made = columns.post(
        code=JournalCode.REVERSAL,
        reference=f"reversal:{original.reference}",
        at=now,
        symbol=original.symbol,
        note=reason,
        actor=actor,
        reverses=original,
    )
    announce(account.user_id)
    return made


def _same(columns: Columns, row: LedgerAccount) -> LedgerAccount:
    return columns.get(LedgerKind(row.kind), row.asset)


def _take_back_income(original: Journal, transfers: list[Transfer], *, at: datetime) -> None:
    """What the dividend had made of the position's profit is taken off it again."""
    position = Position.objects.select_related("instrument").get(
        account=original.account, instrument__symbol=original.symbol
    )
    paid = sum((row.amount if row.credit.kind == LedgerKind.INCOME else -row.amount for row in transfers), ZERO)
    origin = Origin(account=original.account, instrument=position.instrument, at=at, booked_at=at)
    change_position(origin, quantity=ZERO, cost=ZERO, realized=-paid)
