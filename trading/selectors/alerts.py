"""A person's alerts, and how far what is waited for is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.enums import AssetClass, OrderStatus
from arbion.domain.errors import NotFound
from arbion.domain.numbers import EXACT, HUNDRED, PRICE_UNIT, plain
from arbion.domain.reports import QuoteReport
from marketdata import hours, quotes, stillness
from marketdata.conditions import Reference
from marketdata.conditions.condition import CHANGE, PRICE, VOLUME
from marketdata.conditions.words import figure, waits_for
from trading.models import Alert, AlertStatus, Order
from trading.models.condition import WatchedFigure
from trading.selectors.orders import orders

# More than anybody keeps an eye on: the card of the desk looks no further for the nearest.
LOOKED_AT = 200
CLOSED, HALTED = "its market is closed", "trading in it is halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """A condition as it is shown: in words, where the figure stands, how far that is, and why it is not seen."""

    row: WatchedFigure
    words: str
    now: str = ""
    level: Decimal | None = None
    percent: Decimal | None = None
    unseen: str = ""

    @property
    def symbol(self) -> str:
        """Whose price is watched; nothing where it is another figure."""
        return "" if self.level is None or self.row.instrument is None else self.row.instrument.symbol

    @property
    def level_text(self) -> str:
        """The price at which it is true, for a script that follows the price."""
        return "" if self.level is None else plain(self.level.quantize(PRICE_UNIT, context=EXACT))

    @property
    def away(self) -> str:
        """How far the price still has to go, in percent of itself: `▼ 1.20%`."""
        if self.percent is None:
            return ""
        return f"{'▲' if self.percent > 0 else '▼'} {abs(self.percent):.2f}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """Something that waits for a figure: an alert, or an order that goes when it is there."""

    view: AlertView
    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """What comes true next, nearest first, and of how many these are the nearest."""

    views: list[WaitingView]
    total: int


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


def nearest(user: User, *, at: datetime, most: int) -> Nearest:
    """The person's alerts that are watched and orders that wait for a condition: those whose price is nearest first."""
    watched = alerts(user).filter(status=AlertStatus.ACTIVE)
    held = orders(user).filter(status=OrderStatus.HELD, condition__isnull=False, condition__fired_at=None)
    waiting = list(held[:LOOKED_AT])
    rows = [*watched[:LOOKED_AT], *(order.condition for order in waiting)]
    by_row: dict[WatchedFigure, Order] = {order.condition: order for order in waiting}
    views = [WaitingView(view=view, order=by_row.get(view.row)) for view in alert_views(rows, at=at)]
    far = Decimal("Infinity")
    views.sort(key=lambda one: far if one.view.percent is None else abs(one.view.percent))
    return Nearest(views=views[:most], total=watched.count() + held.count())


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
    percent = None if level is None else _percent_to(level, quote.last)
    return AlertView(row=row, words=words, now=figure(PRICE, quote.last), level=level, percent=percent, unseen=unseen)


def _level(row: WatchedFigure, quote: QuoteReport) -> Decimal | None:
    """The price at which it is true."""
    if row.metric == PRICE:
        return Decimal(row.value)
    start = quote.previous_close if row.reference == Reference.PREVIOUS_CLOSE else row.baseline
    return None if start is None else EXACT.divide(EXACT.multiply(start, HUNDRED + row.value), HUNDRED)


def _percent_to(level: Decimal, price: Decimal) -> Decimal:
    """How far the price still has to go, in percent of itself."""
    return EXACT.divide(EXACT.multiply(level - price, HUNDRED), price)
