"""Booking what happened to an account without an order: the ledger, the lots and the position, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import ActivityKind
from arbion.domain.numbers import ZERO
from arbion.domain.reports import ActivityReport
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.books.arithmetic import Closure, NotEnoughUnits, OpenLot, Parts, Unbookable, close
from trading.books.ledger import Columns, allow_negative
from trading.books.lots import Origin, apply_trade, change_position, open_rows, write_closures
from trading.books.splits import split_lots
from trading.models import Journal, JournalCode, LedgerKind, Lot

CODES: dict[ActivityKind, JournalCode] = {kind: JournalCode(kind.value) for kind in ActivityKind}


@dataclass(frozen=True, slots=True)
class _Changes:
    """What came and went, by what it is: money of the account's currency, and units of each instrument."""

    money: Decimal
    units: dict[str, Decimal]
    instruments: dict[str, Instrument]


def reference_of(account: BrokerAccount, activity_id: str) -> str:
    """The business reference of an activity's journal."""
    return f"activity:{account.pk}:{activity_id}"


def book_activity(account: BrokerAccount, report: ActivityReport, *, columns: Columns, at: datetime) -> Journal:
    """Book one activity that was not booked before. Needs the account's lock, and columns of its assets.

    Raises Unbookable where it names an instrument that nobody knows, or closes more than is there.
    """
    reference = reference_of(account, report.activity_id)
    changes = _changes(account, report)

    def origin(symbol: str) -> Origin:
        return Origin(
            account=account,
            instrument=changes.instruments[symbol],
            at=report.happened_at,
            booked_at=at,
            reference=reference,
        )

    if report.kind is ActivityKind.DIVIDEND:
        _receive(origin(report.symbol), changes.money)
    elif report.kind is ActivityKind.SPLIT:
        extra = _split(origin(report.symbol), report, changes)
        _receive(origin(report.symbol), extra)
        _move_money(columns, LedgerKind.INCOME, extra)
        changes = _Changes(changes.money - extra, changes.units, changes.instruments)
    elif report.kind in {ActivityKind.EXERCISE, ActivityKind.ASSIGNMENT, ActivityKind.EXPIRY}:
        _settle_option(report, changes, origin)
    elif changes.units:
        raise Unbookable(f"{report.activity_id}: a {report.kind} moves cash, not units")
    is_income = report.kind is ActivityKind.DIVIDEND
    _move_money(columns, LedgerKind.INCOME if is_income else LedgerKind.OUTSIDE, changes.money)
    for symbol, units in changes.units.items():
        _move_units(columns, symbol, units)
    return columns.post(code=CODES[report.kind], reference=reference, at=report.happened_at, symbol=report.symbol)


def _changes(account: BrokerAccount, report: ActivityReport) -> _Changes:
    money, units = ZERO, defaultdict[str, Decimal](Decimal)
    for change in report.changes:
        if change.asset == account.currency:
            money += change.amount
        else:
            units[change.asset] += change.amount
    wanted = {*units, report.symbol} - {""}
    known = {row.symbol: row for row in Instrument.objects.filter(symbol__in=wanted)}
    if missing := wanted - known.keys():
        raise Unbookable(f"{report.activity_id}: nobody knows {', '.join(sorted(missing))}")
    return _Changes(money, {symbol: change for symbol, change in units.items() if change != ZERO}, known)


def _receive(origin: Origin, income: Decimal) -> None:
    """Income is profit of the position, also of one that is closed by now."""
    if income != ZERO:
        change_position(origin, quantity=ZERO, cost=ZERO, realized=income)


def _move_money(columns: Columns, other: LedgerKind, amount: Decimal) -> None:
    """Money that came (positive) from the other column, or went there."""
    currency = columns.account.currency
    if amount == ZERO:
        return
    cash, far = columns.get(LedgerKind.CASH, currency), columns.get(other, currency)
    columns.move(debit=cash if amount > ZERO else far, credit=far if amount > ZERO else cash, amount=abs(amount))


def _move_units(columns: Columns, symbol: str, amount: Decimal) -> None:
    units, outside = columns.get(LedgerKind.UNITS, symbol), columns.get(LedgerKind.OUTSIDE, symbol)
    columns.move(
        debit=units if amount > ZERO else outside, credit=outside if amount > ZERO else units, amount=abs(amount)
    )
    if units.balance < ZERO:
        # An exercise may leave shares owed, a split makes more of them: what the venue did is booked as it is.
        allow_negative(columns, LedgerKind.UNITS, symbol)


def _split(origin: Origin, report: ActivityReport, changes: _Changes) -> Decimal:
    """Split the lots; returns the money that no fraction of a unit stands for."""
    own = changes.units.get(report.symbol, ZERO)
    if others := changes.units.keys() - {report.symbol}:
        raise Unbookable(f"{report.activity_id}: a split of {report.symbol} moves {', '.join(sorted(others))}")
    return split_lots(origin, units=own, money=changes.money, ratio=report.ratio)


def _settle_option(report: ActivityReport, changes: _Changes, origin: Callable[[str], Origin]) -> None:
    """Close the option's lots: for the money that came where it was settled in cash or expired, else into the shares.

    Where shares changed hands the premium makes no profit of its own: it goes into what the shares cost or brought
    (IRS Publication 550, "Puts and calls"). A long call's premium is added to the strike that was paid, a long put's
    taken off the strike that was received, and a short one's the other way round.
    """
    contracts = changes.units.get(report.symbol, ZERO)
    shares = [symbol for symbol in changes.units if symbol != report.symbol]
    if len(shares) > 1:
        raise Unbookable(f"{report.activity_id}: an option has one underlying, not {', '.join(sorted(shares))}")
    premium = _premium(origin(report.symbol), contracts)
    if not shares:
        apply_trade(origin(report.symbol), units=contracts, money=changes.money)
        return
    units = changes.units[shares[0]]
    if units > ZERO and changes.money - premium > ZERO:
        # Shares never cost less than nothing: what the premium exceeds the strike by is profit of the option.
        apply_trade(origin(report.symbol), units=contracts, money=changes.money)
        premium = changes.money
    else:
        _close_without_profit(origin(report.symbol), contracts)
    apply_trade(origin(shares[0]), units=units, money=changes.money - premium)


def _premium(origin: Origin, contracts: Decimal) -> Decimal:
    """What the contracts that go (or come back) had cost: above zero what was paid, below what was received.

    Raises NotEnoughUnits where so many are not there to be closed.
    """
    _, closures = _closing(origin, contracts)
    return sum((part.lot_cost for part in closures), ZERO)


def _close_without_profit(origin: Origin, contracts: Decimal) -> None:
    rows, closures = _closing(origin, contracts)
    # What a long lot cost is what it brought; of a short one, what it brought is what it cost.
    even = [
        replace(part, cost=part.proceeds) if part.is_short else replace(part, proceeds=part.cost) for part in closures
    ]
    for part in even:
        rows[part.key].remaining_quantity -= part.lot_quantity
        rows[part.key].remaining_cost -= part.lot_cost
    write_closures(origin, Parts(tuple(even), ZERO, ZERO), rows)
    cost = sum((part.lot_cost for part in even), ZERO)
    change_position(origin, quantity=contracts, cost=-cost, realized=ZERO)


def _closing(origin: Origin, contracts: Decimal) -> tuple[dict[int, Lot], list[Closure]]:
    rows = {lot.pk: lot for lot in open_rows(origin.account, origin.instrument)}
    lots = [OpenLot(lot.pk, lot.remaining_quantity, lot.remaining_cost) for lot in rows.values()]
    if any(lot.quantity * contracts > ZERO for lot in lots):
        raise NotEnoughUnits(f"{origin.reference} would add to {origin.instrument.symbol} instead of closing it")
    return rows, close(lots, quantity=abs(contracts), money=ZERO)
