"""Imposing a halt: block and receipt in one commit, before anything is asked of a venue."""

from __future__ import annotations

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.errors import Forbidden, InvalidInput, NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from brokers.models import BrokerAccount
from riskdesk import halts
from riskdesk.models import Halt, HaltCode
from trading.execution.halt.rounds import tell, work
from trading.execution.telling import halts as telling
from trading.models import HaltReceipt, HaltScope, ReceiptState

ATTEMPTS = 3


def halt(
    *,
    scope: HaltScope,
    reason: str,
    actor: User | None,
    user: User | None = None,
    account: BrokerAccount | None = None,
    flatten: bool = False,
    code: HaltCode = HaltCode.MANUAL,
    clock: Clock = SYSTEM,
) -> HaltReceipt:
    """Stop new risk, cancel what could add it, close what is held if asked, and say what the venue confirmed.

    The block is committed before anything else, together with the receipt: from then on the gate refuses new risk, and
    whoever finds the receipt goes on with it. The same halt again, while it is in force, is the same receipt; with
    `flatten` where it was not asked before it is a further receipt of the same halt. `actor` None is the desk itself or
    the operator at the machine. Raises InvalidInput, NotFound for anybody else's account, Forbidden for a house that is
    not one's to halt; nothing is done then.
    """
    scope = HaltScope(scope)
    _check(scope, reason=reason, actor=actor, user=user, account=account)
    receipt = _blocked(
        scope, reason=reason.strip(), actor=actor, user=user, account=account, flatten=flatten, code=code, clock=clock
    )
    if connection.in_atomic_block and not _is_only_of_test():
        after_commit(work, str(receipt.pk))
        return receipt
    if receipt.state != ReceiptState.DONE:
        work(str(receipt.pk), clock)
    return HaltReceipt.objects.select_related("halt").get(pk=receipt.pk)


@transaction.atomic
def adopt(imposed: Halt, *, clock: Clock = SYSTEM) -> HaltReceipt:
    """The receipt of a halt that was imposed without one: its work is done like any other's."""
    scope = HaltScope.HOUSE
    if imposed.account_id or imposed.user_id:
        scope = HaltScope.ACCOUNT if imposed.account_id else HaltScope.PERSON
    receipt = HaltReceipt.objects.create(
        halt=imposed, scope=scope, asked_by=imposed.imposed_by, blocked_at=imposed.imposed_at, next_at=clock.now()
    )
    telling.imposed(receipt, at=clock.now())
    return receipt


def _check(
    scope: HaltScope, *, reason: str, actor: User | None, user: User | None, account: BrokerAccount | None
) -> None:
    if not 1 <= len(reason.strip()) <= halts.REASON_LENGTH_MAX:
        detail = f"Say why in 1 to {halts.REASON_LENGTH_MAX} characters."
        raise InvalidInput.of("reason", "required" if not reason.strip() else "length", detail)
    if (scope is HaltScope.ACCOUNT) != (account is not None):
        raise InvalidInput.of("account", "required" if account is None else "not_allowed", "Name the account to halt.")
    if (scope is HaltScope.PERSON) != (user is not None):
        raise InvalidInput.of("scope", "invalid", "Name the person to halt.")
    if actor is None:
        return
    if not actor.is_active or not can(actor, Ability.TRADE):
        raise Forbidden
    if scope is HaltScope.HOUSE:
        if not can(actor, Ability.OVERSEE):
            raise Forbidden("Only a superadmin can halt the whole house.")
        return
    owner = account.user if account is not None else user
    of_others = Halt(user=None if account else user, account=account)
    if owner is not None and owner.pk != actor.pk and not halts.may_oversee(of_others, actor):
        raise NotFound("There is no such account.")


def _blocked(
    scope: HaltScope,
    *,
    reason: str,
    actor: User | None,
    user: User | None,
    account: BrokerAccount | None,
    flatten: bool,
    code: HaltCode,
    clock: Clock,
) -> HaltReceipt:
    """The receipt of this halt: the one in force, or a new one with its block, in one commit."""
    target = (account or user).pk if account or user else ""  # type: ignore[union-attr]
    keys = {wide: f"{scope}:{target}:{code}:{actor.pk if actor else ''}:{'flat' if wide else ''}" for wide in (0, 1)}
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                _let_go_of(list(keys.values()))
                held = Q(key__in=[keys[1]] if flatten else list(keys.values()))
                found = HaltReceipt.objects.select_related("halt").filter(held).order_by("-flatten").first()
                if found is not None:
                    return found
                narrower = HaltReceipt.objects.select_related("halt").filter(key=keys[0]).first()
                imposed = narrower.halt if narrower else None
                if imposed is None:
                    imposed = halts.impose(
                        reason=reason, actor=actor, user=user, account=account, code=code, clock=clock
                    )
                receipt = HaltReceipt.objects.create(
                    halt=imposed, scope=scope, flatten=flatten, key=keys[int(flatten)], asked_by=actor,
                    blocked_at=clock.now(), next_at=clock.now(),
                )  # fmt: skip
                tell(receipt)
                telling.imposed(receipt, at=clock.now())
                return receipt
        except IntegrityError:
            # Somebody halted the same a moment earlier: theirs is the receipt.
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _let_go_of(keys: list[str]) -> None:
    """Free the keys of halts that were lifted by another way than the resuming one."""
    HaltReceipt.objects.filter(key__in=keys, halt__lifted_at__isnull=False).update(key=None)


def _is_only_of_test() -> bool:
    """Whether every open transaction is the one that a test case wraps around itself."""
    return all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
