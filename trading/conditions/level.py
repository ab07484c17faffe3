"""The figure that wakes a condition, and the level of it: changes from a known price are prices themselves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.numbers import EXACT, HUNDRED, ONE, PRICE_UNIT, ZERO
from brokers.models import BrokerAccount
from marketdata.conditions import Condition, Reference
from marketdata.conditions.condition import CHANGE, PRICE
from trading.models import Position

# The change since the previous close, which is another price every day.
DAY_CHANGE = "day_change"


@dataclass(frozen=True, slots=True)
class Level:
    """The figure and the level at which the condition is true."""

    axis: str
    at: Decimal
    is_at_least: bool

    def is_reached(self, figure: Decimal) -> bool:
        """Whether the figure is there."""
        return figure >= self.at if self.is_at_least else figure <= self.at


def level_of(condition: Condition, start: Decimal | None) -> Level | None:
    """The level of a condition; `start` is the price that a change is counted from, None where there is none now."""
    up = condition.is_at_least
    if condition.metric != CHANGE:
        return Level(condition.metric, condition.value, up)
    if condition.reference is Reference.PREVIOUS_CLOSE:
        return Level(DAY_CHANGE, condition.value, up)
    return None if start is None else Level(PRICE, price_at(condition.value, start), up)


def price_at(percent: Decimal, start: Decimal) -> Decimal:
    """The price so many percent from the start."""
    return EXACT.divide(EXACT.multiply(start, HUNDRED + percent), HUNDRED).quantize(PRICE_UNIT, context=EXACT)


def change(price: Decimal, start: Decimal) -> Decimal:
    """The move from the start in percent."""
    return EXACT.multiply(EXACT.divide(price, start) - ONE, HUNDRED)


def average_price(account: BrokerAccount | int, instrument_id: int) -> Decimal | None:
    """What a unit of the position cost on average; None where nothing is held or owed."""
    row = Position.objects.select_related("instrument").filter(account=account, instrument=instrument_id).first()
    if row is None or row.quantity == ZERO:
        return None
    units = EXACT.multiply(row.quantity, row.instrument.multiplier)
    return EXACT.divide(row.cost, units).quantize(PRICE_UNIT, context=EXACT)
