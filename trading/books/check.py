"""The oracle of the books: everything that must be true of them, checked from the rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import TERMINAL, OrderStatus, Trigger
from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading.lifecycle import TRANSITIONS
from trading.models import Fill, Hold, LedgerAccount, LedgerKind, Lot, Order, OrderEvent, Position, Transfer


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be."""

    account: str
    rule: str
    detail: str


def verify_books(account: BrokerAccount) -> list[Fault]:
    """Every fault in one account's books; an empty list is the proof that there is none."""
    checks = (_balances, _holds, _orders, _histories, _positions)
    return [Fault(str(account.public_id), rule, detail) for check in checks for rule, detail in check(account)]


def _balances(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Each column is the sum of its transfers, each asset sums to zero over all columns, nothing is below zero."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for debit, credit, amount in Transfer.objects.filter(journal__account=account).values_list(
        "debit_id", "credit_id", "amount"
    ):
        sums[debit] += amount
        sums[credit] -= amount
    by_asset: dict[str, Decimal] = defaultdict(Decimal)
    for column in LedgerAccount.objects.filter(account=account):
        by_asset[column.asset] += column.balance
        if column.balance != sums.pop(column.pk, ZERO):
            yield "balance_is_sum_of_transfers", f"{column.kind} {column.asset} says {column.balance}"
        if column.kind != LedgerKind.OUTSIDE and not ZERO <= column.held <= column.balance:
            yield "held_within_balance", f"{column.kind} {column.asset}: {column.held} of {column.balance} is held"
    for stranger in sums:
        yield "transfers_stay_in_the_account", f"a transfer touches column {stranger} of another account"
    for asset, balance in by_asset.items():
        if balance != ZERO:
            yield "asset_sums_to_zero", f"{asset} sums to {balance}"


def _holds(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """What is held in each column is what its open orders hold; a closed order holds nothing."""
    held: dict[int, Decimal] = defaultdict(Decimal)
    for hold in Hold.objects.filter(order__account=account, remaining__gt=0).select_related("order"):
        held[hold.ledger_account_id] += hold.remaining
        if hold.order.status in TERMINAL:
            yield "closed_order_holds_nothing", f"order {hold.order_id} is {hold.order.status}"
    for column in LedgerAccount.objects.filter(account=account):
        if column.held != held[column.pk]:
            yield "held_is_sum_of_holds", f"{column.kind} {column.asset}: {column.held}, its orders {held[column.pk]}"


def _orders(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """An order's totals are the sums of its fills, it is not filled beyond its size, and its status fits."""
    quantity: dict[object, Decimal] = defaultdict(Decimal)
    value: dict[object, Decimal] = defaultdict(Decimal)
    fees: dict[object, Decimal] = defaultdict(Decimal)
    for fill in Fill.objects.filter(account=account):
        quantity[fill.order_id] += fill.quantity
        value[fill.order_id] += fill.gross
        fees[fill.order_id] += fill.fee
    for order in Order.objects.filter(account=account).select_related("decision"):
        key = order.pk
        if (order.filled_quantity, order.filled_value, order.fees) != (quantity[key], value[key], fees[key]):
            yield "order_is_sum_of_fills", f"order {key} says {order.filled_quantity}, its fills {quantity[key]}"
        if order.filled_quantity > order.quantity:
            yield "not_filled_beyond_size", f"order {key}: {order.filled_quantity} of {order.quantity}"
        if (order.status == OrderStatus.FILLED) != (order.filled_quantity >= order.quantity):
            yield "filled_means_filled", f"order {key} is {order.status}"
        if not order.decision.approved and order.status != OrderStatus.DENIED:
            yield "denied_never_leaves", f"order {key} is {order.status} against its verdict"


def _histories(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Each order's events follow the table without a gap and end in its status."""
    last: dict[object, OrderEvent] = {}
    for event in OrderEvent.objects.filter(account=account).order_by("id"):
        before = last.get(event.order_id)
        if event.version != (0 if before is None else before.version + 1):
            yield "history_without_gap", f"order {event.order_id} jumps to version {event.version}"
        if before is not None and event.before != before.after:
            yield "history_is_a_chain", f"order {event.order_id}: {before.after} is followed by {event.before}"
        if event.trigger and TRANSITIONS.get((OrderStatus(event.before), Trigger(event.trigger))) != event.after:
            yield "history_follows_the_table", f"order {event.order_id}: {event.before} to {event.after}"
        last[event.order_id] = event
    for order in Order.objects.filter(account=account):
        end = last.get(order.pk)
        if end is None or (end.after, end.version) != (order.status, order.version):
            yield "status_is_end_of_history", f"order {order.pk} is {order.status}"


def _positions(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """A position is the sum of its open lots and of the ledger's units; realised profit is the sum of closures."""
    units = {row.asset: row.balance for row in LedgerAccount.objects.filter(account=account, kind=LedgerKind.UNITS)}
    lots: dict[int, list[Lot]] = defaultdict(list)
    for lot in Lot.objects.filter(account=account).prefetch_related("closures"):
        lots[lot.instrument_id].append(lot)
    for position in Position.objects.filter(account=account).select_related("instrument"):
        symbol = position.instrument.symbol
        mine = lots.pop(position.instrument_id, [])
        quantity = sum((lot.remaining_quantity for lot in mine), ZERO)
        cost = sum((lot.remaining_cost for lot in mine), ZERO)
        realized = sum((part.proceeds - part.cost for lot in mine for part in lot.closures.all()), ZERO)
        if (position.quantity, position.cost, position.realized) != (quantity, cost, realized):
            yield "position_is_sum_of_lots", f"{symbol}: {position.quantity} against {quantity} in lots"
        if position.quantity != units.pop(symbol, ZERO):
            yield "position_is_ledger_units", f"{symbol}: {position.quantity}"
        yield from _lot_faults(symbol, mine)
    for symbol, balance in units.items():
        if balance != ZERO:
            yield "units_have_a_position", f"{balance} {symbol} have none"
    for instrument in lots:
        yield "lots_have_a_position", f"instrument {instrument} has lots and no position"


def _lot_faults(symbol: str, lots: list[Lot]) -> Iterator[tuple[str, str]]:
    for lot in lots:
        closed = sum((part.quantity for part in lot.closures.all()), ZERO)
        spent = sum((part.cost for part in lot.closures.all()), ZERO)
        if (lot.quantity - closed, lot.cost - spent) != (lot.remaining_quantity, lot.remaining_cost):
            yield "lot_is_what_was_not_closed", f"{symbol}: lot {lot.pk}"
