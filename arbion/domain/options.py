"""Option contracts: their terms, and the symbol that names them (the OCC's, without its blanks)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from arbion.domain.enums import OptionRight
from arbion.domain.numbers import EXACT

SHARES_A_CONTRACT = Decimal(100)
_STRIKE_SCALE = 3
_SYMBOL = re.compile(r"(?P<root>[A-Z][A-Z0-9.]{0,5})(?P<day>[0-9]{6})(?P<right>[CP])(?P<strike>[0-9]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTerms:
    """What one contract entitles to; the strike in the underlying's currency per unit, expiry at that day's close."""

    underlying: str
    right: OptionRight
    strike: Decimal
    expires_on: date

    @property
    def symbol(self) -> str:
        """The platform's symbol of the contract, such as `AAPL261218C00200000`."""
        strike = int(EXACT.scaleb(self.strike, _STRIKE_SCALE))
        letter = "C" if self.right is OptionRight.CALL else "P"
        return f"{self.underlying}{self.expires_on:%y%m%d}{letter}{strike:08d}"

    def intrinsic(self, price: Decimal) -> Decimal:
        """What exercising now would bring per unit of the underlying at this price; never below zero."""
        value = price - self.strike if self.right is OptionRight.CALL else self.strike - price
        return max(value, Decimal(0))


def read_symbol(symbol: str) -> OptionTerms | None:
    """The terms that a symbol names, or None where it names no option."""
    found = _SYMBOL.fullmatch(symbol)
    if found is None:
        return None
    day = found["day"]
    try:
        expires_on = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return OptionTerms(
        underlying=found["root"],
        right=OptionRight.CALL if found["right"] == "C" else OptionRight.PUT,
        strike=Decimal(int(found["strike"])).scaleb(-_STRIKE_SCALE),
        expires_on=expires_on,
    )
