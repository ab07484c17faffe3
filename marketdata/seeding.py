"""Writes the exchange's published hours into the tables, and never over what an operator wrote there."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from arbion.lib.clock import SYSTEM, Clock
from marketdata import hours, published
from marketdata.models import Holiday, MarketDay
from marketdata.models.sessions import edits

YEARS_BACK, YEARS_AHEAD = 1, 2
_FREE_DAY = published.WEEKDAY


@transaction.atomic
def refresh_hours(*, only_if_due: bool = False, clock: Clock = SYSTEM) -> int:
    """Bring the week and the holidays from last year to two years ahead up to date; returns how many rows changed.

    With `only_if_due` nothing is looked at while the list reaches that far: a quick start. Rows that somebody saved
    keep what they say, whether the calendar made them or not; a date that the calendar withdraws is withdrawn.
    """
    year = hours.local_date(clock.now()).year
    first, last = date(year - YEARS_BACK, 1, 1), date(year + YEARS_AHEAD, 12, 31)
    is_there = Holiday.objects.filter(is_from_calendar=True, date__gte=date(last.year, 12, 1)).exists()
    if only_if_due and is_there and MarketDay.objects.count() == len(published.WEEK):
        return 0
    changed = _write_week() + _write_holidays(first, last, clock)
    if changed:
        edits.count += 1
    return changed


def _write_week() -> int:
    known = set(MarketDay.objects.values_list("weekday", flat=True))
    fresh = []
    for weekday, common in enumerate(published.WEEK):
        shown = common or _FREE_DAY
        if weekday not in known:
            fresh.append(
                MarketDay(
                    weekday=weekday,
                    is_open=common is not None,
                    pre_opens_at=shown.pre_opens_at,
                    opens_at=shown.opens_at,
                    closes_at=shown.closes_at,
                    post_closes_at=shown.post_closes_at,
                )
            )
    return len(MarketDay.objects.bulk_create(fresh, ignore_conflicts=True))


def _write_holidays(first: date, last: date, clock: Clock) -> int:
    now = clock.now()
    known = {row.date: row for row in Holiday.objects.filter(date__range=(first, last))}
    wanted = published.specials(first, last)
    fresh, changed = [], []
    for day, special in wanted.items():
        values = {"name": special.name, "is_closed": special.closes_at is None, "closes_at": special.closes_at}
        row = known.get(day)
        if row is None:
            fresh.append(Holiday(date=day, is_from_calendar=True, updated_at=now, **values))
        elif row.is_from_calendar and any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.updated_at = now
            changed.append(row)
    withdrawn = [row.pk for day, row in known.items() if row.is_from_calendar and day not in wanted]
    Holiday.objects.bulk_create(fresh, ignore_conflicts=True)
    Holiday.objects.bulk_update(changed, ["name", "is_closed", "closes_at", "updated_at"])
    Holiday.objects.filter(pk__in=withdrawn).delete()
    return len(fresh) + len(changed) + len(withdrawn)
