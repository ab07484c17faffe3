"""What the house does after each tick of the market: let the simulated exchange match, and take in what happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from brokers.simulator import activities, venue
from trading import selectors
from trading.execution.collect import collect_references
from trading.execution.held import release_due
from trading.execution.margin_calls import Memory, call_margins
from trading.execution.splits import follow_splits
from trading.execution.watchdog import look_after_monitor
from trading.models import EquityPoint, Fill, LedgerAccount, LedgerKind, Position

EQUITY_EVERY = timedelta(minutes=1)


def engine_step(*, memory: Memory | None = None, clock: Clock = SYSTEM, ids: IdSource = new_id) -> None:
    """Match resting orders against the newest quotes, and let the house take in and do what follows from them.

    What happens to accounts without an order (a dividend, an expiry) is due before orders meet the new prices.
    `memory` is what one engine remembers from step to step; without it no price is believed and no margin is called.
    """
    changed = activities.settle_due(clock=clock) | venue.match_all(clock=clock)
    if changed:
        collect_references(changed, clock=clock)
    follow_splits(clock=clock)
    release_due(clock=clock)
    call_margins(memory=memory or Memory(), clock=clock, ids=ids)
    mark_equity(at=clock.now())
    look_after_monitor(clock=clock)


def mark_equity(*, at: datetime) -> int:
    """Write one point of the equity curve a minute for each account that holds something; returns how many.

    An account that has just traded gets one too, so that its last point is what it was left with.
    """
    minute = at.replace(second=0, microsecond=0)
    holding = Position.objects.filter(account=OuterRef("pk")).exclude(quantity=0)
    traded = Fill.objects.filter(account=OuterRef("pk"), booked_at__gte=minute - EQUITY_EVERY)
    moving = BrokerAccount.objects.filter(Exists(holding) | Exists(traded), archived_at=None)
    due = moving.exclude(equity_points__at=minute)
    cash = dict(
        LedgerAccount.objects.filter(account__in=due, kind=LedgerKind.CASH).values_list("account_id", "balance")
    )
    worth = {account: selectors.equity_of(account, cash=cash.get(account.pk, ZERO)) for account in due}
    points = [
        EquityPoint(account=account, at=minute, equity=equity)
        for account, equity in worth.items()
        if equity is not None
    ]
    EquityPoint.objects.bulk_create(points, ignore_conflicts=True)
    return len(points)
