"""Changing what a held order waits for: the bound, and until when."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from arbion.domain.errors import InvalidInput, NotFound
from arbion.domain.numbers import plain
from arbion.lib.clock import SYSTEM, Clock
from marketdata.conditions.words import waits_for
from trading.announce import announce
from trading.conditions import asking
from trading.errors import OrderNotOpen
from trading.execution.conditions.fire import is_waiting
from trading.execution.held import ROWS
from trading.execution.record import Cause, record
from trading.locks import lock_account
from trading.models import Order


def change_condition(
    order: Order,
    *,
    actor: User,
    value: Decimal | None = None,
    expires_at: datetime | None = None,
    clock: Clock = SYSTEM,
) -> Order:
    """Wait for another bound, or for another time; a change is still counted from where it was counted before.

    Raises NotFound for another person's order, OrderNotOpen for one that does not wait for a condition any more, and
    InvalidInput for what cannot be waited for; nothing changes then.
    """
    if order.account.user_id != actor.pk:
        raise NotFound("There is no such order.")
    if value is None and expires_at is None:
        raise InvalidInput.of("value", "required", "Say what to change: the value, or until when.")
    with transaction.atomic():
        account = lock_account(order.account_id)
        fresh = Order.objects.select_related(*ROWS, "condition__instrument").get(pk=order.pk)
        if not is_waiting(fresh):
            raise OrderNotOpen("The order does not wait for a condition any more.")
        at, row = clock.now(), fresh.condition
        data: dict[str, object] = {}
        if value is not None and value != row.value:
            data["value"] = {"from": plain(row.value), "to": plain(value)}
            row.value = value
        if expires_at is not None and expires_at != row.expires_at:
            end = asking.until(row.condition, row.instrument, said=expires_at, at=at)
            row.expires_at = end if fresh.expires_at is None else min(end, fresh.expires_at)
            data["expires_at"] = {"to": row.expires_at.isoformat()}
        if not data:
            return fresh
        data["reason"] = waits_for(row.condition, baseline=row.baseline)
        row.version += 1
        row.updated_at = at
        row.save()
        record(fresh, None, cause=Cause(text="condition changed", at=at, actor=actor, data=data))
        announce(account.user_id)
        return fresh
