"""How many of the last trades lost money, one after the other."""

from __future__ import annotations

from datetime import datetime
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
    rows = LotClosure.objects.filter(lot__account=account).select_related("fill").order_by("-id")[:CLOSURES_MAX]
    count, newest = 0, None
    for _, parts in groupby(rows, key=_trade):
        closures = list(parts)
        if sum((row.profit for row in closures), ZERO) >= ZERO or count == most:
            break
        count += 1
        newest = newest or max(row.happened_at for row in closures)
    return count, newest


def _trade(row: LotClosure) -> str:
    return row.reference if row.fill is None else str(row.fill.order_id)
