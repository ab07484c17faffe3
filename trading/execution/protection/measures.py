"""What a stop that stands has to do with now: the units that it guards, those it has still to close, and splits."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from arbion.domain.numbers import ZERO
from trading.execution.protection.market import splits
from trading.models import Order, Position, Stop


def has_unknown_split(stop: Stop, at: datetime) -> bool:
    """Whether a split changed (or is changing) the prices of the instrument and the stop does not know it yet."""
    found = splits(at, of=stop.instrument)
    mine = [one for one in found if one.instrument_id == stop.instrument_id]
    return any(one.applied_at is None or one.applied_at > stop.splits_until for one in mine)


def remaining(stop: Stop) -> Decimal:
    """The units that a stop which went off has still to close."""
    units = units_of(stop)
    if stop.quantity is None:
        return units
    made = Order.objects.filter(account=stop.account_id, intent__client_key__startswith=stop.order_keys)
    closed: Decimal = sum(made.values_list("filled_quantity", flat=True), ZERO)
    left: Decimal = max(min(units, stop.quantity - closed), ZERO)
    return left


def units_of(stop: Stop) -> Decimal:
    """The units of the position that is guarded, whatever part of it the stop is for."""
    row = Position.objects.filter(account=stop.account_id, instrument=stop.instrument_id).first()
    held: Decimal = ZERO if row is None else row.quantity
    return max(held if stop.is_long else -held, ZERO)


def has_filled(stop: Stop) -> bool:
    """Whether the order that stands for it at its venue has traded: it has gone off there."""
    return stop.resting is not None and stop.resting.filled_quantity > ZERO
