"""The rounds of a halt: cancel, close, ask the venue; each can be cut off anywhere and is simply done again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q

from arbion.domain.enums import OPEN, OrderStatus, OrderType, PositionEffect, Source
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import deferrable
from brokers import registry
from brokers.errors import VenueError
from brokers.models import BrokerAccount
from riskdesk import halts
from trading.announce import announce
from trading.errors import OrderNotOpen
from trading.execution import dispatch
from trading.execution.cancel import ask_cancel
from trading.execution.collect import UNBOOKABLE, collect
from trading.execution.halt.flatten import close_positions
from trading.execution.telling import halts as telling
from trading.locks import lock_account
from trading.models import (
    HaltItem,
    HaltLine,
    HaltReceipt,
    ItemKind,
    ItemState,
    Order,
    Position,
    ReceiptState,
)

logger = logging.getLogger(__name__)

# Rounds that are made at once: one to ask, one to see what came of it, one more for what had to wait for the first.
ROUNDS = 3
# A page waits no longer than this for a slow venue; the sweep goes on.
AT_ONCE_SECONDS = 8
# After this long a receipt says that it is not finished, and is worked on less often.
WORKING_SECONDS = 60
SOON, LATER = timedelta(seconds=4), timedelta(seconds=15)
SILENT = "The venue does not answer."


@deferrable
def work(receipt_id: str, clock: Clock = SYSTEM) -> None:
    """Do what is left of a halt, as far as it goes now. Safe to repeat, also by two at once; a lifted halt rests."""
    receipt = HaltReceipt.objects.select_related("halt").get(pk=UUID(receipt_id))
    until = clock.now() + timedelta(seconds=AT_ONCE_SECONDS)
    for _ in range(ROUNDS):
        if ended(receipt, clock=clock) or receipt.state == ReceiptState.DONE:
            return
        before = _standing(receipt)
        _round(receipt, until=until, clock=clock)
        if receipt.state == ReceiptState.DONE or clock.now() > until or _standing(receipt) == before:
            return


def ended(receipt: HaltReceipt, *, clock: Clock) -> bool:
    """Whether the halt was lifted: then nothing more is canceled or closed for it."""
    receipt.halt.refresh_from_db()
    if receipt.halt.lifted_at is None:
        return receipt.ended_at is not None
    left = {} if receipt.state == ReceiptState.DONE else {"state": ReceiptState.INCOMPLETE}
    HaltReceipt.objects.filter(pk=receipt.pk, ended_at=None).update(ended_at=clock.now(), key=None, **left)
    receipt.refresh_from_db()
    return True


def tell(receipt: HaltReceipt) -> None:
    """Let everybody concerned know that the halt or its receipt has changed."""
    people = set(HaltLine.objects.filter(receipt=receipt).values_list("account__user_id", flat=True))
    owner = halts.owner_of(receipt.halt)
    people |= {person.pk for person in (owner, receipt.asked_by) if person is not None}
    for person in sorted(people):
        announce(person)


def adds_risk(order: Order) -> bool:
    """Whether an open order could make a position larger; an exit stays, because it protects."""
    return order.effect == PositionEffect.OPEN


def must_go(order: Order, *, flatten: bool) -> bool:
    """Whether a halt cancels the order: what adds risk, and with `flatten` the exits too, but what closes at once."""
    if not flatten or adds_risk(order):
        return adds_risk(order)
    return not (order.intent.source == Source.RISK and order.order_type == OrderType.MARKET)


def _round(receipt: HaltReceipt, *, until: datetime, clock: Clock) -> None:
    _open_lines(receipt)
    for line in receipt.lines.filter(done_at=None).select_related("account__user", "account__cursor"):
        if clock.now() > until:
            break
        _line(receipt, line, clock=clock)
    _sum_up(receipt, clock=clock)


def _open_lines(receipt: HaltReceipt) -> None:
    """A line for each account concerned; of the house, for each where anything is open or held."""
    accounts = BrokerAccount.objects.filter(archived_at=None, cursor__isnull=False)
    if receipt.halt.account is not None:
        accounts = accounts.filter(pk=receipt.halt.account.pk)
    elif receipt.halt.user is not None:
        accounts = accounts.filter(user=receipt.halt.user)
    else:
        busy = Q(pk__in=Order.objects.filter(status__in=OPEN).values("account"))
        if receipt.flatten:
            busy |= Q(pk__in=Position.objects.exclude(quantity=0).values("account"))
        accounts = accounts.filter(busy)
    known = set(receipt.lines.values_list("account_id", flat=True))
    fresh = [HaltLine(receipt=receipt, account=account) for account in accounts if account.pk not in known]
    HaltLine.objects.bulk_create(fresh, ignore_conflicts=True)


def _line(receipt: HaltReceipt, line: HaltLine, *, clock: Clock) -> None:
    """One account's part of a round; its trouble is its own and keeps no other from being served."""
    try:
        _see(receipt, line)
        _cancel(line, clock=clock)
        collect(line.account, clock=clock)
        _confirm(line, clock=clock)
        if receipt.flatten:
            close_positions(line, clock=clock)
        _ask_venue(receipt, line, clock=clock)
    except VenueError as error:
        logger.warning("halt %s: account %s: %s", receipt.pk, line.account_id, error)
        _note(line, SILENT)
    except UNBOOKABLE:
        logger.exception("halt %s: account %s cannot take in what its venue says", receipt.pk, line.account_id)
        _note(line, "What the venue says cannot be booked: an operator has to look.")
    except (ArbionError, DatabaseError) as error:
        logger.warning("halt %s: account %s is worked on again later: %s", receipt.pk, line.account_id, error)
        _note(line, "Something else was changing this account: it is tried again.")


def _note(line: HaltLine, trouble: str) -> None:
    line.trouble = trouble
    HaltLine.objects.filter(pk=line.pk).update(trouble=trouble)


def _see(receipt: HaltReceipt, line: HaltLine) -> None:
    """List what has to be canceled. The lock waits for an order that was judged a moment before the block."""
    with transaction.atomic():
        lock_account(line.account_id)
        orders = Order.objects.filter(account=line.account_id, status__in=OPEN).select_related("intent")
        gone = [order for order in orders if must_go(order, flatten=receipt.flatten)]
        fresh = [
            HaltItem(
                line=line, kind=ItemKind.CANCEL, order=order, instrument_id=order.instrument_id,
                quantity=order.leaves_quantity,
            )
            for order in gone
        ]  # fmt: skip
        HaltItem.objects.bulk_create(fresh, ignore_conflicts=True)


def _cancel(line: HaltLine, *, clock: Clock) -> None:
    for item, order in _unconfirmed(line):
        if not order.is_open:
            continue
        try:
            ask_cancel(order, actor=None, why="trading was halted", clock=clock)
        except OrderNotOpen:
            continue
        # The hint that goes out with the commit may come later; the venue is asked now, and asking twice is harmless.
        dispatch.send_cancel(str(order.pk), clock)
        HaltItem.objects.filter(pk=item.pk, asked_at=None).update(asked_at=clock.now(), state=ItemState.ASKED)


def _confirm(line: HaltLine, *, clock: Clock) -> None:
    for item, order in _unconfirmed(line):
        if order.is_open:
            HaltItem.objects.filter(pk=item.pk).update(reason=_why_open(order))
            continue
        filled = order.status == OrderStatus.FILLED
        HaltItem.objects.filter(pk=item.pk).update(
            state=ItemState.CONFIRMED,
            asked_at=item.asked_at or clock.now(),
            confirmed_at=clock.now(),
            reason="It had filled before it could be canceled." if filled else "",
        )


def _why_open(order: Order) -> str:
    if order.status in {OrderStatus.UNKNOWN, OrderStatus.SUBMITTED}:
        return "The venue has not said yet what became of this order."
    return "The venue has not confirmed the cancel yet."


def _unconfirmed(line: HaltLine) -> list[tuple[HaltItem, Order]]:
    items = HaltItem.objects.filter(line=line, kind=ItemKind.CANCEL).exclude(state=ItemState.CONFIRMED)
    rows = items.select_related("order__account__user", "order__instrument", "order__intent")
    return [(item, item.order) for item in rows if item.order is not None]


def _ask_venue(receipt: HaltReceipt, line: HaltLine, *, clock: Clock) -> None:
    """What the venue itself says is left; the line is done where that is nothing."""
    broker, reference = registry.connect(line.account), line.account.reference
    working = broker.working(reference)
    held = [position for position in broker.positions(reference) if position.quantity]
    open_here = Order.objects.filter(account=line.account_id, status__in=OPEN).select_related("intent")
    may_stay = {str(order.pk) for order in open_here if not must_go(order, flatten=receipt.flatten)}
    kept = 0 if receipt.flatten else len(may_stay)
    resting = sum(1 for report in working if receipt.flatten or report.client_order_id not in may_stay)
    here = sum(1 for order in open_here if receipt.flatten or str(order.pk) not in may_stay)
    left = HaltItem.objects.filter(line=line).exclude(state=ItemState.CONFIRMED).exists()
    is_done = not (resting or here or left or (receipt.flatten and held))
    strays = max(resting - here, 0)
    trouble = f"{strays} order{'s' if strays > 1 else ''} at the venue that our books do not show." if strays else ""
    if receipt.flatten and held and not left:
        trouble = "The venue holds a position that our books do not show as open."
    HaltLine.objects.filter(pk=line.pk).update(
        kept_orders=kept,
        venue_orders=resting,
        venue_positions=len(held),
        venue_said_at=clock.now(),
        trouble=trouble,
        done_at=clock.now() if is_done else None,
    )


def _sum_up(receipt: HaltReceipt, *, clock: Clock) -> None:
    """Write the receipt's own times and state from its lines."""
    now = clock.now()
    cancels = HaltItem.objects.filter(line__receipt=receipt, kind=ItemKind.CANCEL)
    lines = list(HaltLine.objects.filter(receipt=receipt))
    receipt.rounds += 1
    if receipt.cancels_asked_at is None and not cancels.filter(state=ItemState.LEFT).exists():
        receipt.cancels_asked_at = now
    if receipt.cancels_confirmed_at is None and not cancels.exclude(state=ItemState.CONFIRMED).exists():
        seen = [line for line in lines if line.venue_said_at is not None]
        receipt.cancels_confirmed_at = now if len(seen) == len(lines) else None
    state = ReceiptState(receipt.state)
    if all(line.done_at is not None for line in lines):
        state = ReceiptState.DONE
        receipt.venue_zero_at = max((line.venue_said_at for line in lines if line.venue_said_at), default=now)
    elif now - receipt.blocked_at > timedelta(seconds=WORKING_SECONDS):
        state = ReceiptState.INCOMPLETE
    changed, receipt.state = state != receipt.state, state
    receipt.next_at = now + (LATER if state is ReceiptState.INCOMPLETE else SOON)
    with transaction.atomic():
        receipt.save(
            update_fields=[
                "rounds", "cancels_asked_at", "cancels_confirmed_at", "venue_zero_at", "state", "next_at",
            ]
        )  # fmt: skip
        if changed:
            tell(receipt)
            telling.worked_on(receipt, at=now)


def _standing(receipt: HaltReceipt) -> list[tuple[object, ...]]:
    """How far everything is: a round that changes nothing of it need not be followed by another at once."""
    items = HaltItem.objects.filter(line__receipt=receipt).values_list("pk", "state", "attempt").order_by("pk")
    done = HaltLine.objects.filter(receipt=receipt, done_at__isnull=False).count()
    return [*items, (done, receipt.lines.count())]
