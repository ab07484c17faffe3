"""Changing a working order where it stands: idempotent by its revision, judged under the account's lock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from arbion.domain.enums import OrderStatus, OrderType, TimeInForce
from arbion.domain.numbers import MONEY_MAX, PRICE_MAX, QUANTITY_MAX, ZERO, gross, is_multiple, plain
from arbion.domain.orders import OrderChange
from arbion.domain.reports import OrderReport
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import VenueOrder
from brokers.simulator import checks, custody, filling, reports
from brokers.simulator.account import VenueAccount
from brokers.simulator.custody import RESTING
from brokers.simulator.refusals import Refusal
from brokers.simulator.terms import Terms

_FIELDS = ("quantity", "limit_price", "stop_price")
_NAMES = {"limit_price": "limit price", "stop_price": "stop price"}


def replace(
    *,
    reference: str,
    client_order_id: str,
    change: OrderChange,
    clock: Clock = SYSTEM,
    terms: Terms | None = None,
) -> OrderReport | None:
    """Change the size or the prices of a resting order and say what is true of it; None if there is no such order.

    A revision that was answered before, or an older one, changes nothing. A change that cannot be made leaves the
    order as it is and is told in `revision_refused`. The order's place in the queue is lost where a price changes or
    the size grows, and kept where it is only reduced. The changed order meets the market at once.
    """
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        order = reports.find(reference, client_order_id)
        if order is None:
            return None
        if order.revision >= change.revision:
            return reports.report(order)
        account = VenueAccount(cash, now=clock.now(), terms=terms)
        refusal = _end(order, account.now) or _change(account, order, change)
        order.revision, order.updated_at = change.revision, account.now
        order.revision_refused = "" if refusal is None else refusal.reason[: custody.REASON_LENGTH_MAX]
        order.save()
        if refusal is None and (order.eligible_at is None or order.eligible_at <= account.now):
            account.lock_depth(order)
            filling.go_on(account, order)
        return reports.report(order)


def _end(order: VenueOrder, now: datetime) -> Refusal | None:
    """Why there is nothing to change any more; an order whose time has run out ends here."""
    if order.status in RESTING and order.expires_at is not None and order.expires_at <= now:
        if order.time_in_force == TimeInForce.CLS:
            return Refusal("order_closed", "The session has closed, and the auction decides about this order.")
        custody.close(order, OrderStatus.EXPIRED, now=now)
    if order.status in RESTING:
        return None
    word = OrderStatus(order.status).label.lower()
    return Refusal("order_closed", f"The order is no longer working: {word}.")


def _change(account: VenueAccount, order: VenueOrder, change: OrderChange) -> Refusal | None:
    """Put the new terms on the order in memory, or say why not and leave it as it is."""
    before = {field: getattr(order, field) for field in _FIELDS}
    if refusal := _misfit(account, order, change):
        return refusal
    for field in _FIELDS:
        wanted = getattr(change, field)
        if wanted is not None:
            setattr(order, field, wanted)
    is_new_price = any(getattr(order, field) != before[field] for field in _NAMES)
    if not is_new_price and order.quantity <= before["quantity"]:
        return None
    if refusal := filling.lack_beside_others(account, order):
        for field, value in before.items():
            setattr(order, field, value)
        return refusal
    delay = account.terms(order.symbol).delay(order.client_order_id)
    order.priority_at = account.now + delay
    order.eligible_at = account.now + delay if delay else None
    return None


def _misfit(account: VenueAccount, order: VenueOrder, change: OrderChange) -> Refusal | None:
    """Why the order cannot have these terms, funds apart."""
    symbols = custody.symbols_of([order])
    for view in account.views(symbols).values():
        if view.instrument is not None and not view.may_trade:
            return Refusal("instrument_halted", f"Trading in {view.instrument.symbol} is halted: it can be canceled.")
    if change.quantity is not None and (refusal := _size_misfit(account, order, change.quantity)):
        return refusal
    for field, name in _NAMES.items():
        price = getattr(change, field)
        if price is not None and (refusal := _price_misfit(account, order, field, price, name=name)):
            return refusal
    return _value_misfit(account, order, change)


def _size_misfit(account: VenueAccount, order: VenueOrder, quantity: Decimal) -> Refusal | None:
    if quantity <= order.filled_quantity:
        filled = plain(order.filled_quantity)
        return Refusal("already_filled", f"{filled} are filled already; the new size must be above that.")
    instrument = account.view(order.symbol).instrument
    increment = Decimal(1) if order.is_package or instrument is None else instrument.size_increment
    if quantity > QUANTITY_MAX or not is_multiple(quantity, increment):
        return Refusal("invalid_size", f"The quantity must be a multiple of {plain(increment)}.")
    return None


def _price_misfit(account: VenueAccount, order: VenueOrder, field: str, price: Decimal, *, name: str) -> Refusal | None:
    kind = OrderType(order.order_type)
    if getattr(order, field) is None or (field == "stop_price" and kind is OrderType.TRAILING_STOP):
        return Refusal("not_allowed", f"A {kind.label.lower()} order has no {name} to change.")
    if field == "stop_price" and order.triggered_at is not None:
        return Refusal("already_triggered", "The stop has been reached already.")
    if not price.is_finite() or (price <= ZERO and not order.is_package) or abs(price) > PRICE_MAX:
        return Refusal("invalid_price", f"The {name} must be above zero.")
    legs = custody.legs_of(order)
    steps = [view.instrument for view in account.views([leg.symbol for leg in legs]).values() if view.instrument]
    finest = min(steps, key=lambda instrument: instrument.price_increment, default=None)
    return None if finest is None else checks.price_refusal(price, finest, name=name)


def _value_misfit(account: VenueAccount, order: VenueOrder, change: OrderChange) -> Refusal | None:
    quantity = change.quantity or order.quantity
    prices = [change.limit_price or order.limit_price, change.stop_price or order.stop_price]
    for price in prices:
        if price is not None and abs(gross(quantity, price, account.multiplier(order.symbol))) > MONEY_MAX:
            return Refusal("invalid_size", "The order is worth more than this exchange can count.")
    return None
