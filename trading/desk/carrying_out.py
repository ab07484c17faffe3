"""Carrying out a confirmed proposal: once, while it is fresh, every order down the one road."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from arbion.domain.errors import ArbionError, NotFound
from arbion.lib.clock import SYSTEM, Clock
from trading.desk.showing import can_execute
from trading.desk.steps import CancelStep, Json, ReplaceStep, Step, steps_of
from trading.errors import ProposalExpired, ProposalIncomplete, ProposalUsed
from trading.execution.cancel import request_cancel
from trading.execution.place import place_order
from trading.execution.replace import request_replace
from trading.models import Order, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one step came to: an order that was placed (or denied), one whose cancel or change was asked, a refusal."""

    order: Order | None = None
    is_cancel: bool = False
    is_replace: bool = False
    error: ArbionError | None = None


def execute(user: User, proposal_id: str | UUID, *, clock: Clock = SYSTEM) -> list[Outcome]:
    """Carry out what was proposed. Raises NotFound, ProposalUsed, ProposalExpired or ProposalIncomplete.

    Each order has a key made of the proposal, so that two confirmations at once, or one after a crash half-way, lead
    to the same orders; only when all are placed is the proposal marked as carried out.
    """
    proposal = proposal_of(user, proposal_id)
    if proposal.executed_at or proposal.dismissed_at:
        raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
    if clock.now() > proposal.expires_at:
        raise ProposalExpired
    if not can_execute(proposal.previews, question=proposal.interpretation["question"]):
        raise ProposalIncomplete
    outcomes = [
        outcome
        for index, action in enumerate(proposal.interpretation["actions"])
        if action["type"] != "query"
        for outcome in _act(action, index=index, proposal=proposal, clock=clock)
    ]
    Proposal.objects.filter(pk=proposal.pk, executed_at=None).update(executed_at=clock.now())
    return outcomes


def dismiss(user: User, proposal_id: str | UUID, *, clock: Clock = SYSTEM) -> Proposal:
    """Put a proposal aside; it can no longer be carried out. Raises NotFound or ProposalUsed."""
    proposal = proposal_of(user, proposal_id)
    moved = Proposal.objects.filter(pk=proposal.pk, executed_at=None).update(dismissed_at=clock.now())
    if not moved:
        raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
    proposal.refresh_from_db()
    return proposal


def proposal_of(user: User, proposal_id: str | UUID) -> Proposal:
    """One proposal of the person. Raises NotFound for anybody else's."""
    try:
        key = proposal_id if isinstance(proposal_id, UUID) else UUID(proposal_id)
        return Proposal.objects.select_related("account__user", "user").get(pk=key, user=user)
    except (ValueError, Proposal.DoesNotExist):
        raise NotFound("There is no such proposal.") from None


def orders_of(proposal: Proposal) -> list[UUID]:
    """The orders that a proposal led to."""
    prefix = f"desk:{proposal.pk}:"
    rows = Order.objects.filter(intent__user_id=proposal.user_id, intent__client_key__startswith=prefix)
    return list(rows.order_by("created_at").values_list("pk", flat=True))


def _act(action: Json, *, index: int, proposal: Proposal, clock: Clock) -> list[Outcome]:
    """Every step of one action; what is refused does not keep the others from being done."""
    try:
        steps = list(steps_of(action, index=index, proposal=proposal, user=proposal.user))
    except ArbionError as refusal:
        return [Outcome(error=refusal)]
    return [outcome for step in steps for outcome in _carry_out(step, user=proposal.user, clock=clock)]


def _carry_out(step: Step, *, user: User, clock: Clock) -> list[Outcome]:
    try:
        if isinstance(step, CancelStep):
            return [
                Outcome(order=request_cancel(order, actor=user, clock=clock), is_cancel=True) for order in step.orders
            ]
        if isinstance(step, ReplaceStep):
            return [Outcome(order=_replace(step, user=user, clock=clock), is_replace=True)]
        return [Outcome(order=place_order(step.instruction, clock=clock).order)]
    except ArbionError as refusal:
        return [Outcome(error=refusal)]


def _replace(step: ReplaceStep, *, user: User, clock: Clock) -> Order:
    """Ask for the change; after a crash half-way it is not asked twice."""
    if step.change.is_made(step.order):
        return step.order
    return request_replace(step.order, actor=user, clock=clock, **step.change.given())
