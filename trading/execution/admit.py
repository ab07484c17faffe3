"""Admitting one order: plan, verdict, record and claims, inside the transaction that holds the account's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from arbion.domain.enums import (
    AssetClass,
    GroupKind,
    GroupRole,
    OrderStatus,
    PositionEffect,
    Side,
    Source,
    Trigger,
    Waiting,
)
from arbion.domain.errors import InvalidInput
from arbion.domain.orders import OrderRequest
from arbion.lib.commit import after_commit
from arbion.lib.ids import IdSource
from brokers.models import BrokerAccount
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from riskdesk import record as verdicts
from riskdesk.models import RiskDecision
from trading.books import holds, ledger
from trading.books.lots import ensure_open
from trading.errors import RiskDenied
from trading.execution import dispatch
from trading.execution.claims import beyond, parts_of
from trading.execution.conditions.hold import foreseen, keep, wait_of
from trading.execution.facts import Facts, gather
from trading.execution.judging import judge
from trading.execution.messages import quotes_body, request_body
from trading.execution.record import Cause, record_new
from trading.execution.requests import oco_group_of
from trading.execution.routing import plan_order, waits_for_open
from trading.execution.telling import orders as telling
from trading.execution.yielding import make_way
from trading.instruction import Instruction
from trading.models import Intent, LedgerKind, Order, OrderGroup, OrderLeg
from trading.models.stop import is_rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The part that an order plays in a group; `sharing` is the order whose claims it may use, as only one can fill."""

    group: OrderGroup | None = None
    role: GroupRole = GroupRole.NONE
    sharing: Order | None = None

    @property
    def follows(self) -> bool:
        """Whether it waits for the group's entry."""
        follower = {GroupRole.STOP_LOSS, GroupRole.TAKE_PROFIT, GroupRole.FOLLOWER}
        return self.role in follower


ALONE = Membership()


def admit(
    instruction: Instruction,
    *,
    account: BrokerAccount,
    order_id: UUID,
    at: datetime,
    ids: IdSource,
    member: Membership = ALONE,
) -> Order:
    """Plan, judge and record one order; an approved one claims what it needs and is queued for its venue, or held.

    Needs the account's lock. Raises what planning raises; a denied order is recorded and returned.
    """
    about, instruments = instruments_of(instruction)
    # What stands for a stop is placed where there is room; anything else may have its units.
    yields = not is_rest(instruction.source, instruction.client_key)
    facts = gather(account=account, instruments=instruments, at=at, about=about, sharing=member.sharing, yields=yields)
    wait = wait_of(instruction, facts)
    facts = foreseen(facts, wait)
    request = plan_order(
        instruction,
        facts=facts,
        client_order_id=str(order_id),
        oco_group=oco_group_of(member.group, member.role),
        is_follower=member.follows,
    )
    check_lots(instruction, request, facts)
    waiting = Waiting.CONDITION if member.follows or wait else Waiting.NONE
    if not waiting and waits_for_open(request, facts=facts):
        waiting = Waiting.MARKET_OPEN
    has_stop = instruction.bracket is not None and instruction.bracket.has_stop_loss
    judged = judge(
        request, user=instruction.user, facts=facts, waiting_for=waiting, has_stop=has_stop,
        by_house=instruction.source is Source.RISK, has_condition=wait is not None,
    )  # fmt: skip
    verdict = verdicts.keep(judged.decision, account=account)
    intent = _open_intent(instruction, intent_id=ids(), at=at)
    order = _create_order(intent, instruction, request, verdict=verdict, facts=facts, waiting=waiting, member=member)
    if not verdict.approved:
        telling.denied(order, at=at)
    elif wait is not None:
        keep(order, wait, is_sized_anew=instruction.quantity is None, at=at)
    if verdict.approved and waiting is not Waiting.CONDITION:
        allow_owing(request, facts)
        make_way(judged.claims, facts)
        claims = judged.claims.as_holds(account.currency, cash_most=judged.cash_most)
        holds.reserve(order, columns=facts.columns, claims=beyond(claims, member.sharing))
        if not waiting:
            after_commit(dispatch.send, str(order.pk))
    return order


def check_lots(instruction: Instruction, request: OrderRequest, facts: Facts) -> None:
    """Refuse chosen lots that this order cannot close, whoever chose them; a package names none."""
    if instruction.chosen_lots and request.legs:
        raise InvalidInput.of("lots", "not_allowed", "Lots are chosen for an order of one instrument.")
    units = request.quantity if request.side is Side.BUY else -request.quantity
    ensure_open(facts.account, facts.instrument, instruction.chosen_lots, units=units)


def instruments_of(instruction: Instruction) -> tuple[Instrument | None, list[Instrument]]:
    """The underlying of a package (None for a single order), and the instruments that are traded."""
    if not instruction.legs:
        return None, [get_instrument(instruction.symbol)]
    return get_instrument(instruction.symbol), [get_instrument(leg.symbol) for leg in instruction.legs]


def allow_owing(request: OrderRequest, facts: Facts) -> None:
    """Let the columns that the order may take below zero go there: units it sells short, cash that secures shares."""
    for part in parts_of(request, facts):
        if part.side is Side.SELL and part.effect is PositionEffect.OPEN:
            ledger.allow_negative(facts.columns, LedgerKind.UNITS, part.instrument.symbol)
            if part.instrument.asset_class != AssetClass.OPTION:
                ledger.allow_negative(facts.columns, LedgerKind.CASH, facts.account.currency)


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


def _create_order(
    intent: Intent,
    instruction: Instruction,
    request: OrderRequest,
    *,
    verdict: RiskDecision,
    facts: Facts,
    waiting: Waiting,
    member: Membership,
) -> Order:
    """The order's row and the first two lines of its history; without a verdict there is no order."""
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
        notional=instruction.notional,
        limit_price=request.limit_price,
        stop_price=request.stop_price,
        trail_amount=request.trail_amount,
        trail_percent=request.trail_percent,
        expires_at=request.expires_at,
        extended_hours=request.extended_hours,
        effect=request.effect or PositionEffect.OPEN,
        is_package=bool(request.legs),
        lot_method=instruction.lot_method or "",
        chosen_lots=list(instruction.chosen_lots),
        group=member.group,
        group_role=member.role,
        waiting_for=waiting if verdict.approved else Waiting.NONE,
        status=OrderStatus.INITIALIZED,
        reject_code=verdict.code,
        reject_reason=verdict.detail,
        created_at=facts.at,
        updated_at=facts.at,
    )
    trigger = Trigger.DENY if not verdict.approved else Trigger.HOLD if waiting else Trigger.SUBMIT
    told: dict[str, Any] = {"quotes": quotes_body(facts)}
    if trigger is Trigger.SUBMIT:
        told["request"] = request_body(request)
    by = Cause(text=f"placed by {Source(intent.source).label.lower()}", at=facts.at, actor=intent.user, data=told)
    record_new(order, trigger, cause=by)
    OrderLeg.objects.bulk_create(
        OrderLeg(order=order, number=number, instrument=instrument, side=leg.side, ratio=leg.ratio, effect=leg.effect)
        for number, (leg, instrument) in enumerate(zip(request.legs, facts.instruments, strict=False))
    )
    return order


def denial(order: Order) -> RiskDenied:
    """The refusal that tells of a denied order."""
    return RiskDenied(
        order.reject_reason, order_id=str(order.pk), reject_code=order.reject_code, checks=order.decision.checks
    )


def new_group(account: BrokerAccount, kind: GroupKind, *, at: datetime, ids: IdSource) -> OrderGroup:
    """A group for orders that depend on each other."""
    return OrderGroup.objects.create(id=ids(), account=account, kind=kind, created_at=at)
