"""When a repeating order is due: the rule's dates laid over the market's calendar, as moments in UTC.

Coins trade every day. Of shares and funds, an order of every day leaves out what is no trading day; one of a week or a
month that falls on such a day is placed on the next trading day. A time that a change of clocks leaves out is an hour
later that day, one that it repeats is the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from arbion.domain.enums import AssetClass
from marketdata import hours
from trading.schedules.rule import Rule

# Longer than any exchange was ever closed, and longer than the longest month.
_ROLL_DAYS, _SEARCH_DAYS = 30, 62
AFTER_OPEN = timedelta(minutes=5)
BEFORE_OPEN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One date of the rule and when its order is due; `closed` names the holiday that leaves it out or moved it."""

    day: date
    due_at: datetime
    is_skipped: bool = False
    closed: str = ""


def occurrences(rule: Rule, asset_class: AssetClass, *, after: datetime, until: datetime) -> Iterator[Occurrence]:
    """Everything due after the one moment and not after the other, in order; holidays that are left out among it."""
    first = hours.local_date(after) - timedelta(days=_ROLL_DAYS)
    for day in rule.days(first, hours.local_date(until)):
        found = _occurrence(rule, asset_class, day)
        if found is not None and after < found.due_at <= until:
            yield found


def upcoming(rule: Rule, asset_class: AssetClass, *, after: datetime, count: int) -> list[Occurrence]:
    """So many orders to come, in order, and the holidays that are left out before the last of them."""
    found: list[Occurrence] = []
    until = after + timedelta(days=_SEARCH_DAYS * count)
    for one in occurrences(rule, asset_class, after=after, until=until):
        found.append(one)
        if sum(not each.is_skipped for each in found) == count:
            break
    return found


def next_due(rule: Rule, asset_class: AssetClass, *, after: datetime) -> datetime | None:
    """When the next order is due."""
    return next((one.due_at for one in upcoming(rule, asset_class, after=after, count=1) if not one.is_skipped), None)


def usual_time(*, at_the_open: bool = False) -> time:
    """When an order without a time is placed: five minutes after the market opens, coins too.

    One for the opening auction is placed half an hour before it.
    """
    opens = datetime.combine(date(2000, 1, 3), hours.usual_open())
    return ((opens - BEFORE_OPEN) if at_the_open else (opens + AFTER_OPEN)).time()


def _occurrence(rule: Rule, asset_class: AssetClass, day: date) -> Occurrence | None:
    closed = hours.closed_because(asset_class, day)
    if closed is None:
        return Occurrence(day=day, due_at=_moment(day, rule.at))
    if rule.interval == "day":
        is_weekend = closed == "weekend"
        return None if is_weekend else Occurrence(day=day, due_at=_moment(day, rule.at), is_skipped=True, closed=closed)
    for number in range(1, _ROLL_DAYS):
        later = day + timedelta(days=number)
        if hours.closed_because(asset_class, later) is None:
            return Occurrence(day=day, due_at=_moment(later, rule.at), closed=closed)
    return None


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(settings.MARKET_TIMEZONE)).astimezone(UTC)
