"""Conditions in words: what is waited for, and what was seen when it came true."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from arbion.domain.numbers import CENT, EXACT, ZERO, plain
from marketdata.conditions.condition import CHANGE, PRICE, VOLUME, Condition, Reference

_NAMES = {
    VOLUME: "the day's volume",
    "position_value": "the value of my position",
    "position_profit": "the profit of my position",
    "position_profit_percent": "the profit of my position in percent",
    "equity": "my equity",
    "day_profit": "my profit of the day",
    "buying_power": "my buying power",
}
_PERCENTS = frozenset({"position_profit_percent"})
_MONEY = frozenset({PRICE, "position_value", "position_profit", "equity", "day_profit", "buying_power"})
_FROM = {
    Reference.NOW: "from {baseline}",
    Reference.PREVIOUS_CLOSE: "on the day",
    Reference.AVERAGE_PRICE: "from your average price",
}


def metric_words(metric: str) -> str:
    """The name of a figure: `RSI`, `200-day average`, `MACD signal`."""
    if metric in _NAMES:
        return _NAMES[metric]
    if found := re.fullmatch(r"(sma|ema)(?:_(\d+))?", metric):
        kind = "average" if found[1] == "sma" else "exponential average"
        return f"the {found[2] or 20}-day {kind}"
    if found := re.fullmatch(r"(rsi|macd|bollinger)((?:_[\d.]+)*)_?([a-z]*)", metric):
        name = {"rsi": "RSI", "macd": "MACD", "bollinger": "Bollinger"}[found[1]]
        numbers = found[2].strip("_").replace("_", ", ")
        return " ".join(part for part in (name, found[3], f"({numbers})" if numbers else "") if part)
    return metric.replace("_", " ")


def waits_for(condition: Condition, *, baseline: Decimal | None = None) -> str:
    """What must become true: `AAPL at or below 170.00`, `AAPL down 5% from 240.10`."""
    symbol = condition.symbol or ""
    if condition.metric == CHANGE and condition.reference is not None:
        way = "down" if condition.value < ZERO else "up"
        start = _FROM[condition.reference].format(baseline=figure(PRICE, baseline) if baseline else "now")
        return f"{symbol} {way} {plain(abs(condition.value))}% {start}"
    bound = f"{condition.operator.label} {figure(condition.metric, condition.value)}"
    if condition.metric == PRICE:
        return f"{symbol} {bound}"
    return f"{f'{symbol}: ' if symbol else ''}{metric_words(condition.metric)} {bound}"


def came_true(
    condition: Condition, *, seen: Decimal, price: Decimal | None = None, start: Decimal | None = None
) -> str:
    """What was seen: `AAPL fell 5.02% from 240.10 to 228.05`, `AAPL at 169.55, at or below 170.00`."""
    symbol = condition.symbol or ""
    if condition.metric == CHANGE and price is not None and start is not None:
        did = "fell" if seen < ZERO else "rose"
        return f"{symbol} {did} {abs(seen):.2f}% from {figure(PRICE, start)} to {figure(PRICE, price)}"
    bound = f"{condition.operator.label} {figure(condition.metric, condition.value)}"
    if condition.metric == PRICE:
        return f"{symbol} at {figure(PRICE, seen)}, {bound}"
    name = metric_words(condition.metric)
    return f"{f'{symbol}: ' if symbol else ''}{name} {figure(condition.metric, seen)}, {bound}"


def with_time(words: str, at: datetime) -> str:
    """The same with the time of the quote."""
    return f"{words}, seen {at.astimezone(UTC):%H:%M:%S} UTC"


def figure(metric: str, value: Decimal) -> str:
    """A figure as its kind is written: money and prices with two decimals or more, volume in whole units."""
    if metric == VOLUME:
        return f"{value:,.0f}"
    if metric in _PERCENTS or metric == CHANGE:
        return f"{value:.2f}%"
    if metric in _MONEY or metric.startswith(("sma", "ema", "bollinger")):
        rounded = value.quantize(CENT, context=EXACT)
        return f"{rounded:,.2f}" if abs(value) >= 1 or rounded == value else plain(value)
    return plain(value.quantize(CENT, context=EXACT)) if abs(value) >= 1 else plain(value)
