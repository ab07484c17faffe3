"""Lots and positions in the tables: what a change of units opens and closes, and what it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import LotMethod
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.books.arithmetic import OpenLot, Parts, in_order, trade
from trading.models import Fill, Lot, LotClosure, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What changes the lots: a fill, or else the journal of an activity by its reference."""

    account: BrokerAccount
    instrument: Instrument
    at: datetime
    booked_at: datetime
    fill: Fill | None = None
    reference: str = ""


def open_rows(account: BrokerAccount, instrument: Instrument) -> list[Lot]:
    """The open lots of one instrument, oldest first."""
    rows = Lot.objects.filter(account=account, instrument=instrument).exclude(remaining_quantity=0)
    return list(rows.order_by("opened_at", "id"))


def ensure_open(account: BrokerAccount, instrument: Instrument, chosen: Sequence[int], *, units: Decimal) -> None:
    """Refuse lots that a change of so many units (below zero: a sale) could not close. Needs the account's lock.

    Raises InvalidInput for one that is no open lot of this position, and where the units would close none at all.
    """
    if not chosen:
        return
    rows = {lot.pk: lot for lot in open_rows(account, instrument)}
    if any(key not in rows for key in chosen):
        raise InvalidInput.of("lots", "unknown_lot", "One of these is no open lot of this position.")
    if any((rows[key].remaining_quantity < ZERO) == (units < ZERO) for key in chosen):
        raise InvalidInput.of("lots", "not_allowed", "This order closes no lots: it makes the position larger.")


def apply_trade(
    origin: Origin,
    *,
    units: Decimal,
    money: Decimal,
    method: LotMethod = LotMethod.FIFO,
    chosen: Sequence[int] = (),
) -> Parts:
    """Book units that came or went, for money net of fees, onto the lots and the position.

    Units against the position close its lots by the method; what goes beyond them opens a lot of the other sign.
    Needs the account's lock.
    """
    rows = {lot.pk: lot for lot in open_rows(origin.account, origin.instrument)}
    lots = [OpenLot(lot.pk, lot.remaining_quantity, lot.remaining_cost) for lot in rows.values()]
    parts = trade(in_order(lots, method=method, chosen=chosen), units=units, money=money)
    for part in parts.closures:
        rows[part.key].remaining_quantity -= part.lot_quantity
        rows[part.key].remaining_cost -= part.lot_cost
    write_closures(origin, parts, rows)
    if parts.opened_quantity != ZERO:
        Lot.objects.create(
            account=origin.account,
            instrument=origin.instrument,
            fill=origin.fill,
            reference=origin.reference,
            quantity=parts.opened_quantity,
            cost=parts.opened_cost,
            remaining_quantity=parts.opened_quantity,
            remaining_cost=parts.opened_cost,
            opened_at=origin.at,
        )
    closed_cost = sum((part.lot_cost for part in parts.closures), ZERO)
    change_position(origin, quantity=units, cost=parts.opened_cost - closed_cost, realized=parts.profit)
    return parts


def write_closures(origin: Origin, parts: Parts, rows: dict[int, Lot]) -> None:
    """Write what is left of the closed lots, and how they were closed."""
    closed = [rows[part.key] for part in parts.closures]
    Lot.objects.bulk_update(closed, ["remaining_quantity", "remaining_cost"])
    LotClosure.objects.bulk_create(
        LotClosure(
            lot_id=part.key,
            fill=origin.fill,
            reference=origin.reference,
            quantity=part.quantity,
            cost=part.cost,
            proceeds=part.proceeds,
            closed_at=origin.at,
        )
        for part in parts.closures
    )


def change_position(origin: Origin, *, quantity: Decimal, cost: Decimal, realized: Decimal) -> None:
    """Move the position by so many units, so much cost and so much profit; opened where it was none."""
    position = Position.objects.filter(account=origin.account, instrument=origin.instrument).first()
    if position is None:
        position = Position(
            account=origin.account, instrument=origin.instrument, quantity=ZERO, cost=ZERO, realized=ZERO
        )
    position.quantity += quantity
    position.cost += cost
    position.realized += realized
    position.updated_at = origin.booked_at
    position.save()
