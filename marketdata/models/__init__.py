"""The tables of prices."""

from marketdata.models.candle import Candle
from marketdata.models.instrument import Instrument
from marketdata.models.quote import Quote

__all__ = ["Candle", "Instrument", "Quote"]
