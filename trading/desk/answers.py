"""Answers from our own figures: prices, positions, orders, buying power and performance, each with source and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from accounts.models import User
from arbion.domain.enums import Interval, OrderStatus
from arbion.domain.numbers import plain
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import Clock
from brokers.models import BrokerAccount
from marketdata import candles, indicators, quotes
from marketdata.errors import UnknownSymbol
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from trading import selectors
from trading.desk.naming import about, called, is_about
from trading.desk.pictures import Answer, Json, bars, curve, money, signed
from trading.desk.risk_answers import risk_answer
from trading.selectors import PositionView

LIST_LENGTH = 8
BOOKS = "your books"
SAYABLE = (
    ("Buy and sell", "buy 10 apple, sell half my tesla at 250, buy $500 of bitcoin"),
    ("Protect", "trailing stop of 5% on my apple, buy 10 apple with stop at 180 and target at 230"),
    ("Wait for a price", "buy 2 tesla when it drops 5%"),
    ("Repeat", "buy $100 of bitcoin every Monday"),
    ("Be told", "alert me when apple reaches 250"),
    ("Change", "cancel my apple orders, move my apple stop to 185, close everything"),
    ("Ask", "what do I own, how am I doing, my open orders, what is my risk, analyse apple"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    symbol: str | None
    account: BrokerAccount
    user: User
    clock: Clock


def answer(action: Json, *, account: BrokerAccount, user: User, clock: Clock) -> Json:
    """The answer to one question, as an entry of the preview with `kind` "answer"."""
    question = _Question(symbol=action["symbol"], account=account, user=user, clock=clock)
    return _TOPICS.get(action["topic"], _unknown)(question).as_json(action["topic"])


def _quote(question: _Question) -> Answer:
    found = _priced(question)
    return found if isinstance(found, Answer) else _quote_of(*found, question)


def _priced(question: _Question) -> tuple[Instrument, QuoteReport] | Answer:
    """The instrument with its price, or why there is none to tell."""
    if question.symbol is None:
        return Answer(text="Which symbol do you mean?")
    try:
        instrument = get_instrument(question.symbol)
    except UnknownSymbol:
        return Answer(text=f"I don't know {question.symbol}.")
    quote = quotes.latest_of(instrument)
    return Answer(text=f"There is no price for {instrument.name} yet.") if quote is None else (instrument, quote)


def _quote_of(instrument: Instrument, quote: QuoteReport, question: _Question) -> Answer:
    change = quotes.change_percent(quote)
    age = " (this price is stale)" if quotes.is_stale(quote, question.clock.now()) else ""
    rows = [["Bid", money(quote.bid)], ["Ask", money(quote.ask)], ["Previous close", money(quote.previous_close)]]
    days = candles.candles(instrument, Interval.D1, end=question.clock.now(), limit=60)
    closes = [day.close for day in days]
    says = f"Daily closes of {instrument.symbol}: from {money(closes[0])} to {money(closes[-1])}." if closes else ""
    return Answer(
        text=f"{instrument.name} ({instrument.symbol}) is at {money(quote.last)}, {change:+.2f}% on the day{age}.",
        rows=rows,
        chart=curve(closes, says=says),
        links=((f"Chart of {instrument.symbol}", f"/trade/{instrument.symbol}/"),),
        source=quote.source,
        at=quote.at,
    )


def _analysis(question: _Question) -> Answer:
    found = _priced(question)
    if isinstance(found, Answer):
        return found
    instrument, quote = found
    shown = _quote_of(instrument, quote, question)
    days = candles.candles(instrument, Interval.D1, end=question.clock.now(), limit=60)
    series = indicators.compute(["rsi_14", "sma_20", "atr_14"], days)
    said = []
    for name, label in (("rsi_14", "RSI 14"), ("sma_20", "20-day average"), ("atr_14", "ATR 14")):
        newest = next((value for value in reversed(series.get(name, [])) if value is not None), None)
        if newest is not None:
            said.append([label, f"{newest:,.2f}"])
    figures = "Figures from daily candles of this market; they describe the past and advise nothing."
    return Answer(
        text=f"{shown.text} {figures}",
        rows=[*shown.rows, *said],
        chart=shown.chart,
        links=shown.links,
        source=f"{quote.source}, daily candles",
        at=quote.at,
    )


def _positions(question: _Question) -> Answer:
    held = selectors.positions(question.account)
    if question.symbol:
        held = tuple(position for position in held if is_about(position.instrument, question.symbol))
    if not held:
        return Answer(text=f"You hold no {question.symbol}." if question.symbol else "You hold nothing yet.")
    lines = [_position_line(position) for position in held[:LIST_LENGTH]]
    shares = [(called(one.instrument), one.value) for one in held[:LIST_LENGTH] if one.value is not None]
    return Answer(
        text=f"You hold {len(held)} position{'s' if len(held) > 1 else ''}.",
        columns=("Symbol", "Units", "Worth", "Profit"),
        figures=(1, 2, 3),
        lines=lines,
        chart=bars(shares, says="What each position is worth.") if len(shares) > 1 else None,
        links=(("Portfolio", "/portfolio/"),),
        source=f"{BOOKS}, last prices",
        at=question.clock.now(),
    )


def _position_line(position: PositionView) -> list[str]:
    units = plain(position.quantity)
    return [called(position.instrument), units, money(position.value), signed(position.unrealized)]


def _portfolio(question: _Question) -> Answer:
    view = selectors.portfolio(question.account, at=question.clock.now())
    rows = [
        ["Cash", money(view.cash)],
        ["Holdings", money(view.holdings_value)],
        ["Unrealized", signed(view.unrealized)],
        ["Realized", signed(view.realized)],
        ["Since the start", signed(view.total_profit)],
    ]
    parts = [(called(one.instrument), one.value) for one in view.positions[:LIST_LENGTH] if one.value is not None]
    return Answer(
        text=f"Your account is worth {money(view.equity)}: {signed(view.day_profit)} today.",
        rows=rows,
        chart=bars([("Cash", view.cash), *parts], says="Cash and what each position is worth.") if parts else None,
        links=(("Portfolio", "/portfolio/"), ("Ledger", "/cash/")),
        source=f"{BOOKS}, last prices",
        at=view.at,
    )


def _buying_power(question: _Question) -> Answer:
    view = selectors.portfolio(question.account, at=question.clock.now())
    return Answer(
        text=f"You have {money(view.buying_power)} to spend.",
        rows=[["Cash", money(view.cash)], ["Claimed by open orders", money(view.cash_held)]],
        links=(("Cash", "/cash/"),),
        source=BOOKS,
        at=view.at,
    )


def _orders(question: _Question) -> Answer:
    rows = selectors.open_orders(question.user).filter(account=question.account)
    if question.symbol:
        rows = rows.filter(about(question.symbol))
    found = list(rows[:LIST_LENGTH])
    if not found:
        return Answer(text="You have no open orders.", links=(("All orders", "/orders/"),))
    lines = [
        [order.side.capitalize(), plain(order.quantity), called(order.instrument), OrderStatus(order.status).label]
        for order in found
    ]
    count = rows.count()
    return Answer(
        text=f"You have {count} open order{'s' if count > 1 else ''}.",
        columns=("Side", "Units", "Symbol", "State"),
        figures=(1,),
        lines=lines,
        links=(("All orders", "/orders/"),),
        source=BOOKS,
        at=question.clock.now(),
    )


def _history(question: _Question) -> Answer:
    rows = selectors.fills(question.user).filter(account=question.account)
    if question.symbol:
        rows = rows.filter(about(question.symbol))
    lines = [
        [
            f"{fill.filled_at:%d %b %H:%M} UTC",
            fill.side.capitalize(),
            f"{plain(fill.quantity)} {called(fill.instrument)}",
            money(fill.price),
        ]
        for fill in rows[:LIST_LENGTH]
    ]
    return Answer(
        text="Your latest trades:" if lines else "You have not traded yet.",
        columns=("Time", "Side", "What", "Price"),
        figures=(3,),
        lines=lines,
        links=(("Orders and fills", "/orders/"),),
        source=BOOKS,
        at=question.clock.now(),
    )


def _performance(question: _Question) -> Answer:
    view = selectors.portfolio(question.account, at=question.clock.now())
    points = [
        point.equity
        for point in selectors.equity_points(question.account, since=question.clock.now() - timedelta(days=30))
    ]
    rows = [["Today", signed(view.day_profit)], ["Since the start", signed(view.total_profit)]]
    if points:
        rows += [["Highest in 30 days", money(max(points))], ["Lowest in 30 days", money(min(points))]]
    says = f"Your equity in 30 days: from {money(points[0])} to {money(points[-1])}." if points else ""
    return Answer(
        text=f"You are at {money(view.equity)}, {signed(view.total_profit)} since the start.",
        rows=rows,
        chart=curve(points, says=says),
        links=(("Portfolio", "/portfolio/"),),
        source=f"{BOOKS}, last prices",
        at=view.at,
    )


def _risk(question: _Question) -> Answer:
    return risk_answer(question.user, question.account, at=question.clock.now())


def _help(question: _Question) -> Answer:
    del question
    lines = [[label, example] for label, example in SAYABLE]
    return Answer(text="Say it in plain words. For example:", columns=("To", "Say"), lines=lines)


def _unknown(question: _Question) -> Answer:
    del question
    return Answer(text="I can answer questions about prices, positions, orders, buying power and performance.")


_TOPICS: dict[str, Callable[[_Question], Answer]] = {
    "quote": _quote,
    "analysis": _analysis,
    "positions": _positions,
    "portfolio": _portfolio,
    "orders": _orders,
    "buying_power": _buying_power,
    "performance": _performance,
    "history": _history,
    "risk": _risk,
    "help": _help,
}
