"""When markets are open: the exchange's hours for shares and funds, always for coins, always for all if so set.

Every kind of thing has *sessions*, one a trading day at most. For shares, funds and options they come from the editable
timetable (`marketdata.timetable`); for coins, and for all things in the always-open market, each calendar day of the
market's time zone is one session from midnight to midnight. An operator's override opens or closes the stock market
whatever the timetable says; coins are not touched by it.

Asked often: `session_bounds(kind, at).closes_at` is when the regular session in progress ends, `.opens_at` when it
began, `.post_closes_at` the end of after-hours; `last_close` the previous session's close; `next_open` the next
beginning of a regular session; `day_ends` when an order for the day ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from arbion.domain.enums import AssetClass, SessionPhase
from marketdata import published, timetable
from marketdata.models import Instrument
from marketdata.times import to_seconds
from marketdata.timetable import UNTOUCHED, Override, SessionBounds, Timetable

__all__ = ["Override", "SessionBounds", "SessionState"]

# A second before the open or after the close is worth this much of a regular one: of movement and of volume.
EXTENDED_PACE = 0.05
_REGULAR_HOURS, _EXTENDED_HOURS = 6.5, 9.5
_ALWAYS_OPEN = "Always open: simulated market"
# How far a session is looked for: longer than any exchange was ever closed.
_SEARCH_DAYS = 60


@dataclass(frozen=True, slots=True)
class SessionState:
    """Whether the stock market is open, in words for a page, and when that changes next (None: not known, or never)."""

    is_open: bool
    label: str
    always_open: bool
    next_change: datetime | None
    phase: SessionPhase = SessionPhase.REGULAR
    override: Override | None = None

    @property
    def short(self) -> str:
        """The state in two or three words, as the top bar shows it."""
        if self.override is not None:
            return "Opened by operator" if self.override.is_open else "Closed by operator"
        if self.phase in (SessionPhase.PRE, SessionPhase.POST):
            return str(self.phase.label)
        if self.always_open:
            return "Always open"
        return "Market open" if self.is_open else "Market closed"


# Open or not ---------------------------------------------------------------------------------------------------------
def phase(instrument: Instrument, at: datetime) -> SessionPhase:
    """The part of its day that the instrument's market is in at this moment."""
    return class_phase(AssetClass(instrument.asset_class), at)


def class_phase(asset_class: AssetClass, at: datetime) -> SessionPhase:
    """The part of the day for all things of this kind. Under an override it is REGULAR or CLOSED."""
    if asset_class is AssetClass.CRYPTO:
        return SessionPhase.REGULAR
    hours = timetable.current()
    override = hours.override(at)
    if override is not None:
        return SessionPhase.REGULAR if override.is_open else SessionPhase.CLOSED
    if settings.MARKET_ALWAYS_OPEN:
        return SessionPhase.REGULAR
    return _phase_within(hours.day(local_date(at)), at)


def is_open(instrument: Instrument, at: datetime, *, extended: bool = False) -> bool:
    """Whether the instrument's market is in its regular session, or with `extended` also before or after it."""
    return is_class_open(AssetClass(instrument.asset_class), at, extended=extended)


def is_class_open(asset_class: AssetClass, at: datetime, *, extended: bool = False) -> bool:
    """Whether markets of this kind are in session; with `extended` the hours before and after it count too."""
    now = class_phase(asset_class, at)
    return now is SessionPhase.REGULAR or (extended and now is not SessionPhase.CLOSED)


def always_open(asset_class: AssetClass) -> bool:
    """Whether this kind of thing trades around the clock here, unless an operator closes the market."""
    return asset_class is AssetClass.CRYPTO or bool(settings.MARKET_ALWAYS_OPEN)


def closed_because(asset_class: AssetClass, day: date) -> str | None:
    """Why there is no trading on this date by the timetable (`Thanksgiving`, `weekend`); None where there is."""
    if always_open(asset_class) or timetable.current().day(day) is not None:
        return None
    special = timetable.current().special(day)
    return "weekend" if special is None else special.name


def usual_open() -> time_of_day:
    """When regular trading begins on a common day, by the market's own clock."""
    days = [day for day in timetable.current().week if day is not None]
    return days[0].opens_at if days else published.WEEKDAY.opens_at


# Sessions ------------------------------------------------------------------------------------------------------------
def session_bounds(asset_class: AssetClass, at: datetime) -> SessionBounds:
    """The regular session in progress, or the last one that has begun (also on a Sunday, or before the open).

    A market that an operator opens outside its hours has a session from then (at the earliest local midnight) until
    the override ends (at the latest the next local midnight), together with the timetable's own session if they touch.
    """
    today = _session_of(asset_class, local_date(at), at)
    if today is not None and today.opens_at <= at:
        return today
    return _earlier(asset_class, local_date(at))


def trading_session(asset_class: AssetClass, at: datetime) -> SessionBounds | None:
    """The session whose day (from the first pre-market to the last after-hours trade) holds this moment, if any."""
    today = _session_of(asset_class, local_date(at), at)
    return today if today is not None and today.pre_opens_at <= at < today.post_closes_at else None


def previous_session(asset_class: AssetClass, at: datetime) -> SessionBounds:
    """The session before the one that `session_bounds` answers."""
    return _earlier(asset_class, session_bounds(asset_class, at).day)


def next_session(asset_class: AssetClass, at: datetime) -> SessionBounds | None:
    """The first session whose regular hours begin after this moment; None when the timetable holds none.

    A market closed by an override opens when that ends, if it is known to end within a session; an override without
    an end is not foreseen to last.
    """
    override = _override(asset_class, at)
    reopens = override.until if override is not None and not override.is_open else None
    after = at if reopens is None else max(at, reopens - timedelta(microseconds=1))
    today = local_date(after)
    for number in range(_SEARCH_DAYS):
        day = today + timedelta(days=number)
        found = _session_of(asset_class, day, max(after, _midnight(day)))
        if found is None:
            continue
        if found.opens_at > after:
            return found
        if reopens is not None and found.opens_at <= reopens < found.closes_at:
            return SessionBounds(found.day, found.pre_opens_at, reopens, found.closes_at, found.post_closes_at)
    return None


def next_open(asset_class: AssetClass, at: datetime) -> datetime | None:
    """When regular trading begins next, after this moment; in the always-open market that is the next midnight."""
    found = next_session(asset_class, at)
    return None if found is None else found.opens_at


def last_close(asset_class: AssetClass, at: datetime) -> datetime:
    """The newest end of a regular session at or before this moment: the previous session's close while one runs."""
    found = session_bounds(asset_class, at)
    return found.closes_at if found.closes_at <= at else previous_session(asset_class, at).closes_at


def day_ends(asset_class: AssetClass, at: datetime, *, extended: bool = False) -> datetime | None:
    """When an order for the day that is given now ends: with the regular session in progress, else with the next one.

    With `extended` it lasts to the end of after-hours, and the day in progress begins with its pre-market. None when
    the timetable holds no session any more.
    """
    today = trading_session(asset_class, at)
    ends = None if today is None else today.post_closes_at if extended else today.closes_at
    if ends is not None and at < ends:
        return ends
    following = next_session(asset_class, at)
    if following is None:
        return None
    return following.post_closes_at if extended else following.closes_at


def session(at: datetime) -> SessionState:
    """The state of the stock market at this moment; `next_change` is that of the regular session."""
    override = timetable.current().override(at)
    always = bool(settings.MARKET_ALWAYS_OPEN)
    if override is not None:
        until = "further notice" if override.until is None else _local(override.until)
        opened = "opened" if override.is_open else "closed"
        label = f"Market {opened} by the operator until {until}: {override.reason}"
        kind = SessionPhase.REGULAR if override.is_open else SessionPhase.CLOSED
        return SessionState(override.is_open, label, always, override.until, kind, override)
    if always:
        return SessionState(True, _ALWAYS_OPEN, True, None)
    now = class_phase(AssetClass.EQUITY, at)
    if now is SessionPhase.REGULAR:
        change = session_bounds(AssetClass.EQUITY, at).closes_at
        return SessionState(True, f"Market open until {_local(change)}", False, change, now)
    opens = next_open(AssetClass.EQUITY, at)
    until = "further notice" if opens is None else _local(opens)
    note = "" if now is SessionPhase.CLOSED else f" ({now.label.lower()} trading)"
    return SessionState(False, f"Market closed until {until}{note}", False, opens, now)


# Minutes and years ---------------------------------------------------------------------------------------------------
def trading_minutes(asset_class: AssetClass, begins: datetime, ends: datetime) -> NDArray[np.int64]:
    """The first second of every regular minute between two moments by the published calendar, oldest first.

    Generated history follows it, so that an edit of the hours rewrites nobody's past.
    """
    return _minutes(UNTOUCHED, asset_class, begins, ends, extended=False)


def session_minutes(
    asset_class: AssetClass, begins: datetime, ends: datetime, *, extended: bool = True
) -> NDArray[np.int64]:
    """The first second of every minute between two moments in which the timetable lets things trade."""
    return _minutes(timetable.current(), asset_class, begins, ends, extended=extended)


def session_seconds_per_year(asset_class: AssetClass) -> float:
    """How much regular trading time a year has: what a yearly volatility is spread over in generated history."""
    return 365.25 * 86_400 if always_open(asset_class) else 252 * _REGULAR_HOURS * 3600


def paced_seconds_per_year(asset_class: AssetClass) -> float:
    """The same for the moving market, whose extended hours count for `EXTENDED_PACE` of regular ones."""
    if always_open(asset_class):
        return session_seconds_per_year(asset_class)
    return 252 * 3600 * (_REGULAR_HOURS + EXTENDED_PACE * _EXTENDED_HOURS)


# Days ----------------------------------------------------------------------------------------------------------------
def local_date(at: datetime) -> date:
    """The calendar day in the market's time zone."""
    return at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)).date()


def end_of(day: date) -> datetime:
    """The last second of a date in the market's time zone: what is good till that date ends then."""
    return datetime.combine(day, time_of_day(23, 59, 59), ZoneInfo(settings.MARKET_TIMEZONE))


def local_day(at: datetime) -> int:
    """The number of the calendar day in the market's time zone; it changes when previous closes roll."""
    return local_date(at).toordinal()


def local_midnight(at: datetime) -> datetime:
    """When the market's calendar day began."""
    return at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)).replace(hour=0, minute=0, second=0, microsecond=0)


def _phase_within(found: SessionBounds | None, at: datetime) -> SessionPhase:
    if found is None or not found.pre_opens_at <= at < found.post_closes_at:
        return SessionPhase.CLOSED
    if at < found.opens_at:
        return SessionPhase.PRE
    return SessionPhase.REGULAR if at < found.closes_at else SessionPhase.POST


def _session_of(asset_class: AssetClass, day: date, at: datetime) -> SessionBounds | None:
    """The session of a date, as an override at that moment shapes it."""
    found = _whole_day(day) if always_open(asset_class) else timetable.current().day(day)
    override = None if always_open(asset_class) else _override(asset_class, at)
    return found if override is None or not override.is_open else _opened(found, override, day)


def _opened(found: SessionBounds | None, override: Override, day: date) -> SessionBounds | None:
    """A day on which an operator opens the market."""
    whole = _whole_day(day)
    begins = max(override.since, whole.opens_at)
    ends = whole.closes_at if override.until is None else min(override.until, whole.closes_at)
    if begins >= ends:
        return found
    if found is None or found.opens_at > ends or found.closes_at < begins:
        return SessionBounds(day, begins, begins, ends, ends)
    begins, ends = min(begins, found.opens_at), max(ends, found.closes_at)
    return SessionBounds(day, min(begins, found.pre_opens_at), begins, ends, max(ends, found.post_closes_at))


def _earlier(asset_class: AssetClass, day: date) -> SessionBounds:
    """The timetable's newest session before a date; where it holds none for weeks, the published one."""
    for source in (timetable.current(), UNTOUCHED):
        for number in range(1, _SEARCH_DAYS):
            before = day - timedelta(days=number)
            found = _whole_day(before) if always_open(asset_class) else source.day(before)
            if found is not None:
                return found
    raise ValueError(f"no session before {day}")


def _override(asset_class: AssetClass, at: datetime) -> Override | None:
    return None if asset_class is AssetClass.CRYPTO else timetable.current().override(at)


def _minutes(
    hours: Timetable, asset_class: AssetClass, begins: datetime, ends: datetime, *, extended: bool
) -> NDArray[np.int64]:
    first, last = to_seconds(begins), to_seconds(ends)
    if always_open(asset_class):
        return np.arange(-(-first // 60) * 60, last, 60, dtype=np.int64)
    days = []
    for number in range(local_day(begins), local_day(ends) + 1):
        found = hours.day(date.fromordinal(number))
        if found is not None:
            opens, closes = (
                (found.pre_opens_at, found.post_closes_at) if extended else (found.opens_at, found.closes_at)
            )
            days.append(np.arange(to_seconds(opens), to_seconds(closes), 60, dtype=np.int64))
    minutes = np.concatenate(days) if days else np.empty(0, np.int64)
    return minutes[(minutes >= first) & (minutes < last)]


def _whole_day(day: date) -> SessionBounds:
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    return SessionBounds(day, begins, begins, ends, ends)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), tzinfo=ZoneInfo(settings.MARKET_TIMEZONE)).astimezone(UTC)


def _local(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE))
    return f"{local:%A} {local.hour}:{local:%M} {local.tzname()}"
