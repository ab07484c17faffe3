"""The rule of a repeating order: each day, week or month, on which day, at what time of the market's clock."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.conf import settings

from arbion.domain.errors import InvalidInput

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INTERVALS = ("day", "week", "month")
# From here on a month may be shorter: its last day stands for it.
LAST_SURE_DAY = 28
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`weekday` counts from Monday, 0, and belongs to a week; `day_of_month` to a month; `at` is market time."""

    interval: str
    at: time
    weekday: int | None = None
    day_of_month: int | None = None

    def days(self, first: date, last: date) -> Iterator[date]:
        """The dates of the rule from the first to the last, holidays and weekends among them."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if self._names(day):
                yield day

    def _names(self, day: date) -> bool:
        if self.interval == "week":
            return day.weekday() == self.weekday
        if self.interval == "month":
            return day.day == min(self.day_of_month or 1, calendar.monthrange(day.year, day.month)[1])
        return True

    def body(self) -> dict[str, Any]:
        """The rule in the words of the contract's `every`."""
        return {
            "interval": self.interval,
            "weekday": None if self.weekday is None else WEEKDAYS[self.weekday],
            "day_of_month": self.day_of_month,
            "time": f"{self.at:%H:%M}",
        }

    def in_words(self, *, trading_days: bool) -> str:
        """`Every Monday at 09:35 New York time`."""
        at = f"at {self.at:%H:%M} {zone_words()}"
        if self.interval == "week":
            return f"Every {WEEKDAYS[self.weekday or 0].title()} {at}"
        if self.interval == "day":
            return f"Every {'trading day' if trading_days else 'day'} {at}"
        day = self.day_of_month or 1
        shorter = ", or its last day," if day > LAST_SURE_DAY else ""
        return f"On the {_ordinal(day)} of every month{shorter} {at}"


def read_rule(every: Mapping[str, Any], *, today: date, usual: time) -> Rule:
    """The rule that the contract's `every` names, what was left open filled in. Raises InvalidInput.

    A week without a day repeats on the day of the week that today is, a month on today's date, and what has no time is
    placed at the `usual` one.
    """
    unknown = set(every) - {"interval", "weekday", "day_of_month", "time"}
    if unknown:
        raise _wrong(min(unknown), "unknown_field", f"There is no field “{min(unknown)}” here.")
    interval, weekday, day = every.get("interval"), every.get("weekday"), every.get("day_of_month")
    if interval not in INTERVALS:
        raise _wrong("interval", "invalid_choice", "Say day, week or month.")
    if weekday is not None and (interval != "week" or weekday not in WEEKDAYS):
        raise _wrong("weekday", "invalid_choice", "A weekday such as “monday” goes with a week.")
    if day is not None and (interval != "month" or isinstance(day, bool) or not isinstance(day, int)):
        raise _wrong("day_of_month", "not_allowed", "A day of the month goes with a month.")
    if day is not None and not 1 <= day <= 31:
        raise _wrong("day_of_month", "out_of_range", "A day of the month is from 1 to 31.")
    return Rule(
        interval=interval,
        at=_time(every.get("time"), usual),
        weekday=None if interval != "week" else today.weekday() if weekday is None else WEEKDAYS.index(weekday),
        day_of_month=None if interval != "month" else day or today.day,
    )


def zone_words() -> str:
    """The market's time zone as people say it: `New York time`."""
    return f"{settings.MARKET_TIMEZONE.rsplit('/', 1)[-1].replace('_', ' ')} time"


def _time(text: Any, usual: time) -> time:
    if text is None:
        return usual
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise _wrong("time", "invalid_time", "Write a time such as 09:35.")
    return time(int(found[1]), int(found[2]))


def _ordinal(day: int) -> str:
    if 11 <= day <= 13:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def _wrong(field: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput.of(f"every.{field}", code, detail)
