"""Carrying out a confirmed proposal: once, while it is fresh, every order down the one road."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from arbion.domain.errors import ArbionError, NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from trading.desk.alerting import set_alert
from trading.desk.confirming import check_again, orders_of, renew
from trading.desk.repeating import keep_repeat
from trading.desk.showing import can_execute
from trading.desk.steps import AlertStep, CancelStep, RepeatStep, ReplaceStep, Step
from trading.errors import PreviewChanged, ProposalExpired, ProposalIncomplete, ProposalUsed
from trading.execution.cancel import request_cancel
from trading.execution.place import place_order
from trading.execution.replace import request_replace
from trading.models import Alert, Order, Proposal, RepeatingOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one step came to: an order that was placed (or denied), one whose cancel or change was asked, an alert, a
    repeating order, a refusal.
    """

    order: Order | None = None
    alert: Alert | None = None
    repeating: RepeatingOrder | None = None
    is_cancel: bool = False
    is_replace: bool = False
    error: ArbionError | None = None


def execute(
    user: User, proposal_id: str | UUID, *, seal: str | None = None, clock: Clock = SYSTEM, ids: IdSource = new_id
) -> list[Outcome]:
    """Carry out what was shown and confirmed. `seal` is the hash that the person saw, where the door knows it.

    Raises NotFound, ProposalUsed, ProposalExpired, ProposalIncomplete, PreviewChanged or PriceMoved; nothing is done
    then. Each order has a key made of the proposal, so that two confirmations at once, or one after a crash half-way,
    lead to the same orders; only when all are placed is the proposal marked as carried out.
    """
    proposal = proposal_of(user, proposal_id)
    if proposal.executed_at or proposal.dismissed_at:
        raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
    if clock.now() > proposal.expires_at:
        raise ProposalExpired
    if not can_execute(proposal.previews, question=proposal.interpretation["question"]):
        raise ProposalIncomplete
    if seal is not None and seal != proposal.hash:
        raise PreviewChanged("This is not the hash of the preview: ask again, and confirm what you see.")
    steps = check_again(proposal, clock=clock, ids=ids)
    if not Proposal.objects.filter(pk=proposal.pk, dismissed_at=None).update(confirmed_at=clock.now()):
        raise ProposalUsed(orders=[])
    outcomes = [outcome for step in steps for outcome in _carry_out(step, user=user, clock=clock)]
    Proposal.objects.filter(pk=proposal.pk, executed_at=None).update(executed_at=clock.now())
    return outcomes


def dismiss(user: User, proposal_id: str | UUID, *, clock: Clock = SYSTEM) -> Proposal:
    """Put a proposal aside; it can no longer be carried out. Raises NotFound or ProposalUsed."""
    proposal = proposal_of(user, proposal_id)
    rows = Proposal.objects.filter(pk=proposal.pk, confirmed_at=None, executed_at=None)
    moved = rows.update(dismissed_at=clock.now())
    if not moved:
        raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
    proposal.refresh_from_db()
    return proposal


def ask_again(user: User, proposal_id: str | UUID, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> Proposal:
    """The same wish at the prices of now, to be confirmed anew. Raises NotFound or ProposalUsed."""
    proposal = proposal_of(user, proposal_id)
    if proposal.confirmed_at or proposal.executed_at or proposal.dismissed_at:
        raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
    return renew(proposal, note="At the prices of now:", clock=clock, ids=ids)


def proposal_of(user: User, proposal_id: str | UUID) -> Proposal:
    """One proposal of the person. Raises NotFound for anybody else's."""
    try:
        key = proposal_id if isinstance(proposal_id, UUID) else UUID(proposal_id)
        return Proposal.objects.select_related("account__user", "user").get(pk=key, user=user)
    except (ValueError, Proposal.DoesNotExist):
        raise NotFound("There is no such proposal.") from None


def _carry_out(step: Step, *, user: User, clock: Clock) -> list[Outcome]:
    try:
        if isinstance(step, CancelStep):
            return [
                Outcome(order=request_cancel(order, actor=user, clock=clock), is_cancel=True) for order in step.orders
            ]
        if isinstance(step, ReplaceStep):
            return [Outcome(order=_replace(step, user=user, clock=clock), is_replace=True)]
        if isinstance(step, AlertStep):
            return [Outcome(alert=set_alert(step, user=user, clock=clock))]
        if isinstance(step, RepeatStep):
            return [Outcome(repeating=keep_repeat(step, user=user, clock=clock))]
        return [Outcome(order=place_order(step.instruction, clock=clock).order)]
    except ArbionError as refusal:
        return [Outcome(error=refusal)]


def _replace(step: ReplaceStep, *, user: User, clock: Clock) -> Order:
    """Ask for the change; after a crash half-way it is not asked twice."""
    if step.change.is_made(step.order):
        return step.order
    return request_replace(step.order, actor=user, clock=clock, **step.change.given())
