"""Imposing, lifting and reading halts; the record is the desk's, the acting is trading's."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from accounts.roles import Ability, can, outranks
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from riskdesk.models import Halt, HaltCode

REASON_LENGTH_MAX = 200


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
        user=user,
        account=account,
        code=code,
        reason=reason[:REASON_LENGTH_MAX],
        imposed_by=actor,
        imposed_at=clock.now(),
    )
    audit.record(actor=actor, action="risk.halt_imposed", subject=scope_of(halt), data={"reason": halt.reason})
    return halt


def lift(halt: Halt, *, actor: User | None, reason: str = "", clock: Clock = SYSTEM) -> bool:
    """End a halt; False where it was lifted already, and nothing is done then."""
    moved = Halt.objects.filter(pk=halt.pk, lifted_at=None).update(lifted_at=clock.now(), lifted_by=actor)
    if moved:
        data = {"reason": halt.reason} | ({"lifted_because": reason} if reason else {})
        audit.record(actor=actor, action="risk.halt_lifted", subject=scope_of(halt), data=data)
    return bool(moved)


def in_force(account: BrokerAccount) -> QuerySet[Halt]:
    """The halts that bind the account, oldest first."""
    binding = Q(user=None, account=None) | Q(user_id=account.user_id) | Q(account=account)
    return Halt.objects.filter(binding, lifted_at=None).order_by("imposed_at", "pk")


def reasons_in_force(account: BrokerAccount) -> tuple[str, ...]:
    """Why the account may take no new risk, oldest first; empty where it may."""
    return tuple(in_force(account).values_list("reason", flat=True))


def concerning(person: User) -> QuerySet[Halt]:
    """The halts in force that a person meets: the house's, the person's, those of the person's accounts."""
    mine = Q(user=None, account=None) | Q(user=person) | Q(account__user=person, account__archived_at=None)
    return Halt.objects.filter(mine, lifted_at=None).select_related("account", "user").order_by("imposed_at", "pk")


def is_of_house(halt: Halt) -> bool:
    """Whether it stops everybody."""
    return halt.user_id is None and halt.account_id is None


def is_automatic(halt: Halt) -> bool:
    """Whether the desk imposed it by itself, for a cause that it can look at again."""
    return halt.code != HaltCode.MANUAL


def owner_of(halt: Halt) -> User | None:
    """The person whom it stops; nobody where it is the house's."""
    return halt.account.user if halt.account is not None else halt.user


def may_oversee(halt: Halt, actor: User) -> bool:
    """Whether the actor stands above the halt as an operator: superadmins always, admins above a person's role."""
    owner = owner_of(halt)
    if can(actor, Ability.OVERSEE):
        return True
    return owner is not None and can(actor, Ability.OPERATE) and outranks(actor, owner)


def may_lift(halt: Halt, actor: User) -> bool:
    """Whether the actor may lift it at all; of an automatic halt the owner may, once its cause is gone.

    What an operator or the machine imposed by hand on a person, that person cannot lift.
    """
    if is_of_house(halt):
        return can(actor, Ability.OVERSEE)
    if may_oversee(halt, actor):
        return True
    owner = owner_of(halt)
    if owner is None or owner.pk != actor.pk:
        return False
    if halt.code == HaltCode.MONITOR:
        return False
    return is_automatic(halt) or halt.imposed_by_id == actor.pk


def scope_of(halt: Halt) -> str:
    """How the audit log names what is halted."""
    if halt.account_id:
        return f"account {halt.account_id}"
    return f"person {halt.user_id}" if halt.user_id else "house"
