"""The ledger as a page shows it: one line a business fact, what it moved, and the cash after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from arbion.domain.numbers import ZERO
from arbion.lib.templatetags.arbion import price, quantity
from brokers.models import BrokerAccount
from trading.models import Fill, Journal, JournalCode, LedgerAccount, LedgerKind, Transfer
from trading.templatetags.orders import contract_words


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One journal: in words, what it moved of cash and of units, and the cash after it (None: not asked for)."""

    journal: Journal
    text: str
    cash: Decimal
    units: list[tuple[str, Decimal]]
    balance: Decimal | None
    order_id: str


def lines(account: BrokerAccount, journals: Iterable[Journal]) -> list[LedgerLine]:
    """The lines of these journals of the account, which come newest first, with their transfers prefetched."""
    found = list(journals)
    balances = _balances(account, found)
    fills = _fills(account, found)
    return [_line(journal, fills.get(journal.reference), balances.get(journal.pk)) for journal in found]


def _balances(account: BrokerAccount, journals: list[Journal]) -> dict[int, Decimal]:
    """The cash after each journal, walked back from the balance of now to the oldest that is asked for."""
    column = LedgerAccount.objects.filter(account=account, kind=LedgerKind.CASH, asset=account.currency).first()
    if column is None or not journals:
        return {}
    oldest, wanted = min(journal.pk for journal in journals), {journal.pk for journal in journals}
    after: dict[int, Decimal] = {}
    balance = column.balance
    for journal_id, debit_id, amount in _moves(column).filter(journal_id__gte=oldest).iterator():
        if journal_id in wanted:
            after.setdefault(journal_id, balance)
        balance -= amount if debit_id == column.pk else -amount
    return _filled_up(after, journals, balance)


def _moves(column: LedgerAccount) -> QuerySet[Transfer, tuple[int, int, Decimal]]:
    both = Transfer.objects.filter(debit=column) | Transfer.objects.filter(credit=column)
    return both.order_by("-journal_id", "-id").values_list("journal_id", "debit_id", "amount")


def _filled_up(after: dict[int, Decimal], journals: list[Journal], oldest: Decimal) -> dict[int, Decimal]:
    """A journal that moved no cash leaves the cash as it was after the one before it."""
    balance = oldest
    for journal in reversed(journals):
        balance = after.setdefault(journal.pk, balance)
    return after


def _fills(account: BrokerAccount, journals: list[Journal]) -> dict[str, Fill]:
    """The fills that these journals book, by the journal's reference."""
    start = f"fill:{account.pk}:"
    keys = [journal.reference.removeprefix(start) for journal in journals if journal.reference.startswith(start)]
    rows = Fill.objects.filter(account=account, venue_fill_id__in=keys).select_related("instrument")
    return {f"{start}{fill.venue_fill_id}": fill for fill in rows}


def _line(journal: Journal, fill: Fill | None, balance: Decimal | None) -> LedgerLine:
    cash, units = ZERO, []
    for move in journal.transfers.all():
        for column, sign in ((move.debit, 1), (move.credit, -1)):
            if column.kind == LedgerKind.CASH:
                cash += sign * move.amount
            elif column.kind == LedgerKind.UNITS:
                units.append((contract_words(move.asset), sign * move.amount))
    return LedgerLine(
        journal=journal,
        text=_text(journal, fill, units),
        cash=cash,
        units=units,
        balance=balance,
        order_id="" if fill is None else str(fill.order_id),
    )


def _text(journal: Journal, fill: Fill | None, units: list[tuple[str, Decimal]]) -> str:
    if fill is not None:
        verb = "Bought" if fill.side == "buy" else "Sold"
        return f"{verb} {quantity(fill.quantity)} {contract_words(fill.instrument.symbol)} at {price(fill.price)}"
    about = contract_words(journal.symbol) if journal.symbol else ", ".join(name for name, _ in units)
    label = JournalCode(journal.code).label
    text = f"{label} of {about}" if about else label
    return f"{text}: {journal.note}" if journal.note else text
