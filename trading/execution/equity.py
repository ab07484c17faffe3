"""The equity curve: a point a minute of what each account is worth, and no point of one wild tick."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading import selectors
from trading.models import EquityPoint, Fill, LedgerAccount, LedgerKind, Position

EQUITY_EVERY = timedelta(minutes=1)

Worth = dict[int, Decimal]


@dataclass(slots=True)
class Memory:
    """What one engine remembers: each account's newest point, and a first measure of this minute, by account."""

    last: Worth = field(default_factory=dict)
    measured: Worth = field(default_factory=dict)
    minute: datetime | None = None


def mark_equity(*, at: datetime, memory: Memory | None = None) -> int:
    """Write one point of the equity curve a minute for each account that holds something; returns how many.

    With a memory each account is measured at two ticks of the minute, and the measure that is nearer to the point
    before is written: a wild tick is in one of them only, while a real move is in both or in the next minute's. So no
    account's peak rises by a price that never was. An account that has just traded gets a point too, so that its last
    one is what it was left with.
    """
    minute = at.replace(second=0, microsecond=0)
    worth = _worth(minute)
    if memory is not None:
        worth = _witnessed(worth, memory, minute=minute)
    points = [EquityPoint(account_id=account, at=minute, equity=equity) for account, equity in worth.items()]
    EquityPoint.objects.bulk_create(points, ignore_conflicts=True)
    return len(points)


def _witnessed(worth: Worth, memory: Memory, *, minute: datetime) -> Worth:
    """What can be written now: of each account that was measured before in this minute, the likelier measure."""
    if memory.minute != minute:
        memory.minute, memory.measured = minute, {}
    known: Worth = {}
    for account, equity in worth.items():
        first = memory.measured.pop(account, None)
        if first is None:
            memory.measured[account] = equity
            continue
        before = memory.last.get(account)
        measures = sorted((first, equity))
        known[account] = measures[0] if before is None else min(measures, key=lambda one: abs(one - before))
    memory.last.update(known)
    return known


def _worth(minute: datetime) -> Worth:
    """What each account without a point of this minute is worth, where all of its prices are known."""
    holding = Position.objects.filter(account=OuterRef("pk")).exclude(quantity=0)
    traded = Fill.objects.filter(account=OuterRef("pk"), booked_at__gte=minute - EQUITY_EVERY)
    moving = BrokerAccount.objects.filter(Exists(holding) | Exists(traded), archived_at=None)
    due = moving.exclude(equity_points__at=minute)
    cash = dict(
        LedgerAccount.objects.filter(account__in=due, kind=LedgerKind.CASH).values_list("account_id", "balance")
    )
    worth = {account.pk: selectors.equity_of(account, cash=cash.get(account.pk, ZERO)) for account in due}
    return {account: equity for account, equity in worth.items() if equity is not None}
