"""What a venue charges, as data, and the one function that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.numbers import EXACT, ZERO, money


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """Charges on one order as a whole: so much a unit, a fraction of its value, and never less than the minimum."""

    name: str
    per_unit: Decimal = ZERO
    fraction_of_value: Decimal = ZERO
    minimum: Decimal = ZERO


IDEAL = FeeSchedule(name="ideal")


def total_fee(schedule: FeeSchedule, *, quantity: Decimal, value: Decimal) -> Decimal:
    """The fee for all that an order has filled so far, at money scale; nothing filled costs nothing.

    An execution is charged the difference to what was charged before it, so that the parts of an order cost exactly
    what the whole costs, however it was cut.
    """
    if quantity == ZERO:
        return ZERO
    by_unit = EXACT.multiply(schedule.per_unit, quantity)
    by_value = EXACT.multiply(schedule.fraction_of_value, value)
    return money(max(schedule.minimum, EXACT.add(by_unit, by_value)))
