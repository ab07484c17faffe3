"""What each limit means: its unit, which way it is tight, what it may be, and what holds for who has set nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import MONEY_MAX, MONEY_SCALE, ZERO, is_multiple, plain
from riskdesk.models.limit import LimitName


class Off(StrEnum):
    """What stands where nothing is limited. It is not the same as a limit that is missing: that is a denial."""

    OFF = "off"


OFF: Final = Off.OFF
Bound = Decimal | Off


class Kind(StrEnum):
    """What a limit counts."""

    USD = "usd"
    UNITS = "units"
    PERCENT = "percent"
    MULTIPLE = "multiple"
    COUNT = "count"
    SECONDS = "seconds"
    MINUTES = "minutes"
    YES_NO = "yes_no"


_WHOLE = frozenset({Kind.COUNT, Kind.SECONDS, Kind.MINUTES, Kind.YES_NO})
# Money and units are exact to the last decimal that is kept; a percent needs no more than a hundredth.
_FINEST = {Kind.USD: MONEY_SCALE, Kind.UNITS: MONEY_SCALE, Kind.PERCENT: 2, Kind.MULTIPLE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one limit. `is_least` marks a requirement, of which the largest is the tightest."""

    kind: Kind
    default: Bound
    least: Decimal = ZERO
    most: Decimal
    is_least: bool = False

    def tightest(self, bounds: Iterable[Bound]) -> Bound:
        """The tightest of them; OFF where there is none or none limits."""
        known = [bound for bound in bounds if not isinstance(bound, Off)]
        if not known:
            return OFF
        return max(known) if self.is_least else min(known)

    def is_looser(self, one: Bound, other: Bound) -> bool:
        """Whether the first allows more than the second."""
        if isinstance(other, Off):
            return False
        if isinstance(one, Off):
            return True
        return one < other if self.is_least else one > other

    def check(self, value: Decimal) -> Decimal:
        """The value, where the limit may be that. Raises InvalidInput on the field `value`."""
        if not value.is_finite():
            raise InvalidInput.of("value", "invalid_number", "This is not a number.")
        if value < self.least:
            raise InvalidInput.of("value", "too_small", f"This must be at least {plain(self.least)}.")
        if value > self.most:
            raise InvalidInput.of("value", "too_large", f"This must be at most {plain(self.most)}.")
        if self.kind in _WHOLE and value != value.to_integral_value():
            raise InvalidInput.of("value", "not_whole", "This must be a whole number.")
        finest = _FINEST.get(self.kind, 0)
        if not is_multiple(value, Decimal(1).scaleb(-finest)):
            raise InvalidInput.of("value", "too_fine", f"This can have at most {finest} decimals.")
        return value


def _usd(default: int) -> Terms:
    return Terms(kind=Kind.USD, default=Decimal(default), most=MONEY_MAX)


def _share(default: Bound = OFF) -> Terms:
    return Terms(kind=Kind.PERCENT, default=default, most=Decimal(10_000))


def _count(default: Bound = OFF, *, least: int = 0, most: int = 1_000_000) -> Terms:
    return Terms(kind=Kind.COUNT, default=default, least=Decimal(least), most=Decimal(most))


# The longest look back for an identical order: orders of the last minute are read anyway.
DUPLICATE_SECONDS_MAX = 60
LOSING_STREAK_MAX = 50

# The defaults are for a practice account of 100,000 USD.
TERMS: dict[LimitName, Terms] = {
    LimitName.ORDER_VALUE_USD: _usd(50_000),
    LimitName.ORDER_UNITS: Terms(kind=Kind.UNITS, default=OFF, most=MONEY_MAX),
    LimitName.POSITION_VALUE_USD: _usd(75_000),
    LimitName.INSTRUMENT_PERCENT: _share(),
    LimitName.SECTOR_PERCENT: _share(),
    LimitName.EQUITY_PERCENT: _share(),
    LimitName.OPTION_PERCENT: _share(Decimal(50)),
    LimitName.CRYPTO_PERCENT: _share(Decimal(75)),
    LimitName.LEVERAGE: Terms(kind=Kind.MULTIPLE, default=Decimal(2), most=Decimal(100)),
    LimitName.DAILY_LOSS_USD: _usd(10_000),
    LimitName.DRAWDOWN_PERCENT: Terms(kind=Kind.PERCENT, default=Decimal(25), most=Decimal(100)),
    LimitName.TRADES_PER_DAY: _count(),
    LimitName.ORDERS_PER_MINUTE: _count(Decimal(30)),
    LimitName.DUPLICATE_SECONDS: Terms(
        kind=Kind.SECONDS, default=OFF, most=Decimal(DUPLICATE_SECONDS_MAX), is_least=True
    ),
    LimitName.LOSING_STREAK: _count(least=1, most=LOSING_STREAK_MAX),
    LimitName.COOL_DOWN_MINUTES: Terms(kind=Kind.MINUTES, default=Decimal(60), most=Decimal(10_080), is_least=True),
    LimitName.PRICE_BAND_PERCENT: Terms(kind=Kind.PERCENT, default=Decimal(10), most=Decimal(100)),
    LimitName.ENTRY_NEEDS_STOP: Terms(kind=Kind.YES_NO, default=ZERO, most=Decimal(1), is_least=True),
}
