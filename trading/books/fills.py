"""Booking a fill: the execution, its lots, the position, the ledger and the holds, in one transaction."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import LotMethod, Side
from arbion.domain.numbers import ZERO, gross
from arbion.domain.reports import FillReport
from marketdata.models import Instrument
from trading.books.arithmetic import Unbookable
from trading.books.holds import assets_of, shrink
from trading.books.ledger import Columns, allow_negative
from trading.books.lots import Origin, apply_trade
from trading.models import Fill, JournalCode, LedgerKind, Order, OrderLeg

logger = logging.getLogger(__name__)


def book_fill(order: Order, report: FillReport, *, at: datetime) -> Fill:
    """Book one execution of the order, of a package one of one of its legs.

    Needs the account's lock and an order whose totals include it already. Raises Unbookable for a leg that the order
    does not have.
    """
    instrument, side = _traded(order, report)
    multiplier = multiplier_of(report, instrument)
    fill = Fill.objects.create(
        order=order,
        account=order.account,
        instrument=instrument,
        venue_fill_id=report.venue_fill_id,
        leg=report.leg,
        side=side,
        quantity=report.quantity,
        price=report.price,
        multiplier=multiplier,
        gross=gross(report.quantity, report.price, multiplier),
        fee=report.fee,
        filled_at=report.filled_at,
        booked_at=at,
    )
    apply_trade(
        Origin(account=order.account, instrument=instrument, at=fill.filled_at, booked_at=at, fill=fill),
        units=units_of(fill),
        money=money_of(fill),
        method=LotMethod(order.lot_method or order.account.lot_method),
        chosen=order.chosen_lots,
    )
    _post(fill, order)
    return fill


def multiplier_of(report: FillReport, instrument: Instrument) -> Decimal:
    """The units that one unit stood for when it traded: a split may have changed an option's since."""
    return instrument.multiplier if report.multiplier is None else report.multiplier


def units_of(fill: Fill) -> Decimal:
    """The units that the fill brought, or took (below zero)."""
    units: Decimal = fill.quantity if fill.side == Side.BUY else -fill.quantity
    return units


def money_of(fill: Fill) -> Decimal:
    """The money that the fill brought, or took (below zero), after its fee."""
    money: Decimal = (fill.gross if fill.side == Side.SELL else -fill.gross) - fill.fee
    return money


def _traded(order: Order, report: FillReport) -> tuple[Instrument, Side]:
    """What was traded and which way: of a package, by the leg that the execution names."""
    if not order.is_package:
        return order.instrument, Side(order.side)
    for leg in OrderLeg.objects.select_related("instrument").filter(order=order):
        if (leg.number, leg.instrument.symbol, leg.side) == (report.leg, report.symbol, report.side):
            return leg.instrument, Side(leg.side)
    raise Unbookable(f"order {order.pk} has no leg {report.leg} that would {report.side} {report.symbol}")


def _post(fill: Fill, order: Order) -> None:
    currency, symbol = order.account.currency, fill.instrument.symbol
    columns = Columns.read(order.account, {currency, symbol} | assets_of(order))
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
    if units.balance < ZERO and not units.may_be_negative:
        # What the venue did is booked as it is; the check of the books names a short that no order opened.
        logger.error("account %s: fill %s leaves it %s %s", fill.account_id, fill.pk, units.balance, symbol)
        allow_negative(columns, LedgerKind.UNITS, symbol)
    shrink(order, columns=columns)
    reference = f"fill:{order.account_id}:{fill.venue_fill_id}"
    columns.post(code=JournalCode.FILL, reference=reference, at=fill.filled_at, symbol=symbol)
