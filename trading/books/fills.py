"""Booking a fill: the execution, its lots, the position, the ledger and the hold, in one transaction."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import ZERO, gross
from arbion.domain.reports import FillReport
from trading.books.arithmetic import Closure, OpenLot, close_first_in_first_out
from trading.books.holds import shrink
from trading.books.ledger import Columns
from trading.models import Fill, JournalCode, LedgerKind, Lot, LotClosure, Order, Position


def book_fill(order: Order, report: FillReport, *, at: datetime) -> Fill:
    """Book one execution of the order. Needs the account's lock and an order whose totals include it already."""
    fill = Fill.objects.create(
        order=order,
        account=order.account,
        instrument=order.instrument,
        venue_fill_id=report.venue_fill_id,
        side=order.side,
        quantity=report.quantity,
        price=report.price,
        gross=gross(report.quantity, report.price),
        fee=report.fee,
        filled_at=report.filled_at,
        booked_at=at,
    )
    _book_lots(fill, at=at)
    _post(fill, order)
    return fill


def _post(fill: Fill, order: Order) -> None:
    currency, symbol = order.account.currency, order.instrument.symbol
    columns = Columns.read(order.account, (currency, symbol))
    cash, units = columns.get(LedgerKind.CASH, currency), columns.get(LedgerKind.UNITS, symbol)
    money_outside = columns.get(LedgerKind.OUTSIDE, currency)
    units_outside = columns.get(LedgerKind.OUTSIDE, symbol)
    if fill.side == Side.BUY:
        columns.move(debit=money_outside, credit=cash, amount=fill.gross)
        columns.move(debit=units, credit=units_outside, amount=fill.quantity)
    else:
        columns.move(debit=cash, credit=money_outside, amount=fill.gross)
        columns.move(debit=units_outside, credit=units, amount=fill.quantity)
    if fill.fee:
        columns.move(debit=columns.get(LedgerKind.FEES, currency), credit=cash, amount=fill.fee)
    shrink(order, columns=columns)
    reference = f"fill:{order.account_id}:{fill.venue_fill_id}"
    columns.post(code=JournalCode.FILL, reference=reference, at=fill.filled_at)


def _book_lots(fill: Fill, *, at: datetime) -> None:
    if fill.side == Side.BUY:
        cost = fill.gross + fill.fee
        Lot.objects.create(
            account=fill.account,
            instrument=fill.instrument,
            fill=fill,
            quantity=fill.quantity,
            cost=cost,
            remaining_quantity=fill.quantity,
            remaining_cost=cost,
            opened_at=fill.filled_at,
        )
        _change_position(fill, quantity=fill.quantity, cost=cost, realized=ZERO, at=at)
        return
    closures = _close_lots(fill)
    cost = sum((closure.cost for closure in closures), ZERO)
    profit = sum((closure.profit for closure in closures), ZERO)
    _change_position(fill, quantity=-fill.quantity, cost=-cost, realized=profit, at=at)


def _close_lots(fill: Fill) -> list[Closure]:
    rows = {
        lot.pk: lot
        for lot in Lot.objects.filter(
            account=fill.account, instrument=fill.instrument, remaining_quantity__gt=0
        ).order_by("opened_at", "id")
    }
    lots = [OpenLot(lot.pk, lot.remaining_quantity, lot.remaining_cost) for lot in rows.values()]
    closures = close_first_in_first_out(lots, quantity=fill.quantity, proceeds=fill.gross - fill.fee)
    for closure in closures:
        lot = rows[closure.key]
        lot.remaining_quantity -= closure.quantity
        lot.remaining_cost -= closure.cost
    closed = [rows[closure.key] for closure in closures]
    Lot.objects.bulk_update(closed, ["remaining_quantity", "remaining_cost"])
    LotClosure.objects.bulk_create(
        LotClosure(lot_id=part.key, fill=fill, quantity=part.quantity, cost=part.cost, proceeds=part.proceeds)
        for part in closures
    )
    return closures


def _change_position(fill: Fill, *, quantity: Decimal, cost: Decimal, realized: Decimal, at: datetime) -> None:
    position = Position.objects.filter(account=fill.account, instrument=fill.instrument).first()
    if position is None:
        position = Position(account=fill.account, instrument=fill.instrument, quantity=ZERO, cost=ZERO, realized=ZERO)
    position.quantity += quantity
    position.cost += cost
    position.realized += realized
    position.updated_at = at
    position.save()
