"""When markets are open: New York's calendar for shares and funds, always for coins, always for all if so set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from arbion.domain.enums import AssetClass
from marketdata.models import Instrument
from marketdata.times import to_seconds

EXCHANGE = "XNYS"
_BACK = timedelta(days=400)
_AHEAD = timedelta(days=330)


@dataclass(frozen=True, slots=True)
class SessionState:
    """Whether the stock market is open, in words for a page, and when that changes next (never, if always open)."""

    is_open: bool
    label: str
    always_open: bool
    next_change: datetime | None


def is_open(instrument: Instrument, at: datetime) -> bool:
    """Whether the instrument's market is in session at this moment."""
    return is_class_open(AssetClass(instrument.asset_class), at)


def is_class_open(asset_class: AssetClass, at: datetime) -> bool:
    """Whether markets of this kind are in session at this moment."""
    return always_open(asset_class) or session(at).is_open


def always_open(asset_class: AssetClass) -> bool:
    """Whether this kind of thing trades around the clock here."""
    return asset_class is AssetClass.CRYPTO or bool(settings.MARKET_ALWAYS_OPEN)


def session(at: datetime) -> SessionState:
    """The state of the stock market at this moment."""
    if settings.MARKET_ALWAYS_OPEN:
        return SessionState(True, "Always open: simulated market", True, None)
    opens, closes = _sessions(at)
    now = to_seconds(at)
    ended = int(np.searchsorted(closes, now, side="right"))
    if ended == len(opens):
        return SessionState(False, "Market closed", False, None)
    if opens[ended] <= now:
        change = _moment(int(closes[ended]))
        return SessionState(True, f"Market open until {_local(change)}", False, change)
    change = _moment(int(opens[ended]))
    return SessionState(False, f"Market closed until {_local(change)}", False, change)


def trading_minutes(asset_class: AssetClass, begins: datetime, ends: datetime) -> NDArray[np.int64]:
    """The first second of every minute in session between two moments, oldest first."""
    first, last = to_seconds(begins), to_seconds(ends)
    if always_open(asset_class):
        return np.arange(-(-first // 60) * 60, last, 60, dtype=np.int64)
    opens, closes = _sessions(ends)
    days = [
        np.arange(opening, closing, 60, dtype=np.int64)
        for opening, closing in zip(opens.tolist(), closes.tolist(), strict=True)
        if closing > first and opening < last
    ]
    minutes = np.concatenate(days) if days else np.empty(0, np.int64)
    return minutes[(minutes >= first) & (minutes < last)]


def session_seconds_per_year(asset_class: AssetClass) -> float:
    """How much trading time a year has: what a yearly volatility is spread over."""
    return 365.25 * 86_400 if always_open(asset_class) else 252 * 6.5 * 3600


def local_day(at: datetime) -> int:
    """The number of the calendar day in the market's time zone; it changes when previous closes roll."""
    return at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)).date().toordinal()


def local_midnight(at: datetime) -> datetime:
    """When the market's calendar day began."""
    return at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)).replace(hour=0, minute=0, second=0, microsecond=0)


def _sessions(at: datetime) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return _calendar(at.year, at.month)


@lru_cache(maxsize=4)
def _calendar(year: int, month: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Opening and closing seconds of the sessions around one month; the published calendar ends about a year ahead."""
    import exchange_calendars  # noqa: PLC0415  it brings pandas: half a second that most processes never need

    middle = datetime(year, month, 15, tzinfo=UTC)
    calendar = exchange_calendars.get_calendar(
        EXCHANGE, start=(middle - _BACK).date().isoformat(), end=(middle + _AHEAD).date().isoformat()
    )
    opens = np.array([int(moment.timestamp()) for moment in calendar.opens], np.int64)
    closes = np.array([int(moment.timestamp()) for moment in calendar.closes], np.int64)
    return opens, closes


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _local(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE))
    return f"{local:%A} {local.hour}:{local:%M} {local.tzname()}"
