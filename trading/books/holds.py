"""Holds: what an open order has claimed, used up by its fills and given back when it closes."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import ZERO, share
from trading.books.ledger import Columns
from trading.models import Hold, LedgerKind, Order


def reserve(order: Order, *, columns: Columns, amount: Decimal) -> Hold:
    """Claim cash (a purchase) or units (a sale) for the order. Needs the account's lock."""
    if order.side == Side.BUY:
        column = columns.get(LedgerKind.CASH, order.account.currency)
    else:
        column = columns.get(LedgerKind.UNITS, order.instrument.symbol)
    column.held += amount
    columns.write()
    return Hold.objects.create(order=order, ledger_account=column, amount=amount, remaining=amount)


def shrink(order: Order, *, columns: Columns) -> None:
    """Bring the order's hold to what its unfilled part needs: its share while open, nothing once closed.

    A purchase never holds more than it has left of what it claimed: parts that cost more than their share leave less
    for the rest. The change of the column is left for the caller to write. Needs the account's lock.
    """
    hold = Hold.objects.select_related("ledger_account").filter(order=order, remaining__gt=0).first()
    if hold is None:
        return
    remaining = min(_needed(order, hold), hold.remaining)
    column = columns.get(LedgerKind(hold.ledger_account.kind), hold.ledger_account.asset)
    column.held -= hold.remaining - remaining
    Hold.objects.filter(pk=hold.pk).update(remaining=remaining)


def _needed(order: Order, hold: Hold) -> Decimal:
    leaves = order.leaves_quantity
    if leaves == ZERO:
        return ZERO
    part = share(hold.amount, leaves, order.quantity)
    if order.side == Side.SELL:
        return part
    left: Decimal = hold.amount - order.filled_value - order.fees
    return max(min(part, left), ZERO)


def release(order: Order) -> None:
    """Give back what a closed order still holds. Needs the account's lock."""
    columns = Columns.read(order.account, (order.account.currency, order.instrument.symbol))
    shrink(order, columns=columns)
    columns.write()
