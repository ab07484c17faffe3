"""Placing an order: intent, plan, verdict, record and reservation in one transaction; the venue only after it.

The same instruction under the same key is the same order, however often it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from arbion.domain.enums import OrderStatus, Trigger
from arbion.domain.errors import ArbionError, NotFound
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from arbion.lib.ids import IdSource, new_id
from marketdata.instruments import get_instrument
from riskdesk import record as verdicts
from riskdesk.decision import Decision
from riskdesk.models import RiskDecision
from trading.announce import announce
from trading.books import holds
from trading.errors import IdempotencyMismatch
from trading.execution import dispatch
from trading.execution.facts import Facts, gather
from trading.execution.judging import judge
from trading.execution.record import Cause, append_event, record
from trading.execution.routing import hold_amount, plan_order
from trading.instruction import Instruction
from trading.locks import lock_account
from trading.models import Intent, Order


@dataclass(frozen=True, slots=True)
class Placed:
    """The order, and whether it was there before (the same key said the same again)."""

    order: Order
    is_repeat: bool


def place_order(instruction: Instruction, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> Placed:
    """Judge, reserve, record, and queue one order for its venue.

    Returns also what the desk denied: the order is then recorded as DENIED and nothing was reserved or sent.
    Raises InvalidInput or UnknownSymbol for what cannot be planned, IdempotencyMismatch for a key that was used for
    something else; nothing is recorded then.
    """
    if instruction.account.user_id != instruction.user.pk:
        raise NotFound
    order_id = ids()
    try:
        with transaction.atomic():
            return _place_under_lock(instruction, order_id=order_id, clock=clock, ids=ids)
    except IntegrityError:
        # The same key came through another account's lock a moment earlier.
        earlier = _earlier(instruction)
        if earlier is None:
            raise
        return earlier


def _place_under_lock(instruction: Instruction, *, order_id: UUID, clock: Clock, ids: IdSource) -> Placed:
    account = lock_account(instruction.account.pk)
    earlier = _earlier(instruction)
    if earlier is not None:
        return earlier
    at = clock.now()
    facts = gather(account=account, instrument=get_instrument(instruction.symbol), at=at)
    request = plan_order(instruction, facts=facts, client_order_id=str(order_id))
    decision = judge(instruction, request, facts=facts)
    verdict = verdicts.keep(decision, account=account)
    intent = _open_intent(instruction, intent_id=ids(), at=at)
    order = create_order(intent, request, verdict=verdict, facts=facts, notional=instruction.notional)
    _settle_fate(order, decision, instruction=instruction, facts=facts)
    announce(account.user_id)
    return Placed(order, is_repeat=False)


def _settle_fate(order: Order, decision: Decision, *, instruction: Instruction, facts: Facts) -> None:
    cause = Cause(text=f"placed by {instruction.source.label.lower()}", at=facts.at, actor=instruction.user)
    refusal = decision.refusal
    if not decision.is_approved:
        code, detail = (refusal.code, refusal.detail) if refusal else ("risk_unavailable", "No check was made.")
        record(order, Trigger.DENY, cause=cause, reject_code=code, reject_reason=detail)
        return
    amount = hold_amount(request_of(order), facts=facts)
    if amount is None:
        raise ArbionError("an approved order has a price")
    holds.reserve(order, columns=facts.columns, amount=amount)
    record(order, Trigger.SUBMIT, cause=cause)
    after_commit(dispatch.send, str(order.pk))


def create_order(
    intent: Intent, request: OrderRequest, *, verdict: RiskDecision, facts: Facts, notional: Decimal | None
) -> Order:
    """The order's row; without a verdict there is none."""
    order = Order.objects.create(
        id=UUID(request.client_order_id),
        intent=intent,
        decision=verdict,
        account=facts.account,
        instrument=facts.instrument,
        side=request.side,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        quantity=request.quantity,
        notional=notional,
        limit_price=request.limit_price,
        status=OrderStatus.INITIALIZED,
        created_at=facts.at,
        updated_at=facts.at,
    )
    born = Cause(text="recorded", at=facts.at, actor=intent.user, data={"decision": str(verdict.pk)})
    append_event(order, None, before=OrderStatus.INITIALIZED, cause=born)
    return order


def request_of(order: Order) -> OrderRequest:
    """The request that the venue hears for an order."""
    return dispatch.request_of(order)


def _open_intent(instruction: Instruction, *, intent_id: UUID, at: datetime) -> Intent:
    return Intent.objects.create(
        id=intent_id,
        user=instruction.user,
        account=instruction.account,
        source=instruction.source,
        client_key=instruction.client_key,
        body_hash=instruction.body_hash(),
        instruction=instruction.body(),
        words=instruction.words,
        created_at=at,
    )


def _earlier(instruction: Instruction) -> Placed | None:
    """The order that this key made before. Raises IdempotencyMismatch where it said something else."""
    order = (
        Order.objects.select_related("intent", "account", "instrument", "decision")
        .filter(intent__user=instruction.user, intent__client_key=instruction.client_key)
        .first()
    )
    if order is None:
        return None
    if order.intent.body_hash != instruction.body_hash():
        raise IdempotencyMismatch
    return Placed(order, is_repeat=True)
