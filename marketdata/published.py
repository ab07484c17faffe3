"""The exchange's published calendar: which dates are not common days, and the hours of a common one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

EXCHANGE = "XNYS"
_BLOCK_YEARS = 10  # building a calendar takes as long for one year as for ten


@dataclass(frozen=True, slots=True)
class CommonDay:
    """The four moments of a trading day, in the market's own time."""

    pre_opens_at: time
    opens_at: time
    closes_at: time
    post_closes_at: time


@dataclass(frozen=True, slots=True)
class Special:
    """A date that is not a common day: closed, or (with a time) closing then."""

    name: str
    closes_at: time | None


WEEKDAY = CommonDay(time(4), time(9, 30), time(16), time(20))
WEEK: tuple[CommonDay | None, ...] = (WEEKDAY,) * 5 + (None, None)


def special(day: date) -> Special | None:
    """What the exchange has published about this date; None for a common day."""
    return _block(day.year // _BLOCK_YEARS * _BLOCK_YEARS).get(day)


def specials(first: date, last: date) -> dict[date, Special]:
    """Every published date from the first to the last that is not a common day, in order."""
    blocks = range(first.year // _BLOCK_YEARS * _BLOCK_YEARS, last.year + 1, _BLOCK_YEARS)
    return {day: found for year in blocks for day, found in _block(year).items() if first <= day <= last}


@lru_cache(maxsize=8)
def _block(year: int) -> dict[date, Special]:
    import exchange_calendars  # noqa: PLC0415  it brings pandas: half a second that most processes never need

    first, last = date(year, 1, 1), date(year + _BLOCK_YEARS - 1, 12, 31)
    calendar = exchange_calendars.get_calendar(EXCHANGE, start=first.isoformat(), end=last.isoformat())
    named = calendar.regular_holidays.holidays(first.isoformat(), last.isoformat(), return_name=True)
    names = {at.date(): str(name) for at, name in named.items()}
    sessions = {at.date() for at in calendar.sessions}
    found: dict[date, Special] = {}
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        if WEEK[day.weekday()] is not None and day not in sessions:
            found[day] = Special(names.get(day, "Closed by the exchange"), None)
    for at in calendar.early_closes:
        closes = calendar.session_close(at).tz_convert(calendar.tz)
        found[at.date()] = Special("Early close", closes.time())
    return dict(sorted(found.items()))
