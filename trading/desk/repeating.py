"""A repeating order that was asked for in words: shown before it is kept, and kept."""

from __future__ import annotations

from accounts.models import User
from arbion.lib.clock import Clock
from trading import schedules
from trading.desk.steps import Json, RepeatStep
from trading.models import Proposal, RepeatingOrder


def show_repeat(step: RepeatStep, *, user: User, clock: Clock) -> Json:
    """What would be placed again and again, when first, and what it costs. Raises what keeping it would raise."""
    outlook = schedules.propose(user, step.account, step.order, step.every, words=step.words, clock=clock)
    return {"kind": "repeat", "name": outlook.instrument.name, **outlook.as_json()}


def keep_repeat(step: RepeatStep, *, user: User, clock: Clock) -> RepeatingOrder:
    """Keep the repeating order; the same step is the same one."""
    return schedules.create(
        user, step.account, step.order, step.every, words=step.words, client_key=step.key, clock=clock
    )


def repeating_of(proposal: Proposal) -> list[RepeatingOrder]:
    """The repeating orders that a proposal set up."""
    rows = RepeatingOrder.objects.filter(user_id=proposal.user_id, client_key__startswith=f"desk:{proposal.pk}:")
    return list(rows.select_related("instrument", "account").order_by("created_at"))
