"""The tables of prices."""

from marketdata.models.candle import Candle, RollUpMark
from marketdata.models.instrument import Instrument
from marketdata.models.quote import Quote
from marketdata.models.tape import Tape, TapeBar

__all__ = ["Candle", "Instrument", "Quote", "RollUpMark", "Tape", "TapeBar"]
