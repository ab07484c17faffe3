"""Asking for a condition: whether it can be watched at all, and the price that a change is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from arbion.domain.enums import AssetClass
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, QUANTITY_UNIT
from arbion.domain.reports import QuoteReport
from brokers.models import BrokerAccount
from marketdata import hours, quotes
from marketdata.conditions import ABOUT_POSITION, Condition, Reference, is_indicator
from marketdata.conditions.condition import CHANGE, PRICE, VOLUME
from marketdata.conditions.reading import read_indicators
from marketdata.errors import UnknownSymbol
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from riskdesk.ticks import BAND
from trading import selectors
from trading.conditions.level import average_price, change
from trading.errors import StaleQuote

# How long a condition is waited for where nothing else is said.
WAITING = timedelta(days=90)
WAITING_MAX = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A condition that can be watched: its instrument, and the price that a change from now on is counted from."""

    condition: Condition
    instrument: Instrument | None
    baseline: Decimal | None = None


def ask(condition: Condition, *, account: BrokerAccount, at: datetime) -> Asked:
    """What is to be known of the condition at this moment. Raises InvalidInput or StaleQuote with the reason."""
    if condition.symbol is None:
        return Asked(condition=condition, instrument=None)
    instrument = _instrument(condition.symbol)
    is_of_position = condition.metric in ABOUT_POSITION or condition.reference is Reference.AVERAGE_PRICE
    if is_of_position and average_price(account, instrument.pk) is None:
        raise InvalidInput.of("when.symbol", "no_position", f"You hold no {instrument.symbol}.")
    quote = quotes.latest_of(instrument)
    if quote is None:
        raise StaleQuote(f"There is no price of {instrument.symbol} yet, so nothing of it can be watched.")
    if is_indicator(condition.metric) and not read_indicators(instrument, {condition.metric}, price=quote.last, at=at):
        detail = f"There are too few daily candles of {instrument.symbol} for this figure."
        raise InvalidInput.of("when.metric", "no_candles", detail)
    baseline = _price_now(instrument, quote, at) if condition.reference is Reference.NOW else None
    return Asked(condition=condition, instrument=instrument, baseline=baseline)


def until(condition: Condition, instrument: Instrument | None, *, said: datetime | None, at: datetime) -> datetime:
    """When waiting ends: as it was said, with the market's day for a move of the day, else after ninety days."""
    if said is not None:
        if said <= at:
            raise InvalidInput.of("when.expires_at", "past", "This date has passed.")
        if said > at + WAITING_MAX:
            raise InvalidInput.of("when.expires_at", "too_late", "A condition is waited for a year at the longest.")
        return said
    if condition.reference is Reference.PREVIOUS_CLOSE and instrument is not None:
        ends = hours.day_ends(AssetClass(instrument.asset_class), at)
        if ends is not None:
            return ends
    return at + WAITING


def figure_now(asked: Asked, *, account: BrokerAccount, at: datetime) -> Decimal | None:
    """What the figure is at the newest price; None where that cannot be said."""
    condition, instrument = asked.condition, asked.instrument
    if instrument is None:
        value = getattr(selectors.portfolio(account, at=at), condition.metric)
        return None if value is None else Decimal(value)
    if condition.metric in ABOUT_POSITION:
        return position_figure(condition.metric, selectors.position(account, instrument))
    quote = quotes.latest_of(instrument)
    if quote is None:
        return None
    if condition.metric == CHANGE:
        start = start_of(asked, quote, account=account)
        return None if start is None else change(quote.last, start)
    if condition.metric in {PRICE, VOLUME}:
        return quote.last if condition.metric == PRICE else quote.volume
    return read_indicators(instrument, {condition.metric}, price=quote.last, at=at).get(condition.metric)


def start_of(asked: Asked, quote: QuoteReport, *, account: BrokerAccount) -> Decimal | None:
    """The price that a change is counted from now."""
    if asked.condition.reference is Reference.PREVIOUS_CLOSE:
        return quote.previous_close
    if asked.condition.reference is Reference.AVERAGE_PRICE and asked.instrument is not None:
        return average_price(account, asked.instrument.pk)
    return asked.baseline


def position_figure(metric: str, view: selectors.PositionView | None) -> Decimal | None:
    """One figure of a position."""
    if view is None:
        return None
    found = {
        "position_value": view.value,
        "position_profit": view.unrealized,
        "position_profit_percent": view.unrealized_percent,
    }[metric]
    return None if found is None else found.quantize(QUANTITY_UNIT, context=EXACT)


def _instrument(symbol: str) -> Instrument:
    try:
        instrument = get_instrument(symbol)
    except UnknownSymbol as error:
        raise InvalidInput.of("when.symbol", "unknown_symbol", error.detail) from None
    if instrument.asset_class == AssetClass.OPTION:
        detail = "What is watched is a share, a fund or a coin: name the underlying."
        raise InvalidInput.of("when.symbol", "not_watched", detail)
    return instrument


def _price_now(instrument: Instrument, quote: QuoteReport, at: datetime) -> Decimal:
    """The last price as a place to count from: a price of now, or the last one of a market that is closed."""
    if hours.is_open(instrument, at) and quotes.is_stale(quote, at):
        raise StaleQuote
    room = max(quote.ask - quote.bid, EXACT.multiply(quote.last, BAND))
    if not quote.bid - room <= quote.last <= quote.ask + room:
        raise StaleQuote(f"The last price of {instrument.symbol} does not fit its own book: try again in a moment.")
    return quote.last
