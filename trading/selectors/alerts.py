"""A person's alerts, and how far what is waited for is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.enums import AssetClass
from arbion.domain.errors import NotFound
from arbion.domain.numbers import EXACT, HUNDRED
from arbion.domain.reports import QuoteReport
from marketdata import hours, quotes, stillness
from marketdata.conditions import Reference
from marketdata.conditions.condition import CHANGE, PRICE, VOLUME
from marketdata.conditions.words import figure, waits_for
from trading.models import Alert
from trading.models.condition import WatchedFigure

CLOSED, HALTED = "its market is closed", "trading in it is halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """A condition as it is shown: in words, where the figure stands, how far that is, and why it is not seen."""

    row: WatchedFigure
    words: str
    now: str = ""
    away: str = ""
    unseen: str = ""


def alerts(user: User) -> QuerySet[Alert]:
    """The person's alerts, newest first."""
    return Alert.objects.filter(user=user).select_related("instrument", "account")


def alert_of(user: User, alert_id: str | UUID) -> Alert:
    """One alert of the person. Raises NotFound for anybody else's."""
    try:
        return alerts(user).get(pk=alert_id if isinstance(alert_id, UUID) else UUID(alert_id))
    except (Alert.DoesNotExist, ValueError):
        raise NotFound("There is no such alert.") from None


def alert_views(rows: Iterable[WatchedFigure], *, at: datetime) -> list[AlertView]:
    """Each as it is shown at the newest prices; figures that cost much to read are left out."""
    found = list(rows)
    known = quotes.latest({row.instrument.symbol for row in found if row.instrument is not None})
    still = stillness.still_ids() if found else set()
    return [_view(row, known, still=still, at=at) for row in found]


def _view(row: WatchedFigure, known: dict[str, QuoteReport], *, still: set[int], at: datetime) -> AlertView:
    words = waits_for(row.condition, baseline=row.baseline)
    quote = None if row.instrument is None else known.get(row.instrument.symbol)
    if quote is None or row.instrument is None:
        return AlertView(row=row, words=words)
    unseen = ""
    if row.instrument_id in still:
        unseen = HALTED
    elif not hours.is_class_open(AssetClass(row.instrument.asset_class), at):
        unseen = CLOSED
    elif quotes.is_stale(quote, at):
        unseen = f"not seen since {quote.at:%H:%M:%S} UTC"
    if row.metric == VOLUME:
        return AlertView(row=row, words=words, now=figure(VOLUME, quote.volume), unseen=unseen)
    if row.metric not in {PRICE, CHANGE}:
        return AlertView(row=row, words=words, unseen=unseen)
    level = _level(row, quote)
    away = "" if level is None else _away(quote.last, level)
    return AlertView(row=row, words=words, now=figure(PRICE, quote.last), away=away, unseen=unseen)


def _level(row: WatchedFigure, quote: QuoteReport) -> Decimal | None:
    """The price at which it is true."""
    if row.metric == PRICE:
        return Decimal(row.value)
    start = quote.previous_close if row.reference == Reference.PREVIOUS_CLOSE else row.baseline
    return None if start is None else EXACT.divide(EXACT.multiply(start, HUNDRED + row.value), HUNDRED)


def _away(price: Decimal, level: Decimal) -> str:
    """How far the price still has to go, in percent of itself."""
    percent = EXACT.divide(EXACT.multiply(level - price, HUNDRED), price)
    return f"{'▲' if percent > 0 else '▼'} {abs(percent):.2f}%"
