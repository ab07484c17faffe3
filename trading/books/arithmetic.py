"""The arithmetic of lots, pure: live accounts and backtests share it.

A long lot has positive units and a positive cost; a short lot has negative units and a negative cost, which is what
was received when it was opened. Units that go the other way close lots; what they find no lot for opens one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import LotMethod
from arbion.domain.numbers import EXACT, ZERO, share


class Unbookable(ArithmeticError):
    """What a venue says does not fit the books."""


class NotEnoughUnits(Unbookable):
    """More units were closed than the lots hold."""


@dataclass(frozen=True, slots=True)
class OpenLot:
    """What is left of a lot: units and their cost in money, fees included; both negative of a short lot."""

    key: int
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Closure:
    """The part of one lot that was closed: units above zero, what they cost and what they brought, after fees."""

    key: int
    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    is_short: bool = False

    @property
    def profit(self) -> Decimal:
        """Proceeds less cost, in money."""
        return self.proceeds - self.cost

    @property
    def lot_quantity(self) -> Decimal:
        """The units that the lot loses, with the lot's sign."""
        return -self.quantity if self.is_short else self.quantity

    @property
    def lot_cost(self) -> Decimal:
        """The cost that the lot loses, with the lot's sign."""
        return -self.proceeds if self.is_short else self.cost


@dataclass(frozen=True, slots=True)
class Parts:
    """What a change of units does to the lots: what it closes, and the units and the cost of the lot that it opens."""

    closures: tuple[Closure, ...]
    opened_quantity: Decimal
    opened_cost: Decimal

    @property
    def profit(self) -> Decimal:
        """What the closures made, in money."""
        return sum((part.profit for part in self.closures), ZERO)


def trade(lots: Sequence[OpenLot], *, units: Decimal, money: Decimal) -> Parts:
    """What units that come (positive) or go (negative) for money that comes or goes do to the lots.

    `lots` are open, all of one sign, in the order in which they are to be closed. `money` is net of fees. Closed and
    opened parts share it by their units, the last taking the remainder, so that the parts sum to the whole.
    """
    held = sum((lot.quantity for lot in lots), ZERO)
    opposite = held * units < ZERO
    closing = min(abs(held), abs(units)) if opposite else ZERO
    closing_money = money if closing == abs(units) else share(money, closing, abs(units))
    closures = close(lots, quantity=closing, money=closing_money) if closing else []
    rest = abs(units) - closing
    opened = rest if units > ZERO else -rest
    return Parts(tuple(closures), opened, ZERO if rest == ZERO else closing_money - money)


def close(lots: Sequence[OpenLot], *, quantity: Decimal, money: Decimal) -> list[Closure]:
    """Close so many units (above zero) in the given order of the lots, all long or all short.

    `money` is what closing brought of long lots (below zero where fees ate it), and of short lots what it took,
    negative. Parts are rounded at money scale and the last part takes the remainder: a lot that is closed entirely
    gives its whole cost, and the money is spent to the last unit. Raises NotEnoughUnits.
    """
    closures: list[Closure] = []
    left, money_left = quantity, money
    for lot in lots:
        if left == ZERO:
            break
        taken = min(abs(lot.quantity), left)
        cost = lot.cost if taken == abs(lot.quantity) else share(lot.cost, taken, abs(lot.quantity))
        brought = money_left if taken == left else share(money_left, taken, left)
        if lot.quantity < ZERO:
            closures.append(Closure(lot.key, taken, -brought, -cost, is_short=True))
        else:
            closures.append(Closure(lot.key, taken, cost, brought))
        left -= taken
        money_left -= brought
    if left != ZERO:
        raise NotEnoughUnits(f"{left} units more were closed than the lots hold")
    return closures


def in_order(lots: Sequence[OpenLot], *, method: LotMethod, chosen: Sequence[int] = ()) -> list[OpenLot]:
    """The lots (given oldest first) in the order in which the method closes them.

    HIFO closes first what makes the least profit: of long lots those that cost most a unit, of short lots those that
    brought least. Chosen lots come in the order of the choice, and after them, where they do not suffice, the oldest.
    """
    if method is LotMethod.LIFO:
        return list(reversed(lots))
    if method is LotMethod.HIFO:
        # A short lot's cost a unit is what it brought, so the one with the smallest comes first.
        return sorted(lots, key=lambda lot: EXACT.divide(-lot.cost, abs(lot.quantity)))
    if method is LotMethod.CHOSEN:
        place = {key: number for number, key in enumerate(chosen)}
        return sorted(lots, key=lambda lot: place.get(lot.key, len(place)))
    return list(lots)
