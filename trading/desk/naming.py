"""What people call instruments: an option goes by its underlying."""

from __future__ import annotations

from django.db.models import Q

from arbion.domain.enums import AssetClass
from arbion.domain.options import read_symbol
from marketdata.models import Instrument


def underlying_of(instrument: Instrument) -> str | None:
    """The underlying's symbol of an option contract, else None."""
    terms = read_symbol(instrument.symbol) if instrument.asset_class == AssetClass.OPTION else None
    return None if terms is None else terms.underlying


def is_about(instrument: Instrument, symbol: str) -> bool:
    """Whether somebody who says this symbol can mean the instrument: itself, or an option on it."""
    return symbol in {instrument.symbol, underlying_of(instrument)}


def about(symbol: str) -> Q:
    """The same question to a table whose rows name an instrument."""
    return Q(instrument__symbol=symbol) | Q(instrument__contract__underlying__symbol=symbol)


def called(instrument: Instrument) -> str:
    """What a row of figures calls the instrument: its symbol, or a contract's terms in words."""
    return instrument.name if instrument.asset_class == AssetClass.OPTION else instrument.symbol
