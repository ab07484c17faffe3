"""The ledger, executions and dividends of one account as tables, oldest first, read while they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from brokers.models import BrokerAccount
from trading import selectors
from trading.exports.cells import cell
from trading.exports.taxes import COLUMNS as TAX_COLUMNS
from trading.exports.taxes import tax_lots
from trading.models import Fill, LedgerAccount, Transfer

Rows = Iterator[list[str]]
CHUNK = 500
_Row = TypeVar("_Row", bound=Model)

LEDGER_COLUMNS = (
    "number", "at", "code", "reference", "symbol", "debit", "credit", "asset", "amount", "reverses", "note", "digest",
)  # fmt: skip
FILL_COLUMNS = (
    "filled_at", "symbol", "side", "quantity", "price", "multiplier", "value", "fee", "order_id", "leg",
    "venue_fill_id", "booked_at",
)  # fmt: skip
DIVIDEND_COLUMNS = ("at", "symbol", "kind", "amount", "currency", "reference")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, and its rows as texts that are safe in any spreadsheet."""

    columns: tuple[str, ...]
    rows: Rows


def ledger(account: BrokerAccount, since: datetime | None = None, until: datetime | None = None) -> Rows:
    """Every transfer from `since` up to but not at `until`, in the order of the chain, with its journal's digest."""
    rows = Transfer.objects.filter(journal__account=account).select_related("journal__reverses", "debit", "credit")
    rows = _between(rows, "journal__at", since, until).order_by("journal__sequence", "id")
    for row in rows.iterator(chunk_size=CHUNK):
        journal = row.journal
        values = (
            journal.sequence, journal.at, journal.code, journal.reference, journal.symbol, _column(row.debit),
            _column(row.credit), row.asset, row.amount, "" if journal.reverses is None else journal.reverses.reference,
            journal.note, journal.digest,
        )  # fmt: skip
        yield [cell(value) for value in values]


def fills(account: BrokerAccount, since: datetime | None = None, until: datetime | None = None) -> Rows:
    """Every execution, oldest first."""
    rows = _between(Fill.objects.filter(account=account), "filled_at", since, until).select_related("instrument")
    for row in rows.order_by("filled_at", "id").iterator(chunk_size=CHUNK):
        values = (
            row.filled_at, row.instrument.symbol, row.side, row.quantity, row.price,
            row.multiplier or row.instrument.multiplier, row.gross, row.fee, str(row.order_id), row.leg,
            row.venue_fill_id, row.booked_at,
        )  # fmt: skip
        yield [cell(value) for value in values]


def dividends(account: BrokerAccount, since: datetime | None = None, until: datetime | None = None) -> Rows:
    """Dividends received, those owed on short positions (below zero), and corrections of both, oldest first."""
    for journal, amount in selectors.dividends(account, since=since, until=until):
        values = (journal.at, journal.symbol, journal.code, amount, account.currency, journal.reference)
        yield [cell(value) for value in values]


_Reader = Callable[[BrokerAccount, datetime | None, datetime | None], Rows]
TABLES: dict[str, tuple[tuple[str, ...], _Reader]] = {
    "ledger": (LEDGER_COLUMNS, ledger),
    "fills": (FILL_COLUMNS, fills),
    "closed-lots": (TAX_COLUMNS, tax_lots),
    "dividends": (DIVIDEND_COLUMNS, dividends),
}


def table(name: str, account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None) -> Table:
    """One of the tables of TABLES by its name. Raises KeyError for any other."""
    columns, read = TABLES[name]
    return Table(columns, read(account, since, until))


def _column(row: LedgerAccount) -> str:
    return f"{row.kind}:{row.asset}"


def _between(rows: QuerySet[_Row], field: str, since: datetime | None, until: datetime | None) -> QuerySet[_Row]:
    if since is not None:
        rows = rows.filter(**{f"{field}__gte": since})
    return rows if until is None else rows.filter(**{f"{field}__lt": until})
