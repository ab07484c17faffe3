"""The market's hours as the tables have them, held in memory and read again when somebody edits them.

A date is computed from the week and the holiday list; dates that the list does not reach come from the published
calendar. Other processes' edits are seen within a second, this process's own at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from marketdata import published
from marketdata.models import Holiday, MarketDay, MarketOverride
from marketdata.models.sessions import edits
from marketdata.published import WEEK, CommonDay, Special

CHECK_SECONDS = 1.0
# An override that ended longer ago matters to nobody who asks about now.
_REMEMBERED = 50
_STAMP = """
SELECT (SELECT COUNT(*) FROM marketdata_marketday), (SELECT MAX(updated_at) FROM marketdata_marketday),
       (SELECT COUNT(*) FROM marketdata_holiday), (SELECT MAX(updated_at) FROM marketdata_holiday),
       (SELECT COUNT(*) FROM marketdata_marketoverride), (SELECT MAX(imposed_at) FROM marketdata_marketoverride),
       (SELECT MAX(lifted_at) FROM marketdata_marketoverride), (SELECT COUNT(lifted_at) FROM marketdata_marketoverride)
"""


@dataclass(frozen=True, slots=True)
class SessionBounds:
    """One day of trading: regular from `opens_at` to `closes_at`, with what is before and after it.

    Each ends just before the moment that is named, in UTC. `day` is the date in the market's time zone.
    """

    day: date
    pre_opens_at: datetime
    opens_at: datetime
    closes_at: datetime
    post_closes_at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """An operator's word about the market, from `since` until `until` (None: until it is lifted)."""

    is_open: bool
    reason: str
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at this moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, eq=False)
class Timetable:
    """Everything that decides when the stock market trades; without tables it is the published calendar."""

    week: tuple[CommonDay | None, ...] = WEEK
    listed: Mapping[date, Special] = field(default_factory=dict)
    reach: tuple[date, date] | None = None  # the dates whose holidays are in the list, the first and the last
    overrides: tuple[Override, ...] = ()
    known: dict[tuple[date, str], SessionBounds | None] = field(default_factory=dict)

    def day(self, day: date) -> SessionBounds | None:
        """The trading day of this date; None when there is none."""
        key = day, settings.MARKET_TIMEZONE
        if key not in self.known:
            if len(self.known) > 20_000:
                self.known.clear()
            self.known[key] = self._bounds(day)
        return self.known[key]

    def special(self, day: date) -> Special | None:
        """What makes this date another than a common one: a holiday, or an early close."""
        found = self.listed.get(day)
        if found is None and (self.reach is None or not self.reach[0] <= day <= self.reach[1]):
            return published.special(day)
        return found

    def override(self, at: datetime) -> Override | None:
        """The operator's word that is in force at this moment."""
        return next((found for found in self.overrides if found.holds(at)), None)

    def _bounds(self, day: date) -> SessionBounds | None:
        is_before = self.reach is not None and day < self.reach[0]
        common = (WEEK if is_before else self.week)[day.weekday()]
        if common is None:
            return None
        special = self.special(day)
        opens, closes, after = (_at(day, common.opens_at), _at(day, common.closes_at), _at(day, common.post_closes_at))
        if special is not None:
            if special.closes_at is None or special.closes_at <= common.opens_at:
                return None
            # What follows the close lasts as long as on a common day: after 13:00 until 17:00.
            lasts, closes = after - closes, _at(day, special.closes_at)
            after = min(closes + lasts, _at(day + timedelta(days=1)))
        return SessionBounds(day, _at(day, common.pre_opens_at), opens, closes, after)


UNTOUCHED = Timetable()


class _Memory:
    """What this process knows; guarded by the lock while it changes."""

    lock = threading.Lock()
    timetable = UNTOUCHED
    stamp: tuple[object, ...] = ()
    edits = -1
    checked = -CHECK_SECONDS
    is_still = False


def current() -> Timetable:
    """The timetable as it stands, at most a second old."""
    memory = _Memory
    if memory.edits == edits.count and (memory.is_still or time.monotonic() - memory.checked < CHECK_SECONDS):
        return memory.timetable
    with memory.lock:
        seen = edits.count
        stamp = _stamp()
        if stamp != memory.stamp or seen != memory.edits:
            memory.timetable, memory.stamp = _read(), stamp
        memory.edits, memory.checked = seen, time.monotonic()
        return memory.timetable


def forget() -> None:
    """Look at the tables again at the next question."""
    _Memory.checked = -CHECK_SECONDS
    _Memory.stamp = ()
    _Memory.is_still = False


def stand_still() -> None:
    """Be the published calendar until this process itself edits the hours: for tests, which need the same queries."""
    memory = _Memory
    memory.timetable, memory.stamp, memory.edits, memory.is_still = UNTOUCHED, (), edits.count, True


def _stamp() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return (connection.settings_dict["NAME"], *cursor.fetchone())


def _read() -> Timetable:
    week = list(WEEK)
    for row in MarketDay.objects.all():
        common = CommonDay(row.pre_opens_at, row.opens_at, row.closes_at, row.post_closes_at)
        week[row.weekday] = common if row.is_open else None
    rows = list(Holiday.objects.all())
    published_dates = [row.date for row in rows if row.is_from_calendar]
    return Timetable(
        week=tuple(week),
        listed={row.date: Special(row.name, row.closes_at) for row in rows},
        reach=(min(published_dates), max(published_dates)) if published_dates else None,
        overrides=tuple(_override(row) for row in MarketOverride.objects.all()[:_REMEMBERED]),
    )


def _override(row: MarketOverride) -> Override:
    ends = [end for end in (row.until, row.lifted_at) if end is not None]
    return Override(row.is_open, row.reason, row.imposed_at, min(ends) if ends else None)


def _at(day: date, moment: time_of_day | None = None) -> datetime:
    zone = ZoneInfo(settings.MARKET_TIMEZONE)
    return datetime.combine(day, moment or time_of_day(), tzinfo=zone).astimezone(UTC)
