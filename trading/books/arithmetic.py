"""The arithmetic of lots, pure: live accounts and backtests share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.numbers import ZERO, share


class NotEnoughUnits(ArithmeticError):
    """More units were sold than the lots hold."""


@dataclass(frozen=True, slots=True)
class OpenLot:
    """What is left of a lot: units and their cost in money, fees included."""

    key: int
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Closure:
    """The part of one lot that a sale closed: units, what they had cost, what they brought."""

    key: int
    quantity: Decimal
    cost: Decimal
    proceeds: Decimal

    @property
    def profit(self) -> Decimal:
        """Proceeds less cost, in money."""
        return self.proceeds - self.cost


def close_first_in_first_out(lots: Sequence[OpenLot], *, quantity: Decimal, proceeds: Decimal) -> list[Closure]:
    """Close units from the oldest lot on; lots come oldest first.

    Parts are rounded at money scale and the last part takes the remainder, so that the parts sum to the whole:
    a lot that is closed entirely gives its whole cost, and the proceeds are spent to the last unit.
    Raises NotEnoughUnits where the lots hold fewer units than were sold.
    """
    closures: list[Closure] = []
    left, proceeds_left = quantity, proceeds
    for lot in lots:
        if left == ZERO:
            break
        taken = min(lot.quantity, left)
        cost = lot.cost if taken == lot.quantity else share(lot.cost, taken, lot.quantity)
        brought = proceeds_left if taken == left else share(proceeds_left, taken, left)
        closures.append(Closure(lot.key, taken, cost, brought))
        left -= taken
        proceeds_left -= brought
    if left != ZERO:
        raise NotEnoughUnits(f"{left} units more were sold than the lots hold")
    return closures
