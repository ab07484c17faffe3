"""Placing an order: intent, plan, verdict, record and reservation in one transaction; the venue only after it.

The same instruction under the same key is the same order, however often it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from arbion.domain.enums import OrderStatus, Source, Trigger
from arbion.domain.errors import NotFound
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from arbion.lib.ids import IdSource, new_id
from marketdata.instruments import get_instrument
from riskdesk import record as verdicts
from riskdesk.models import RiskDecision
from trading.announce import announce
from trading.books import holds
from trading.errors import IdempotencyMismatch
from trading.execution import dispatch
from trading.execution.facts import Facts, gather
from trading.execution.judging import judge
from trading.execution.record import Cause, record_new
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
        earlier = placed_before(instruction)
        if earlier is None:
            raise
        return earlier


def _place_under_lock(instruction: Instruction, *, order_id: UUID, clock: Clock, ids: IdSource) -> Placed:
    account = lock_account(instruction.account.pk)
    earlier = placed_before(instruction)
    if earlier is not None:
        return earlier
    at = clock.now()
    facts = gather(account=account, instrument=get_instrument(instruction.symbol), at=at)
    request = plan_order(instruction, facts=facts, client_order_id=str(order_id))
    decision = judge(instruction, request, facts=facts)
    verdict = verdicts.keep(decision, account=account)
    intent = _open_intent(instruction, intent_id=ids(), at=at)
    order = _create_order(intent, request, verdict=verdict, facts=facts)
    if verdict.approved:
        holds.reserve(order, columns=facts.columns, amount=_claim(request, facts=facts))
        after_commit(dispatch.send, str(order.pk))
    announce(account.user_id)
    return Placed(order, is_repeat=False)


def _create_order(intent: Intent, request: OrderRequest, *, verdict: RiskDecision, facts: Facts) -> Order:
    """The order's row and the first two lines of its history; without a verdict there is no order."""
    notional = intent.instruction["notional"]
    order = Order(
        id=UUID(request.client_order_id),
        intent=intent,
        decision=verdict,
        account=facts.account,
        instrument=facts.instrument,
        side=request.side,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        quantity=request.quantity,
        notional=None if notional is None else Decimal(notional),
        limit_price=request.limit_price,
        status=OrderStatus.INITIALIZED,
        reject_code=verdict.code,
        reject_reason=verdict.detail,
        created_at=facts.at,
        updated_at=facts.at,
    )
    by = Cause(text=f"placed by {Source(intent.source).label.lower()}", at=facts.at, actor=intent.user)
    return record_new(order, Trigger.SUBMIT if verdict.approved else Trigger.DENY, cause=by)


def _claim(request: OrderRequest, *, facts: Facts) -> Decimal:
    amount = hold_amount(request, facts=facts)
    assert amount is not None, "the gate refuses an order that has no price"  # noqa: S101  an impossibility, not a refusal
    return amount


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


def placed_before(instruction: Instruction) -> Placed | None:
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
