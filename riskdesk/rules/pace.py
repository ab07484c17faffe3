"""Whether the day's loss and the minute's orders leave room for one more."""

from __future__ import annotations

from decimal import Decimal

from riskdesk.decision import Check
from riskdesk.rules.base import at_most, number
from riskdesk.snapshot import RiskSnapshot


def daily_loss_within_limit(snapshot: RiskSnapshot) -> Check:
    """The account has not lost more today than its limit."""
    return at_most(
        "daily_loss_within_limit",
        value=max(-number(snapshot.day_profit), Decimal(0)),
        limit=snapshot.limits.daily_loss_usd,
        code="risk_limit_exceeded",
        detail="The account is down ${value} today; its limit for a day is ${limit}.",
    )


def orders_per_minute_within_limit(snapshot: RiskSnapshot) -> Check:
    """This order is not one too many in a minute."""
    count, limit = snapshot.orders_last_minute + 1, snapshot.limits.orders_per_minute
    return at_most(
        "orders_per_minute_within_limit",
        value=Decimal(count),
        limit=limit,
        code="risk_limit_exceeded",
        detail=f"This would be order {count} within a minute; the limit is {limit:.0f}.",
    )
