"""The end of option contracts: exercised and assigned where they are worth a cent, worthless otherwise.

Shares are delivered where the account can pay for them or has them; where it cannot, the difference is paid in money.
Each account is one transaction with all of its contracts that end together, what it holds before what it owes, so
that the legs of a spread pay for each other.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_UP, Decimal

from django.db import transaction
from django.db.models import Q

from arbion.domain.enums import ActivityKind, Interval, OrderStatus
from arbion.domain.numbers import EXACT, ZERO, gross
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import VenueCash, VenueHolding, VenueOrder
from brokers.simulator import custody, effects, exercise
from brokers.simulator.account import VenueAccount
from brokers.simulator.custody import RESTING
from brokers.simulator.effects import Effect
from brokers.simulator.exercise import IN_THE_MONEY, Settling
from brokers.simulator.matcher import close_auction
from marketdata import hours
from marketdata.models import Candle, Instrument, OptionContract, Quote
from marketdata.options.calendar import expires_at

logger = logging.getLogger(__name__)


def due(now: datetime) -> dict[date, datetime]:
    """The dates with contracts that have ended and are not settled, each with the moment of their end."""
    rows = OptionContract.objects.filter(settled_at=None, expires_on__lte=hours.local_date(now))
    ends = {day: expires_at(day) for day in rows.order_by("expires_on").values_list("expires_on", flat=True).distinct()}
    return {day: ended_at for day, ended_at in ends.items() if ended_at <= now}


def settle(expires_on: date, ended_at: datetime, *, clock: Clock = SYSTEM) -> set[str]:
    """Settle the contracts of this date, which ended at this moment, in every account, by their terms of now.

    Returns the references that changed. What has no price to be settled at stays as it is and is tried again.
    """
    rows = OptionContract.objects.filter(settled_at=None, expires_on=expires_on)
    contracts = list(rows.select_related("instrument", "underlying").order_by("pk"))
    prices = {
        share.pk: price
        for share in {contract.underlying_id: contract.underlying for contract in contracts}.values()
        if (price := settlement_price(share, ended_at)) is not None
    }
    ending = {row.instrument.symbol: row for row in contracts if row.underlying_id in prices}
    traded = close_auction(ending, clock=clock)
    concerned = concerned_by(ending, {row.underlying.symbol for row in ending.values()})
    for reference in concerned:
        _settle_account(reference, ending, prices, clock=clock)
    if ending and not _holders(ending):
        now, done = clock.now(), [contract.pk for contract in ending.values()]
        with transaction.atomic():
            Instrument.objects.filter(pk__in=done).update(tradable=False, updated_at=now)
            OptionContract.objects.filter(pk__in=done).update(settled_at=now)
    return traded | set(concerned)


def settlement_price(share: Instrument, ended_at: datetime) -> Decimal | None:
    """The last price before this moment: the newest quote, or, where that came later, the last closed minute."""
    quote = Quote.objects.filter(pk=share.pk).first()
    if quote is None:
        return None
    newest: Decimal = quote.last
    if quote.at < ended_at:
        return newest
    minutes = Candle.objects.filter(instrument=share, interval=Interval.M1, opens_at__lt=ended_at)
    last = minutes.order_by("-opens_at").first()
    return newest if last is None else last.close


def concerned_by(symbols: Collection[str], underlyings: Collection[str]) -> list[str]:
    """The accounts that hold or owe one of these symbols, or have a resting order that trades one."""
    orders = VenueOrder.objects.filter(
        Q(symbol__in=symbols) | Q(is_package=True, symbol__in=underlyings), status__in=RESTING
    )
    trading = {order.reference for order in orders if custody.symbols_of([order]) & set(symbols)}
    return sorted(trading | _holders(symbols))


def _holders(symbols: Collection[str]) -> set[str]:
    closed = VenueCash.objects.filter(closed_at__isnull=False).values("reference")
    rows = VenueHolding.objects.filter(symbol__in=symbols).exclude(quantity=0).exclude(reference__in=closed)
    return set(rows.values_list("reference", flat=True))


def _settle_account(
    reference: str, ending: Mapping[str, OptionContract], prices: Mapping[int, Decimal], *, clock: Clock
) -> None:
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        account = VenueAccount(cash, now=clock.now())
        if cash.closed_at is not None:
            return
        for order in exercise.orders_in(account, set(ending)):
            effects.end(order, OrderStatus.EXPIRED, None, now=account.now)
        held = {
            symbol: row.quantity
            for symbol, row in account.holdings.items()
            if symbol in ending and row.quantity != ZERO
        }
        for symbol in sorted(held, key=lambda symbol: (held[symbol] < ZERO, symbol)):
            settling = Settling(
                contract=ending[symbol],
                count=abs(held[symbol]),
                price=prices[ending[symbol].underlying_id],
                is_held=held[symbol] > ZERO,
            )
            _settle_one(cash, settling, now=account.now)


def _settle_one(cash: VenueCash, settling: Settling, *, now: datetime) -> None:
    if settling.contract.terms.intrinsic(settling.price) < IN_THE_MONEY:
        effect = Effect(
            activity_id=f"expiry:{settling.symbol}",
            kind=ActivityKind.EXPIRY,
            changes=settling.worthless(),
            symbol=settling.symbol,
            price=settling.price,
        )
        effects.carry_out(cash, effect, now=now)
        return
    count = deliverable(VenueAccount(cash, now=now), settling)
    if count > ZERO:
        deliver(cash, replace(settling, count=count), activity_id=f"expiry:{settling.symbol}:shares", now=now)
    if settling.count > count:
        _pay(cash, replace(settling, count=settling.count - count), now=now)


def deliverable(account: VenueAccount, settling: Settling) -> Decimal:
    """How many of the contracts the account can pay for, or has the shares of, beside what its orders claim."""
    others = account.wishes(account.resting)
    low, high = 0, int(settling.count)
    while low < high:
        middle = (low + high + 1) // 2
        part = replace(settling, count=Decimal(middle))
        if exercise.lack(account, part, part.for_shares(), others) is None:
            low = middle
        else:
            high = middle - 1
    return Decimal(low)


def deliver(cash: VenueCash, settling: Settling, *, activity_id: str, now: datetime) -> None:
    """Let shares go against the strike."""
    effect = Effect(
        activity_id=activity_id,
        kind=settling.kind,
        changes=settling.for_shares(),
        symbol=settling.symbol,
        price=settling.contract.strike,
    )
    effects.carry_out(cash, effect, now=now)


def pay(
    cash: VenueCash, settling: Settling, changes: Mapping[str, Decimal], *, activity_id: str, now: datetime
) -> None:
    """Let money go instead of shares."""
    effect = Effect(
        activity_id=activity_id,
        kind=settling.kind,
        changes=changes,
        symbol=settling.symbol,
        price=settling.price,
    )
    effects.carry_out(cash, effect, now=now)


def _pay(cash: VenueCash, settling: Settling, *, now: datetime) -> None:
    """Settle in money; what the account lacks comes from the options that cover it, which are exercised for it."""
    changes = settling.for_cash()
    due_now = -changes[cash.currency]
    if due_now > cash.amount:
        _call_in(cash, settling, due_now - cash.amount, now=now)
    if due_now > cash.amount and not cash.allows_short:
        # It was secured when it was sold, so this is a fault; the exchange bears it instead of standing still.
        logger.error("account %s lacks %s for %s", cash.reference, due_now - cash.amount, settling.symbol)
        changes[cash.currency] = -cash.amount
    pay(cash, settling, changes, activity_id=f"expiry:{settling.symbol}:cash", now=now)


def _call_in(cash: VenueCash, settling: Settling, lacking: Decimal, *, now: datetime) -> None:
    """Exercise covering options that end later, for cash, the deepest in the money first, as many as it takes."""
    held = VenueHolding.objects.filter(reference=cash.reference, quantity__gt=ZERO)
    units = {row.symbol: row.quantity for row in held}
    covers = OptionContract.objects.filter(
        instrument__symbol__in=units, underlying=settling.contract.underlying, right=settling.contract.right
    ).select_related("instrument", "underlying")
    for cover in sorted(covers, key=lambda row: (-row.terms.intrinsic(settling.price), row.pk)):
        one = gross(cover.instrument.multiplier, cover.terms.intrinsic(settling.price))
        if lacking <= ZERO or one <= ZERO:
            return
        wanted = EXACT.divide(lacking, one).to_integral_value(ROUND_UP)
        called = Settling(
            contract=cover, count=min(wanted, units[cover.instrument.symbol]), price=settling.price, is_held=True
        )
        pay(cash, called, called.for_cash(), activity_id=f"called:{settling.symbol}:{called.symbol}", now=now)
        lacking -= called.for_cash()[cash.currency]
