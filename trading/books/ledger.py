"""Moving money and units: transfers between columns, holds, and the guarded write of balances.

All functions need the account's lock. Each column is written only where it still says what was read, so that even a
forgotten lock cannot spend twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, Q, Value, When

from accounts.models import User
from arbion.domain.numbers import ZERO
from arbion.lib.fields import MoneyField
from brokers.models import BrokerAccount
from trading.books.chain import Entry, Line, link
from trading.errors import BooksChanged
from trading.models import Journal, JournalCode, LedgerAccount, LedgerHead, LedgerKind, Transfer

Key = tuple[str, str]


@dataclass(slots=True)
class _Column:
    row: LedgerAccount
    balance_read: Decimal
    held_read: Decimal

    @property
    def is_changed(self) -> bool:
        return (self.row.balance, self.row.held) != (self.balance_read, self.held_read)


@dataclass(slots=True)
class Columns:
    """The columns that one booking works on: read once, changed in memory, written back guarded."""

    account: BrokerAccount
    _columns: dict[Key, _Column] = field(default_factory=dict)
    _legs: list[tuple[LedgerAccount, LedgerAccount, Decimal]] = field(default_factory=list)

    @classmethod
    def read(cls, account: BrokerAccount, assets: Iterable[str]) -> Columns:
        """The account's columns of these assets, in one query."""
        made = cls(account)
        for row in LedgerAccount.objects.filter(account=account, asset__in=set(assets)):
            made._columns[row.kind, row.asset] = _Column(row, row.balance, row.held)
        return made

    def peek(self, kind: LedgerKind, asset: str) -> LedgerAccount:
        """One column to be read: empty and unsaved where it was never opened, so that looking writes nothing."""
        column = self._columns.get((kind, asset))
        if column is None:
            return LedgerAccount(account=self.account, kind=kind, asset=asset, balance=ZERO, held=ZERO)
        return column.row

    def get(self, kind: LedgerKind, asset: str) -> LedgerAccount:
        """One column to be changed, read where it was not among the assets, and opened on first use."""
        column = self._columns.get((kind, asset))
        if column is None:
            row, _ = LedgerAccount.objects.get_or_create(
                account=self.account, kind=kind, asset=asset, defaults={"balance": ZERO, "held": ZERO}
            )
            column = self._columns[kind, asset] = _Column(row, row.balance, row.held)
        return column.row

    def move(self, *, debit: LedgerAccount, credit: LedgerAccount, amount: Decimal) -> None:
        """Move an amount from `credit` to `debit`; nothing is moved for zero."""
        if amount == ZERO:
            return
        debit.balance += amount
        credit.balance -= amount
        self._legs.append((debit, credit, amount))

    def post(
        self,
        *,
        code: JournalCode,
        reference: str,
        at: datetime,
        symbol: str = "",
        note: str = "",
        actor: User | None = None,
        reverses: Journal | None = None,
    ) -> Journal:
        """Write the journal with the legs moved so far at the end of the account's chain, and the columns."""
        head, _ = LedgerHead.objects.get_or_create(account=self.account, defaults={"sequence": 0, "digest": ""})
        journal = Journal(
            account=self.account,
            code=code,
            reference=reference,
            symbol=symbol,
            note=note,
            actor=actor,
            reverses=reverses,
            sequence=head.sequence + 1,
            at=at,
        )
        transfers = [
            Transfer(journal=journal, debit=debit, credit=credit, asset=debit.asset, amount=amount)
            for debit, credit, amount in self._legs
        ]
        journal.digest = link(head.digest, entry_of(journal, transfers))
        journal.save(force_insert=True)
        Transfer.objects.bulk_create(transfers)
        self._legs.clear()
        self.write()
        moved = LedgerHead.objects.filter(pk=head.pk, sequence=head.sequence, digest=head.digest).update(
            sequence=journal.sequence, digest=journal.digest
        )
        if moved != 1:
            raise BooksChanged
        return journal

    def write(self) -> None:
        """Write every changed column where it still says what was read. Raises BooksChanged otherwise."""
        changed = [column for column in self._columns.values() if column.is_changed]
        if not changed:
            return
        as_read = Q()
        for column in changed:
            as_read |= Q(pk=column.row.pk, balance=column.balance_read, held=column.held_read)
        moved = LedgerAccount.objects.filter(as_read).update(
            balance=_by_column({column.row.pk: column.row.balance for column in changed}),
            held=_by_column({column.row.pk: column.row.held for column in changed}),
        )
        if moved != len(changed):
            raise BooksChanged
        for column in changed:
            column.balance_read, column.held_read = column.row.balance, column.row.held


def entry_of(journal: Journal, transfers: Iterable[Transfer]) -> Entry:
    """The journal in the words that its digest covers; transfers in the order in which they were written."""
    return Entry(
        account=str(journal.account.public_id),
        sequence=journal.sequence,
        code=journal.code,
        reference=journal.reference,
        at=journal.at,
        symbol=journal.symbol,
        note=journal.note,
        actor="" if journal.actor_id is None else str(journal.actor_id),
        reverses="" if journal.reverses is None else journal.reverses.reference,
        lines=tuple(
            Line.of((row.debit.kind, row.debit.asset), (row.credit.kind, row.credit.asset), row.asset, row.amount)
            for row in transfers
        ),
    )


def allow_negative(columns: Columns, kind: LedgerKind, asset: str) -> None:
    """Let a column go below zero from now on: units of a short position, cash of an account with margin.

    Needs the account's lock.
    """
    row = columns.get(kind, asset)
    if not row.may_be_negative:
        LedgerAccount.objects.filter(pk=row.pk).update(may_be_negative=True)
        row.may_be_negative = True


def _by_column(amounts: dict[int, Decimal]) -> Case:
    """Each column's own amount, so that all are written by one statement."""
    field = MoneyField()
    whens = [When(pk=pk, then=Value(amount, output_field=field)) for pk, amount in amounts.items()]
    return Case(*whens, output_field=field)
