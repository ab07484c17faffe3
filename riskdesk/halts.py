"""Imposing, lifting and reading halts; the record is the desk's, the acting is trading's."""

from __future__ import annotations

from django.db.models import Q

from accounts import audit
from accounts.models import User
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from riskdesk.models import Halt, HaltCode


def impose(
    *,
    reason: str,
    actor: User | None,
    user: User | None = None,
    account: BrokerAccount | None = None,
    code: HaltCode = HaltCode.MANUAL,
    clock: Clock = SYSTEM,
) -> Halt:
    """Stop new risk for an account, a person, or (with neither) the whole house."""
    halt = Halt.objects.create(
        user=user, account=account, code=code, reason=reason[:200], imposed_by=actor, imposed_at=clock.now()
    )
    audit.record(actor=actor, action="risk.halt_imposed", subject=_scope(halt), data={"reason": halt.reason})
    return halt


def lift(halt: Halt, *, actor: User | None, clock: Clock = SYSTEM) -> None:
    """End a halt; lifting one that was lifted already does nothing."""
    moved = Halt.objects.filter(pk=halt.pk, lifted_at=None).update(lifted_at=clock.now(), lifted_by=actor)
    if moved:
        audit.record(actor=actor, action="risk.halt_lifted", subject=_scope(halt), data={"reason": halt.reason})


def reasons_in_force(account: BrokerAccount) -> tuple[str, ...]:
    """Why the account may take no new risk, oldest first; empty where it may."""
    return tuple(
        Halt.objects.filter(lifted_at=None)
        .filter(Q(user=None, account=None) | Q(user_id=account.user_id) | Q(account=account))
        .order_by("imposed_at")
        .values_list("reason", flat=True)
    )


def _scope(halt: Halt) -> str:
    if halt.account_id:
        return f"account {halt.account_id}"
    return f"person {halt.user_id}" if halt.user_id else "house"
