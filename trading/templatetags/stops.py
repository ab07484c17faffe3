"""How a stop reads on a page: what it does and when, how far that is, and what has become of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

from arbion.domain.enums import AssetClass
from arbion.lib.templatetags.arbion import CURRENCY_SIGNS, percent, price, quantity
from marketdata.models import Instrument
from riskdesk.stops import StopKind, gain_price
from trading.models import Stop, StopStatus
from trading.selectors.guards import StopView
from trading.templatetags.orders import instrument_words

register = template.Library()

STATES = {
    StopStatus.GUARDING: ("Guarding", "badge-up"),
    StopStatus.ALARM: ("Price not read", "badge-down"),
    StopStatus.TRIGGERED: ("Went off, closing", "badge-warn"),
    StopStatus.DONE: ("Went off, done", "badge-accent"),
    StopStatus.CANCELED: ("Ended", ""),
}


@register.filter
def stop_state(stop: Stop) -> str:
    """What is true of it in one to three words."""
    return STATES[StopStatus(stop.status)][0] if stop.status in STATES else stop.get_status_display()


@register.filter
def stop_tone(stop: Stop) -> str:
    """The colour class of that."""
    return STATES[StopStatus(stop.status)][1] if stop.status in STATES else "badge-warn"


@register.filter
def stop_does(view: StopView) -> str:
    """The whole of it: `Sells 10 AAPL when the price falls to $180.00 (4.2% below).`"""
    stop = view.stop
    acts, way = _acts(view), _way(stop)
    if stop.closes_at is not None:
        return f"{acts} on {market_moment(stop.closes_at)}."
    if stop.level is None:
        moves = _money(gain_price(stop.terms, stop.entry), stop.instrument)
        return (
            f"{acts} when the price {way} back to the entry, {_money(stop.entry, stop.instrument)},"
            f" once it has been at {moves} ({_percent(stop.percent)} gain). Until then it guards nothing."
        )
    away = f" ({stop_away(view)})" if view.away_percent is not None else ""
    return f"{acts} when the price {way} to {_money(stop.level, stop.instrument)}{away}{_why(stop)}."


@register.filter
def stop_away(view: StopView) -> str:
    """How far the price is from the level: `4.2% below`; nothing where either is unknown."""
    away = view.away_percent
    if away is None:
        return ""
    return f"{percent(abs(away), 1)} {'below' if away < 0 else 'above'}"


@register.filter
def stop_past(stop: Stop) -> str:
    """What made it go off: `Went off at $179.90; its level was $180.00.`"""
    if stop.triggered_price is None:
        return "Its time came."
    level = f"; its level was {_money(stop.level, stop.instrument)}" if stop.level is not None else ""
    return f"Went off at {_money(stop.triggered_price, stop.instrument)}{level}."


@register.filter
def units_of(value: Decimal, instrument: Instrument) -> str:
    """So many of an instrument: `10 AAPL`, `2 contracts of AAPL 18 Dec 2026 200.00 call`."""
    if instrument.asset_class == AssetClass.OPTION:
        return f"{quantity(value)} contract{'' if value == 1 else 's'} of {instrument_words(instrument)}"
    return f"{quantity(value)} {instrument.symbol}"


@register.filter
def market_moment(value: datetime) -> str:
    """A moment by the market's clock: `24 Dec 2026 at 15:45 ET`."""
    local = value.astimezone(ZoneInfo(settings.MARKET_TIMEZONE))
    zone = "ET" if settings.MARKET_TIMEZONE == "America/New_York" else local.tzname()
    return f"{local.day} {local:%b %Y} at {local:%H:%M} {zone}"


def _acts(view: StopView) -> str:
    verb = "Sells" if view.stop.is_long else "Buys back"
    if view.stop.quantity is None:
        return f"{verb} all {units_of(view.units, view.instrument)}"
    return f"{verb} {units_of(view.units, view.instrument)}"


def _way(stop: Stop) -> str:
    return "falls" if stop.terms.fires_below else "rises"


def _why(stop: Stop) -> str:
    """Where the level comes from and whether it moves; nothing where it was given as a price."""
    entry, kind = _money(stop.entry, stop.instrument), StopKind(stop.kind)
    if kind is StopKind.PERCENT or (kind is StopKind.TAKE_PROFIT and stop.percent is not None):
        side = "below" if stop.level < stop.entry else "above"
        return f", {_percent(stop.percent)} {side} the entry at {entry}"
    if kind in {StopKind.TRAIL_AMOUNT, StopKind.TRAIL_PERCENT}:
        far = _percent(stop.percent) if stop.amount is None else _money(stop.amount, stop.instrument)
        return f", {far} behind the best price so far, {_money(stop.extreme, stop.instrument)}"
    if kind is StopKind.BREAK_EVEN and stop.armed_at is not None:
        return ", where it moved after the gain"
    if kind is StopKind.BREAK_EVEN:
        moves = _money(gain_price(stop.terms, stop.entry), stop.instrument)
        return f"; once the price has been at {moves}, to the entry, {entry}"
    return ""


def _money(value: Decimal | None, instrument: Instrument) -> str:
    sign = CURRENCY_SIGNS.get(instrument.currency, f"{instrument.currency} ")
    return f"{sign}{price(value, instrument.price_increment)}"


def _percent(value: Decimal | None) -> str:
    return percent(value, 0 if value is not None and value == value.to_integral_value() else 2)
