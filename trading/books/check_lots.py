"""What must be true of an account's positions and lots, long and short, and of the money that they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from arbion.domain.enums import PositionEffect
from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading.models import Journal, JournalCode, LedgerAccount, LedgerKind, Lot, OrderLeg, Position, Transfer

PUT_IN = (JournalCode.OPENING, JournalCode.DEPOSIT, JournalCode.WITHDRAWAL)
# Activities that may leave shares owed, or make more of what is owed.
_MAY_OWE = {JournalCode.EXERCISE, JournalCode.ASSIGNMENT, JournalCode.SPLIT}


def _positions(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """A position is the sum of its open lots and of the ledger's units; realised profit is closures and income."""
    units = {row.asset: row.balance for row in LedgerAccount.objects.filter(account=account, kind=LedgerKind.UNITS)}
    income = _income(account)
    lots: dict[int, list[Lot]] = defaultdict(list)
    for lot in Lot.objects.filter(account=account).prefetch_related("closures"):
        lots[lot.instrument_id].append(lot)
    for position in Position.objects.filter(account=account).select_related("instrument"):
        symbol = position.instrument.symbol
        mine = lots.pop(position.instrument_id, [])
        quantity = sum((lot.remaining_quantity for lot in mine), ZERO)
        cost = sum((lot.remaining_cost for lot in mine), ZERO)
        realized = sum((part.profit for lot in mine for part in lot.closures.all()), income.pop(symbol, ZERO))
        if (position.quantity, position.cost, position.realized) != (quantity, cost, realized):
            yield "position_is_sum_of_lots", f"{symbol}: {position.quantity} against {quantity} in lots"
        if position.quantity != units.pop(symbol, ZERO):
            yield "position_is_ledger_units", f"{symbol}: {position.quantity}"
        yield from _lot_faults(symbol, mine)
    for symbol, balance in units.items():
        if balance != ZERO:
            yield "units_have_a_position", f"{balance} {symbol} have none"
    for symbol, amount in income.items():
        if amount != ZERO:
            yield "income_has_a_position", f"{amount} of {symbol} have none"
    for instrument in lots:
        yield "lots_have_a_position", f"instrument {instrument} has lots and no position"


def _income(account: BrokerAccount) -> dict[str, Decimal]:
    """What each symbol has paid, by the ledger: dividends received less dividends owed."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    rows = Transfer.objects.filter(journal__account=account)
    for sign, side in ((1, "credit"), (-1, "debit")):
        for symbol, amount in rows.filter(**{f"{side}__kind": LedgerKind.INCOME}).values_list(
            "journal__symbol", "amount"
        ):
            found[symbol] += sign * amount
    return found


def _lot_faults(symbol: str, lots: list[Lot]) -> Iterator[tuple[str, str]]:
    """A lot is what was not closed of it, and the open lots of a position all have its sign."""
    for lot in lots:
        sign = -1 if lot.quantity < ZERO else 1
        closed = sum((part.quantity for part in lot.closures.all()), ZERO) * sign
        spent = sum((-part.proceeds if sign < 0 else part.cost for part in lot.closures.all()), ZERO)
        if (lot.quantity - closed, lot.cost - spent) != (lot.remaining_quantity, lot.remaining_cost):
            yield "lot_is_what_was_not_closed", f"{symbol}: lot {lot.pk}"
    if len({lot.remaining_quantity > ZERO for lot in lots if lot.remaining_quantity != ZERO}) > 1:
        yield "lots_are_of_one_sign", f"{symbol} has long and short lots at once"


def _shorts(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Units are owed only where an order that opens short, or an option's exercise, made them so."""
    may_owe = set(Journal.objects.filter(account=account, code__in=_MAY_OWE).values_list("reference", flat=True))
    short = Lot.objects.filter(account=account, remaining_quantity__lt=0).select_related("instrument", "fill__order")
    for lot in short:
        if lot.fill is None:
            if lot.reference not in may_owe:
                yield "short_only_where_opened", f"{lot.instrument.symbol}: lot {lot.pk} of {lot.reference}"
            continue
        order = lot.fill.order
        effect = order.effect
        if order.is_package:
            effect = OrderLeg.objects.values_list("effect", flat=True).get(order=order, number=lot.fill.leg)
        if effect != PositionEffect.OPEN:
            yield "short_only_where_opened", f"{lot.instrument.symbol}: order {order.pk} was to close, not to open"


def _money(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Cash and what the holdings cost, less what was realised, is what was put in, to the last unit."""
    rows = Transfer.objects.filter(journal__account=account, asset=account.currency)
    put_in = ZERO
    for sign, side in ((1, "debit"), (-1, "credit")):
        for code, reversed_code, amount in rows.filter(**{f"{side}__kind": LedgerKind.CASH}).values_list(
            "journal__code", "journal__reverses__code", "amount"
        ):
            if code in PUT_IN or reversed_code in PUT_IN:
                put_in += sign * amount
    cash = LedgerAccount.objects.filter(account=account, kind=LedgerKind.CASH, asset=account.currency).first()
    spent = sum(
        (
            cost - realized
            for cost, realized in Position.objects.filter(account=account).values_list("cost", "realized")
        ),
        ZERO,
    )
    if (ZERO if cash is None else cash.balance) + spent != put_in:
        yield "money_is_accounted_for", f"{put_in} was put in, and cash and cost less profit do not sum to it"


CHECKS = (_positions, _shorts, _money)
