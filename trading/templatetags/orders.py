"""How an order reads on a page: what it does, how it meets the market, what it waits for, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

from arbion.domain.enums import (
    AssetClass,
    GroupRole,
    OrderStatus,
    OrderType,
    PositionEffect,
    Side,
    TimeInForce,
    Waiting,
)
from arbion.domain.numbers import EXACT, PRICE_UNIT
from arbion.domain.options import OptionTerms, read_symbol
from arbion.lib.clock import SYSTEM
from arbion.lib.templatetags.arbion import money, percent, price, quantity, words
from marketdata.conditions.words import waits_for
from marketdata.models import Instrument
from marketdata.options.contracts import terms_of
from trading.models import Lot, Order, OrderEvent
from trading.selectors.alerts import alert_views

register = template.Library()

SHORT_TIMES = {
    TimeInForce.DAY: "today",
    TimeInForce.GTC: "until canceled",
    TimeInForce.IOC: "at once or not",
    TimeInForce.FOK: "whole at once or not",
    TimeInForce.OPG: "at the open",
    TimeInForce.CLS: "at the close",
}
ROLES = {
    GroupRole.ENTRY: "Entry",
    GroupRole.STOP_LOSS: "Stop loss",
    GroupRole.TAKE_PROFIT: "Take profit",
    GroupRole.ALTERNATIVE: "One of two",
    GroupRole.FOLLOWER: "Follows the entry",
}
CHANGING = {OrderStatus.HELD, OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}
CHANGES = {"quantity": ("Size", quantity), "limit_price": ("Limit", price), "stop_price": ("Stop", price)}
# What an event's data may tell, and how each figure is written.
TOLD = {
    "quantity": ("Size", quantity),
    "price": ("Price", price),
    "fee": ("Fee", money),
    "limit_price": ("Limit", price),
    "stop_price": ("Stop", price),
}


@register.filter
def contract_words(symbol: str) -> str:
    """An option's symbol in words, `AAPL 18 Dec 2026 200 call`; any other symbol as it is."""
    terms = read_symbol(symbol)
    return symbol if terms is None else terms_words(terms)


def terms_words(terms: OptionTerms) -> str:
    """The terms of a contract in words."""
    day = terms.expires_on
    return f"{terms.underlying} {day.day} {day:%b %Y} {price(terms.strike)} {terms.right.label.lower()}"


@register.filter
def instrument_words(instrument: Instrument) -> str:
    """What an instrument is called in a table: its symbol, or an option's terms."""
    terms = terms_of(instrument)
    return instrument.symbol if terms is None else terms_words(terms)


@register.filter
def side_words(order: Order) -> str:
    """What the order does: `Buy`, `Sell short`, `Sell to close`."""
    side, effect = Side(order.side), order.effect
    if order.is_package:
        return "Package"
    if order.instrument.asset_class == AssetClass.OPTION:
        return f"{side.label} to {effect}" if effect else side.label
    if side is Side.SELL and effect == PositionEffect.OPEN:
        return "Sell short"
    return "Buy to cover" if side is Side.BUY and effect == PositionEffect.CLOSE else side.label


@register.filter
def what(order: Order) -> str:
    """The size and the thing: `10 AAPL`, `2 of AAPL` for a package."""
    if order.is_package:
        return f"{quantity(order.quantity)} of {order.instrument.symbol}"
    return f"{quantity(order.quantity)} {instrument_words(order.instrument)}"


@register.filter
def title(order: Order) -> str:
    """What the order does, in one line: `Sell short 3 AAPL`."""
    return f"{side_words(order)} {what(order)}"


@register.filter
def terms(order: Order) -> str:
    """How it meets the market: `Stop 190.00, limit 189.00`."""
    step = None if order.is_package else order.instrument.price_increment
    kind = OrderType(order.order_type)
    limit, stop = price(order.limit_price, step), price(order.stop_price, step)
    if kind is OrderType.LIMIT:
        return f"Limit {net(order.limit_price) if order.is_package else limit}"
    if kind is OrderType.STOP:
        return f"Stop {stop}"
    if kind is OrderType.STOP_LIMIT:
        return f"Stop {stop}, limit {limit}"
    if kind is OrderType.TRAILING_STOP:
        trail = percent(order.trail_percent) if order.trail_percent else price(order.trail_amount, step)
        return f"Trailing stop {trail}" + (f", now {stop}" if order.stop_price else "")
    return kind.label


@register.filter
def net(value: Decimal | None) -> str:
    """A package's net price: `1.20 paid`, `0.85 received`."""
    if value is None:
        return price(None)
    return f"{price(abs(value))} {'received' if value < 0 else 'paid'}"


@register.filter
def lasts(order: Order) -> str:
    """How long it works: `today`, `until 24 Dec 2026`."""
    if order.time_in_force == TimeInForce.GTD and order.expires_at:
        day = order.expires_at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE))
        text = f"until {day.day} {day:%b %Y}"
    else:
        text = SHORT_TIMES.get(TimeInForce(order.time_in_force), order.get_time_in_force_display().lower())
    text = f"{text}, also outside regular hours" if order.extended_hours else text
    return f"{text}, once it goes" if waits_by_itself(order) else text


@register.filter
def role(order: Order) -> str:
    """The part that it plays in its group, or nothing."""
    return ROLES.get(GroupRole(order.group_role), "")


@register.filter
def waits(order: Order) -> str:
    """What an order that is held here waits for, in words; nothing for any other."""
    if not order.is_open or not order.waiting_for:
        return ""
    if order.waiting_for == Waiting.MARKET_OPEN:
        return "waits for the market to open"
    if waits_by_itself(order):
        return f"waits for {waits_words(order)}"
    return "waits for the entry" if order.group_id and order.group_role != GroupRole.NONE else "waits for its condition"


@register.filter
def waits_words(order: Order) -> str:
    """The condition that it waits for: `AAPL down 5% from 240.10`."""
    return waits_for(order.condition.condition, baseline=order.condition.baseline)


@register.filter
def waits_by_itself(order: Order) -> bool:
    """Whether it waits for a condition that can be changed."""
    condition = getattr(order, "condition", None)
    return order.status == OrderStatus.HELD and condition is not None and condition.fired_at is None


@register.filter
def away(order: Order) -> str:
    """How far what it waits for is away: `now 228.05, ▼ 1.20% to go`."""
    if not waits_by_itself(order):
        return ""
    view = alert_views([order.condition], at=SYSTEM.now())[0]
    parts = [f"now {view.now}" if view.now else "", f"{view.away} to go" if view.away else "", view.unseen]
    return ", ".join(part for part in parts if part)


@register.filter
def unit_cost(lot: Lot, multiplier: Decimal = Decimal(1)) -> Decimal | None:
    """What one unit of the lot cost, at the scale of a price; an option's per unit of the underlying."""
    units = EXACT.multiply(lot.remaining_quantity, multiplier)
    return EXACT.divide(lot.remaining_cost, units).quantize(PRICE_UNIT, context=EXACT) if units else None


@register.filter
def wanted_words(order: Order) -> str:
    """The change that was asked of the venue and is not answered yet: `size 5, limit 101.00`."""
    asked = order.wanted or {}
    parts = [f"{name.lower()} {write(asked[field])}" for field, (name, write) in CHANGES.items() if asked.get(field)]
    return ", ".join(parts)


@register.filter
def can_change(order: Order) -> bool:
    """Whether one may ask for new terms: the venue has it, or we hold it, and nothing asked before is unanswered."""
    return order.status in CHANGING and not order.pending_request


@register.filter
def event_title(event: OrderEvent) -> str:
    """What happened, in a few words."""
    return event.get_trigger_display() if event.trigger else words(event.cause)


@register.filter
def event_figures(event: OrderEvent) -> str:
    """The figures of an event: `Size 5 · Price 101.20`; of a change `Limit 20.00 → 21.00`."""
    data: Mapping[str, Any] = event.data if isinstance(event.data, dict) else {}
    parts = []
    for key, (name, write) in TOLD.items():
        told = data.get(key)
        if isinstance(told, dict):
            parts.append(f"{name} {write(told.get('from'))} → {write(told.get('to'))}")
        elif _is_figure(told):
            parts.append(f"{name} {write(told)}")
    return " · ".join(parts)


@register.filter
def event_reason(event: OrderEvent) -> str:
    """Why, where the event says so: a venue's or the desk's sentence."""
    data: Mapping[str, Any] = event.data if isinstance(event.data, dict) else {}
    return str(data.get("reason") or data.get("detail") or "")[:300]


def _is_figure(value: Any) -> bool:
    try:
        return value not in {None, ""} and Decimal(str(value)).is_finite()
    except (InvalidOperation, TypeError):
        return False
