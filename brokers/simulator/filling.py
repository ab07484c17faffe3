"""Carrying out a verdict under the account's lock: the order, its fills, cash, units and its group move together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from arbion.domain.enums import OrderStatus, PositionEffect, Side
from arbion.domain.numbers import ZERO
from brokers.models import VenueOrder
from brokers.simulator import claims, custody, groups
from brokers.simulator.account import VenueAccount
from brokers.simulator.custody import Booking
from brokers.simulator.judging import Verdict
from brokers.simulator.refusals import Refusal

# Trails written in one statement: each takes a few of the parameters that SQLite allows a statement.
_BATCH = 200


def enter(account: VenueAccount, order: VenueOrder) -> None:
    """Take a new order into the book, filled as far as the market lets it, or keep it as refused."""
    verdict = account.judge(order)
    booking = account.booking(order, verdict)
    if refusal := _lack_of_new(account, order, booking, rests=verdict.ends is None):
        custody.close(order, OrderStatus.REJECTED, now=account.now, refusal=refusal)
        order.save(force_insert=True)
        return
    _carry_out(account, order, verdict, booking)


def go_on(account: VenueAccount, order: VenueOrder) -> bool:
    """Let a resting order meet the market once more; False where nothing came of it.

    Where its account can no longer carry it, because its claim was not enough, it ends with the reason.
    """
    verdict = account.judge(order)
    if not verdict:
        return False
    booking = account.booking(order, verdict)
    refusal = _lack_of_resting(account, order, booking)
    if refusal is not None:
        custody.close(order, OrderStatus.CANCELED, now=account.now, refusal=refusal)
        order.save()
        return True
    _carry_out(account, order, verdict, booking)
    return True


def follow(judged: Iterable[tuple[VenueOrder, Verdict]], *, now: datetime) -> None:
    """Write where the trails that only move stand now, together; orders of which more is true are left alone."""
    moved: list[VenueOrder] = []
    for order, verdict in judged:
        if verdict.trail is not None and verdict.only_follows:
            order.extreme_price, order.stop_price = verdict.trail.extreme_price, verdict.trail.stop_price
            order.updated_at = now
            moved.append(order)
    VenueOrder.objects.bulk_update(moved, ["extreme_price", "stop_price", "updated_at"], batch_size=_BATCH)


def lack_beside_others(account: VenueAccount, order: VenueOrder) -> Refusal | None:
    """Why the account cannot carry the open rest of the order beside all else that it holds and wants, or None."""
    return claims.lack(account.standing(), account.wish(order), account.wishes(account.others(order)))


def _carry_out(account: VenueAccount, order: VenueOrder, verdict: Verdict, booking: Booking) -> None:
    now = account.now
    if verdict.trail is not None:
        order.extreme_price, order.stop_price = verdict.trail.extreme_price, verdict.trail.stop_price
    if verdict.triggers:
        order.triggered_at = now
    holdings = account.holdings_of(order) if booking else {}
    if booking:
        custody.advance(order, booking, now=now)
    if verdict.ends is not None and order.status != OrderStatus.FILLED:
        custody.close(order, verdict.ends, now=now, refusal=verdict.refusal)
    order.updated_at = now
    order.save()
    if not booking:
        return
    custody.book(order, booking, cash=account.cash, holdings=holdings)
    shared = account.shared(order)
    for leg, settlement in booking.legs:
        if leg.symbol in shared:
            account.depths.take(leg.symbol, leg.side, abs(settlement.units_change))
    if order.oco_group:
        groups.take_from(account.others(order), order, booking.quantity, now=now)


def _lack_of_new(account: VenueAccount, order: VenueOrder, booking: Booking, *, rests: bool) -> Refusal | None:
    wish = account.wish(order, booking, rests=rests)
    others = account.wishes(account.others(order))
    return claims.lack(account.standing(), wish, others) or custody.lack(
        account.cash, booking, account.holdings_of(order)
    )


def _lack_of_resting(account: VenueAccount, order: VenueOrder, booking: Booking) -> Refusal | None:
    """Why the executions cannot be booked. What a limit order claims was enough, so it is not reckoned again.

    A claim without a limit is a guess, and what is owed is worth another amount by now: such orders may only take what
    no other order claims.
    """
    if not booking:
        return None
    refusal = custody.lack(account.cash, booking, account.holdings_of(order))
    if refusal is not None:
        return refusal
    opens_short = any(leg.side is Side.SELL and leg.effect is PositionEffect.OPEN for leg, _ in booking.legs)
    is_certain = order.limit_price is not None and not order.is_package and not opens_short and not account.owes
    if is_certain or (booking.cash_change >= ZERO and not account.owes and not opens_short):
        return None
    wish = account.wish(order, booking, rests=False)
    return claims.lack(account.standing(), wish, account.wishes(account.others(order)))
