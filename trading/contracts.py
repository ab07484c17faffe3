"""From what somebody names to what can be traded: an option contract comes into being when it is first wanted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from arbion.domain.enums import AssetClass, OptionRight
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, ZERO
from arbion.domain.options import OptionTerms, read_symbol
from marketdata.errors import UnknownSymbol
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from marketdata.options.calendar import has_options
from marketdata.options.contracts import ensure

STRIKE_MAX = Decimal("99999.999")
STRIKE_UNIT = Decimal("0.001")
# Why a contract is not listed, and which of its terms one would change.
_FIELDS = {
    "unknown_strike": "option.strike",
    "unknown_expiration": "option.expiration",
    "contract_expired": "option.expiration",
}


def instrument_called(symbol: str) -> Instrument:
    """The instrument of this symbol. Raises UnknownSymbol, also for blanks around it: they are no part of a symbol."""
    if symbol != symbol.strip():
        raise UnknownSymbol(symbol)
    return get_instrument(symbol)


def instrument_to_trade(symbol: str) -> Instrument:
    """The same for an order: a listed contract's instrument is made where it is not there yet.

    Raises UnknownSymbol, or UnlistedContract (which is one) with the reason.
    """
    if symbol == symbol.strip() and symbol.isascii() and read_symbol(symbol.upper()) is not None:
        return ensure(symbol)
    return instrument_called(symbol)


def contract_on(underlying: Instrument, *, right: OptionRight, strike: Decimal, expires_on: date) -> Instrument:
    """The contract with these terms. Raises InvalidInput, naming `option` or the term of it that is not listed."""
    if underlying.asset_class == AssetClass.OPTION:
        raise InvalidInput.of("option", "not_allowed", "The symbol names a contract already: leave the option out.")
    if not has_options(underlying):
        raise InvalidInput.of("option", "no_options", f"No options are listed on {underlying.symbol}.")
    if not ZERO < strike <= STRIKE_MAX or strike != strike.quantize(STRIKE_UNIT, context=EXACT):
        raise InvalidInput.of("option.strike", "invalid_strike", "A strike is above zero, to the tenth of a cent.")
    terms = OptionTerms(underlying=underlying.symbol, right=right, strike=strike, expires_on=expires_on)
    try:
        return ensure(terms.symbol)
    except UnknownSymbol as error:
        code = error.errors[0].code
        raise InvalidInput.of(_FIELDS.get(code, "option"), code, error.detail) from None
