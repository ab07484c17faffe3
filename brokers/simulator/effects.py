"""What happens to an account without an order: written down and carried out in one step, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max

from arbion.domain.enums import ActivityKind, OrderStatus
from arbion.domain.numbers import ONE, ZERO, plain
from brokers.models import VenueActivity, VenueCash, VenueFill, VenueHolding, VenueOrder
from brokers.simulator import custody
from brokers.simulator.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One activity: `changes` by asset (a currency or a symbol) is all that it does to what the exchange holds."""

    activity_id: str
    kind: ActivityKind
    changes: Mapping[str, Decimal]
    symbol: str = ""
    price: Decimal | None = None
    ratio: Decimal = ONE
    client_id: str = ""


def is_done(reference: str, activity_id: str) -> bool:
    """Whether this has happened to the account already."""
    return VenueActivity.objects.filter(reference=reference, activity_id=activity_id).exists()


def carry_out(cash: VenueCash, effect: Effect, *, now: datetime) -> None:
    """Write the activity and move its cash and units, in the transaction that holds the account's lock.

    The table refuses an activity that is there already, and cash or units below zero where the account may owe none.
    Units that this leaves owed may be owed: the caller has seen that they are covered.
    """
    changes = {asset: amount for asset, amount in effect.changes.items() if amount != ZERO}
    newest = VenueFill.objects.filter(reference=cash.reference).aggregate(newest=Max("pk"))["newest"]
    VenueActivity.objects.create(
        reference=cash.reference,
        activity_id=effect.activity_id,
        kind=effect.kind,
        symbol=effect.symbol,
        changes=[[asset, plain(amount)] for asset, amount in changes.items()],
        price=effect.price,
        ratio=effect.ratio,
        client_id=effect.client_id,
        fills_before=newest or 0,
        happened_at=now,
    )
    for asset, amount in changes.items():
        if asset == cash.currency:
            cash.amount += amount
            cash.save(update_fields=["amount"])
            continue
        holding = VenueHolding.objects.filter(reference=cash.reference, symbol=asset).first()
        holding = holding or VenueHolding(reference=cash.reference, symbol=asset, quantity=ZERO)
        holding.quantity += amount
        holding.may_be_owed = holding.may_be_owed or holding.quantity < ZERO
        holding.save()


def end(order: VenueOrder, status: OrderStatus, refusal: Refusal | None, *, now: datetime) -> None:
    """End a resting order for a reason that lies outside of it, and write it."""
    custody.close(order, status, now=now, refusal=refusal)
    order.save(update_fields=["status", "updated_at", "reject_code", "reject_reason"])
