"""The only door for what a venue says: fills are booked once, reports move the status, replays do nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from arbion.domain.enums import OrderStatus, Side, Trigger
from arbion.domain.numbers import EXACT, gross, plain
from arbion.domain.reports import FillReport, OrderReport
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from trading.announce import announce
from trading.books.fills import book_fill, multiplier_of
from trading.execution.changes import size_at_most, take_terms
from trading.execution.finish import finish, tell_group
from trading.execution.messages import report_body
from trading.execution.record import Cause, record
from trading.execution.strays import call_back
from trading.execution.telling import orders as telling
from trading.locks import lock_account
from trading.models import Fill, Order, VenueCursor

logger = logging.getLogger(__name__)

# What a venue's word means for an order that is still open here.
_TRIGGERS: dict[OrderStatus, Trigger] = {
    OrderStatus.ACCEPTED: Trigger.ACCEPT,
    OrderStatus.PARTIALLY_FILLED: Trigger.ACCEPT,
    OrderStatus.FILLED: Trigger.ACCEPT,
    OrderStatus.REJECTED: Trigger.REJECT,
    OrderStatus.CANCELED: Trigger.CANCEL,
    OrderStatus.EXPIRED: Trigger.EXPIRE,
}
_WORKING = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
_WAITING = frozenset({OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})


@transaction.atomic
def absorb(
    account_id: int,
    *,
    reports: Sequence[OrderReport] = (),
    terms: Sequence[OrderReport] = (),
    fills: Sequence[FillReport] = (),
    clock: Clock = SYSTEM,
) -> None:
    """Take in reports and fills of one account, in one transaction under the account's lock.

    Terms come first, then fills, then statuses; of the reports in `terms` nothing but their terms is taken. Every
    report may come any number of times and in any order. One of an order that is not ours is logged and left to
    reconciliation, which will show what it did to the account.
    """
    account = lock_account(account_id)
    told = [*terms, *reports]
    orders = _orders(account_id, {r.client_order_id for r in told} | {f.client_order_id for f in fills})
    booked = _booked(account_id, fills)
    # What the venue said of an order is kept with the first fill that came with it: once filled, no status moves.
    said = {report.client_order_id: report for report in reports}
    changed = False
    for report in told:
        # Terms before fills: a size that has grown must be known before it is filled.
        order = orders.get(report.client_order_id)
        if order is not None and _may_take_terms(order, report):
            changed |= take_terms(order, report, at=clock.now())
    for fill in fills:
        order = orders.get(fill.client_order_id)
        if order is None:
            logger.warning("account %s: fill %s is of no order of ours", account_id, fill.venue_fill_id)
        elif fill.venue_fill_id not in booked:
            booked.add(fill.venue_fill_id)
            _apply_fill(order, fill, said=said.pop(fill.client_order_id, None), clock=clock)
            changed = True
    for report in reports:
        order = orders.get(report.client_order_id)
        if order is None:
            logger.warning("account %s: order %s is not ours", account_id, report.venue_order_id)
        else:
            changed |= _apply_report(order, report, clock=clock)
    _advance(account_id, fills)
    if changed:
        announce(account.user_id)


def _may_take_terms(order: Order, report: OrderReport) -> bool:
    """An open order follows its venue's; a filled one may still learn on which terms it was filled."""
    is_filled = order.status == report.status == OrderStatus.FILLED
    return order.is_open or order.filled_quantity > order.quantity or is_filled


def _orders(account_id: int, client_ids: set[str]) -> dict[str, Order]:
    known = set()
    for text in client_ids:
        try:
            known.add(UUID(text))
        except ValueError:
            continue
    rows = Order.objects.select_related("account__user", "instrument", "group", "intent").filter(
        account_id=account_id, pk__in=known
    )
    return {str(order.pk): order for order in rows}


def _booked(account_id: int, fills: Sequence[FillReport]) -> set[str]:
    if not fills:
        return set()
    ids = [fill.venue_fill_id for fill in fills]
    return set(
        Fill.objects.filter(account_id=account_id, venue_fill_id__in=ids).values_list("venue_fill_id", flat=True)
    )


def _apply_fill(order: Order, fill: FillReport, *, said: OrderReport | None, clock: Clock) -> None:
    filled, value = _progress(order, fill)
    if filled > order.quantity:
        logger.error("order %s is filled beyond its size: %s of %s", order.pk, filled, order.quantity)
    cause = Cause(
        text="filled at the venue",
        at=clock.now(),
        data={
            "venue_fill_id": fill.venue_fill_id,
            "symbol": fill.symbol,
            "quantity": plain(fill.quantity),
            "price": plain(fill.price),
            "fee": plain(fill.fee),
            "filled_at": fill.filled_at.isoformat(),
            **({} if said is None else {"said": report_body(said)}),
        },
    )
    was_open = order.is_open
    record(
        order,
        Trigger.FILL_ALL if filled >= size_at_most(order) else Trigger.FILL_PART,
        cause=cause,
        filled_quantity=filled,
        filled_value=order.filled_value + value,
        fees=order.fees + fill.fee,
        venue_order_id=fill.venue_order_id or order.venue_order_id,
    )
    book_fill(order, fill, at=clock.now())
    if was_open and not order.is_open:
        tell_group(order, at=clock.now())
        telling.closed(order, at=clock.now())


def _progress(order: Order, fill: FillReport) -> tuple[Decimal, Decimal]:
    """How much of the order is filled with this execution, and the value that it adds (of a package: net, as paid)."""
    if not order.is_package:
        value = gross(fill.quantity, fill.price, multiplier_of(fill, order.instrument))
        return order.filled_quantity + fill.quantity, value
    legs = list(order.legs.select_related("instrument"))
    mine = next(leg for leg in legs if leg.number == fill.leg)
    mine.filled_quantity += fill.quantity
    mine.save(update_fields=["filled_quantity"])
    whole = min(EXACT.divide_int(leg.filled_quantity, Decimal(leg.ratio)) for leg in legs)
    value = gross(fill.quantity, fill.price, multiplier_of(fill, mine.instrument))
    return whole, value if mine.side == Side.BUY else -value


def _apply_report(order: Order, report: OrderReport, *, clock: Clock) -> bool:
    """Move the order to what the venue says; True where that changed anything."""
    trigger = _TRIGGERS.get(report.status)
    if not order.is_open and report.status in _WORKING:
        after_commit(call_back, str(order.pk))
    if trigger is None or not order.is_open:
        return False
    if report.status == OrderStatus.FILLED and order.filled_quantity >= max(report.filled_quantity, order.quantity):
        # A larger size had been asked for and given up by a cancel, so no fill could tell that it was the last.
        cause = Cause(text="the venue says filled", at=clock.now(), data={"said": report_body(report)})
        record(order, Trigger.FILL_ALL, cause=cause)
        finish(order, at=clock.now())
        telling.closed(order, at=clock.now())
        return True
    if trigger is Trigger.ACCEPT and order.status not in _WAITING:
        return False
    changes: dict[str, object] = {"venue_order_id": report.venue_order_id or order.venue_order_id}
    if report.reject_code:
        changes |= {"reject_code": report.reject_code[:40], "reject_reason": report.reject_reason[:300]}
    told = {"venue": report.venue_order_id, "said": report_body(report)}
    cause = Cause(text=f"the venue says {report.status}", at=clock.now(), data=told)
    if not record(order, trigger, cause=cause, **changes).is_open:
        finish(order, at=clock.now())
        telling.closed(order, at=clock.now())
    return True


def _advance(account_id: int, fills: Sequence[FillReport]) -> None:
    """Remember how far the fills were read, never backwards."""
    if not fills:
        return
    newest = max(fill.cursor for fill in fills)
    VenueCursor.objects.filter(account_id=account_id, fills_after__lt=newest).update(fills_after=newest)
