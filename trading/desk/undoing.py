"""Taking back what a proposal set up, as far as that can still be done."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock
from trading import alerts, schedules
from trading.desk.alerting import alerts_of
from trading.desk.carrying_out import proposal_of
from trading.desk.repeating import repeating_of
from trading.execution.cancel import request_cancel
from trading.models import Order, RepeatingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """How much was taken back, and why something was not."""

    count: int
    refusals: tuple[str, ...]


def undo(user: User, proposal_id: str | UUID, *, clock: Clock = SYSTEM) -> Undone:
    """Cancel the orders of a proposal that are still open, delete its alerts, end its repeating orders.

    What has filled stays. Raises NotFound for anybody else's proposal.
    """
    proposal = proposal_of(user, proposal_id)
    count, refusals = 0, []
    rows = Order.objects.filter(intent__user=user, intent__client_key__startswith=f"desk:{proposal.pk}:")
    for order in rows.select_related("account__user", "instrument", "intent", "group"):
        if not order.is_open:
            continue
        try:
            request_cancel(order, actor=user, clock=clock)
            count += 1
        except ArbionError as refusal:
            refusals.append(refusal.detail)
    for alert in alerts_of(proposal):
        alerts.delete(alert, user=user)
        count += 1
    for repeating in repeating_of(proposal):
        if repeating.state != RepeatingState.ENDED:
            schedules.end(repeating, clock=clock)
            count += 1
    return Undone(count=count, refusals=tuple(refusals))
