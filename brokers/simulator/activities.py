"""What happens to accounts without an order: doing what is due, and telling what was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings

from arbion.domain.enums import ActivityKind
from arbion.domain.reports import ActivityReport, AssetChange
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import VenueActivity
from brokers.simulator import corporate, expiry
from marketdata import corporate as market_corporate
from marketdata.models import CorporateAction
from marketdata.models.corporate import CorporateStatus

_FIRST = datetime.min.replace(tzinfo=UTC)


def settle_due(*, clock: Clock = SYSTEM) -> set[str]:
    """Do what is due by now: finish what was begun, then expiries and corporate actions in the order of their moments.

    Returns the references of the accounts that changed. Each account is a transaction of its own and each step finds
    out what was done before it, so it may be killed anywhere and called again. With nothing due: two small queries.
    Contracts that end when a share begins to trade without something are settled first.
    """
    now = clock.now()
    steps: list[tuple[datetime, int, Callable[[], set[str]]]] = [
        (ended_at, 0, partial(expiry.settle, expires_on, ended_at, clock=clock))
        for expires_on, ended_at in expiry.due(now).items()
    ]
    steps += [
        (_begins(action), 1, partial(corporate.apply, action, clock=clock))
        for action in market_corporate.unfinished(now)
    ]
    changed: set[str] = set()
    for _, _, step in sorted(steps, key=lambda step: step[:2]):
        changed |= step()
    return changed


def activities_after(*, reference: str, after: int) -> list[ActivityReport]:
    """The account's activities in the order of their commits: keys are given out under the account's lock.

    What moved nothing is the exchange's own note of having served the account, and is not told.
    """
    rows = VenueActivity.objects.filter(reference=reference, pk__gt=after).order_by("pk")
    return [
        ActivityReport(
            activity_id=row.activity_id,
            kind=ActivityKind(row.kind),
            changes=tuple(AssetChange(asset=asset, amount=Decimal(amount)) for asset, amount in row.changes),
            happened_at=row.happened_at,
            cursor=row.pk,
            symbol=row.symbol,
            price=row.price,
            ratio=row.ratio,
            client_id=row.client_id,
            fills_before=row.fills_before,
        )
        for row in rows
        if row.changes
    ]


def _begins(action: CorporateAction) -> datetime:
    """When the action takes effect; one that has begun comes before everything else."""
    if action.status == CorporateStatus.APPLYING:
        return _FIRST
    return datetime.combine(action.ex_date, time(), tzinfo=ZoneInfo(settings.MARKET_TIMEZONE))
