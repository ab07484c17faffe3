"""A condition that has come true: its order is planned and judged anew on the facts of now, and let go, once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from arbion.domain.enums import (
    GroupRole,
    OrderStatus,
    OrderType,
    PositionEffect,
    Side,
    Source,
    TimeInForce,
    Trigger,
    Waiting,
)
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.domain.numbers import EXACT, QUANTITY_UNIT, plain
from arbion.lib.clock import SYSTEM, Clock
from marketdata.conditions.words import came_true, with_time
from trading.announce import announce
from trading.conditions.sighting import Sighting
from trading.execution.brackets import check_exits
from trading.execution.conditions import telling
from trading.execution.facts import gather
from trading.execution.finish import finish
from trading.execution.held import ROWS, end, judge_again
from trading.execution.record import Cause, record
from trading.execution.requests import bracket_of, instruments_in
from trading.execution.routing import plan_order
from trading.instruction import Instruction
from trading.locks import lock_account
from trading.models import Order, OrderCondition

CAUSE_MAX = 60


@transaction.atomic
def fire(order_id: UUID, account_id: int, *, version: int, seen: Sighting, clock: Clock = SYSTEM) -> bool:
    """Let the order go, hold it for its market's opening, or deny it; False where it was changed or ended meanwhile.

    What is committed here is done once: the order is held no more, and a lost hint to send it is found by the sweep.
    """
    lock_account(account_id)
    order = Order.objects.select_related(*ROWS, "condition__instrument").get(pk=order_id)
    if not is_waiting(order) or order.condition.version != version:
        return False
    at = clock.now()
    words = came_true(order.condition.condition, seen=seen.figure, price=seen.price, start=seen.start)
    _mark(order.condition, seen, words=with_time(words, seen.at), at=at)
    try:
        # A size that cannot be had leaves nothing half: the point before it is gone back to.
        with transaction.atomic():
            _plan_anew(order, at=at)
    except ArbionError as refusal:
        order = Order.objects.select_related(*ROWS, "condition__instrument").get(pk=order_id)
        _deny(order, refusal, words=words, at=at)
    else:
        judge_again(order, at=at, because=short(words, seen.at))
    telling.came_true(order, at=at)
    announce(order.account.user_id)
    return True


def is_waiting(order: Order) -> bool:
    """Whether the order waits for a condition of its own, and not for another order."""
    is_held = order.status == OrderStatus.HELD and order.waiting_for == Waiting.CONDITION
    return is_held and hasattr(order, "condition") and order.condition.fired_at is None


@transaction.atomic
def expire(order_id: UUID, account_id: int, *, clock: Clock = SYSTEM) -> bool:
    """End an order whose condition has not come true in time."""
    lock_account(account_id)
    order = Order.objects.select_related(*ROWS, "condition").get(pk=order_id)
    at = clock.now()
    if not is_waiting(order) or order.condition.expires_at is None or order.condition.expires_at > at:
        return False
    end(order, Trigger.EXPIRE, "its condition did not come true in time", at=at)
    announce(order.account.user_id)
    return True


def short(words: str, at: datetime) -> str:
    """The same in the room that a line of the history has, with the quote's time where it fits."""
    whole = with_time(words, at)
    return whole if len(whole) <= CAUSE_MAX else words if len(words) <= CAUSE_MAX else f"{words[: CAUSE_MAX - 1]}…"


def _mark(row: OrderCondition, seen: Sighting, *, words: str, at: datetime) -> None:
    row.fired_at, row.fired_words = at, words[:200]
    row.fired_value = seen.figure.quantize(QUANTITY_UNIT, context=EXACT)
    row.version += 1
    row.updated_at = at
    row.save()


def _plan_anew(order: Order, *, at: datetime) -> None:
    """Plan the order as if it were placed now: what it does to the position, its size, and whether its exits fit.

    Raises what planning raises. A package has its size in packages and its legs said whole: it is only judged anew.
    """
    if order.is_package:
        return
    about, instruments = instruments_in(order)
    facts = gather(account=order.account, instruments=instruments, at=at, about=about, judged_again=order, yields=True)
    said = _instruction(order)
    request = plan_order(said, facts=facts, client_order_id=str(order.pk))
    if said.bracket is not None:
        check_exits(said, facts)
        if request.effect is not PositionEffect.OPEN:
            detail = "This order would make a position smaller by now; a bracket goes with one that opens it."
            raise InvalidInput.of("bracket", "not_allowed", detail)
    changes: dict[str, Any] = {}
    data: dict[str, Any] = {}
    if request.quantity != order.quantity:
        changes["quantity"] = request.quantity
        data["quantity"] = {"from": plain(order.quantity), "to": plain(request.quantity)}
    if request.effect is not None and request.effect != order.effect:
        changes["effect"] = request.effect
        data["effect"] = {"from": order.effect, "to": request.effect.value}
    if changes:
        record(order, None, cause=Cause(text="planned on the facts of now", at=at, data=data), **changes)


def _instruction(order: Order) -> Instruction:
    """What was asked, with the prices that the order has by now; its size as it was said."""
    said = order.intent.instruction
    is_anew = order.condition.is_sized_anew
    figures: dict[str, Any] = {
        name: Decimal(said[name])
        for name in ("notional", "percent_of_position", "percent_of_cash")
        if is_anew and said.get(name) is not None
    }
    return Instruction(
        user=order.account.user,
        account=order.account,
        source=Source(order.intent.source),
        client_key=order.intent.client_key,
        symbol=order.instrument.symbol,
        side=Side(order.side),
        order_type=OrderType(order.order_type),
        time_in_force=TimeInForce(order.time_in_force),
        quantity=None if is_anew else order.quantity,
        limit_price=order.limit_price,
        stop_price=order.stop_price if order.trail_amount is None and order.trail_percent is None else None,
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        expires_at=order.expires_at,
        extended_hours=order.extended_hours,
        effect=PositionEffect(said["effect"]) if said.get("effect") else None,
        bracket=bracket_of(order) if order.group_role == GroupRole.ENTRY else None,
        **figures,
    )


def _deny(order: Order, refusal: ArbionError, *, words: str, at: datetime) -> None:
    """End an order that cannot be placed although its condition is true, with the reason."""
    code = refusal.errors[0].code if refusal.errors else refusal.code
    cause = Cause(text=words[:CAUSE_MAX], at=at, data={"reason": refusal.detail})
    record(
        order, Trigger.DENY, cause=cause, waiting_for=Waiting.NONE, reject_code=code[:40],
        reject_reason=refusal.detail[:300],
    )  # fmt: skip
    finish(order, at=at)
