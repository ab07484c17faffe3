"""What the last trades brought, and how many of them lost money, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading.models import LotClosure

# A trade may close many lots; further back nobody looks.
CLOSURES_MAX = 1_000


def losses_in_a_row(account: BrokerAccount, *, most: int) -> tuple[int, datetime | None]:
    """The number of losing trades since the last one that did not lose, up to `most`; and when the newest was closed.

    What one order (or one exercise) closed is one trade, whichever lots it took; a profit is after fees.
    """
    count, newest = 0, None
    for closures in _trades(account):
        if sum((row.profit for row in closures), ZERO) >= ZERO or count == most:
            break
        count += 1
        newest = newest or max(row.happened_at for row in closures)
    return count, newest


def profits_of_trades(account: BrokerAccount) -> list[Decimal]:
    """What each of the last trades brought after fees, newest first."""
    return [sum((row.profit for row in closures), ZERO) for closures in _trades(account)]


def _trades(account: BrokerAccount) -> Iterator[list[LotClosure]]:
    """The lots that each of the last trades closed, newest first."""
    rows = LotClosure.objects.filter(lot__account=account).select_related("fill").order_by("-id")[:CLOSURES_MAX]
    for _, parts in groupby(rows, key=_trade):
        yield list(parts)


def _trade(row: LotClosure) -> str:
    return row.reference if row.fill is None else str(row.fill.order_id)
