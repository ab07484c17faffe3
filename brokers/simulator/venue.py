"""The simulated exchange: takes orders, changes and cancels them, matches them against the market's quotes.

Every change is one short transaction of its own under the lock of the account's cash row, and moves the order, its
fills, the cash and the units together. Whatever is read to decide is read under that lock.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from arbion.domain.enums import FillModel, OrderStatus, OrderType, PositionEffect, Side, TimeInForce
from arbion.domain.numbers import ZERO
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import OrderReport
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import new_id
from brokers.errors import VenueRejected
from brokers.models import VenueCash, VenueOrder
from brokers.simulator import custody, filling, groups, market, reports
from brokers.simulator.account import VenueAccount
from brokers.simulator.checks import ensure_keepable, refusal_of
from brokers.simulator.custody import RESTING
from brokers.simulator.matcher import match_all
from brokers.simulator.refusals import Refusal
from brokers.simulator.replacing import replace
from brokers.simulator.reports import (
    balances,
    fills_after,
    order_report,
    orders_since,
    positions,
    working_orders,
)
from brokers.simulator.terms import Terms
from brokers.simulator.triggers import trail_of

__all__ = [
    "balances",
    "cancel",
    "fills_after",
    "match_all",
    "open_account",
    "order_report",
    "orders_since",
    "place",
    "positions",
    "replace",
    "working_orders",
]


def open_account(
    *,
    reference: str,
    currency: str,
    amount: Decimal,
    fill_model: FillModel = FillModel.IDEAL,
    allows_short: bool = False,
) -> None:
    """Open an account with this much cash; one that is open already is left exactly as it is."""
    VenueCash.objects.get_or_create(
        reference=reference,
        defaults={"currency": currency, "amount": amount, "fill_model": fill_model, "allows_short": allows_short},
    )


def place(*, reference: str, request: OrderRequest, clock: Clock = SYSTEM, terms: Terms | None = None) -> OrderReport:
    """Take an order: filled at once if it is marketable, else resting, or refused and kept as rejected.

    It is carried out on the terms of the account's fill model, or on `terms` where they are given. A repeat returns
    the order that is there; its id with other parameters raises VenueRejected.
    """
    ensure_keepable(request)
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        known, others = custody.order_and_others(reference, request.client_order_id)
        if known is not None:
            _ensure_same(known, request)
            return reports.report(known)
        account = VenueAccount(cash, now=clock.now(), terms=terms, resting=others)
        return reports.report(_take(account, request))


def cancel(*, reference: str, client_order_id: str, clock: Clock = SYSTEM) -> OrderReport | None:
    """Cancel what rests of an order and say what is true of it; None if there is no such order.

    Once its session has closed, an at-the-close order is past canceling: the auction decides.
    """
    with transaction.atomic(durable=True):
        custody.lock_account(reference)
        order = reports.find(reference, client_order_id)
        if order is None:
            return None
        now = clock.now()
        is_over = order.expires_at is not None and order.expires_at <= now
        if order.status in RESTING and not (is_over and order.time_in_force == TimeInForce.CLS):
            custody.close(order, OrderStatus.EXPIRED if is_over else OrderStatus.CANCELED, now=now)
            order.save(update_fields=["status", "updated_at"])
        return reports.report(order)


def _take(account: VenueAccount, request: OrderRequest) -> VenueOrder:
    symbols = {request.symbol, *(leg.symbol for leg in request.legs)}
    views = account.views(symbols)
    order = _new_order(account, request)
    refusal = refusal_of(request, views, currency=account.cash.currency) or _closed(account) or _left(order)
    if refusal is not None:
        custody.close(order, OrderStatus.REJECTED, now=account.now, refusal=refusal)
        order.save(force_insert=True)
        return order
    order.expires_at = market.expiry(request, views[request.symbol])
    quote = views[request.symbol].quote
    instrument = views[request.symbol].instrument
    if request.order_type is OrderType.TRAILING_STOP and quote is not None and instrument is not None:
        trail = trail_of(custody.working(order), quote.last, increment=instrument.price_increment)
        order.extreme_price, order.stop_price = trail.extreme_price, trail.stop_price
    if order.eligible_at is None:
        account.lock_depth(order)
    filling.enter(account, order)
    return order


def _new_order(account: VenueAccount, request: OrderRequest) -> VenueOrder:
    delay = account.terms(request.symbol).delay(request.client_order_id)
    return VenueOrder(
        reference=account.cash.reference,
        client_order_id=request.client_order_id,
        venue_order_id=str(new_id()),
        symbol=request.symbol,
        side=request.side,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        quantity=request.quantity,
        limit_price=request.limit_price,
        stop_price=request.stop_price,
        trail_amount=request.trail_amount,
        trail_percent=request.trail_percent,
        extended_hours=request.extended_hours,
        effect="" if request.legs else _effect(account, request),
        is_package=bool(request.legs),
        legs=[
            {"symbol": leg.symbol, "side": leg.side.value, "ratio": leg.ratio, "effect": leg.effect.value}
            for leg in request.legs
        ],
        oco_group=request.oco_group,
        eligible_at=account.now + delay if delay else None,
        priority_at=account.now + delay,
        good_till=request.expires_at,
        status=OrderStatus.ACCEPTED,
        filled_quantity=ZERO,
        filled_gross=ZERO,
        fees=ZERO,
        created_at=account.now,
        updated_at=account.now,
    )


def _effect(account: VenueAccount, request: OrderRequest) -> PositionEffect:
    """What the order does to the position; where it does not say, a sale closes, and a purchase pays back first."""
    if request.effect is not None:
        return request.effect
    if request.side is Side.SELL:
        return PositionEffect.CLOSE
    holding = account.holdings.get(request.symbol)
    return PositionEffect.CLOSE if holding is not None and holding.quantity < ZERO else PositionEffect.OPEN


def _closed(account: VenueAccount) -> Refusal | None:
    return Refusal("account_closed", "This account is closed.") if account.cash.closed_at is not None else None


def _left(order: VenueOrder) -> Refusal | None:
    """Reduce the order by what its group has filled already; a reason where nothing is left."""
    taken = groups.already_taken(order)
    if taken >= order.quantity:
        return groups.FILLED_INSTEAD
    order.quantity -= taken
    return None


def _ensure_same(known: VenueOrder, request: OrderRequest) -> None:
    """Refuse another order under a known id. What the exchange or a change has moved since then is not compared."""
    kept: list[object] = [known.symbol, known.side, known.order_type, known.time_in_force, known.oco_group]
    asked: list[object] = [
        request.symbol,
        request.side,
        request.order_type,
        request.time_in_force,
        request.oco_group,
    ]
    kept += [known.trail_amount, known.trail_percent, known.good_till, known.extended_hours]
    asked += [request.trail_amount, request.trail_percent, request.expires_at, request.extended_hours]
    kept.append([(leg["symbol"], leg["side"], leg["ratio"], leg["effect"]) for leg in known.legs])
    asked.append([(leg.symbol, leg.side.value, leg.ratio, leg.effect.value) for leg in request.legs])
    if request.effect is not None and not request.legs:
        kept.append(known.effect)
        asked.append(request.effect)
    if known.revision == 0:
        kept.append(known.limit_price)
        asked.append(request.limit_price)
        if not known.oco_group:
            kept.append(known.quantity)
            asked.append(request.quantity)
        if known.order_type != OrderType.TRAILING_STOP:
            kept.append(known.stop_price)
            asked.append(request.stop_price)
    if kept != asked:
        raise VenueRejected(
            "This client order id belongs to an order with other parameters.",
            reject_code="duplicate_client_order_id",
        )
