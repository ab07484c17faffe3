"""What the exchange sees of the market at one moment, read once for many instruments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from arbion.domain.enums import AssetClass, TimeInForce
from arbion.domain.reports import QuoteReport
from marketdata import hours, quotes
from marketdata.models import Instrument


@dataclass(frozen=True, kw_only=True)
class MarketView:
    """One instrument at one moment; without an instrument there is no such listing."""

    instrument: Instrument | None
    quote: QuoteReport | None
    at: datetime

    @cached_property
    def is_open(self) -> bool:
        """Whether the instrument's session is open."""
        return self.instrument is not None and hours.is_open(self.instrument, self.at)

    @cached_property
    def fresh_quote(self) -> QuoteReport | None:
        """The quote, unless it is too old or crossed: such a quote fills nothing."""
        quote = self.quote
        if quote is None or quote.bid > quote.ask or quotes.is_stale(quote, self.at):
            return None
        return quote

    @property
    def tradable_quote(self) -> QuoteReport | None:
        """The quote that orders are matched against now; None while halted, closed or without a fresh price."""
        instrument = self.instrument
        if instrument is None or instrument.is_halted or not instrument.tradable:
            return None
        quote = self.fresh_quote
        return quote if quote is not None and self.is_open else None


def look(symbols: Collection[str], at: datetime) -> dict[str, MarketView]:
    """A view for every symbol, in one query for the listings and one for the quotes."""
    if not symbols:
        return {}
    listings = Instrument.objects.in_bulk(list(symbols), field_name="symbol")
    latest = quotes.latest(symbols)
    return {symbol: MarketView(instrument=listings.get(symbol), quote=latest.get(symbol), at=at) for symbol in symbols}


def expiry(time_in_force: TimeInForce, view: MarketView) -> datetime | None:
    """When an order that comes in now ends by itself: a day order with the session, any other never.

    Where the session never ends (coins, and the always-open market), a day ends at midnight of the market's time zone.
    """
    if time_in_force is not TimeInForce.DAY:
        return None
    instrument = view.instrument
    if instrument is not None and not hours.always_open(AssetClass(instrument.asset_class)):
        session = hours.session(view.at)
        if session.is_open and session.next_change is not None:
            return session.next_change
    return hours.local_midnight(view.at) + timedelta(days=1)
