"""What must be true of an account's ledger: sums, signs, reversals and the chain of its journals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading.books.chain import first_break
from trading.books.holds import spent
from trading.books.ledger import entry_of
from trading.models import Fill, Hold, Journal, JournalCode, LedgerAccount, LedgerHead, LedgerKind, Transfer

# Columns that belong to the account; the others are where things come from and go to.
_OWN = {LedgerKind.CASH, LedgerKind.UNITS, LedgerKind.FEES}


def _overrun(column: LedgerAccount) -> Decimal:
    """What orders without a limit have spent beyond their claims where a price jumped: others may lack that."""
    holds = Hold.objects.filter(ledger_account=column).select_related("order")
    return sum((max(spent(hold.order) - hold.spent_before - hold.amount, ZERO) for hold in holds), ZERO)


def _balances(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Each column is the sum of its transfers, each asset sums to zero over all columns, nothing is below zero."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for debit, credit, amount in Transfer.objects.filter(journal__account=account).values_list(
        "debit_id", "credit_id", "amount"
    ):
        sums[debit] += amount
        sums[credit] -= amount
    by_asset: dict[str, Decimal] = defaultdict(Decimal)
    for column in LedgerAccount.objects.filter(account=account):
        name = f"{column.kind} {column.asset}"
        by_asset[column.asset] += column.balance
        if column.balance != sums.pop(column.pk, ZERO):
            yield "balance_is_sum_of_transfers", f"{name} says {column.balance}"
        excess = column.held - column.balance
        if column.kind in _OWN and not column.may_be_negative and excess > ZERO and excess > _overrun(column):
            yield "held_within_balance", f"{name}: {column.held} of {column.balance} is held"
        if column.held < ZERO:
            yield "held_not_below_nothing", f"{name}: {column.held} is held"
    for stranger in sums:
        yield "transfers_stay_in_the_account", f"a transfer touches column {stranger} of another account"
    for asset, balance in by_asset.items():
        if balance != ZERO:
            yield "asset_sums_to_zero", f"{asset} sums to {balance}"


def _chain(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """No journal was changed, removed or put in since it was booked, and none was cut off the end."""
    rows = list(
        Journal.objects.filter(account=account)
        .select_related("account", "reverses")
        .prefetch_related("transfers__debit", "transfers__credit")
        .order_by("sequence")
    )
    entries = (
        (entry_of(row, sorted(row.transfers.all(), key=lambda transfer: transfer.pk)), row.digest) for row in rows
    )
    broken = first_break(entries)
    if broken is not None:
        yield "ledger_is_a_chain", broken
    head = LedgerHead.objects.filter(account=account).first()
    kept = (0, "") if head is None else (head.sequence, head.digest)
    if kept != ((rows[-1].sequence, rows[-1].digest) if rows else (0, "")):
        yield "chain_ends_at_its_head", f"the head says {kept[0]}, the last journal is {len(rows)}"


def _references(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Each fill has its journal, each journal of a fill its fill, and a reversal is its journal's mirror."""
    booked = {
        f"fill:{account.pk}:{key}"
        for key in Fill.objects.filter(account=account).values_list("venue_fill_id", flat=True)
    }
    journals = Journal.objects.filter(account=account)
    posted = set(journals.filter(code=JournalCode.FILL).values_list("reference", flat=True))
    for reference in sorted(booked ^ posted):
        yield "fill_is_in_the_ledger", f"{reference} is {'not posted' if reference in booked else 'of no fill'}"
    for journal in journals.filter(code=JournalCode.REVERSAL).select_related("reverses"):
        original = journal.reverses
        assert original is not None, "a reversal names what it reverses"  # noqa: S101  the table refuses it
        if _lines(journal) != [(credit, debit, amount) for debit, credit, amount in _lines(original)]:
            yield "reversal_is_a_mirror", f"{journal.reference} does not undo {original.reference}"


def _lines(journal: Journal) -> list[tuple[int, int, Decimal]]:
    return list(journal.transfers.order_by("id").values_list("debit_id", "credit_id", "amount"))


CHECKS = (_balances, _chain, _references)
