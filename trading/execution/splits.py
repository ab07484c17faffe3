"""Held orders across a split: what waits here gets its new size and prices, as the venue gives what rests there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from arbion.domain.enums import AssetClass, OrderStatus, Trigger
from arbion.domain.numbers import EXACT, ZERO, plain, round_down
from arbion.lib.clock import SYSTEM, Clock
from marketdata.corporate import scaled
from marketdata.models import CorporateAction, CorporateKind, CorporateStatus
from trading.announce import announce
from trading.execution.changes import settle_claims
from trading.execution.held import end
from trading.execution.record import Cause, record
from trading.locks import lock_account
from trading.models import Hold, Order, OrderEvent

# Longer than the house could be down over a split and still hold an order from before it.
LOOK_BACK = timedelta(days=30)
_PRICES = ("limit_price", "stop_price", "trail_amount")


def follow_splits(*, clock: Clock = SYSTEM) -> int:
    """Bring every held order that was there before a split to its terms after it, once; returns how many."""
    now = clock.now()
    splits = CorporateAction.objects.filter(
        kind=CorporateKind.SPLIT, status=CorporateStatus.APPLIED, applied_at__gt=now - LOOK_BACK
    )
    followed = 0
    for action in splits.select_related("instrument").order_by("applied_at"):
        held = Order.objects.filter(status=OrderStatus.HELD, created_at__lt=action.applied_at)
        own = held.filter(instrument=action.instrument) | held.filter(
            instrument__contract__underlying=action.instrument
        )
        for order in own.order_by("created_at", "id"):
            followed += _follow(order, action, clock=clock)
    return followed


@transaction.atomic
def _follow(order: Order, action: CorporateAction, *, clock: Clock) -> bool:
    account = lock_account(order.account_id)
    fresh = Order.objects.select_related("account__user", "instrument", "group").get(pk=order.pk)
    done = OrderEvent.objects.filter(order=fresh, data__corporate_action=str(action.pk)).exists()
    if fresh.status != OrderStatus.HELD or done:
        return False
    at = clock.now()
    new, old = action.new_units or 1, action.old_units or 1
    step = fresh.instrument.size_increment
    size = round_down(EXACT.divide(EXACT.multiply(fresh.quantity, Decimal(new)), Decimal(old)), step)
    if fresh.is_package or fresh.instrument.asset_class == AssetClass.OPTION or size == ZERO:
        reason = f"{action.instrument.symbol} was split {new} for {old}: order it anew."
        end(fresh, Trigger.CANCEL, reason, at=at)
    else:
        _adjust(fresh, action, size=size, at_terms=(new, old), clock=clock)
    announce(account.user_id)
    return True


def _adjust(order: Order, action: CorporateAction, *, size: Decimal, at_terms: tuple[int, int], clock: Clock) -> None:
    new, old = at_terms
    changes: dict[str, Decimal] = {"quantity": size}
    for name in _PRICES:
        price: Decimal | None = getattr(order, name)
        if price is not None:
            changes[name] = scaled(price, new=new, old=old, increment=order.instrument.price_increment)
    data = {"corporate_action": str(action.pk), **{name: plain(value) for name, value in changes.items()}}
    record(order, None, cause=Cause(text=f"split {new} for {old}", at=clock.now(), data=data), **changes)
    if Hold.objects.filter(order=order, remaining__gt=0).exists():
        settle_claims(order, at=clock.now())
