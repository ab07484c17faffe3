"""Answers from our own figures: prices, positions, orders, buying power and performance, each with its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from arbion.domain.enums import Interval, OrderStatus
from arbion.domain.numbers import plain
from arbion.lib.clock import Clock
from brokers.models import BrokerAccount
from marketdata import candles, indicators, quotes
from marketdata.errors import UnknownSymbol
from marketdata.instruments import get_instrument
from trading import selectors
from trading.desk.naming import about, called, is_about
from trading.desk.steps import Json

LIST_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    symbol: str | None
    account: BrokerAccount
    user: User
    clock: Clock


def answer(action: Json, *, account: BrokerAccount, user: User, clock: Clock) -> Json:
    """The answer to one question, as `{"kind": "answer", "text", "rows"}`; rows are label and figure."""
    question = _Question(symbol=action["symbol"], account=account, user=user, clock=clock)
    text, rows = _TOPICS.get(action["topic"], _unknown)(question)
    return {"kind": "answer", "topic": action["topic"], "text": text, "rows": rows}


_Answer = tuple[str, list[list[str]]]


def _quote(question: _Question) -> _Answer:
    if question.symbol is None:
        return "Which symbol do you mean?", []
    try:
        instrument = get_instrument(question.symbol)
    except UnknownSymbol:
        return f"I don't know {question.symbol}.", []
    quote = quotes.latest_of(instrument)
    if quote is None:
        return f"There is no price for {instrument.name} yet.", []
    change = quotes.change_percent(quote)
    age = " (this price is stale)" if quotes.is_stale(quote, question.clock.now()) else ""
    text = f"{instrument.name} ({instrument.symbol}) is at {_money(quote.last)}, {change:+.2f}% on the day{age}."
    rows = [["Bid", _money(quote.bid)], ["Ask", _money(quote.ask)], ["Previous close", _money(quote.previous_close)]]
    return text, [*rows, ["Source", quote.source], ["Time", f"{quote.at:%H:%M:%S} UTC"]]


def _analysis(question: _Question) -> _Answer:
    text, rows = _quote(question)
    if question.symbol is None or not rows:
        return text, rows
    instrument = get_instrument(question.symbol)
    days = candles.candles(instrument, Interval.D1, end=question.clock.now(), limit=60)
    series = indicators.compute(["rsi_14", "sma_20", "atr_14"], days)
    said = []
    for name, label in (("rsi_14", "RSI 14"), ("sma_20", "20-day average"), ("atr_14", "ATR 14")):
        newest = next((value for value in reversed(series.get(name, [])) if value is not None), None)
        if newest is not None:
            said.append([label, f"{newest:,.2f}"])
    figures = "Figures from daily candles of this market; they describe the past and advise nothing."
    return f"{text} {figures}", [*rows, *said]


def _positions(question: _Question) -> _Answer:
    held = selectors.positions(question.account)
    if question.symbol:
        held = tuple(position for position in held if is_about(position.instrument, question.symbol))
    if not held:
        return (f"You hold no {question.symbol}." if question.symbol else "You hold nothing yet."), []
    rows = [
        [
            called(position.instrument),
            f"{plain(position.quantity)} worth {_money(position.value)}, {_signed(position.unrealized)}",
        ]
        for position in held[:LIST_LENGTH]
    ]
    count = f"You hold {len(held)} position{'s' if len(held) > 1 else ''}."
    return count, rows


def _portfolio(question: _Question) -> _Answer:
    view = selectors.portfolio(question.account, at=question.clock.now())
    text = f"Your account is worth {_money(view.equity)}: {_signed(view.day_profit)} today."
    rows = [
        ["Cash", _money(view.cash)],
        ["Holdings", _money(view.holdings_value)],
        ["Unrealized", _signed(view.unrealized)],
        ["Realized", _signed(view.realized)],
        ["Since the start", _signed(view.total_profit)],
    ]
    return text, rows


def _buying_power(question: _Question) -> _Answer:
    view = selectors.portfolio(question.account, at=question.clock.now())
    rows = [["Cash", _money(view.cash)], ["Claimed by open orders", _money(view.cash_held)]]
    return f"You have {_money(view.buying_power)} to spend.", rows


def _orders(question: _Question) -> _Answer:
    rows = selectors.open_orders(question.user).filter(account=question.account)
    if question.symbol:
        rows = rows.filter(about(question.symbol))
    found = list(rows[:LIST_LENGTH])
    if not found:
        return "You have no open orders.", []
    said = [
        [f"{order.side} {plain(order.quantity)} {called(order.instrument)}", OrderStatus(order.status).label]
        for order in found
    ]
    return f"You have {rows.count()} open order{'s' if rows.count() > 1 else ''}.", said


def _history(question: _Question) -> _Answer:
    rows = selectors.fills(question.user).filter(account=question.account)
    if question.symbol:
        rows = rows.filter(about(question.symbol))
    said = [
        [
            f"{fill.filled_at:%d %b %H:%M}",
            f"{fill.side} {plain(fill.quantity)} {called(fill.instrument)} at {_money(fill.price)}",
        ]
        for fill in rows[:LIST_LENGTH]
    ]
    return ("Your latest trades:" if said else "You have not traded yet."), said


def _performance(question: _Question) -> _Answer:
    view = selectors.portfolio(question.account, at=question.clock.now())
    points = selectors.equity_points(question.account, since=question.clock.now() - timedelta(days=30))
    rows = [["Today", _signed(view.day_profit)], ["Since the start", _signed(view.total_profit)]]
    if points:
        rows += [["Highest in 30 days", _money(max(point.equity for point in points))]]
        rows += [["Lowest in 30 days", _money(min(point.equity for point in points))]]
    return f"You are at {_money(view.equity)}, {_signed(view.total_profit)} since the start.", rows


def _unknown(question: _Question) -> _Answer:
    return "I can answer questions about prices, positions, orders, buying power and performance.", []


_TOPICS: dict[str, Callable[[_Question], _Answer]] = {
    "quote": _quote,
    "analysis": _analysis,
    "positions": _positions,
    "portfolio": _portfolio,
    "orders": _orders,
    "buying_power": _buying_power,
    "performance": _performance,
    "history": _history,
}


def _money(value: Decimal | None) -> str:
    if value is None:
        return "unknown (a price is missing)"
    return f"${value:,.2f}" if abs(value) >= 1 else f"${plain(value)}"


def _signed(value: Decimal | None) -> str:
    if value is None:
        return "unknown (a price is missing)"
    return f"{'+' if value >= 0 else '-'}${abs(value):,.2f}"
