"""Tables as CSV (RFC 4180), line by line, so that a long one is sent while it is read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime

from brokers.models import BrokerAccount
from trading.exports.tables import Table, table


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_of(made: Table) -> Iterator[str]:
    """The header and then each row, as lines."""
    writer = csv.writer(_Echo())
    yield writer.writerow(made.columns)
    for row in made.rows:
        yield writer.writerow(row)


def ledger_csv(account: BrokerAccount, since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """The ledger as CSV."""
    return csv_of(table("ledger", account, since=since, until=until))


def fills_csv(account: BrokerAccount, since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """Executions as CSV."""
    return csv_of(table("fills", account, since=since, until=until))


def tax_lots_csv(account: BrokerAccount, since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """Closed lots as CSV."""
    return csv_of(table("closed-lots", account, since=since, until=until))


def dividends_csv(
    account: BrokerAccount, since: datetime | None = None, until: datetime | None = None
) -> Iterator[str]:
    """Dividends as CSV."""
    return csv_of(table("dividends", account, since=since, until=until))
