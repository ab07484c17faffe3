"""Holds: what an open order has claimed, used up by its fills and given back when it closes.

An order claims at most once of each column: cash for what it may pay, units for what it may deliver. A claim is for
the part of the order that was unfilled when it was made; it is remembered with where that part began and ended, so
that a change of the order's size can bring new claims without counting anything twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import ZERO, share
from trading.books.ledger import Columns
from trading.models import Hold, LedgerAccount, LedgerKind, Order


@dataclass(frozen=True, slots=True)
class Claim:
    """So much of one column: money of a currency, or units of a symbol."""

    kind: LedgerKind
    asset: str
    amount: Decimal


def assets_of(order: Order) -> set[str]:
    """The assets that the order has claimed of: what `Columns.read` must be given."""
    return set(Hold.objects.filter(order=order).values_list("ledger_account__asset", flat=True))


def reserve(order: Order, *, columns: Columns, claims: Sequence[Claim]) -> list[Hold]:
    """Claim cash and units for a new order and write the columns. Needs the account's lock.

    Claims of one column are added up; a claim of nothing is none. Whether the account can afford them was judged
    before.
    """
    return _claim(order, _by_column(claims), columns=columns, quantity=order.quantity)


def shrink(order: Order, *, columns: Columns) -> None:
    """Bring the order's holds to what its unfilled part needs: its share while open, nothing once closed.

    A cash hold never keeps more than is left of what it claimed: parts that cost more than their share leave less for
    the rest, and money that comes in makes it no larger. A package's is its share, because it fills as a whole. The
    change of the columns is left for the caller to write. Needs the account's lock.
    """
    changed = []
    for hold in Hold.objects.select_related("ledger_account").filter(order=order, remaining__gt=0):
        remaining = min(needed(order, hold), hold.remaining)
        if remaining != hold.remaining:
            _column_of(hold, columns).held -= hold.remaining - remaining
            hold.remaining = remaining
            changed.append(hold)
    Hold.objects.bulk_update(changed, ["remaining"])


def needed(order: Order, hold: Hold) -> Decimal:
    """What the order's unfilled part needs of this hold's claim: in money or units, at house scale."""
    size = order.quantity if hold.quantity is None else hold.quantity
    leaves = max(size - order.filled_quantity, ZERO)
    if not order.is_open or leaves == ZERO:
        return ZERO
    part = share(hold.amount, leaves, size - hold.filled_before)
    if hold.ledger_account.kind != LedgerKind.CASH or order.is_package:
        # Between the legs of a package its money says nothing: one leg has paid what another is about to receive.
        return part
    left: Decimal = hold.amount - max(spent(order) - hold.spent_before, ZERO)
    return max(min(part, left), ZERO)


def spent(order: Order) -> Decimal:
    """The cash that the order's fills have taken so far, fees included; below zero where more came in than went out."""
    taken: Decimal = (order.filled_value if order.side == Side.BUY else -order.filled_value) + order.fees
    return taken


def release(order: Order) -> None:
    """Give back what a closed order still holds. Needs the account's lock."""
    columns = Columns.read(order.account, assets_of(order))
    shrink(order, columns=columns)
    columns.write()


def renew(order: Order, *, columns: Columns, claims: Sequence[Claim], quantity: Decimal | None = None) -> None:
    """Bring the holds to new claims for what is unfilled now, larger or smaller, and write the columns.

    `quantity` is the size of the order that the claims are for, where that is not the order's own (a change that was
    asked and not answered yet). Columns that are not claimed any more are given back. Needs the account's lock and
    columns that were read with `assets_of(order)` and the assets of the claims.
    """
    wanted = _by_column(claims) if order.is_open else {}
    size = order.quantity if quantity is None else quantity
    for hold in Hold.objects.select_related("ledger_account").filter(order=order):
        column = _column_of(hold, columns)
        amount = wanted.pop((column.kind, column.asset), ZERO)
        column.held += amount - hold.remaining
        # A claim is never of nothing; one that is given back whole stays as the record of what it was.
        hold.amount, hold.remaining = amount or hold.amount, amount
        hold.quantity, hold.filled_before, hold.spent_before = size, order.filled_quantity, spent(order)
        hold.save(update_fields=["amount", "remaining", "quantity", "filled_before", "spent_before"])
    _claim(order, wanted, columns=columns, quantity=size)


def _claim(order: Order, wanted: dict[tuple[str, str], Decimal], *, columns: Columns, quantity: Decimal) -> list[Hold]:
    made = []
    for (kind, asset), amount in wanted.items():
        column = columns.get(LedgerKind(kind), asset)
        column.held += amount
        made.append(
            Hold(
                order=order,
                ledger_account=column,
                amount=amount,
                remaining=amount,
                quantity=quantity,
                filled_before=order.filled_quantity,
                spent_before=spent(order),
            )
        )
    columns.write()
    return Hold.objects.bulk_create(made)


def _column_of(hold: Hold, columns: Columns) -> LedgerAccount:
    return columns.get(LedgerKind(hold.ledger_account.kind), hold.ledger_account.asset)


def _by_column(claims: Iterable[Claim]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    for claim in claims:
        if claim.amount < ZERO:
            raise ValueError(f"a claim of {claim.amount} {claim.asset} is no claim")
        if claim.amount != ZERO:
            key = (LedgerKind(claim.kind).value, claim.asset)
            found[key] = found.get(key, ZERO) + claim.amount
    return found
