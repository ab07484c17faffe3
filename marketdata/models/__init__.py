"""The tables of prices."""

from marketdata.models.candle import Candle, RollUpMark
from marketdata.models.corporate import CorporateAction, CorporateKind, CorporateStatus
from marketdata.models.instrument import Instrument
from marketdata.models.options import OptionContract
from marketdata.models.quote import Quote
from marketdata.models.sessions import Holiday, MarketDay, MarketOverride
from marketdata.models.tape import Tape, TapeBar

__all__ = [
    "Candle",
    "CorporateAction",
    "CorporateKind",
    "CorporateStatus",
    "Holiday",
    "Instrument",
    "MarketDay",
    "MarketOverride",
    "OptionContract",
    "Quote",
    "RollUpMark",
    "Tape",
    "TapeBar",
]
