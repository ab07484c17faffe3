"""Dividends and splits in the exchange's accounts: what is held, what is owed, and the orders that rest.

The market has taken the action into its prices and halted trading (`marketdata.corporate.begin`) before the first
account is served, and trades on after the last. An account is served in one transaction, whose activity is named after
the action, so that it is served once.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.db.models import Q

from arbion.domain.enums import ActivityKind, OrderStatus, OrderType, Side, TimeInForce
from arbion.domain.numbers import EXACT, ZERO, gross, round_down
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import VenueCash, VenueHolding, VenueOrder
from brokers.simulator import custody, effects
from brokers.simulator.assignment import assign_early
from brokers.simulator.custody import RESTING
from brokers.simulator.effects import Effect
from brokers.simulator.refusals import Refusal
from marketdata import corporate
from marketdata.models import CorporateAction, Instrument, OptionContract, Quote
from marketdata.models.corporate import CorporateKind, CorporateStatus

# A dividend lowers orders that were made for longer than a day (FINRA Rule 5330).
_LASTING = (TimeInForce.GTC, TimeInForce.GTD)
_PRICES = ("limit_price", "stop_price", "trail_amount", "extreme_price")


def apply(action: CorporateAction, *, clock: Clock = SYSTEM) -> set[str]:
    """Carry an action through, or on from where it was left; returns the references of the accounts that changed."""
    changed: set[str] = set()
    if action.status == CorporateStatus.SCHEDULED:
        if action.kind == CorporateKind.DIVIDEND:
            changed |= assign_early(action, clock=clock)
        corporate.begin(action)
    instrument = Instrument.objects.get(pk=action.instrument_id)
    quote = Quote.objects.filter(pk=instrument.pk).first()
    last = instrument.base_price if quote is None else quote.last
    contracts = _contracts(action)
    for reference in _concerned(instrument.symbol, contracts):
        if _serve(reference, action, instrument, contracts, last=last, clock=clock):
            changed.add(reference)
    corporate.finish(action, now=clock.now())
    return changed


def adjust(order: VenueOrder, action: CorporateAction, instrument: Instrument) -> Refusal | None:
    """Give a resting order of the instrument its new terms, in memory; a reason where it cannot go on.

    Prices are rounded to the instrument's steps so that nobody pays more or receives less than was asked for.
    """
    if action.kind == CorporateKind.DIVIDEND:
        return _lower(order, action, instrument)
    new, old = action.new_units or 1, action.old_units or 1
    canceled = Refusal("corporate_action", f"{instrument.symbol} was split {new} for {old}: order it anew.")
    if new < old or order.is_package or order.symbol != instrument.symbol:
        return canceled
    leaves = round_down(
        EXACT.divide(EXACT.multiply(order.quantity - order.filled_quantity, Decimal(new)), Decimal(old)),
        instrument.size_increment,
    )
    if leaves == ZERO:
        return canceled
    order.quantity = order.filled_quantity + leaves
    for field in _PRICES:
        price: Decimal | None = getattr(order, field)
        if price is not None:
            setattr(order, field, _stepped(EXACT.divide(price * old, Decimal(new)), order, instrument))
    return None


def _lower(order: VenueOrder, action: CorporateAction, instrument: Instrument) -> Refusal | None:
    """Buy limits and sell stops stand below the price and fall with it; the others stay."""
    if order.is_package or order.time_in_force not in _LASTING or order.symbol != instrument.symbol:
        return None
    fields: tuple[str, ...]
    if order.side == Side.BUY:
        fields = ("limit_price",) if order.order_type == OrderType.LIMIT else ()
    elif order.order_type == OrderType.LIMIT or order.triggered_at is not None:
        fields = ()
    else:
        fields = ("stop_price", "limit_price", "extreme_price")
    for field in fields:
        price: Decimal | None = getattr(order, field)
        if price is None:
            continue
        lower = price - (action.amount or ZERO)
        if lower < instrument.price_increment:
            return Refusal("corporate_action", f"Lowered by the dividend, its price would be nothing: {field}.")
        setattr(order, field, round_down(lower, instrument.price_increment))
    return None


def _serve(
    reference: str,
    action: CorporateAction,
    instrument: Instrument,
    contracts: set[str],
    *,
    last: Decimal,
    clock: Clock,
) -> bool:
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        activity_id = f"corporate:{action.pk}"
        if cash.closed_at is not None or effects.is_done(reference, activity_id):
            return False
        now = clock.now()
        for order in VenueOrder.objects.filter(reference=reference, status__in=RESTING).order_by("pk"):
            if not custody.symbols_of([order]) & {instrument.symbol, *contracts}:
                continue
            before = _terms(order)
            refusal = adjust(order, action, instrument)
            if refusal is not None:
                effects.end(order, OrderStatus.CANCELED, refusal, now=now)
            elif _terms(order) != before:
                order.updated_at = now
                order.save()
        holding = VenueHolding.objects.filter(reference=reference, symbol=instrument.symbol).first()
        quantity = ZERO if holding is None else holding.quantity
        effects.carry_out(cash, effect_of(action, instrument, cash, quantity, last=last), now=now)
        return True


def effect_of(
    action: CorporateAction, instrument: Instrument, cash: VenueCash, quantity: Decimal, *, last: Decimal
) -> Effect:
    """What the action does to so many shares; below zero they are owed, and the owner is charged."""
    activity_id, symbol = f"corporate:{action.pk}", instrument.symbol
    if action.kind == CorporateKind.DIVIDEND:
        return Effect(
            activity_id=activity_id,
            kind=ActivityKind.DIVIDEND,
            changes={cash.currency: gross(quantity, action.amount or ZERO)},
            symbol=symbol,
            price=action.amount,
        )
    exact = EXACT.divide(EXACT.multiply(quantity, Decimal(action.new_units or 1)), Decimal(action.old_units or 1))
    steps = EXACT.divide(exact, instrument.size_increment).to_integral_value(ROUND_DOWN)
    whole = EXACT.multiply(steps, instrument.size_increment)
    return Effect(
        activity_id=activity_id,
        kind=ActivityKind.SPLIT,
        changes={symbol: whole - quantity, cash.currency: gross(exact - whole, last)},
        symbol=symbol,
        price=last,
        ratio=corporate.ratio_of(action),
    )


def _stepped(price: Decimal, order: VenueOrder, instrument: Instrument) -> Decimal:
    step: Decimal = instrument.price_increment
    down = round_down(price, step)
    return max(down + step if order.side == Side.SELL and down < price else down, step)


def _terms(order: VenueOrder) -> tuple[Decimal | None, ...]:
    return (order.quantity, *(getattr(order, field) for field in _PRICES))


def _contracts(action: CorporateAction) -> set[str]:
    """The options whose resting orders the action touches: a split changes their terms, a dividend does not."""
    if action.kind == CorporateKind.DIVIDEND:
        return set()
    rows = OptionContract.objects.filter(underlying=action.instrument_id, settled_at=None)
    return set(rows.values_list("instrument__symbol", flat=True))


def _concerned(symbol: str, contracts: set[str]) -> list[str]:
    held = VenueHolding.objects.filter(symbol=symbol).exclude(quantity=0)
    resting = VenueOrder.objects.filter(Q(symbol=symbol) | Q(symbol__in=contracts), status__in=RESTING)
    return sorted({*held.values_list("reference", flat=True), *resting.values_list("reference", flat=True)})
