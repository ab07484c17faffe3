"""Wash sales, pure: losses that taxes do not count because the same thing was bought again around the sale.

The rule (26 USC 1091, 26 CFR 1.1091-1): a loss is disallowed as far as the same instrument was acquired within 30 days
before or after the sale, and added to the cost of what was acquired instead. Units that replace others do so once, in
the order in which they were acquired; units that were sold themselves by then replace nothing. For a short position
the loss is made by covering it, and a new short sale within the days counts as buying again. Nothing is written:
the books keep what happened, and this reads it. Not carried over is the time that the sold units had been held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from arbion.domain.numbers import ZERO, share

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """One lot: `instrument` names what it is of and which way, so that long and short never replace each other."""

    key: int
    instrument: str
    quantity: Decimal
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A part of a lot that was closed: units above zero, and proceeds less cost, in money."""

    key: int
    lot: int
    instrument: str
    quantity: Decimal
    profit: Decimal
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Washed:
    """What taxes make of one closure: what its lot's cost grew by before, and what of its loss does not count."""

    added_cost: Decimal = ZERO
    disallowed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Washes:
    """Each closure by its key, and what open lots' costs have grown by, by the lot's key."""

    closures: dict[int, Washed]
    lots: dict[int, Decimal]

    def of(self, key: int) -> Washed:
        """What became of one closure; nothing where it is not a part of this."""
        return self.closures.get(key, Washed())


@dataclass(slots=True)
class _Lot:
    bought: Acquired
    left: Decimal = field(init=False)
    unmatched: Decimal = field(init=False)
    added: Decimal = ZERO

    def __post_init__(self) -> None:
        self.left = self.unmatched = self.bought.quantity

    def close(self, quantity: Decimal) -> Decimal:
        """Take units out; returns their part of the added cost, the last of them taking what is left of it."""
        part = self.added if quantity >= self.left else share(self.added, quantity, self.left)
        self.left -= quantity
        self.added -= part
        return part

    def replaces(self, closed: Closed) -> Decimal:
        """How many of the units that were closed this lot can stand in for."""
        if self.bought.key == closed.lot or abs(self.bought.on - closed.on) > WINDOW:
            return ZERO
        return min(self.unmatched, self.left) if self.bought.on <= closed.on else self.unmatched


def find(acquired: Iterable[Acquired], closed: Sequence[Closed]) -> Washes:
    """The wash sales among the closures (given in the order in which they happened)."""
    lots = {lot.key: _Lot(lot) for lot in sorted(acquired, key=lambda lot: (lot.on, lot.key))}
    alike: dict[str, list[_Lot]] = defaultdict(list)
    for lot in lots.values():
        alike[lot.bought.instrument].append(lot)
    found: dict[int, Washed] = {}
    for one in closed:
        own = lots.get(one.lot)
        added = ZERO if own is None else own.close(one.quantity)
        loss = added - one.profit
        disallowed = _wash(one, loss, alike[one.instrument]) if loss > ZERO else ZERO
        found[one.key] = Washed(added_cost=added, disallowed=disallowed)
    return Washes(found, {key: lot.added for key, lot in lots.items() if lot.added != ZERO})


def _wash(closed: Closed, loss: Decimal, lots: list[_Lot]) -> Decimal:
    """Match the units that were closed at a loss with what replaces them; returns the loss that does not count."""
    left, loss_left = closed.quantity, loss
    for lot in lots:
        units = min(lot.replaces(closed), left)
        if units <= ZERO:
            continue
        part = loss_left if units == left else share(loss_left, units, left)
        lot.unmatched -= units
        lot.added += part
        left -= units
        loss_left -= part
        if left == ZERO:
            break
    return loss - loss_left
