"""Orders that stand for stops at their venue: placed, changed and taken back as the stops and their position change.

An order is recorded under its own key in the transaction that gives it to the stop, under the account's lock, and sent
after it like any other: however often this is cut off, no stop has two. What rests is what the venue says rests; until
it says so, and whenever it says anything else, the stop is guarded here.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from arbion.domain.enums import PositionEffect, Source, TimeInForce
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock
from trading.errors import RiskDenied
from trading.execution.place import place_order, was_denied
from trading.execution.protection import fire as exits
from trading.execution.protection import telling
from trading.execution.protection.fire import Guard
from trading.execution.protection.plan import REFUSED_AGAIN, Wish, wishes
from trading.execution.replace import request_replace
from trading.instruction import Instruction
from trading.locks import lock_account
from trading.models import Stop, StopStatus

logger = logging.getLogger(__name__)

# A position has at most ten stops, each of which takes a step or two.
STEPS_MAX = 30


def tend(account_id: int, instrument_id: int, *, guard: Guard, clock: Clock = SYSTEM) -> int:
    """Bring what rests at the venue for the stops of one position to what should; returns how many steps were taken.

    Raises NotInCharge where another monitor has taken over; nothing is recorded then.
    """
    settle_ended(account_id, instrument_id, guard=guard, clock=clock)
    if not any(_is_due(wish) for wish in wishes(account_id, instrument_id, at=clock.now())):
        return 0
    with transaction.atomic():
        fence = guard()
        lock_account(account_id)
        for step in range(STEPS_MAX):
            # Each step changes what is free for the next.
            due = [wish for wish in wishes(account_id, instrument_id, at=clock.now()) if _is_due(wish)]
            if not due:
                return step
            _take_step(due[0], fence=fence, clock=clock)
    return STEPS_MAX


def settle_ended(account_id: int, instrument_id: int, *, guard: Guard, clock: Clock = SYSTEM) -> int:
    """Say of stops that were taken away that they went off, where their order filled before the venue let go of it."""
    rows = Stop.objects.filter(
        account=account_id, instrument=instrument_id, status=StopStatus.CANCELED, order=None,
        resting__filled_quantity__gt=0,
    )  # fmt: skip
    if not rows.exists():
        return 0
    with transaction.atomic():
        fence, now = guard(), clock.now()
        lock_account(account_id)
        found = list(rows.select_related("account__user", "instrument", "resting"))
        for stop in found:
            stop.order, stop.triggered_at = stop.resting, now
            exits.end(stop, StopStatus.DONE, "Its order at the venue had filled before it could be canceled.", at=now)
            telling.closed(stop, at=now)
            exits.keep(stop, fence=fence, at=now)
    return len(found)


def _is_due(wish: Wish) -> bool:
    return wish.is_over or wish.goes or wish.comes or bool(wish.changes) or wish.note != wish.stop.rest_note


def _take_step(wish: Wish, *, fence: int, clock: Clock) -> None:
    stop, at = wish.stop, clock.now()
    stop.rest_note = wish.note
    if wish.is_over:
        went_off_there(stop, at=at)
    elif wish.goes:
        exits.take_back(stop, "its stop has changed", clock=clock)
    elif wish.comes:
        _place(wish, clock=clock)
    elif wish.changes:
        _change(wish, clock=clock)
    exits.keep(stop, fence=fence, at=at)


def went_off_there(stop: Stop, *, at: datetime) -> None:
    """The venue has filled the order that stood for the stop; what is left to close is followed up like any exit."""
    stop.status, stop.reason, stop.order, stop.triggered_at = StopStatus.TRIGGERED, "", stop.resting, at
    logger.warning("stop %s of account %s went off at its venue", stop.pk, stop.account_id)
    telling.went_off(stop, at=at)


def _place(wish: Wish, *, clock: Clock) -> None:
    stop, terms = wish.stop, wish.terms
    if terms is None:
        return
    stop.rests += 1
    instruction = Instruction(
        user=stop.account.user,
        account=stop.account,
        source=Source.RISK,
        client_key=stop.rest_key,
        symbol=stop.instrument.symbol,
        side=stop.exit_side,
        order_type=terms.order_type,
        time_in_force=TimeInForce.GTC,
        quantity=wish.units,
        stop_price=terms.stop_price,
        limit_price=terms.limit_price,
        trail_amount=terms.trail_amount,
        trail_percent=terms.trail_percent,
        effect=PositionEffect.CLOSE,
        words="It stands for a stop.",
    )
    try:
        placed = place_order(instruction, clock=clock)
    except ArbionError as refusal:
        stop.rest_note = f"Its order could not be placed: {refusal.detail}"[:200]
        stop.rest_again_at = clock.now() + REFUSED_AGAIN
        logger.warning("stop %s does not rest at its venue: %s", stop.pk, refusal)
        return
    stop.resting, stop.rest_again_at = placed.order, None
    if was_denied(placed.order):
        logger.warning("stop %s does not rest at its venue: %s", stop.pk, placed.order.reject_reason)


def _change(wish: Wish, *, clock: Clock) -> None:
    """Ask for the order's new size or prices; what the desk or the venue refuses is taken back and placed anew."""
    stop, order = wish.stop, wish.working
    if order is None:
        return
    try:
        request_replace(order, actor=stop.account.user, clock=clock, **wish.changes)
    except RiskDenied as refusal:
        logger.warning("the order of stop %s is not changed: %s", stop.pk, refusal)
    except ArbionError as refusal:
        logger.warning("the order of stop %s cannot be changed: %s", stop.pk, refusal)
        exits.take_back(stop, "its stop has changed", clock=clock)
