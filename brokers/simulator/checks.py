"""Why the exchange refuses an order: small checks in one visible tuple, each with a stable code and plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from arbion.domain.enums import OrderType
from arbion.domain.numbers import (
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
from brokers.simulator.market import MarketView
from marketdata.models import Instrument

SYMBOL_LENGTH_MAX = 24
CLIENT_ORDER_ID_LENGTH_MAX = 36


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stable code and a sentence for a person."""

    code: str
    reason: str


def ensure_keepable(request: OrderRequest) -> None:
    """Raise VenueRejected for a request that the exchange's book cannot even write down; nothing is kept of it."""
    if not _is_word(request.client_order_id, CLIENT_ORDER_ID_LENGTH_MAX):
        raise VenueRejected("The client order id must be 1 to 36 characters.", reject_code="invalid_client_order_id")
    if not _is_word(request.symbol, SYMBOL_LENGTH_MAX):
        raise VenueRejected("No such symbol is listed here.", reject_code="unknown_symbol")
    if request.quantity > QUANTITY_MAX or not is_multiple(request.quantity, QUANTITY_UNIT):
        raise VenueRejected("The quantity is too large or too fine.", reject_code="invalid_size")
    price = request.limit_price
    if price is not None and (price > PRICE_MAX or not is_multiple(price, PRICE_UNIT)):
        raise VenueRejected("The limit price is too large or too fine.", reject_code="invalid_price")


def refusal_of(request: OrderRequest, view: MarketView, *, currency: str) -> Refusal | None:
    """The first reason against the order that lies in the order or the market, funds apart."""
    instrument = view.instrument
    if instrument is None:
        return Refusal("unknown_symbol", f"{request.symbol} is not listed here.")
    if instrument.currency != currency:
        return Refusal(
            "currency_mismatch", f"{instrument.symbol} trades in {instrument.currency}, the account is in {currency}."
        )
    for check in CHECKS:
        if refusal := check(request, instrument, view):
            return refusal
    return None


def trades(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The instrument may be traded at all, and is not halted."""
    if not instrument.tradable:
        return Refusal("not_tradable", f"{instrument.symbol} cannot be traded here.")
    if instrument.is_halted:
        return Refusal("instrument_halted", f"Trading in {instrument.symbol} is halted.")
    return None


def size_fits(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The quantity is a whole number of the instrument's size steps."""
    if is_multiple(request.quantity, instrument.size_increment):
        return None
    return Refusal("invalid_size", f"The quantity must be a multiple of {plain(instrument.size_increment)}.")


def price_fits(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The limit is a whole number of the instrument's price steps, and the order's value can be counted."""
    if request.limit_price is None:
        return None
    if not is_multiple(request.limit_price, instrument.price_increment):
        return Refusal("invalid_price", f"The limit price must be a multiple of {plain(instrument.price_increment)}.")
    if gross(request.quantity, request.limit_price) > MONEY_MAX:
        return Refusal("invalid_size", "The order is worth more than this exchange can count.")
    return None


def market_is_open(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """The instrument's session is open."""
    if view.is_open:
        return None
    return Refusal("market_closed", f"The market for {instrument.symbol} is closed.")


def has_price(request: OrderRequest, instrument: Instrument, view: MarketView) -> Refusal | None:
    """A market order needs a quote that is there and fresh; a limit order can wait for one."""
    if request.order_type is not OrderType.MARKET:
        return None
    if view.quote is None:
        return Refusal("no_quote", f"There is no price for {instrument.symbol}.")
    if view.fresh_quote is None:
        return Refusal("stale_quote", f"The last price of {instrument.symbol} is too old to trade on.")
    return None


Check = Callable[[OrderRequest, Instrument, MarketView], Refusal | None]
CHECKS: tuple[Check, ...] = (trades, size_fits, price_fits, market_is_open, has_price)


def _is_word(text: str, length_max: int) -> bool:
    return 0 < len(text) <= length_max and text.isascii() and text.isprintable()
