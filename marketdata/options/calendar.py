"""Which contracts are listed: for what, until when, at which strikes; and the moment at which a contract ends."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from arbion.domain.enums import AssetClass
from marketdata import hours, published, timetable
from marketdata.models import Instrument

FRIDAY = 4
WEEKS_AHEAD = 8
MONTHS_AHEAD = 4
QUARTERS = (3, 6, 9, 12)
# Better known than this: weekly expirations, and strikes one step closer together while expiry is near.
WEEKLY_RANK_MAX = 400
NEAR_DAYS = 60
ROOT_LENGTH_MAX = 6
STRIKES_MAX = 70
STRIKE_MAX = Decimal(99_999)
_STEPS = tuple(Decimal(step) for step in ("0.5", "1", "2.5", "5", "10", "25", "50", "100", "250", "500", "1000"))
# A price below the figure uses the step at its place.
_BELOW = (12, 40, 120, 400, 1200, 4000, 12_000, 40_000, 120_000)
# How many standard deviations the strikes reach to either side, and within which share of the price (as logarithms).
_DEVIATIONS, _REACH_LEAST, _REACH_MOST = 3.0, 0.10, 1.2


def has_options(instrument: Instrument) -> bool:
    """Whether options are listed on this: on tradable shares and funds, not on coins nor on options."""
    kind = instrument.asset_class in (AssetClass.EQUITY, AssetClass.ETF)
    return kind and instrument.tradable and len(instrument.symbol) <= ROOT_LENGTH_MAX


def expires_at(expires_on: date) -> datetime:
    """When a contract of this date stops trading and is settled: that day's close, which is midnight where the market
    never closes."""
    zone = ZoneInfo(settings.MARKET_TIMEZONE)
    if hours.always_open(AssetClass.OPTION):
        return datetime.combine(expires_on + timedelta(days=1), time(), tzinfo=zone)
    session = timetable.current().day(expires_on)
    return session.closes_at if session else datetime.combine(expires_on, time(16), tzinfo=zone)


def expirations(instrument: Instrument, at: datetime) -> list[date]:
    """The dates on which listed options expire, nearest first; once listed, a date stays until it has passed.

    Monthly ones (third Fridays) for four months, each quarter of a year and each January; two Januaries ahead, three
    from September on; for well-known names every Friday of the next eight weeks. A date on a holiday is the day before.
    """
    if not has_options(instrument):
        return []
    today = hours.local_date(at)
    dates = {_before_holidays(third_friday(year, month)) for year, month in _months(today)}
    if instrument.rank <= WEEKLY_RANK_MAX:
        friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
        dates |= {_before_holidays(friday + timedelta(weeks=week)) for week in range(WEEKS_AHEAD)}
    return sorted(day for day in dates if day >= today and expires_at(day) > at)


def is_monthly(expires_on: date) -> bool:
    """Whether this is the monthly date: the third Friday, or the day before where that is a holiday."""
    return expires_on == _before_holidays(third_friday(expires_on.year, expires_on.month))


def third_friday(year: int, month: int) -> date:
    """The third Friday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def strikes(
    instrument: Instrument, *, previous_close: Decimal, last: Decimal, expires_on: date, today: date
) -> list[Decimal]:
    """The listed strikes of one date, lowest first: at most 71 around the price, none that a symbol cannot hold.

    The step between them comes from the previous close, so that it stands still during a day.
    """
    days = max((expires_on - today).days, 1)
    reach = min(max(_DEVIATIONS * instrument.volatility * math.sqrt(days / 365), _REACH_LEAST), _REACH_MOST)
    lowest, highest = (
        Decimal(repr(float(price) * math.exp(way * reach)))
        for price, way in ((min(previous_close, last), -1), (max(previous_close, last), 1))
    )
    highest = min(highest, STRIKE_MAX)
    place = _step_place(previous_close)
    if days <= NEAR_DAYS and instrument.rank <= WEEKLY_RANK_MAX:
        place = max(place - 1, 0)
    while place + 1 < len(_STEPS) and (highest - lowest) / _STEPS[place] > STRIKES_MAX:
        place += 1
    step = _STEPS[place]
    first, last_number = max(math.ceil(lowest / step), 1), math.floor(highest / step)
    # Where even the finest grid is too coarse for the price, it still surrounds it.
    last_number = max(last_number, first + 1)
    found = [step * number for number in range(first, last_number + 1)][: STRIKES_MAX + 1]
    return [strike for strike in found if strike <= STRIKE_MAX]


def _step_place(price: Decimal) -> int:
    return next((place for place, limit in enumerate(_BELOW) if price < limit), len(_BELOW))


def _months(today: date) -> list[tuple[int, int]]:
    """The months that have a monthly date."""
    ahead = [(today.year + (today.month - 1 + more) // 12, (today.month - 1 + more) % 12 + 1) for more in range(12)]
    near = [month for place, month in enumerate(ahead) if place <= MONTHS_AHEAD or month[1] in QUARTERS]
    last_january = today.year + (3 if today.month >= 9 else 2)
    return near + [(year, 1) for year in range(today.year, last_january + 1)]


def _before_holidays(day: date) -> date:
    """The day itself, or the nearest trading day before it."""
    while day.weekday() > FRIDAY or ((special := published.special(day)) is not None and special.closes_at is None):
        day -= timedelta(days=1)
    return day
