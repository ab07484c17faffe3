"""How the stops of positions stand at the latest prices: what each would close, how far its level is, who watches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from trading.models import STANDING, WATCHED, GuardedAt, Position, Stop, StopStatus
from trading.selectors.stops import guarded_quantity, standing_stops, stops, watch_age_max, watched_ago
from trading.selectors.views import percent

# For so long a stop that went off or ended stands beside those that guard.
RECENT = timedelta(hours=24)
RECENT_MAX = 3
# These guard against no loss.
_NO_GUARD = frozenset({StopKind.TAKE_PROFIT, StopKind.TIME})


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """One stop beside the latest price: `units` is what it would close now, `last` the price (None: there is none)."""

    stop: Stop
    units: Decimal
    last: Decimal | None = None

    @property
    def instrument(self) -> Instrument:
        """What the position is of."""
        return self.stop.instrument

    @property
    def away_percent(self) -> Decimal | None:
        """How far the level is from the last price, in percent of it, above zero where it is higher; two decimals."""
        level = self.stop.level
        return None if level is None or self.last is None else percent(level - self.last, self.last)

    @property
    def is_watched(self) -> bool:
        """Whether it can still go off, be changed and be taken away."""
        return self.stop.status in WATCHED

    @property
    def where(self) -> str:
        """Where it is guarded."""
        return where_guarded(self.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What guards one position, and what lately did; `held` is below zero where the units are owed."""

    instrument: Instrument
    held: Decimal
    standing: tuple[StopView, ...]
    recent: tuple[Stop, ...]
    is_unwatched: bool

    @property
    def is_unguarded(self) -> bool:
        """Whether there is a position and nothing that would close it after a loss."""
        return bool(self.held) and not any(_is_against_loss(view) for view in self.standing)


def where_guarded(stop: Stop) -> str:
    """Where a stop is guarded, in words; nothing for one that is over and left nothing at its venue.

    The one place that says so, from the venue's own word of the order that stands for the stop. Needs a stop that was
    read with its `resting` order, as `stops` reads it.
    """
    where = stop.guarded_at
    if where is None:
        return ""
    is_told_why = where is GuardedAt.HERE and stop.status in WATCHED and stop.rest_note
    return f"{where.label}. {stop.rest_note}" if is_told_why else where.label


def guards_of(account: BrokerAccount, instrument: Instrument, *, at: datetime) -> Guards:
    """What guards the account's position in an instrument, oldest first, and what ended lately, newest first."""
    rows = list(stops(account.user).filter(account=account, instrument=instrument, status__in=STANDING))
    ended = stops(account.user).filter(account=account, instrument=instrument, ended_at__gt=at - RECENT)
    held = Position.objects.filter(account=account, instrument=instrument).values_list("quantity", flat=True).first()
    return Guards(
        instrument=instrument,
        held=held or ZERO,
        standing=tuple(_views(reversed(rows))),
        recent=tuple(ended.exclude(triggered_at=None).order_by("-ended_at")[:RECENT_MAX]),
        is_unwatched=is_unwatched(at),
    )


def standing_views(user: User) -> list[StopView]:
    """All stops of a person that still guard something, newest first."""
    return _views(standing_stops(user))


def view_of(stop: Stop, *, held: Decimal) -> StopView:
    """One stop, saved or not, beside the latest price."""
    quote = quotes.latest_of(stop.instrument)
    return StopView(stop=stop, units=guarded_quantity(stop, held), last=None if quote is None else quote.last)


def is_unwatched(at: datetime) -> bool:
    """Whether nobody has looked at prices of late, so that stops may not go off."""
    ago = watched_ago(at)
    return ago is None or ago > watch_age_max()


def _views(rows: Iterable[Stop]) -> list[StopView]:
    found = list(rows)
    held = Position.objects.filter(account__in={row.account_id for row in found})
    units = {
        (one.account_id, one.instrument_id): one.quantity for one in held.only("account", "instrument", "quantity")
    }
    prices = quotes.latest({row.instrument.symbol for row in found}) if found else {}
    views = []
    for row in found:
        quote = prices.get(row.instrument.symbol)
        closes = guarded_quantity(row, units.get((row.account_id, row.instrument_id), ZERO))
        views.append(StopView(stop=row, units=closes, last=None if quote is None else quote.last))
    return views


def _is_against_loss(view: StopView) -> bool:
    """Whether it closes after a loss: neither a target nor a time, and at a level; or it is closing already."""
    if view.stop.status == StopStatus.TRIGGERED:
        return True
    return view.stop.kind not in _NO_GUARD and view.stop.level is not None
