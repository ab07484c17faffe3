"""What a venue charges, as data, and the one function that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import AssetClass, FillModel
from arbion.domain.numbers import EXACT, ZERO, money


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """Charges on one order as a whole: so much a unit, a fraction of its value, and never less than the minimum."""

    name: str
    per_unit: Decimal = ZERO
    fraction_of_value: Decimal = ZERO
    minimum: Decimal = ZERO


IDEAL = FeeSchedule(name="ideal")
_SHARES = FeeSchedule(name="realistic shares", per_unit=Decimal("0.005"), minimum=Decimal(1))
_DEAR_SHARES = FeeSchedule(name="harsh shares", per_unit=Decimal("0.01"), minimum=Decimal(2))

# The simulated exchange's own prices, of the size that brokers for private customers ask; they are nobody's in
# particular: dollars a share with a minimum an order, dollars a contract, a fraction of the value of coins.
SCHEDULES: dict[FillModel, dict[AssetClass, FeeSchedule]] = {
    FillModel.IDEAL: dict.fromkeys(AssetClass, IDEAL),
    FillModel.REALISTIC: {
        AssetClass.EQUITY: _SHARES,
        AssetClass.ETF: _SHARES,
        AssetClass.CRYPTO: FeeSchedule(name="realistic coins", fraction_of_value=Decimal("0.0025")),
        AssetClass.OPTION: FeeSchedule(name="realistic contracts", per_unit=Decimal("0.65")),
    },
    FillModel.HARSH: {
        AssetClass.EQUITY: _DEAR_SHARES,
        AssetClass.ETF: _DEAR_SHARES,
        AssetClass.CRYPTO: FeeSchedule(name="harsh coins", fraction_of_value=Decimal("0.006"), minimum=Decimal(1)),
        AssetClass.OPTION: FeeSchedule(name="harsh contracts", per_unit=Decimal("1.00"), minimum=Decimal(1)),
    },
}


def schedule_for(model: FillModel, asset_class: AssetClass) -> FeeSchedule:
    """What the simulated exchange charges an account of this model for this kind of instrument."""
    return SCHEDULES[model][asset_class]


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
