"""What the house does after each tick of the market: let the simulated exchange match, and take in what happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from brokers.simulator import venue
from trading import selectors
from trading.execution.collect import collect_references
from trading.models import EquityPoint, LedgerAccount, LedgerKind

EQUITY_EVERY = timedelta(minutes=1)


def engine_step(*, clock: Clock = SYSTEM) -> None:
    """Match resting orders against the newest quotes, collect what filled, and keep the equity curve."""
    changed = venue.match_all(clock=clock)
    if changed:
        collect_references(changed, clock=clock)
    mark_equity(at=clock.now())


def mark_equity(*, at: datetime) -> int:
    """Write one point of the equity curve a minute for each account that holds something; returns how many.

    An account that has just traded gets one too, so that its last point is what it was left with.
    """
    minute = at.replace(second=0, microsecond=0)
    moving = Q(positions__quantity__gt=0) | Q(fills__booked_at__gte=minute - EQUITY_EVERY)
    due = BrokerAccount.objects.filter(moving).exclude(equity_points__at=minute).distinct()
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
