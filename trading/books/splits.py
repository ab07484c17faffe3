"""Splits: the units of open lots change, what they cost does not."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.numbers import ZERO, share
from trading.books.arithmetic import Closure, Parts
from trading.books.lots import Origin, apply_trade, change_position, write_closures
from trading.models import Lot


def split_lots(origin: Origin, *, units: Decimal, money: Decimal, ratio: Decimal) -> Decimal:
    """Give the lots that were open at the split their new units; returns the money that is of no fraction.

    `units` is what the venue added or took, `ratio` the new units for each old one. Where money came, the fraction of
    a unit that the venue did not give was sold for it: it is split like the rest and closed then, oldest lots first.
    Units are shared out so that each lot's are right to the last place and all sum to the whole. Needs the account's
    lock.
    """
    rows = list(
        Lot.objects.filter(account=origin.account, instrument=origin.instrument, opened_at__lte=origin.at)
        .exclude(remaining_quantity=0)
        .order_by("opened_at", "id")
    )
    before = sum((lot.remaining_quantity for lot in rows), ZERO)
    if before == ZERO:
        if units != ZERO:
            apply_trade(origin, units=units, money=money)
            return ZERO
        return money
    after = before + units
    fraction = share(before, ratio, Decimal(1)) - after if money != ZERO else ZERO
    if fraction * before <= ZERO:
        fraction = ZERO
    _share_out(origin, rows, before=before, after=after + fraction)
    if fraction == ZERO:
        return money
    apply_trade(origin, units=-fraction, money=money)
    return ZERO


def _share_out(origin: Origin, rows: list[Lot], *, before: Decimal, after: Decimal) -> None:
    """Set each lot's units by its part of the whole; a lot too small for a single new unit is closed for nothing."""
    old = new = ZERO
    gone: list[Closure] = []
    for lot in rows:
        old += lot.remaining_quantity
        part = share(after, old, before) - new
        new += part
        if part == ZERO:
            is_short = lot.remaining_quantity < ZERO
            cost, proceeds = (ZERO, -lot.remaining_cost) if is_short else (lot.remaining_cost, ZERO)
            gone.append(Closure(lot.pk, abs(lot.remaining_quantity), cost, proceeds, is_short))
            lot.remaining_quantity = lot.remaining_cost = ZERO
        else:
            lot.quantity += part - lot.remaining_quantity
            lot.remaining_quantity = part
    Lot.objects.bulk_update(rows, ["quantity", "remaining_quantity", "remaining_cost"])
    closed = Parts(tuple(gone), ZERO, ZERO)
    write_closures(origin, closed, {lot.pk: lot for lot in rows})
    cost = sum((part.lot_cost for part in gone), ZERO)
    change_position(origin, quantity=after - before, cost=-cost, realized=closed.profit)
