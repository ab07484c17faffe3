"""What the exchange sees of the market at one moment, read once for many instruments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from arbion.domain.enums import AUCTION, IMMEDIATE, AssetClass, Interval, SessionPhase, TimeInForce
from arbion.domain.options import OptionTerms, read_symbol
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import QuoteReport
from brokers.simulator.judging import Moment
from brokers.simulator.terms import Terms
from marketdata import hours, quotes
from marketdata.models import Candle, Instrument, OptionContract
from marketdata.options.calendar import expires_at as contract_ends

# At-the-open orders trade at a session's first prices: those of its first minute.
OPENING = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class MarketView:
    """One instrument at one moment; without an instrument there is no such listing."""

    instrument: Instrument | None
    quote: QuoteReport | None
    at: datetime
    _closings: dict[datetime, Decimal | None] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def phase(self) -> SessionPhase:
        """The part of its day that the instrument's market is in."""
        return SessionPhase.CLOSED if self.instrument is None else hours.phase(self.instrument, self.at)

    @property
    def is_open(self) -> bool:
        """Whether the instrument's regular session is open."""
        return self.phase is SessionPhase.REGULAR

    @cached_property
    def fresh_quote(self) -> QuoteReport | None:
        """The quote, unless it is too old or crossed: such a quote fills nothing."""
        quote = self.quote
        if quote is None or quote.bid > quote.ask or quotes.is_stale(quote, self.at):
            return None
        return quote

    @property
    def may_trade(self) -> bool:
        """Whether the instrument is listed for trading and not halted."""
        return self.instrument is not None and self.instrument.tradable and not self.instrument.is_halted

    @property
    def tradable_quote(self) -> QuoteReport | None:
        """The quote that orders are matched against now; None while halted, closed or without a fresh price."""
        return self.fresh_quote if self.may_trade and self.phase is not SessionPhase.CLOSED else None

    @property
    def asset_class(self) -> AssetClass:
        """What kind of thing it is; a share where nothing is listed."""
        return AssetClass.EQUITY if self.instrument is None else AssetClass(self.instrument.asset_class)

    @property
    def option(self) -> OptionTerms | None:
        """The terms of an option that are in force; after a split they are not those that its symbol names."""
        contract: OptionContract | None = getattr(self.instrument, "contract", None)
        if contract is not None:
            return contract.terms
        return None if self.instrument is None else read_symbol(self.instrument.symbol)

    def closing_price(self, closed_at: datetime) -> Decimal | None:
        """The last price of the session that closed at this moment, looked up once."""
        if closed_at not in self._closings:
            self._closings[closed_at] = closing_price(self, closed_at)
        return self._closings[closed_at]

    def moment(self, terms: Terms, *, closing_price: Decimal | None = None) -> Moment:
        """The market as these terms show it, for judging one order."""
        quote, instrument = self.tradable_quote, self.instrument
        if quote is None or instrument is None:
            return Moment(now=self.at, phase=self.phase, closing_price=closing_price)
        return Moment(
            now=self.at,
            phase=self.phase,
            ladder=terms.ladder(
                quote, price_increment=instrument.price_increment, size_increment=instrument.size_increment
            ),
            last=quote.last,
            quoted_at=quote.at,
            price_increment=instrument.price_increment,
            closing_price=closing_price,
        )


def look(symbols: Collection[str], at: datetime) -> dict[str, MarketView]:
    """A view for every symbol, in one query for the listings and one for the quotes."""
    if not symbols:
        return {}
    rows = Instrument.objects.select_related("contract__underlying")
    listings = rows.in_bulk(list(symbols), field_name="symbol")
    latest = quotes.latest(symbols)
    return {symbol: MarketView(instrument=listings.get(symbol), quote=latest.get(symbol), at=at) for symbol in symbols}


def expiry(request: OrderRequest, view: MarketView) -> datetime | None:
    """When an order that comes in now ends by itself (good till canceled: never).

    A day order ends with the session, and with after-hours where it trades then; in a market that never closes at
    midnight of the market's time zone. What never rests has until then to reach the book. At the close is decided at
    the session's end, at the open a minute after its beginning. An option ends with its last session.
    """
    ends = _ends(request, view)
    last_session = last_moment([request.symbol, *(leg.symbol for leg in request.legs)])
    if last_session is None or request.time_in_force in AUCTION:
        return ends
    return last_session if ends is None else min(ends, last_session)


def last_moment(symbols: Collection[str]) -> datetime | None:
    """The end of the last session of those symbols that are options: the earliest of them, or None."""
    days = [option.expires_on for symbol in symbols if (option := read_symbol(symbol)) is not None]
    return contract_ends(min(days)) if days else None


def closing_price(view: MarketView, closed_at: datetime) -> Decimal | None:
    """The last price of the session that closed at this moment; None while halted, or where nothing was quoted in it.

    The newest quote, or, where that was made after the close already, the session's last candle.
    """
    instrument, quote = view.instrument, view.quote
    if instrument is None or quote is None or not view.may_trade:
        return None
    opened_at = hours.session_bounds(view.asset_class, closed_at - timedelta(microseconds=1)).opens_at
    if quote.at < closed_at:
        return quote.last if quote.at >= opened_at else None
    minutes = Candle.objects.filter(
        instrument=instrument, interval=Interval.M1, opens_at__gte=opened_at, opens_at__lt=closed_at
    )
    last = minutes.order_by("-opens_at").first()
    return None if last is None else last.close


def opening_ends(view: MarketView) -> datetime:
    """When the session's first prices are over."""
    return hours.session_bounds(view.asset_class, view.at).opens_at + OPENING


def _ends(request: OrderRequest, view: MarketView) -> datetime | None:
    tif, kind = request.time_in_force, view.asset_class
    if tif is TimeInForce.GTD:
        return request.expires_at
    if tif is TimeInForce.OPG:
        return opening_ends(view)
    if tif is TimeInForce.DAY or tif is TimeInForce.CLS or tif in IMMEDIATE:
        return hours.day_ends(kind, view.at, extended=request.extended_hours)
    return None
