"""What executions change in an account's custody: pure arithmetic, done before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import ONE, ZERO, gross
from brokers.fees import FeeSchedule, total_fee
from brokers.simulator.matching import Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an order has come: units, their value and the fees of all executions so far."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    fees: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFill:
    """An execution with its value and its fee."""

    quantity: Decimal
    price: Decimal
    multiplier: Decimal
    value: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The fills, where they leave the order, and what they add to the account's cash and units (or take)."""

    fills: tuple[SettledFill, ...]
    progress: Progress
    cash_change: Decimal
    units_change: Decimal


def settle(
    side: Side,
    executions: Iterable[Execution],
    *,
    progress: Progress,
    schedule: FeeSchedule,
    multiplier: Decimal = ONE,
) -> Settlement:
    """Value the executions one after the other; each pays what the order's fee has grown by."""
    fills: list[SettledFill] = []
    cash_change = units_change = ZERO
    for execution in executions:
        value = gross(execution.quantity, execution.price, multiplier)
        progress, fee = _advanced(progress, execution.quantity, value, schedule=schedule)
        fills.append(
            SettledFill(quantity=execution.quantity, price=execution.price, multiplier=multiplier, value=value, fee=fee)
        )
        cash_change += (-value if side is Side.BUY else value) - fee
        units_change += execution.quantity if side is Side.BUY else -execution.quantity
    return Settlement(fills=tuple(fills), progress=progress, cash_change=cash_change, units_change=units_change)


def payment(
    side: Side,
    leaves: Decimal,
    price: Decimal,
    *,
    progress: Progress,
    schedule: FeeSchedule,
    multiplier: Decimal = ONE,
) -> Decimal:
    """What the open rest of an order would pay at this price, with the fee it adds; below zero is what it brings."""
    if leaves == ZERO:
        return ZERO
    value = gross(leaves, price, multiplier)
    _, fee = _advanced(progress, leaves, value, schedule=schedule)
    return (value if side is Side.BUY else -value) + fee


def _advanced(
    progress: Progress, quantity: Decimal, value: Decimal, *, schedule: FeeSchedule
) -> tuple[Progress, Decimal]:
    quantity, value = progress.quantity + quantity, progress.value + value
    # What was charged is not given back where the schedule has become cheaper meanwhile.
    fees = max(total_fee(schedule, quantity=quantity, value=value), progress.fees)
    return Progress(quantity=quantity, value=value, fees=fees), fees - progress.fees
