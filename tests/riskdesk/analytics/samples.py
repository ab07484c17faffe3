"""Books and pasts for the tests of the desk's mathematics: made here, so that each figure can be told by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np

from arbion.domain.enums import AssetClass, Interval, OptionRight
from arbion.domain.options import OptionTerms
from riskdesk.analytics.book import Book, Line
from riskdesk.analytics.history import History
from riskdesk.analytics.returns import Closes, Returns

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DAY = 86_400
FIRST = 1_700_006_400  # a midnight in UTC


def days(count, *, first=FIRST):
    return first + DAY * np.arange(count, dtype=np.int64)


def walk(count, *, seed, deviation=0.02, start=100.0, first=FIRST):
    """Closes that wander."""
    moves = np.random.default_rng(seed).standard_normal(count) * deviation
    return Closes(days(count, first=first), start * np.exp(np.cumsum(moves)))


def from_moves(moves, *, start=100.0):
    """Closes whose simple returns are these."""
    return Closes(days(len(moves) + 1), start * np.concatenate(([1.0], np.cumprod(1.0 + np.asarray(moves)))))


def table(symbols, values):
    """Returns as they are given."""
    values = np.asarray(values, np.float64)
    return Returns(symbols=tuple(symbols), time=days(len(values)), values=values, missing=dict.fromkeys(symbols, 0))


def past(closes, *, without=(), interval=Interval.D1):
    return History(interval=interval, until=NOW, closes=closes, without=tuple(without))


def share(symbol="AAPL", quantity="10", price="100", kind=AssetClass.EQUITY):
    return Line(symbol=symbol, asset_class=kind, quantity=Decimal(quantity), price=Decimal(price))


def option(
    *,
    right=OptionRight.CALL,
    quantity="1",
    price="5",
    strike="100",
    spot="100",
    volatility="0.3",
    rate="0",
    dividend_yield="0",
    multiplier="100",
    underlying="AAPL",
    expires_at=datetime(2027, 5, 20, 15, 0, tzinfo=UTC),
):
    terms = OptionTerms(underlying=underlying, right=right, strike=Decimal(strike), expires_on=date(2027, 5, 20))
    return Line(
        symbol=terms.symbol,
        asset_class=AssetClass.OPTION,
        quantity=Decimal(quantity),
        price=Decimal(price),
        multiplier=Decimal(multiplier),
        option=terms,
        underlying_price=Decimal(spot),
        expires_at=expires_at,
        volatility=None if volatility is None else Decimal(volatility),
        rate=Decimal(rate),
        dividend_yield=Decimal(dividend_yield),
    )


def book(*lines, cash="0", unpriced=()):
    return Book(at=NOW, lines=lines, cash=Decimal(cash), unpriced=tuple(unpriced))
