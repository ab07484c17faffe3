"""Why the exchange refuses an order: small checks in one visible tuple, each with a stable code and plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from arbion.domain.enums import AUCTION, AssetClass, OrderType, SessionPhase, Side, TimeInForce
from arbion.domain.numbers import (
    HUNDRED,
    MONEY_MAX,
    PRICE_MAX,
    PRICE_UNIT,
    QUANTITY_MAX,
    QUANTITY_UNIT,
    gross,
    is_multiple,
    plain,
)
from arbion.domain.orders import OrderRequest
from brokers.errors import VenueRejected
from brokers.simulator import market
from brokers.simulator.market import MarketView
from brokers.simulator.refusals import Refusal
from marketdata.models import Instrument

SYMBOL_LENGTH_MAX = 24
ID_LENGTH_MAX = 36
# The price fields of an order, as a person calls them.
_PRICES = {"limit_price": "limit price", "stop_price": "stop price", "trail_amount": "trail"}
_WHOLE = Decimal(1)


def ensure_keepable(request: OrderRequest) -> None:
    """Raise VenueRejected for a request that the exchange's book cannot even write down; nothing is kept of it."""
    if not _is_word(request.client_order_id, ID_LENGTH_MAX):
        raise VenueRejected("The client order id must be 1 to 36 characters.", reject_code="invalid_client_order_id")
    if request.oco_group and not _is_word(request.oco_group, ID_LENGTH_MAX):
        raise VenueRejected("The group's id must be at most 36 characters.", reject_code="invalid_group")
    for symbol in (request.symbol, *(leg.symbol for leg in request.legs)):
        if not _is_word(symbol, SYMBOL_LENGTH_MAX):
            raise VenueRejected("No such symbol is listed here.", reject_code="unknown_symbol")
    units = [request.quantity, *(request.quantity * leg.ratio for leg in request.legs)]
    if max(units) > QUANTITY_MAX or not is_multiple(request.quantity, QUANTITY_UNIT):
        raise VenueRejected("The quantity is too large or too fine.", reject_code="invalid_size")
    for field, name in {**_PRICES, "trail_percent": "trail"}.items():
        price = getattr(request, field)
        if price is not None and not _is_price(price):
            raise VenueRejected(f"The {name} is too large or too fine.", reject_code="invalid_price")


def refusal_of(request: OrderRequest, views: Mapping[str, MarketView], *, currency: str) -> Refusal | None:
    """The first reason against the order that lies in the order or the market, funds apart."""
    for symbol in (request.symbol, *(leg.symbol for leg in request.legs)):
        instrument = views[symbol].instrument
        if instrument is None:
            return Refusal("unknown_symbol", f"{symbol} is not listed here.")
        if instrument.currency != currency:
            return Refusal(
                "currency_mismatch",
                f"{instrument.symbol} trades in {instrument.currency}, the account is in {currency}.",
            )
    if request.legs:
        return _package_refusal(request, views)
    view = views[request.symbol]
    for check in CHECKS:
        if view.instrument is not None and (refusal := check(request, view.instrument, view)):
            return refusal
    return None


def trades(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The instrument may be traded at all, is not halted, and its last day is not over."""
    if not instrument.tradable:
        return Refusal("not_tradable", f"{instrument.symbol} cannot be traded here.")
    if instrument.is_halted:
        return Refusal("instrument_halted", f"Trading in {instrument.symbol} is halted.")
    ends = market.last_moment([instrument.symbol]) if instrument.asset_class == AssetClass.OPTION else None
    if ends is not None and ends <= view.at:
        return Refusal("option_expired", f"{instrument.symbol} has expired.")
    return None


def size_fits(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The quantity is a whole number of the instrument's size steps."""
    if is_multiple(request.quantity, instrument.size_increment):
        return None
    return Refusal("invalid_size", f"The quantity must be a multiple of {plain(instrument.size_increment)}.")


def price_fits(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """Every price is a whole number of the instrument's price steps, and the order's value can be counted."""
    for field, name in _PRICES.items():
        price = getattr(request, field)
        if price is None:
            continue
        if refusal := price_refusal(price, instrument, name=name):
            return refusal
        if gross(request.quantity, price, instrument.multiplier) > MONEY_MAX:
            return Refusal("invalid_size", "The order is worth more than this exchange can count.")
    return None


def price_refusal(price: Decimal, instrument: Instrument, *, name: str) -> Refusal | None:
    """Why this cannot be a price of the instrument, or None."""
    if not _is_price(price) or not is_multiple(price, instrument.price_increment):
        return Refusal("invalid_price", f"The {name} must be a multiple of {plain(instrument.price_increment)}.")
    return None


def market_is_open(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The instrument's session is open; before and after it only orders for extended hours are taken."""
    if view.is_open:
        return None
    if view.phase in {SessionPhase.PRE, SessionPhase.POST}:
        if request.extended_hours:
            return None
        return Refusal("market_closed", f"Only orders for extended hours are taken in {instrument.symbol} now.")
    return Refusal("market_closed", f"The market for {instrument.symbol} is closed.")


def time_fits(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The time in force can still be kept, and is offered for this kind of instrument."""
    tif, kind = request.time_in_force, AssetClass(instrument.asset_class)
    if tif in AUCTION and kind is AssetClass.CRYPTO:
        return Refusal("auction_not_offered", "Coins have no opening and no close to trade at.")
    if request.extended_hours and kind is AssetClass.OPTION:
        return Refusal("extended_hours_not_offered", "Options trade in regular hours only.")
    if tif is TimeInForce.OPG and market.opening_ends(view) <= view.at:
        return Refusal("auction_missed", "The opening is over; this order would have had to be here before.")
    if request.expires_at is not None and request.expires_at <= view.at:
        return Refusal("invalid_expiry", "The date that the order is good till has passed.")
    return None


def has_price(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """What trades at the market, or follows it, needs a quote that is there and fresh; others can wait for one."""
    if request.order_type not in {OrderType.MARKET, OrderType.TRAILING_STOP}:
        return None
    if view.quote is None:
        return Refusal("no_quote", f"There is no price for {instrument.symbol}.")
    if view.fresh_quote is None:
        return Refusal("stale_quote", f"The last price of {instrument.symbol} is too old to trade on.")
    return None


def trail_fits(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """A sale's trailing stop begins above zero."""
    if request.order_type is not OrderType.TRAILING_STOP or request.side is Side.BUY or view.quote is None:
        return None
    away, last = request.trail_amount, view.quote.last
    if away is None and request.trail_percent is not None:
        away = last * request.trail_percent / HUNDRED
    if away is None or last - away >= instrument.price_increment:
        return None
    return Refusal("invalid_trail", f"The trail must be smaller than the price of {instrument.symbol}.")


Check = Callable[[OrderRequest, Instrument, MarketView], Refusal | None]
CHECKS: tuple[Check, ...] = (trades, size_fits, price_fits, market_is_open, time_fits, has_price, trail_fits)
# Of each leg of a package and of its underlying, which needs no price of its own.
PACKAGE_CHECKS: tuple[Check, ...] = (trades, market_is_open, time_fits, has_price)


def _package_refusal(request: OrderRequest, views: Mapping[str, MarketView]) -> Refusal | None:
    """The checks of an order of several legs: each leg trades and has a price, and whole packages are wanted."""
    if len({leg.symbol for leg in request.legs}) < len(request.legs):
        return Refusal("invalid_legs", "Each leg needs an instrument of its own.")
    if request.time_in_force in AUCTION or request.extended_hours:
        return Refusal("not_offered", "Orders of several legs trade during the session only.")
    if not is_multiple(request.quantity, _WHOLE):
        return Refusal("invalid_size", "Only whole packages can be ordered.")
    leg_symbols = [leg.symbol for leg in request.legs]
    for symbol in (request.symbol, *leg_symbols):
        instrument = views[symbol].instrument
        checks = PACKAGE_CHECKS if symbol in leg_symbols else PACKAGE_CHECKS[:-1]
        for check in checks:
            if instrument is not None and (refusal := check(request, instrument, views[symbol])):
                return refusal
    step = min(instrument.price_increment for symbol in leg_symbols if (instrument := views[symbol].instrument))
    if request.limit_price is not None and not is_multiple(request.limit_price, step):
        return Refusal("invalid_price", f"The limit price must be a multiple of {plain(step)}.")
    return None


def _is_price(price: Decimal) -> bool:
    return abs(price) <= PRICE_MAX and is_multiple(price, PRICE_UNIT)


def _is_word(text: str, length_max: int) -> bool:
    return 0 < len(text) <= length_max and text.isascii() and text.isprintable()
