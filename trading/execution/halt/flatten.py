"""Closing what is held: ordinary reduce-only orders at the market, over the one road, under keys that never repeat."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction

from arbion.domain.enums import OPEN, AssetClass, OrderStatus, OrderType, PositionEffect, Side, Source, TimeInForce
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import HUNDRED
from arbion.lib.clock import SYSTEM, Clock
from marketdata import hours
from marketdata.models import Instrument
from trading.execution import dispatch
from trading.execution.place import place_order
from trading.instruction import Instruction
from trading.locks import lock_account
from trading.models import HaltItem, HaltLine, ItemKind, ItemState, Order, Position

logger = logging.getLogger(__name__)

# A closing order that was refused is tried again, but not at once: each try is a row of the order book.
AGAIN_AFTER = timedelta(seconds=30)
ATTEMPTS_MAX = 200


def close_positions(line: HaltLine, *, clock: Clock = SYSTEM) -> None:
    """Place what closes each position of the account, options that are owed first: they bind what covers them."""
    rows = Position.objects.filter(account=line.account_id).exclude(quantity=0)
    held = {row.instrument_id: row for row in rows.select_related("instrument__contract__underlying")}
    fresh = [
        HaltItem(line=line, kind=ItemKind.CLOSE, instrument=row.instrument, quantity=row.quantity)
        for row in held.values()
    ]
    HaltItem.objects.bulk_create(fresh, ignore_conflicts=True)
    items = list(
        HaltItem.objects.filter(line=line, kind=ItemKind.CLOSE).select_related("instrument__contract__underlying")
    )
    owed = {_about(row.instrument) for row in held.values() if _is_owed_option(row)}
    for item in sorted(items, key=lambda item: not (item.quantity < 0 and _is_option(item.instrument))):
        row = held.get(item.instrument_id)
        if row is None:
            _confirm(item, clock=clock)
            continue
        if item.state == ItemState.CONFIRMED:
            # A late fill of an order that was being canceled has opened it again.
            HaltItem.objects.filter(pk=item.pk).update(state=ItemState.LEFT, confirmed_at=None)
            item.state = ItemState.LEFT
        if not _is_owed_option(row) and _about(row.instrument) in owed:
            _leave(item, "It waits until the options that it covers are bought back.")
        else:
            _close(line, item, row, clock=clock)


def _close(line: HaltLine, item: HaltItem, row: Position, *, clock: Clock) -> None:
    """Have one closing order working, or say why there is none."""
    now, instrument = clock.now(), row.instrument
    newest = _newest(line, item)
    if newest is not None and newest.is_open:
        dispatch.send(str(newest.pk), clock)
        _leave(item, "The closing order works at the venue.", state=ItemState.ASKED)
        return
    why = _impossible(line, instrument, clock=clock)
    if why:
        _leave(item, why)
        return
    if newest is not None:
        refused = newest.status in {OrderStatus.DENIED, OrderStatus.REJECTED}
        if refused and now - newest.updated_at < AGAIN_AFTER:
            _leave(item, (newest.reject_reason or "The closing order was refused.")[:200])
            return
        moved = HaltItem.objects.filter(pk=item.pk, attempt=item.attempt, attempt__lt=ATTEMPTS_MAX)
        if not moved.update(attempt=item.attempt + 1):
            return
        item.attempt += 1
    try:
        placed = place_order(_instruction(line, item, row), clock=clock)
    except ArbionError as error:
        logger.warning("halt: %s of account %s is not closed yet: %s", instrument.symbol, line.account_id, error)
        _leave(item, error.detail[:200])
        return
    dispatch.send(str(placed.order.pk), clock)
    order = Order.objects.get(pk=placed.order.pk)
    refused = order.status in {OrderStatus.DENIED, OrderStatus.REJECTED}
    reason = order.reject_reason if refused else "The closing order is on its way."
    HaltItem.objects.filter(pk=item.pk, asked_at=None).update(asked_at=clock.now())
    _leave(item, reason[:200], state=ItemState.ASKED)
    if not Position.objects.filter(pk=row.pk).exclude(quantity=0).exists():
        _confirm(item, clock=clock)


def _instruction(line: HaltLine, item: HaltItem, row: Position) -> Instruction:
    """All that is free of the position, whatever it is at that moment: the order can never turn it round."""
    is_coin = row.instrument.asset_class == AssetClass.CRYPTO
    return Instruction(
        user=line.account.user,
        account=line.account,
        source=Source.RISK,
        client_key=_key(line, item),
        symbol=row.instrument.symbol,
        side=Side.SELL if row.quantity > 0 else Side.BUY,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.GTC if is_coin else TimeInForce.DAY,
        percent_of_position=HUNDRED,
        effect=PositionEffect.CLOSE,
        words="Trading was halted and the positions are closed.",
    )


def _impossible(line: HaltLine, instrument: Instrument, *, clock: Clock) -> str:
    """Why a position cannot be closed right now; nothing where it can."""
    fresh = Instrument.objects.get(pk=instrument.pk)
    if fresh.is_halted:
        return f"Trading in {fresh.symbol} is halted at the market."
    if not hours.is_open(fresh, clock.now()):
        return f"The market for {fresh.symbol} is closed; it is closed when the market opens."
    with transaction.atomic():
        lock_account(line.account_id)
        waiting = Order.objects.filter(account=line.account_id, instrument=fresh, status__in=OPEN).exists()
    return "It waits until its open orders are canceled." if waiting else ""


def _newest(line: HaltLine, item: HaltItem) -> Order | None:
    found = Order.objects.filter(intent__user=line.account.user_id, intent__client_key=_key(line, item))
    return found.select_related("instrument").first()


def _key(line: HaltLine, item: HaltItem) -> str:
    return f"halt:{line.receipt_id}:{item.pk}:{item.attempt}"


def _leave(item: HaltItem, reason: str, *, state: ItemState | None = None) -> None:
    changes = {"reason": reason} | ({} if state is None else {"state": state})
    HaltItem.objects.filter(pk=item.pk).exclude(state=ItemState.CONFIRMED).update(**changes)


def _confirm(item: HaltItem, *, clock: Clock) -> None:
    now = clock.now()
    rows = HaltItem.objects.filter(pk=item.pk).exclude(state=ItemState.CONFIRMED)
    rows.update(state=ItemState.CONFIRMED, confirmed_at=now, asked_at=item.asked_at or now, reason="")


def _is_option(instrument: Instrument) -> bool:
    return instrument.asset_class == AssetClass.OPTION


def _is_owed_option(row: Position) -> bool:
    return bool(row.quantity < 0) and _is_option(row.instrument)


def _about(instrument: Instrument) -> int:
    """The instrument whose price it follows: an option's underlying, anything else itself."""
    return instrument.contract.underlying_id if _is_option(instrument) else instrument.pk
