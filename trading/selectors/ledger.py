"""The ledger as people ask for it: entries, closed lots, and what a span of time brought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import User
from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading.models import (
    CashMovement,
    Fill,
    Journal,
    JournalCode,
    LedgerKind,
    LotClosure,
    Order,
    Transfer,
)

MOVES = (JournalCode.DEPOSIT, JournalCode.WITHDRAWAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """What a span of time brought an account: profit of what was closed (after fees), dividends, fees, cash moved."""

    realized: Decimal
    dividends: Decimal
    fees: Decimal
    moved_in: Decimal


def journals(user: User) -> QuerySet[Journal]:
    """The person's ledger, newest first, with its transfers."""
    return (
        Journal.objects.filter(account__user=user)
        .select_related("account")
        .prefetch_related("transfers__debit", "transfers__credit")
    )


def transfers_of(order: Order) -> QuerySet[Transfer]:
    """The ledger lines that the order's fills made, oldest first."""
    references = [f"fill:{order.account_id}:{fill.venue_fill_id}" for fill in order.fills.all()]
    found = Transfer.objects.filter(journal__account_id=order.account_id, journal__reference__in=references)
    return found.select_related("journal", "debit", "credit").order_by("id")


def closures(
    account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None
) -> list[LotClosure]:
    """What was closed from `since` up to but not at `until`, oldest first, with its lots."""
    rows = LotClosure.objects.filter(lot__account=account).select_related("lot__instrument", "lot__fill", "fill__order")
    # Rows from before the moment was kept are dated by their fill.
    undated = Q(closed_at=None) & _within("fill__filled_at", since, until)
    rows = rows.filter((Q(closed_at__isnull=False) & _within("closed_at", since, until)) | undated)
    return sorted(rows, key=lambda row: (row.happened_at, row.pk))


def dividends(
    account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None
) -> list[tuple[Journal, Decimal]]:
    """Dividends and their corrections, oldest first, each with what it brought (below zero: what was owed)."""
    wanted = Q(code=JournalCode.DIVIDEND) | Q(reverses__code=JournalCode.DIVIDEND)
    rows = Journal.objects.filter(_within("at", since, until), wanted, account=account).order_by("at", "id")
    found = rows.prefetch_related("transfers__debit", "transfers__credit")
    # An account that had none of the shares is told of a dividend of nothing.
    return [(row, amount) for row in found if (amount := _brought(row.transfers.all(), LedgerKind.CASH))]


def period(account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None) -> PeriodView:
    """What the span brought."""
    fees = Fill.objects.filter(_within("filled_at", since, until), account=account).values_list("fee", flat=True)
    return PeriodView(
        realized=sum((row.profit for row in closures(account, since=since, until=until)), ZERO),
        dividends=sum((amount for _, amount in dividends(account, since=since, until=until)), ZERO),
        fees=sum(fees, ZERO),
        moved_in=moved_in(account, since=since, until=until),
    )


def put_in(account: BrokerAccount) -> Decimal:
    """What came into the account other than by trading: the opening cash and deposits, less withdrawals."""
    return _cash_of(account, (JournalCode.OPENING, *MOVES))


def moved_in(account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None) -> Decimal:
    """Deposits less withdrawals of a span of time; a corrected one counts, and so does its correction."""
    return _cash_of(account, MOVES, since=since, until=until)


def dated_moves(
    account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None
) -> list[tuple[datetime, Decimal]]:
    """The same one by one, oldest first: when, and how much came in (went out: below zero)."""
    rows = _transfers(account, MOVES, since=since, until=until)
    moves = ((row.journal.at, _brought([row], LedgerKind.CASH)) for row in rows)
    return sorted((move for move in moves if move[1]), key=lambda move: move[0])


def movements(user: User) -> QuerySet[CashMovement]:
    """The person's asked-for movements of cash, newest first."""
    return CashMovement.objects.filter(account__user=user).select_related("account")


def _cash_of(
    account: BrokerAccount,
    codes: tuple[JournalCode, ...],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Decimal:
    return _brought(_transfers(account, codes, since=since, until=until), LedgerKind.CASH)


def _transfers(
    account: BrokerAccount, codes: tuple[JournalCode, ...], *, since: datetime | None, until: datetime | None
) -> Iterator[Transfer]:
    # By the code alone, so that the gate, which asks at every order, reads an index and not the whole ledger.
    rows = Transfer.objects.filter(
        _within("journal__at", since, until),
        journal__account=account,
        journal__code__in=[*codes, JournalCode.REVERSAL],
    ).select_related("journal__reverses", "debit", "credit")
    return (row for row in rows if _code_of(row.journal) in codes)


def _code_of(journal: Journal) -> str:
    """What a journal is about: of a correction, what it corrects."""
    return journal.code if journal.reverses is None else journal.reverses.code


def _brought(transfers: Iterable[Transfer], kind: LedgerKind) -> Decimal:
    """What the transfers brought into columns of this kind, less what they took out of them."""
    found = ZERO
    for row in transfers:
        found += (row.debit.kind == kind) * row.amount - (row.credit.kind == kind) * row.amount
    return found


def _within(field: str, since: datetime | None, until: datetime | None) -> Q:
    bounds = {f"{field}__gte": since, f"{field}__lt": until}
    return Q(**{name: bound for name, bound in bounds.items() if bound is not None})
