"""Held orders: what waits here for its market or for another order, and the one way out of it, through the gate.

An order that is released is judged again on fresh facts, with its own claims counted as free: a gap at the opening is
seen before it costs anything.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from arbion.domain.enums import (
    TERMINAL,
    AssetClass,
    GroupKind,
    GroupRole,
    OrderStatus,
    Side,
    TimeInForce,
    Trigger,
    Waiting,
)
from arbion.domain.numbers import ZERO, plain
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from marketdata import hours, quotes
from riskdesk import record as verdicts
from trading.announce import announce
from trading.books import holds
from trading.errors import StaleOrder
from trading.execution import dispatch
from trading.execution.admit import allow_owing
from trading.execution.brackets import exit_price
from trading.execution.claims import beyond
from trading.execution.entries import opened_by
from trading.execution.facts import gather
from trading.execution.finish import finish
from trading.execution.judging import judge
from trading.execution.messages import quotes_body, request_body
from trading.execution.record import Cause, record
from trading.execution.requests import bracket_of, has_stop_loss, instruments_in, request_of, sibling_of
from trading.execution.routing import effect_now, waits_for_open
from trading.execution.yielding import make_way
from trading.lifecycle import IllegalTransition
from trading.locks import lock_account
from trading.models import Order
from trading.models.stop import is_rest

logger = logging.getLogger(__name__)

# An order for the opening that is released later than this has missed it.
OPENING_SECONDS = 60
ROWS = ("account__user", "instrument", "intent", "decision", "group", "condition")


def release_due(*, clock: Clock = SYSTEM) -> int:
    """Release, or end, every held order whose time has come; returns how many moved."""
    now = clock.now()
    moved = 0
    waiting = Order.objects.filter(status=OrderStatus.HELD, waiting_for=Waiting.MARKET_OPEN).select_related(
        "instrument", "condition"
    )
    for order in waiting.order_by("created_at", "id"):
        if _is_due(order, now):
            moved += _guarded(str(order.pk), clock)
    for entry_id in _finished_entries():
        release_followers(str(entry_id), clock)
        moved += 1
    return moved


def _guarded(order_id: str, clock: Clock) -> bool:
    try:
        return release(order_id, clock)
    except (StaleOrder, IllegalTransition) as error:
        logger.warning("held order %s is looked at again later: %s", order_id, error)
        return False


def _is_due(order: Order, now: datetime) -> bool:
    return is_over(order, now) or (is_open_for(order, now) and has_first_price(order, now))


def is_over(order: Order, now: datetime) -> bool:
    """Whether a held order's time has run out: its date, its day, or the opening that it was meant for."""
    kind = AssetClass(order.instrument.asset_class)
    if order.expires_at is not None and order.expires_at <= now:
        return True
    if order.time_in_force == TimeInForce.OPG:
        opening = hours.next_open(kind, began(order))
        return opening is not None and now > opening + timedelta(seconds=OPENING_SECONDS)
    if order.time_in_force in {TimeInForce.DAY, TimeInForce.CLS}:
        ends = hours.day_ends(kind, began(order), extended=order.extended_hours)
        return ends is not None and ends <= now
    return False


def began(order: Order) -> datetime:
    """When its time in force began: as it was given, or when the condition that it waited for came true."""
    condition = getattr(order, "condition", None)
    since: datetime = order.created_at
    return since if condition is None or condition.fired_at is None else condition.fired_at


def is_open_for(order: Order, now: datetime) -> bool:
    """Whether the order's market takes it now; an order for the opening waits for the one after it was given."""
    if not hours.is_open(order.instrument, now, extended=order.extended_hours):
        return False
    if order.time_in_force != TimeInForce.OPG:
        return True
    opening = hours.next_open(AssetClass(order.instrument.asset_class), began(order))
    return opening is not None and opening <= now


def has_first_price(order: Order, now: datetime) -> bool:
    """Whether all that the order trades has a price of this session; until then it waits, as a venue's book would."""
    _, instruments = instruments_in(order)
    known = quotes.latest([instrument.symbol for instrument in instruments])
    return all(
        (quote := known.get(instrument.symbol)) is not None and not quotes.is_stale(quote, now)
        for instrument in instruments
    )


@transaction.atomic
def release(order_id: str, clock: Clock = SYSTEM) -> bool:
    """Judge one held order again and let it go, deny it, or end it; False where it waits on or was not held."""
    now = clock.now()
    order = Order.objects.select_related(*ROWS).get(pk=order_id)
    account = lock_account(order.account_id)
    order = Order.objects.select_related(*ROWS).get(pk=order_id)
    if order.status != OrderStatus.HELD or order.waiting_for != Waiting.MARKET_OPEN:
        return False
    if is_over(order, now):
        end(order, Trigger.EXPIRE, "its time ran out before its market opened", at=now)
    elif is_open_for(order, now) and has_first_price(order, now):
        judge_again(order, at=now, because="its market opened")
    else:
        return False
    announce(account.user_id)
    return True


def judge_again(order: Order, *, at: datetime, because: str, sharing: Order | None = None) -> None:
    """Judge an order that was held, on the facts of now; it is sent, held for the opening, or denied.

    Needs the account's lock, and an order that was read with its account.
    """
    about, instruments = instruments_in(order)
    sharing = sharing or sibling_of(order)
    facts = gather(
        account=order.account, instruments=instruments, at=at, about=about, judged_again=order, sharing=sharing,
        yields=not is_rest(order.intent.source, order.intent.client_key),
    )  # fmt: skip
    if order.group_role == GroupRole.FOLLOWER and not order.is_package:
        order.effect = effect_now(order, facts)
    request = request_of(order)
    waiting = Waiting.NONE
    if order.waiting_for != Waiting.MARKET_OPEN and waits_for_open(request, facts=facts):
        waiting = Waiting.MARKET_OPEN
    has_stop = has_stop_loss(order)
    judged = judge(request, user=order.account.user, facts=facts, waiting_for=waiting, has_stop=has_stop, by_house=True)
    verdict = verdicts.keep(judged.decision, account=order.account)
    told: dict[str, Any] = {
        "verdict": str(verdict.pk),
        "verdict_before": str(order.decision_id),
        "quotes": quotes_body(facts),
    }
    if verdict.approved and not waiting:
        told["request"] = request_body(request)
    cause = Cause(text=because, at=at, data=told)
    changes = {
        "effect": order.effect,
        "decision": verdict,
        "reject_code": verdict.code,
        "reject_reason": verdict.detail,
    }
    if not verdict.approved:
        record(order, Trigger.DENY, cause=cause, waiting_for=Waiting.NONE, **changes)
        finish(order, at=at)
        return
    allow_owing(request, facts)
    make_way(judged.claims, facts)
    claims = judged.claims.as_holds(order.account.currency, cash_most=judged.cash_most)
    holds.renew(order, columns=facts.columns, claims=beyond(claims, sharing))
    if waiting:
        record(order, None, cause=cause, waiting_for=waiting, **changes)
        return
    # The venue takes it as it is now and knows of no change: those made while it was held are none of the venue's.
    record(order, Trigger.SUBMIT, cause=cause, waiting_for=Waiting.NONE, revision=0, **changes)
    after_commit(dispatch.send, str(order.pk))


def end(order: Order, trigger: Trigger, reason: str, *, at: datetime) -> None:
    """Close a held order with the reason and give back what it claimed. Needs the account's lock."""
    record(order, trigger, cause=Cause(text=reason, at=at), waiting_for=Waiting.NONE, reject_reason=reason)
    finish(order, at=at)


def release_followers(entry_id: str, clock: Clock = SYSTEM) -> None:
    """Once an entry is closed, let what follows it go with the quantity that it filled, or cancel it."""
    with transaction.atomic():
        entry = Order.objects.get(pk=entry_id)
        account = lock_account(entry.account_id)
        entry = Order.objects.select_related("instrument", "intent", "group").get(pk=entry_id)
        if entry.status not in TERMINAL or entry.group is None:
            return
        at = clock.now()
        followers = entry.group.orders.filter(status=OrderStatus.HELD, waiting_for=Waiting.CONDITION, condition=None)
        first: Order | None = None
        for order in followers.select_related(*ROWS).order_by("created_at", "group_role", "id"):
            if entry.filled_quantity == ZERO:
                end(order, Trigger.CANCEL, "the order that it followed was not filled", at=at)
                continue
            if entry.group.kind == GroupKind.BRACKET and opened_by(entry)[0] == ZERO:
                end(order, Trigger.CANCEL, "a split left nothing of what its entry had opened", at=at)
                continue
            _fit_to_entry(order, entry, at=at)
            judge_again(order, at=at, because="the order that it followed has filled", sharing=first)
            if entry.group.kind == GroupKind.BRACKET and order.is_open:
                first = first or order
        announce(account.user_id)


def _fit_to_entry(order: Order, entry: Order, *, at: datetime) -> None:
    """Give an exit the size that was filled, and the price that its percent makes of the entry's average."""
    bracket = bracket_of(entry)
    if bracket is None or order.group_role not in {GroupRole.STOP_LOSS, GroupRole.TAKE_PROFIT}:
        return
    changes: dict[str, Decimal] = {}
    units, average = opened_by(entry)
    if order.quantity != units:
        changes["quantity"] = units
    role = GroupRole(order.group_role)
    name = "stop_price" if role is GroupRole.STOP_LOSS else "limit_price"
    was_edited = order.revision > 0
    if getattr(bracket, f"{role.value}_percent") is not None and not was_edited:
        price = exit_price(bracket, role, Side(entry.side), average, instrument=entry.instrument)
        if price is not None and price != getattr(order, name):
            changes[name] = price
    if changes:
        data = {field: plain(value) for field, value in changes.items()}
        record(order, None, cause=Cause(text="fitted to the entry's fill", at=at, data=data), **changes)


def _finished_entries() -> list[object]:
    """Entries that are closed while something still follows them: what a lost hint left behind."""
    entries = Order.objects.filter(
        group_role=GroupRole.ENTRY,
        status__in=TERMINAL,
        group__orders__status=OrderStatus.HELD,
        group__orders__waiting_for=Waiting.CONDITION,
    )
    return list(entries.values_list("pk", flat=True).distinct())
