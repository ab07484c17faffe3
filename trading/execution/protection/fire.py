"""What goes off, and what follows: one exit order on the one road, and another only when the first came to nothing.

That a stop has gone off and the exit order that it makes are one transaction under the account's lock, in which the
monitor shows that it is still the one in charge. The order is sent after it, like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import audit
from arbion.domain.enums import (
    OPEN,
    AssetClass,
    OrderStatus,
    OrderType,
    PendingRequest,
    PositionEffect,
    Source,
    TimeInForce,
    Waiting,
)
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import ZERO, plain, round_down
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from riskdesk.stops import is_breached
from trading.announce import announce
from trading.errors import OrderNotOpen
from trading.execution import dispatch
from trading.execution.cancel import ask_cancel, request_cancel
from trading.execution.facts import gather
from trading.execution.place import place_order, was_denied
from trading.execution.protection import telling
from trading.execution.protection.market import stands_still
from trading.execution.protection.measures import has_unknown_split, remaining, units_of
from trading.instruction import Instruction
from trading.locks import lock_account
from trading.models import WATCHED, GuardedAt, Order, OrderEvent, Stop, StopStatus

logger = logging.getLogger(__name__)

# Answers the number of the monitor that is in charge and keeps it so until the transaction ends; raises NotInCharge.
# Asked before the account's lock: where an account stays locked too long, the guard has set the end of the waiting.
Guard = Callable[[], int]

# An exit that was refused is tried again after so long, each time twice as long as before.
RETRY_FIRST = timedelta(seconds=5)
RETRY_LAST = timedelta(minutes=10)
UNITS_WAIT = timedelta(seconds=1)
ASK_AGAIN = timedelta(seconds=2)
ROWS = ("account__user", "instrument", "order", "resting")


@transaction.atomic
def fire(
    stop_id: UUID,
    account_id: int,
    *,
    price: Decimal | None,
    guard: Guard,
    since: datetime | None = None,
    clock: Clock = SYSTEM,
) -> bool:
    """Let one stop go off at a price that is believed (None: at its time); False where it must not, after all.

    One that rests at its venue is given a moment from `since` on, when its price was reached: then it is taken back
    from there and carried out here. Raises NotInCharge where another monitor has taken over; nothing is recorded then.
    """
    fence, now = guard(), clock.now()
    lock_account(account_id)
    stop = Stop.objects.select_related(*ROWS).get(pk=stop_id)
    if stop.status not in WATCHED or not is_breached(stop.terms, stop.state, price=price, at=now):
        return False
    if stands_still(stop.instrument, now) or has_unknown_split(stop, now):
        return False
    if since is not None and stop.guarded_at == GuardedAt.VENUE and now - since < grace():
        return False
    stop.triggered_at, stop.triggered_price = now, price
    stop.looked_at, stop.looked_price = now, price if price is not None else stop.looked_price
    stop.status, stop.reason = StopStatus.TRIGGERED, ""
    if units_of(stop) == ZERO:
        _end_with_position(stop, at=now, clock=clock)
    else:
        facts = {"symbol": stop.instrument.symbol, "kind": stop.kind, "level": _text(stop.level), "price": _text(price)}
        audit.record(actor=None, action="risk.stop_triggered", subject=f"stop {stop.pk}", data=facts)
        logger.warning("stop %s of account %s goes off at %s", stop.pk, stop.account_id, price)
        take_back(stop, "its stop goes off here", clock=clock)
        _exit(stop, at=now, clock=clock)
        telling.went_off(stop, at=now)
    keep(stop, fence=fence, at=now)
    return stop.status == StopStatus.TRIGGERED


def settle(stop: Stop, *, guard: Guard, clock: Clock = SYSTEM) -> bool:
    """Follow up one stop that has gone off; True where something was done.

    It is done when nothing is left to close. While something is left and its order came to nothing it makes another;
    only a person who cancels the exit order ends it before.
    """
    now = clock.now()
    if stop.resting is not None and stop.resting.is_open:
        return _ask_again(stop, guard=guard, clock=clock)
    if stop.order is not None and stop.order.is_open:
        return False
    with transaction.atomic():
        fence = guard()
        lock_account(stop.account_id)
        fresh = Stop.objects.select_related(*ROWS).get(pk=stop.pk)
        if fresh.status != StopStatus.TRIGGERED or any(one and one.is_open for one in (fresh.order, fresh.resting)):
            return False
        if remaining(fresh) == ZERO:
            if fresh.order is None and fresh.resting is not None and fresh.resting.filled_quantity:
                fresh.order = fresh.resting
            end(fresh, StopStatus.DONE, "", at=now)
            telling.closed(fresh, at=now)
        elif fresh.order is not None and _was_called_off(fresh.order, is_rest=fresh.order_id == fresh.resting_id):
            end(fresh, StopStatus.CANCELED, "Its exit order was canceled.", at=now)
        elif now < _again_at(fresh) or stands_still(fresh.instrument, now):
            return False
        else:
            _exit(fresh, at=now, clock=clock)
        keep(fresh, fence=fence, at=now)
    return True


@transaction.atomic
def end_without_position(stop_id: UUID, account_id: int, *, guard: Guard, clock: Clock = SYSTEM) -> bool:
    """End a stop whose position is gone, or goes the other way by now; False where there is something to guard."""
    fence = guard()
    account = lock_account(account_id)
    stop = Stop.objects.select_related(*ROWS).get(pk=stop_id)
    if stop.status not in WATCHED or (units_of(stop) > ZERO and account.archived_at is None):
        return False
    _end_with_position(stop, at=clock.now(), clock=clock)
    keep(stop, fence=fence, at=clock.now())
    return True


def end(stop: Stop, status: StopStatus, reason: str, *, at: datetime) -> None:
    """Let a stop be over; the caller writes it."""
    stop.status, stop.reason, stop.ended_at = status, reason, at


def _end_with_position(stop: Stop, *, at: datetime, clock: Clock) -> None:
    """End a stop whose position is gone: done where its own order at the venue has closed it."""
    take_back(stop, "its position is closed", clock=clock)
    order = stop.resting
    if order is None or not order.filled_quantity:
        end(stop, StopStatus.CANCELED, "The position was closed.", at=at)
        return
    stop.order, stop.triggered_at = order, at
    end(stop, StopStatus.DONE, "", at=at)
    telling.closed(stop, at=at)


def take_back(stop: Stop, why: str, *, clock: Clock) -> None:
    """Ask for the cancel of the order that stands for the stop at its venue; the venue's answer decides."""
    order = stop.resting
    if order is None or not order.is_open or order.pending_request == PendingRequest.CANCEL:
        return
    try:
        stop.resting = ask_cancel(order, actor=None, why=why, clock=clock)
    except OrderNotOpen:
        order.refresh_from_db()


def _ask_again(stop: Stop, *, guard: Guard, clock: Clock) -> bool:
    """Ask once more for a cancel that is not answered, every other moment; sending it twice is harmless."""
    now = clock.now()
    with transaction.atomic():
        fence = guard()
        lock_account(stop.account_id)
        fresh = Stop.objects.select_related(*ROWS).get(pk=stop.pk)
        order = fresh.resting
        if order is None or not order.is_open or now - max(order.updated_at, fresh.updated_at) < ASK_AGAIN:
            return False
        take_back(fresh, "its stop goes off here", clock=clock)
        fresh.reason = "Its order at the venue is being canceled; the venue has not answered yet."
        keep(fresh, fence=fence, at=now)
        # Not from here: a venue that is silent must not keep the watch from looking at everything else.
        after_commit(dispatch.send_cancel, str(order.pk))
    return True


def _exit(stop: Stop, *, at: datetime, clock: Clock) -> None:
    """Make the next exit order for what is left, as far as no other order claims it; ask those others to go."""
    if stop.resting is not None and stop.resting.is_open:
        # Two orders never close the same units: the venue has to let go of this one first.
        stop.reason = "Its order at the venue is being canceled first."
        return
    instrument, wanted = stop.instrument, remaining(stop)
    free = gather(account=stop.account, instruments=[instrument], at=at, yields=True).units_free(instrument.symbol)
    if wanted > free:
        _clear_the_way(stop, clock=clock)
    size = round_down(min(wanted, free), instrument.size_increment)
    if size == ZERO:
        stop.reason = "Other orders claim the units; they are being canceled."
        return
    stop.fires += 1
    is_coin = instrument.asset_class == AssetClass.CRYPTO
    instruction = Instruction(
        user=stop.account.user,
        account=stop.account,
        source=Source.RISK,
        client_key=stop.order_key,
        symbol=instrument.symbol,
        side=stop.exit_side,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.GTC if is_coin else TimeInForce.DAY,
        quantity=size,
        effect=PositionEffect.CLOSE,
        words="A stop went off.",
    )
    try:
        placed = place_order(instruction, clock=clock)
    except ArbionError as refusal:
        stop.reason = f"The exit could not be placed: {refusal.detail}"[:300]
        logger.error("stop %s: %s", stop.pk, stop.reason)
        telling.exit_refused(stop, at=at)
        return
    stop.order, stop.reason = placed.order, ""
    if was_denied(placed.order):
        stop.reason = f"The exit was refused: {placed.order.reject_reason}"[:300]
        logger.error("stop %s: %s", stop.pk, stop.reason)
        telling.exit_refused(stop, at=at)


def _clear_the_way(stop: Stop, *, clock: Clock) -> None:
    """Ask for the cancel of the orders that would close the same units some day; those of other stops stay."""
    others = Order.objects.select_related("account", "instrument", "intent").filter(
        account=stop.account_id,
        instrument=stop.instrument_id,
        side=stop.exit_side,
        effect=PositionEffect.CLOSE,
        is_package=False,
        status__in=OPEN,
        pending_request=PendingRequest.NONE,
    )
    for order in others.exclude(intent__source=Source.RISK).exclude(waiting_for=Waiting.CONDITION):
        try:
            request_cancel(order, actor=stop.account.user, clock=clock)
        except ArbionError as refusal:
            logger.warning("order %s stays in the way of stop %s: %s", order.pk, stop.pk, refusal)


def _again_at(stop: Stop) -> datetime:
    """When the next exit order may be made."""
    order, rested = stop.order, stop.resting
    if rested is not None and rested.updated_at > stop.updated_at:
        # The venue has just let go of what it held for the stop.
        return rested.updated_at
    if order is None or order.status not in {OrderStatus.DENIED, OrderStatus.REJECTED}:
        return stop.updated_at + UNITS_WAIT
    wait: timedelta = min(RETRY_FIRST * 2 ** min(stop.fires - 1, 8), RETRY_LAST)
    return order.updated_at + wait


def _was_called_off(order: Order, *, is_rest: bool) -> bool:
    """Whether somebody canceled it, and not its venue or its time; what rested is canceled by the house too."""
    if order.status != OrderStatus.CANCELED:
        return False
    cancels = OrderEvent.objects.filter(order=order, cause__startswith="cancel")
    return (cancels.exclude(actor=None) if is_rest else cancels).exists()


def keep(stop: Stop, *, fence: int, at: datetime) -> None:
    """Write a stop, and tell the person's open pages."""
    stop.fence, stop.updated_at = fence, at
    stop.version += 1
    stop.save()
    announce(stop.account.user_id)


def grace() -> timedelta:
    """How long a price may stand beyond a stop that rests at its venue."""
    return timedelta(seconds=settings.STOP_GRACE_SECONDS)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
