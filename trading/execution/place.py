"""Placing an order: intent, plan, verdict, record and claims in one transaction; the venue only after it.

The same instruction under the same key is the same order, however often it arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from arbion.domain.enums import OrderStatus
from arbion.domain.errors import NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from trading.announce import announce
from trading.errors import IdempotencyMismatch
from trading.execution.admit import admit
from trading.execution.brackets import admit_bracket
from trading.instruction import Instruction
from trading.locks import lock_account
from trading.models import Order


@dataclass(frozen=True, slots=True)
class Placed:
    """The order, and whether it was there before (the same key said the same again).

    The stop loss and the take profit of a bracket are the other orders of its group.
    """

    order: Order
    is_repeat: bool


def place_order(instruction: Instruction, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> Placed:
    """Judge, reserve, record, and queue one order for its venue, with the exits of its bracket where it has one.

    Returns also what the desk denied: the order is then recorded as DENIED and nothing was reserved or sent. An order
    whose market is closed, and every exit of a bracket, is recorded as HELD and released later.
    Raises InvalidInput or UnknownSymbol for what cannot be planned, IdempotencyMismatch for a key that was used for
    something else; nothing is recorded then.
    """

    def admitted(account: BrokerAccount) -> Order:
        order_id, at = ids(), clock.now()
        if instruction.bracket is not None:
            return admit_bracket(instruction, account=account, order_id=order_id, at=at, ids=ids)
        return admit(instruction, account=account, order_id=order_id, at=at, ids=ids)

    return under_lock(instruction, admitted)


def under_lock(instruction: Instruction, admitted: Callable[[BrokerAccount], Order]) -> Placed:
    """Run what admits an order under its account's lock, once for its key."""
    if instruction.account.user_id != instruction.user.pk:
        raise NotFound
    try:
        with transaction.atomic():
            account = lock_account(instruction.account.pk)
            earlier = placed_before(instruction)
            if earlier is not None:
                return earlier
            order = admitted(account)
            announce(account.user_id)
            return Placed(order, is_repeat=False)
    except IntegrityError:
        # The same key came through another account's lock a moment earlier.
        earlier = placed_before(instruction)
        if earlier is None:
            raise
        return earlier


def placed_before(instruction: Instruction) -> Placed | None:
    """The order that this key made before. Raises IdempotencyMismatch where it said something else."""
    order = (
        Order.objects.select_related("intent", "account", "instrument", "decision", "group")
        .filter(intent__user=instruction.user, intent__client_key=instruction.client_key)
        .first()
    )
    if order is None:
        return None
    if order.intent.body_hash != instruction.body_hash():
        raise IdempotencyMismatch
    return Placed(order, is_repeat=True)


def was_denied(order: Order) -> bool:
    """Whether the desk refused it."""
    return order.status == OrderStatus.DENIED
