"""The oracle of the books: everything that must be true of them, checked from the rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import TERMINAL, OrderStatus, Side, Trigger
from arbion.domain.numbers import EXACT, ZERO
from brokers.models import BrokerAccount
from trading.books import check_ledger, check_lots
from trading.lifecycle import TRANSITIONS
from trading.models import (
    CashMovement,
    Fill,
    Hold,
    LedgerAccount,
    LedgerKind,
    OptionExercise,
    Order,
    OrderEvent,
    WishStatus,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be."""

    account: str
    rule: str
    detail: str


def verify_books(account: BrokerAccount) -> list[Fault]:
    """Every fault in one account's books; an empty list is the proof that there is none."""
    checks = (*check_ledger.CHECKS, _holds, _wishes, _orders, _packages, _histories, *check_lots.CHECKS)
    return [Fault(str(account.public_id), rule, detail) for check in checks for rule, detail in check(account)]


def _holds(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """What is held in each column is what open orders and wishes hold; what is closed holds nothing."""
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for hold in Hold.objects.filter(order__account=account, remaining__gt=0).select_related("order", "ledger_account"):
        column = hold.ledger_account
        held[column.kind, column.asset] += hold.remaining
        if hold.order.status in TERMINAL:
            yield "closed_order_holds_nothing", f"order {hold.order_id} is {hold.order.status}"
        if column.account_id != account.pk:
            yield "holds_stay_in_the_account", f"order {hold.order_id} holds {column.asset} of another account"
    for kind, asset, amount in _held_by_wishes(account):
        held[kind, asset] += amount
    for column in LedgerAccount.objects.filter(account=account):
        sum_of_holds = held.pop((column.kind, column.asset), ZERO)
        if column.held != sum_of_holds:
            yield "held_is_sum_of_holds", f"{column.kind} {column.asset}: {column.held}, its holds {sum_of_holds}"
    for (kind, asset), amount in held.items():
        if amount:
            yield "held_is_sum_of_holds", f"{amount} of {kind} {asset} is held and has no column"


def _held_by_wishes(account: BrokerAccount) -> Iterator[tuple[str, str, Decimal]]:
    for movement in CashMovement.objects.filter(account=account, held__gt=0):
        yield LedgerKind.CASH, account.currency, movement.held
    for exercise in OptionExercise.objects.filter(account=account, held__gt=0).select_related("instrument"):
        yield LedgerKind.UNITS, exercise.instrument.symbol, exercise.held


def _wishes(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """A wish that is done or refused holds nothing."""
    for model in (CashMovement, OptionExercise):
        closed = model.objects.filter(account=account, held__gt=0).exclude(status=WishStatus.REQUESTED)
        for key, status in closed.values_list("pk", "status"):
            yield "closed_wish_holds_nothing", f"wish {key} is {status}"


def _orders(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """An order's totals are the sums of its fills, it is not filled beyond its size, and its status fits."""
    quantity: dict[object, Decimal] = defaultdict(Decimal)
    value: dict[object, Decimal] = defaultdict(Decimal)
    net: dict[object, Decimal] = defaultdict(Decimal)
    fees: dict[object, Decimal] = defaultdict(Decimal)
    for fill in Fill.objects.filter(account=account):
        quantity[fill.order_id] += fill.quantity
        value[fill.order_id] += fill.gross
        net[fill.order_id] += fill.gross if fill.side == Side.BUY else -fill.gross
        fees[fill.order_id] += fill.fee
    for order in Order.objects.filter(account=account).select_related("decision"):
        key = order.pk
        filled = order.filled_quantity if order.is_package else quantity[key]
        paid = net[key] if order.is_package else value[key]
        if (order.filled_quantity, order.filled_value, order.fees) != (filled, paid, fees[key]):
            yield "order_is_sum_of_fills", f"order {key} says {order.filled_quantity}, its fills {quantity[key]}"
        if order.filled_quantity > order.quantity:
            yield "not_filled_beyond_size", f"order {key}: {order.filled_quantity} of {order.quantity}"
        if (order.status == OrderStatus.FILLED) != (order.filled_quantity >= order.quantity):
            yield "filled_means_filled", f"order {key} is {order.status}"
        if not order.decision.approved and order.status != OrderStatus.DENIED:
            yield "denied_never_leaves", f"order {key} is {order.status} against its verdict"


def _packages(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """A package is filled as far as the leg that is filled least; each leg is the sum of its fills."""
    filled: dict[tuple[object, int], Decimal] = defaultdict(Decimal)
    for fill in Fill.objects.filter(account=account, order__is_package=True):
        filled[fill.order_id, fill.leg] += fill.quantity
    for order in Order.objects.filter(account=account, is_package=True).prefetch_related("legs"):
        whole = []
        for leg in order.legs.all():
            mine = filled.pop((order.pk, leg.number), ZERO)
            whole.append(EXACT.divide(mine, Decimal(leg.ratio)))
            if leg.filled_quantity != mine:
                yield "leg_is_sum_of_fills", f"order {order.pk}, leg {leg.number}: {leg.filled_quantity}, not {mine}"
        if not whole or min(whole) != order.filled_quantity:
            yield "package_is_filled_as_its_legs", f"order {order.pk} says {order.filled_quantity}"
    for key, leg_number in filled:
        yield "fill_has_a_leg", f"order {key} has no leg {leg_number}"


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
