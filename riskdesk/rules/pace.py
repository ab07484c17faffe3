"""Whether losses, the day's trades and the minute's orders leave room for one more."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from arbion.domain.numbers import ZERO, plain
from riskdesk.decision import Check, Refusal
from riskdesk.rules.base import Unreadable, at_most, in_tenths, number, passed, refused
from riskdesk.snapshot import RiskSnapshot
from riskdesk.terms import Off

CODE = "risk_limit_exceeded"


def daily_loss_within_limit(snapshot: RiskSnapshot) -> Check:
    """The account has not lost more today than its limit."""
    return at_most(
        "daily_loss_within_limit",
        value=max(-number(snapshot.day_profit), ZERO),
        limit=snapshot.limits.daily_loss_usd,
        code=CODE,
        detail="The account is down ${value} today; its limit for a day is ${limit}.",
    )


def drawdown_within_limit(snapshot: RiskSnapshot) -> Check:
    """The account has not fallen too far from the most that it was worth."""
    return at_most(
        "drawdown_within_limit",
        value=snapshot.drawdown_percent,
        limit=snapshot.limits.drawdown_percent,
        code=CODE,
        detail="The account is {value}% below its peak; its limit is {limit}%.",
        write=in_tenths,
    )


def trades_per_day_within_limit(snapshot: RiskSnapshot) -> Check:
    """This order is not one too many in the market's day."""
    limit = snapshot.limits.trades_per_day
    if isinstance(limit, Off):
        return passed("trades_per_day_within_limit")
    return at_most(
        "trades_per_day_within_limit",
        value=_counted(snapshot.trades_today) + 1,
        limit=limit,
        code=CODE,
        detail="This would be trade {value} of today; your limit is {limit}.",
        write=plain,
    )


def orders_per_minute_within_limit(snapshot: RiskSnapshot) -> Check:
    """This order is not one too many in a minute."""
    return at_most(
        "orders_per_minute_within_limit",
        value=_counted(snapshot.orders_last_minute) + 1,
        limit=snapshot.limits.orders_per_minute,
        code=CODE,
        detail="This would be order {value} within a minute; the limit is {limit}.",
        write=plain,
    )


def not_a_duplicate(snapshot: RiskSnapshot) -> Check:
    """No order just like this one came a moment ago, where a wait is asked; the same key is the same order anyway."""
    name, wait = "not_a_duplicate", snapshot.limits.duplicate_seconds
    if isinstance(wait, Off) or number(wait) == ZERO:
        return passed(name)
    count = _counted(snapshot.duplicates)
    if count == ZERO:
        return passed(name, value=count, limit=ZERO)
    detail = f"You placed the same order less than {plain(wait)} seconds ago."
    return refused(name, Refusal(code="duplicate_order", detail=detail, value=count, limit=ZERO))


def not_cooling_down(snapshot: RiskSnapshot) -> Check:
    """After so many losing trades in a row nothing is opened for a while."""
    name, streak, pause = "not_cooling_down", snapshot.limits.losing_streak, snapshot.limits.cool_down_minutes
    if isinstance(streak, Off) or isinstance(pause, Off):
        return passed(name)
    count, most, minutes = _counted(snapshot.losses_in_a_row), number(streak), number(pause)
    if count < most:
        return passed(name, value=count, limit=most)
    if snapshot.last_loss_at is None:
        raise Unreadable("it is not known when the last loss was")
    left = minutes * 60 - (snapshot.at - snapshot.last_loss_at) // timedelta(seconds=1)
    if left <= ZERO:
        return passed(name, value=count, limit=most)
    detail = f"{plain(count)} trades in a row lost money. Opening waits another {_minutes(left)}, as you asked."
    return refused(name, Refusal(code="cooling_down", detail=detail, value=count, limit=most))


def _minutes(seconds: Decimal) -> str:
    minutes = int((seconds + 59) // 60)
    return "minute" if minutes == 1 else f"{minutes} minutes"


def _counted(count: int | None) -> Decimal:
    """A count, when it was made; raises Unreadable otherwise."""
    if count is None:
        raise Unreadable("a count is missing")
    return number(Decimal(count))
