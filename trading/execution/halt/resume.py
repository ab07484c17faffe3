"""Lifting a halt: by whoever may, with a reason, and an automatic one only once its cause is gone."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from arbion.domain.errors import Conflict, Forbidden, InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from riskdesk import halts
from trading.execution.halt.rounds import ended, tell
from trading.execution.telling import halts as telling
from trading.models import HaltReceipt


class CauseRemains(Conflict):
    """What the halt was imposed for is still so."""

    code = "cause_remains"
    title = "The cause is still there"


class ProofNeeded(Forbidden):
    """Give your password again to lift the halt of the whole house."""

    code = "password_required"
    title = "Say who you are once more"


def resume(
    receipt: HaltReceipt, *, reason: str, actor: User | None, is_proven: bool = False, clock: Clock = SYSTEM
) -> HaltReceipt:
    """Lift the halt of a receipt; what it was still working on stays as it is. Lifting twice is lifting once.

    `actor` None is the operator at the machine. `is_proven` says that the actor has just given the password again: the
    house's halt wants it. Raises InvalidInput (no reason), Forbidden (not one's to lift, or no proof), CauseRemains.
    """
    imposed = receipt.halt
    if not 1 <= len(reason.strip()) <= halts.REASON_LENGTH_MAX:
        detail = f"Say why in 1 to {halts.REASON_LENGTH_MAX} characters."
        raise InvalidInput.of("reason", "required" if not reason.strip() else "length", detail)
    if actor is not None:
        if not actor.is_active or not halts.may_lift(imposed, actor):
            raise Forbidden("This halt was imposed by somebody else: only they or an operator can lift it.")
        if halts.is_of_house(imposed) and not is_proven:
            raise ProofNeeded
        if halts.is_automatic(imposed) and not halts.may_oversee(imposed, actor):
            _refuse_while_caused(receipt, clock=clock)
    with transaction.atomic():
        if halts.lift(imposed, actor=actor, reason=reason.strip(), clock=clock):
            HaltReceipt.objects.filter(halt=imposed).update(lift_reason=reason.strip(), key=None)
            telling.lifted(receipt, reason=reason.strip(), at=clock.now())
    for other in HaltReceipt.objects.filter(halt=imposed).select_related("halt__account"):
        ended(other, clock=clock)
        tell(other)
    return HaltReceipt.objects.select_related("halt").get(pk=receipt.pk)


def _refuse_while_caused(receipt: HaltReceipt, *, clock: Clock) -> None:
    # The watch halts, and lifting asks the watch: a ring.
    from trading.execution.watch import cause_remains  # noqa: PLC0415

    cause = cause_remains(receipt.halt, clock=clock)
    if cause is not None:
        raise CauseRemains(f"It cannot be lifted yet: {cause.reason}.")
